//! Portal links and what they open: one invoice, or everything open of a customer.
//!
//! A link is 256 random bits in a mail. Opening it (GET) shows and changes nothing: mail scanners do it too. The first POST
//! by a person exchanges it for a session: a cookie that keeps every link opened in this browser. A link can view and pay,
//! whoever holds it. It lives 90 days of business time; an expired one can be answered by a fresh one, mailed to the
//! contact on file; unknown and revoked ones are the same nothing.

mod code;
mod links;
mod open_invoices;
mod renew;
mod session;
mod view;

use chrono::Duration;
use domain::invoice::InvoiceState;
use domain::{InvoiceId, Locale, SessionId};
use store::customers::{self, Customer};
use store::links::Link;
use store::{StoreError, Tx, invoices};

use super::invoices::InvoiceError;
use super::limits::TooMany;
use crate::crypto::{Purpose, Token};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope};

pub use code::{Given, Proof, Wanted, mint_code, own_way_out, prove, require_proof};
pub use links::{LinkFor, Listed, Minted, copy_link, copy_link_of_all, links_of, mint, revoke_link};
pub use open_invoices::{OpenInvoices, PaidInvoice, open_invoices};
pub use renew::{Renewed, renew};
pub use session::{Entered, SESSION_LIFE, authenticate, authenticate_customer, exchange};
pub use view::{Expired, Opened, View, access_by_link, open, view};

/// How long a link is good for, in business time. The schema allows no more.
pub const LINK_LIFE: Duration = Duration::days(90);

/// Why a page of the portal was not shown, or an action on it not taken.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// No link covers this: unknown, revoked, another customer's, a draft. The same for all.
    #[error("no such invoice")]
    NotFound,
    /// Nobody proved yet that they are the contact on file.
    #[error("this needs a code first")]
    NotProven,
    /// Too many tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The invoice could not be read.
    #[error(transparent)]
    Invoice(InvoiceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InvoiceError> for PortalError {
    fn from(error: InvoiceError) -> Self {
        match error {
            InvoiceError::NotPermitted(error) => Self::NotPermitted(error),
            InvoiceError::NotFound => Self::NotFound,
            InvoiceError::Store(error) => Self::Store(error),
            error => Self::Invoice(error),
        }
    }
}

/// The link of a token, unless it is unknown or revoked.
async fn find(tx: &mut Tx, env: &Env, token: &str) -> Result<Link, PortalError> {
    let token = Token::parse(token).ok_or(PortalError::NotFound)?;
    let hash = env.keys.hash_token(Purpose::PortalLink, &token).0;
    let link = store::links::find_by_hash(tx, &hash).await?;
    link.filter(|link| link.revoked_at.is_none()).ok_or(PortalError::NotFound)
}

fn access_of(link: &Link, session: Option<SessionId>) -> PortalAccess {
    PortalAccess {
        link: link.id,
        business: link.business,
        customer: link.customer,
        contact: link.contact,
        scope: link.invoice.map_or(PortalScope::Customer, PortalScope::Invoice),
        session,
    }
}

/// The one place that decides whether an access reaches an invoice: of the same business and customer, within the link's
/// scope, and issued.
pub async fn covers(tx: &mut Tx, access: &PortalAccess, invoice: InvoiceId) -> Result<bool, StoreError> {
    let in_scope = match access.scope {
        PortalScope::Invoice(own) => own == invoice,
        PortalScope::Customer => true,
    };
    if !in_scope {
        return Ok(false);
    }
    let found = invoices::invoice(tx, access.business, invoice).await?;
    Ok(found.is_some_and(|found| found.customer == access.customer && found.state != InvoiceState::Draft))
}

/// How the reader reads.
pub async fn locale(tx: &mut Tx, access: &PortalAccess) -> Result<Locale, PortalError> {
    Ok(reader(tx, access).await?.locale)
}

/// Who is owed, who owes, and how the reader reads.
struct Reader {
    customer: Customer,
    locale: Locale,
}

/// Whoever comes by this access: their language and formats are the contact's, else the customer's, where Dunlin speaks
/// them.
async fn reader(tx: &mut Tx, access: &PortalAccess) -> Result<Reader, PortalError> {
    let customer =
        customers::customer(tx, access.business, access.customer).await?.ok_or(PortalError::NotFound)?;
    let locale = locale_of(tx, access, customer.locale).await?;
    Ok(Reader { customer, locale })
}

/// How whoever comes by this access reads: as their contact does, else as the customer.
pub(super) async fn locale_of(
    tx: &mut Tx,
    access: &PortalAccess,
    customers: Locale,
) -> Result<Locale, StoreError> {
    let contact = match access.contact {
        Some(contact) => customers::contact(tx, access.business, contact).await?,
        None => None,
    };
    Ok(contact.and_then(|contact| contact.locale).unwrap_or(customers).spoken())
}
