//! What a link or session shows: one invoice, everything open, or that the link has expired.

use domain::payment::Method;
use domain::sheet::InvoiceSheet;
use domain::time::{Date, civil_date};
use domain::{InvoiceId, Locale, Name};
use store::Tx;
use store::identity::{self, Business};

use super::open_invoices::{OpenInvoices, open_invoices_in};
use super::renew::{answer_to, locale_of};
use super::{PortalError, Reader, access_of, covers, find, reader};
use crate::env::{Env, PortalAccess, PortalScope, Principal};
use crate::operations::invoices::{Other, covered, sheet};

/// What stands behind the address of a link.
#[derive(Debug)]
pub enum Opened {
    /// It is good, and one invoice's.
    View(Box<View>),
    /// It is good, and the customer's: everything open.
    All(Box<OpenInvoices>),
    /// It was good once. Nothing of the invoice is told.
    Expired(Expired),
}

/// Who answers for an expired link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The business that sent it.
    pub business: Name,
    /// The language of whoever it was sent to.
    pub locale: Locale,
    /// Where a fresh one would go, recognisable to its owner only.
    pub masked_email: String,
}

/// An invoice as the customer sees it.
#[derive(Debug)]
pub struct View {
    /// How the reader came in.
    pub access: PortalAccess,
    /// The business.
    pub business: Business,
    /// The reader's language and formats: the contact's, else the customer's, where Dunlin speaks them.
    pub locale: Locale,
    /// Today at the business.
    pub today: Date,
    /// How the customer agreed to pay.
    pub agreed_method: Option<Method>,
    /// The invoice.
    pub sheet: InvoiceSheet,
    /// The other open invoices that the same link covers, oldest due first.
    pub others: Vec<Other>,
}

/// Opens a link. Writes nothing, whoever asks.
pub async fn open(env: &Env, token: &str) -> Result<Opened, PortalError> {
    let mut tx = env.store.read().await?;
    let link = find(&mut tx, env, token).await?;
    if env.business_now() >= link.expires_at {
        let (business, contact) = answer_to(&mut tx, &link).await?;
        let locale = locale_of(&mut tx, &link, Some(&contact)).await?;
        let masked_email = contact.email.as_ref().map(domain::EmailAddress::masked).unwrap_or_default();
        return Ok(Opened::Expired(Expired { business: business.name, locale, masked_email }));
    }
    let access = access_of(&link, None);
    Ok(match access.scope {
        PortalScope::Invoice(invoice) => {
            Opened::View(Box::new(view_in(&mut tx, env, access, invoice).await?))
        }
        PortalScope::Customer => Opened::All(Box::new(open_invoices_in(&mut tx, env, access).await?)),
    })
}

/// What the holder of a link may see by it, without a session; `None` when it has expired.
pub async fn access_by_link(env: &Env, token: &str) -> Result<Option<PortalAccess>, PortalError> {
    let mut tx = env.store.read().await?;
    let link = find(&mut tx, env, token).await?;
    Ok((env.business_now() < link.expires_at).then(|| access_of(&link, None)))
}

/// Shows an invoice to the holder of a link or session. Another customer's, another business's and drafts are not found.
pub async fn view(env: &Env, principal: &Principal, invoice: InvoiceId) -> Result<View, PortalError> {
    let access = principal.portal()?.clone();
    let mut tx = env.store.read().await?;
    view_in(&mut tx, env, access, invoice).await
}

async fn view_in(
    tx: &mut Tx,
    env: &Env,
    access: PortalAccess,
    invoice: InvoiceId,
) -> Result<View, PortalError> {
    if !covers(tx, &access, invoice).await? {
        return Err(PortalError::NotFound);
    }
    let business = identity::business(tx, access.business).await?.ok_or(PortalError::NotFound)?;
    let sheet = sheet(tx, env, &business, invoice).await?.ok_or(PortalError::NotFound)?;
    let mut others = covered(tx, env, &business, &access).await?;
    others.retain(|other| other.id != invoice);
    let Reader { customer, locale } = reader(tx, &access).await?;
    let today = civil_date(env.business_now(), business.time_zone);
    Ok(View { access, business, locale, today, agreed_method: customer.preferred_method, sheet, others })
}
