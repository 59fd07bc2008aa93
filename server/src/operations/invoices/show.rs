//! Lists, details and sheets: what is shown of invoices, to members and to customers.

use domain::invoice::{Balance, InvoiceState, Standing, StandingName};
use domain::payment::{Method, Offer};
use domain::schedule::{Decision, HoldReason};
use domain::sheet::{Credited, InvoiceSheet, Party, Received};
use domain::time::{Date, civil_date};
use domain::{Currency, CustomerId, InvoiceId, Label, Permission, ShortText};
use store::customers::Customer;
use store::identity::Business;
use store::invoices::{self, Filter, Invoice, Parties, Summary};
use store::{StoreError, Tx, credit_notes, customers, ledger};

use super::{InvoiceError, business_of, customer_of};
use crate::env::{Env, PortalAccess, PortalScope, Principal};
use crate::operations::customers as people;
use crate::operations::follow_up::draft::{self, Draft};
use crate::operations::follow_up::next;

/// How many invoices a page of the list holds.
pub const PAGE: i64 = 50;

/// A draft, or an issued invoice, as it is written down: for the form that edits it.
pub async fn read(env: &Env, principal: &Principal, id: InvoiceId) -> Result<Invoice, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    invoices::invoice(&mut tx, business, id).await?.ok_or(InvoiceError::NotFound)
}

/// Which invoices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only those that stand so.
    pub standing: Option<StandingName>,
    /// Only those of this customer.
    pub customer: Option<CustomerId>,
    /// Only those whose number, title, project, purchase order or customer contains this.
    pub search: String,
    /// Only those written before this one: the next page.
    pub after: Option<InvoiceId>,
}

/// An invoice in a list, with what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is and how it stands.
    pub summary: Summary,
    /// What the follow-up does next, or why nothing; `None` for a draft, and until the planner has looked.
    pub next: Option<Decision>,
}

impl From<Summary> for Listed {
    fn from(summary: Summary) -> Self {
        // A decision that this program cannot read (an older or newer one wrote it) is shown as none: the planner will
        // look again and write its own.
        let next = summary.decision.as_deref().and_then(|decision| serde_json::from_str(decision).ok());
        Self { summary, next }
    }
}

impl Listed {
    /// A row with what comes next as of now. What was decided last still stands where it was to wait, to hold or to do
    /// nothing more; once it was to send, that is done, and what follows is decided afresh.
    pub(in crate::operations) async fn afresh(
        tx: &mut Tx,
        env: &Env,
        business: &Business,
        summary: Summary,
    ) -> Result<Self, StoreError> {
        let mut row = Self::from(summary);
        if matches!(row.next, None | Some(Decision::Send { .. })) {
            row.next = next::decision(env, tx, business.id, row.summary.id, env.business_now()).await?;
        }
        Ok(row)
    }
}

/// A page of invoices, and how many there are of each standing whatever is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// At most [`PAGE`].
    pub rows: Vec<Listed>,
    /// The last row, if more follow: the next page's `after`.
    pub after: Option<InvoiceId>,
    /// How many stand how.
    pub figures: Vec<invoices::Figure>,
}

/// Lists the invoices of a business, the newest first.
pub async fn list(env: &Env, principal: &Principal, query: Query) -> Result<List, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let today = civil_date(env.business_now(), business.time_zone);
    let filter = Filter {
        standing: query.standing,
        customer: query.customer,
        search: query.search.trim().to_owned(),
        after: query.after,
        ..Filter::default()
    };
    let mut rows = invoices::list(&mut tx, business.id, &filter, today, PAGE + 1).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > PAGE);
    if more {
        rows.pop();
    }
    let after = rows.last().filter(|_| more).map(|row| row.id);
    let mut listed = Vec::with_capacity(rows.len());
    for summary in rows {
        listed.push(Listed::afresh(&mut tx, env, &business, summary).await?);
    }
    Ok(List { rows: listed, after, figures: invoices::figures(&mut tx, business.id, today).await? })
}

/// One invoice, as the customer sees it, and what the console knows besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What the customer sees.
    pub sheet: InvoiceSheet,
    /// Who owes.
    pub customer: CustomerId,
    /// The version that a change must name.
    pub version: i64,
    /// What the follow-up does next, or why nothing.
    pub next: Option<Decision>,
    /// What would be said once the step that waits for approval has it.
    pub draft: Option<Draft>,
    /// Why it was voided.
    pub void_reason: Option<ShortText>,
}

/// Shows one invoice to a member.
pub async fn detail(env: &Env, principal: &Principal, id: InvoiceId) -> Result<Detail, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let invoice = invoices::invoice(&mut tx, business.id, id).await?.ok_or(InvoiceError::NotFound)?;
    let today = civil_date(env.business_now(), business.time_zone);
    let summary = invoices::summary(&mut tx, business.id, id, today).await?.ok_or(InvoiceError::NotFound)?;
    let sheet = sheet_of(&mut tx, &business, &invoice, &summary).await?;
    let next = next::decision(env, &mut tx, business.id, id, env.business_now()).await?;
    let draft = match &next {
        Some(Decision::Hold { reason: HoldReason::AwaitingApproval { step }, .. }) => {
            draft::for_approval(env, &mut tx, business.id, id, step).await?
        }
        _ => None,
    };
    Ok(Detail {
        sheet,
        draft,
        customer: invoice.customer,
        version: invoice.version,
        next,
        void_reason: invoice.void_reason,
    })
}

/// The sheet of an issued invoice, for whoever writes about it inside of a transaction: the outbox, the portal.
/// `None` for drafts and for what is not there.
pub async fn sheet(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    id: InvoiceId,
) -> Result<Option<InvoiceSheet>, InvoiceError> {
    let Some(invoice) = invoices::invoice(tx, business.id, id).await? else { return Ok(None) };
    if invoice.state == InvoiceState::Draft {
        return Ok(None);
    }
    let today = civil_date(env.business_now(), business.time_zone);
    let Some(summary) = invoices::summary(tx, business.id, id, today).await? else { return Ok(None) };
    sheet_of(tx, business, &invoice, &summary).await.map(Some)
}

async fn sheet_of(
    tx: &mut Tx,
    business: &Business,
    invoice: &Invoice,
    summary: &Summary,
) -> Result<InvoiceSheet, InvoiceError> {
    let customer = customer_of(tx, business.id, invoice.customer).await?;
    let parties = if let Some(parties) = &invoice.parties {
        parties.clone()
    } else {
        let contacts = customers::contacts(tx, business.id, customer.id).await?;
        Parties { seller: party(business), buyer: people::party(&customer, &contacts) }
    };
    let received = match summary.receivable {
        Some(receivable) => ledger::received(tx, business.id, receivable).await?,
        None => Vec::new(),
    };
    let issued = invoice.state.issued();
    Ok(InvoiceSheet {
        id: invoice.id,
        status: invoice.state.status(),
        standing: summary.standing,
        number: issued.map(|issued| issued.number.clone()),
        title: invoice.title.clone(),
        business: parties.seller,
        customer: parties.buyer,
        currency: invoice.currency,
        issued_on: issued.map(|issued| issued.issued_on),
        due_on: issued.map(|issued| issued.due_on),
        terms: invoice.net_days,
        purchase_order: invoice.purchase_order.clone(),
        project: invoice.project.clone(),
        lines: invoice.lines.clone(),
        totals: invoice.totals()?,
        received: received
            .into_iter()
            .map(|payment| Received {
                on: civil_date(payment.happened_at, business.time_zone),
                method: payment.method,
                amount: payment.amount,
            })
            .collect(),
        credit_notes: credit_notes::of_invoice(tx, business.id, invoice.id)
            .await?
            .into_iter()
            .map(|note| Credited {
                id: note.id,
                number: note.number,
                on: note.issued_on,
                amount: note.totals.total,
            })
            .collect(),
        balance: summary.balance,
        methods: offer(business, &customer, invoice.currency, &invoice.accepted_methods).methods(),
    })
}

/// What decides how an invoice of this customer can be paid now.
pub(in crate::operations) fn offer<'a>(
    business: &'a Business,
    customer: &Customer,
    currency: Currency,
    accepted: &'a [Method],
) -> Offer<'a> {
    Offer {
        accepted,
        currency,
        country: customer.country,
        kind: customer.kind,
        taken: &business.taken_methods,
        has_provider: business.stripe.is_some(),
        has_account: business.bank_account(currency).is_some(),
    }
}

/// The business as an invoice names it.
pub(in crate::operations) fn party(business: &Business) -> Party {
    Party {
        name: business.name.clone(),
        address: business.address.as_ref().map(people::lines_of).unwrap_or_default(),
        country: Some(business.country),
        email: Some(business.reply_to.clone()),
        phone: business.phone.clone(),
        tax_number: business.tax_number.clone(),
    }
}

/// An open invoice named among others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: Label,
    /// What it is about.
    pub title: Option<ShortText>,
    /// When it was issued.
    pub issued_on: Date,
    /// When it is due.
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// What is paid, open and on its way.
    pub balance: Balance,
    /// How it can be paid.
    pub methods: Vec<Method>,
}

impl Other {
    /// Whether something of it can be paid now, in a way that the business takes for it.
    pub fn can_pay(&self) -> bool {
        self.balance.payable().is_positive() && !self.methods.is_empty()
    }
}

/// The open invoices that a portal link covers, oldest due first.
pub(in crate::operations) async fn covered(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    access: &PortalAccess,
) -> Result<Vec<Other>, InvoiceError> {
    let today = civil_date(env.business_now(), business.time_zone);
    let filter = Filter {
        customer: Some(access.customer),
        id: match access.scope {
            PortalScope::Invoice(id) => Some(id),
            PortalScope::Customer => None,
        },
        issued_only: true,
        ..Filter::default()
    };
    let customer = customer_of(tx, business.id, access.customer).await?;
    let rows = invoices::list(tx, business.id, &filter, today, 1000).await?;
    let mut open: Vec<Other> = rows
        .into_iter()
        .filter(|row| row.balance.open.is_positive())
        .filter_map(|row| {
            let InvoiceState::Issued(issued) = row.state else { return None };
            Some(Other {
                methods: offer(business, &customer, row.balance.total.currency(), &row.accepted_methods)
                    .methods(),
                issued_on: issued.issued_on,
                id: row.id,
                number: issued.number,
                title: row.title,
                due_on: issued.due_on,
                standing: row.standing,
                balance: row.balance,
            })
        })
        .collect();
    open.sort_by(|one, other| (one.due_on, &one.number).cmp(&(other.due_on, &other.number)));
    Ok(open)
}
