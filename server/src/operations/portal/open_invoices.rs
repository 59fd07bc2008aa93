//! Everything open of a customer on one page: what a link over all of their invoices opens.

use chrono::Duration;
use domain::bank::BankAccount;
use domain::invoice::{Standing, StandingName};
use domain::payment::Method;
use domain::sheet::Party;
use domain::time::{Date, civil_date};
use domain::{CustomerId, InvoiceId, Label, Locale, Money, Name, ShortText};
use store::identity::{self, Business};
use store::invoices::Filter;
use store::{Tx, invoices, ledger};

use super::{PortalError, Reader, reader};
use crate::env::{Env, PortalAccess, PortalScope, Principal};
use crate::operations::invoices::{Other, covered, party};

/// How long a paid invoice stays on the page.
const RECENTLY: Duration = Duration::days(60);
/// How many paid invoices the page shows at most.
const MOST_PAID: usize = 5;
/// How many of the customer's latest paid invoices are looked through for recent payments.
const LOOKED_THROUGH: i64 = 30;

/// What a customer sees of all their invoices together.
#[derive(Debug)]
pub struct OpenInvoices {
    /// How the reader came in.
    pub access: PortalAccess,
    /// Who is owed, as invoices name it today.
    pub business: Party,
    /// Who owes.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: Name,
    /// The reader's language and formats.
    pub locale: Locale,
    /// How the customer agreed to pay.
    pub agreed_method: Option<Method>,
    /// Where transfers of their own go: the business's accounts.
    pub bank_accounts: Vec<BankAccount>,
    /// Today at the business.
    pub today: Date,
    /// Every open invoice, oldest due first.
    pub open: Vec<Other>,
    /// What was paid lately, the latest first.
    pub paid: Vec<PaidInvoice>,
}

/// An invoice that was paid lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidInvoice {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: Label,
    /// What it is about.
    pub title: Option<ShortText>,
    /// What was paid; the rest of its total, if any, was credited.
    pub paid: Money,
    /// When the last of it came in, at the business.
    pub paid_on: Date,
}

/// Shows everything open to the holder of a link over all of a customer's invoices. A link of one invoice covers only that
/// one, and finds nothing here.
pub async fn open_invoices(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<OpenInvoices, PortalError> {
    let access = principal.portal()?.clone();
    if access.customer != customer || access.scope != PortalScope::Customer {
        return Err(PortalError::NotFound);
    }
    let mut tx = env.store.read().await?;
    open_invoices_in(&mut tx, env, access).await
}

/// The same for whoever asked the link before.
pub(super) async fn open_invoices_in(
    tx: &mut Tx,
    env: &Env,
    access: PortalAccess,
) -> Result<OpenInvoices, PortalError> {
    let business = identity::business(tx, access.business).await?.ok_or(PortalError::NotFound)?;
    let today = civil_date(env.business_now(), business.time_zone);
    let Reader { customer, locale } = reader(tx, &access).await?;
    Ok(OpenInvoices {
        open: covered(tx, env, &business, &access).await?,
        paid: recently_paid(tx, &business, customer.id, today).await?,
        agreed_method: customer.preferred_method,
        business: party(&business),
        bank_accounts: business.bank_accounts,
        customer: customer.id,
        customer_name: customer.name,
        locale,
        today,
        access,
    })
}

async fn recently_paid(
    tx: &mut Tx,
    business: &Business,
    customer: CustomerId,
    today: Date,
) -> Result<Vec<PaidInvoice>, PortalError> {
    let filter = Filter { customer: Some(customer), standing: Some(StandingName::Paid), ..Filter::default() };
    let mut paid = Vec::new();
    for row in invoices::list(tx, business.id, &filter, today, LOOKED_THROUGH).await? {
        let (Some(issued), Some(receivable)) = (row.state.issued(), row.receivable) else { continue };
        debug_assert_eq!(row.standing, Standing::Paid, "the list was filtered");
        let received = ledger::received(tx, business.id, receivable).await?;
        let Some(last) = received.last() else { continue };
        let paid_on = civil_date(last.happened_at, business.time_zone);
        if today - paid_on <= RECENTLY {
            paid.push(PaidInvoice {
                id: row.id,
                number: issued.number.clone(),
                title: row.title.clone(),
                paid: row.balance.paid,
                paid_on,
            });
        }
    }
    paid.sort_by(|one, other| (other.paid_on, &other.number).cmp(&(one.paid_on, &one.number)));
    paid.truncate(MOST_PAID);
    Ok(paid)
}
