//! Invoices, their lines, and what the ledger says of them.
//!
//! A stored state is only what a person decided: draft, issued, void. How an invoice stands (open, overdue, paid …) is
//! derived in [`domain::invoice::Standing`]; the list derives the same in SQL, so that it can be filtered and paged, and a
//! test compares the two.

mod list;

use domain::invoice::{
    InvoiceLine, InvoiceState, InvoiceStatus, Issued, NetDays, Period, Quantity, TaxRate, Totals,
};
use domain::payment::Method;
use domain::sheet::Party;
use domain::time::Date;
use domain::{
    BusinessId, Currency, CustomerId, InvoiceId, Label, LineId, LongText, MemberId, Money, ShortText,
    Timestamp,
};
use uuid::Uuid;

pub use list::{Figure, Filter, Summary, figures, list, received_since, summary};

use crate::identity::{methods_from, methods_to};
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// An invoice as it is written down, lines included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// Who is owed.
    pub business: BusinessId,
    /// Who owes.
    pub customer: CustomerId,
    /// Draft, issued, void, with what is known there.
    pub state: InvoiceState,
    /// What it is about.
    pub title: Option<ShortText>,
    /// The currency of every line.
    pub currency: Currency,
    /// How long the customer has to pay, from the issue date.
    pub net_days: NetDays,
    /// A sentence of terms.
    pub terms: Option<ShortText>,
    /// The customer's purchase order number.
    pub purchase_order: Option<Label>,
    /// The project.
    pub project: Option<Label>,
    /// What the business wants to remember. Never shown to the customer.
    pub note: Option<LongText>,
    /// How it may be paid, the agreed way first.
    pub accepted_methods: Vec<Method>,
    /// The lines, in order.
    pub lines: Vec<InvoiceLine>,
    /// The business and the customer as they stood on the day of issue; a draft has neither.
    pub parties: Option<Parties>,
    /// Why it was voided.
    pub void_reason: Option<ShortText>,
    /// Who wrote the draft.
    pub created_by: Option<MemberId>,
    /// Counts changes, so that two who edit at once notice.
    pub version: i64,
    /// When the draft was first written.
    pub created_at: Timestamp,
}

impl Invoice {
    /// What the lines come to.
    pub fn totals(&self) -> Result<Totals, domain::MoneyError> {
        Totals::of(self.currency, &self.lines)
    }
}

/// Both sides of an issued invoice, as they stood then: a later change of address changes no issued invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parties {
    /// Who is owed.
    pub seller: Party,
    /// Who owes.
    pub buyer: Party,
}

row! {
    struct InvoiceRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        state: String,
        number: Option<String>,
        title: String,
        currency: String,
        net_days: i64,
        issue_date: Option<Date>,
        due_date: Option<Date>,
        terms: String,
        purchase_order: Option<String>,
        project: Option<String>,
        note: String,
        accepted_methods: String,
        seller: Option<String>,
        buyer: Option<String>,
        issued_at: Option<Timestamp>,
        voided_at: Option<Timestamp>,
        void_reason: Option<String>,
        created_by: Option<Uuid>,
        version: i64,
        created_at: Timestamp,
    }
}

row! {
    struct LineRow {
        description: String,
        detail: String,
        quantity_thousandths: i64,
        unit: String,
        unit_price_minor: i64,
        tax_rate_basis_points: i64,
        period_from: Option<Date>,
        period_to: Option<Date>,
        project: Option<String>,
    }
}

/// The state that these columns describe, the same for the whole invoice and for its row in the list.
fn state_of(
    read: Reading<InvoiceId>,
    state: &str,
    number: Option<&str>,
    dates: (Option<Date>, Option<Date>),
    issued_at: Option<Timestamp>,
    voided_at: Option<Timestamp>,
) -> Result<InvoiceState, StoreError> {
    let status = read.known("state", InvoiceStatus::from_name(state))?;
    let issued = match (number, dates, issued_at) {
        (Some(number), (Some(issued_on), Some(due_on)), Some(issued_at)) => {
            Some(Issued { number: read.value("number", Label::parse(number))?, issued_on, due_on, issued_at })
        }
        _ => None,
    };
    match (status, issued, voided_at) {
        (InvoiceStatus::Draft, _, None) => Ok(InvoiceState::Draft),
        (InvoiceStatus::Issued, Some(issued), None) => Ok(InvoiceState::Issued(issued)),
        (InvoiceStatus::Void, Some(issued), Some(voided_at)) => Ok(InvoiceState::Void { issued, voided_at }),
        _ => {
            let columns = "state, number, issue_date, due_date, issued_at, voided_at";
            Err(StoreError::corrupt(read.table, columns, read.row, "they contradict each other"))
        }
    }
}

impl InvoiceRow {
    fn into_invoice(self, lines: Vec<LineRow>) -> Result<Invoice, StoreError> {
        let id = InvoiceId::from_uuid(self.id);
        let read = Reading { table: "invoice", row: id };
        let currency = read.known("currency", Currency::from_code(&self.currency))?;
        let state = state_of(
            read,
            &self.state,
            self.number.as_deref(),
            (self.issue_date, self.due_date),
            self.issued_at,
            self.voided_at,
        )?;
        let party = |column, text: &str| read.value(column, serde_json::from_str::<Party>(text));
        let parties = match (&self.seller, &self.buyer) {
            (Some(seller), Some(buyer)) => {
                Some(Parties { seller: party("seller", seller)?, buyer: party("buyer", buyer)? })
            }
            _ => None,
        };
        let optional_label =
            |column, text: Option<&str>| read.value(column, Label::parse_optional(text.unwrap_or("")));
        Ok(Invoice {
            id,
            business: BusinessId::from_uuid(self.business_id),
            customer: CustomerId::from_uuid(self.customer_id),
            state,
            title: read.value("title", ShortText::parse_optional(&self.title))?,
            currency,
            net_days: read.known("net_days", u16::try_from(self.net_days).ok().and_then(NetDays::new))?,
            terms: read.value("terms", ShortText::parse_optional(&self.terms))?,
            purchase_order: optional_label("purchase_order", self.purchase_order.as_deref())?,
            project: optional_label("project", self.project.as_deref())?,
            note: read.value("note", LongText::parse_optional(&self.note))?,
            accepted_methods: read.known("accepted_methods", methods_from(&self.accepted_methods))?,
            lines: lines.into_iter().map(|line| line.into_line(id, currency)).collect::<Result<_, _>>()?,
            parties,
            void_reason: read
                .value("void_reason", ShortText::parse_optional(self.void_reason.as_deref().unwrap_or("")))?,
            created_by: self.created_by.map(MemberId::from_uuid),
            version: self.version,
            created_at: self.created_at,
        })
    }
}

impl LineRow {
    fn into_line(self, invoice: InvoiceId, currency: Currency) -> Result<InvoiceLine, StoreError> {
        let read = Reading { table: "invoice_line", row: invoice };
        let rate = u32::try_from(self.tax_rate_basis_points).ok().and_then(TaxRate::from_basis_points);
        let period = match (self.period_from, self.period_to) {
            (Some(from), Some(to)) => Some(read.value("period_to", Period::new(from, to))?),
            _ => None,
        };
        Ok(InvoiceLine {
            description: read.value("description", ShortText::parse(&self.description))?,
            detail: read.value("detail", LongText::parse_optional(&self.detail))?,
            quantity: read
                .known("quantity_thousandths", Quantity::from_thousandths(self.quantity_thousandths))?,
            unit: read.value("unit", Label::parse_optional(&self.unit))?,
            unit_price: read.value("unit_price_minor", Money::new(self.unit_price_minor, currency))?,
            tax_rate: read.known("tax_rate_basis_points", rate)?,
            period,
            project: read.value("project", Label::parse_optional(self.project.as_deref().unwrap_or("")))?,
        })
    }
}

/// Writes a new draft without its lines: [`replace_lines`] follows.
pub async fn insert_draft(tx: &mut Tx, invoice: &Invoice, totals: &Totals) -> Result<(), StoreError> {
    let sql = "INSERT INTO invoice (id, business_id, customer_id, state, title, currency, net_days, terms, purchase_order,
                   project, note, accepted_methods, net_minor, tax_minor, total_minor, created_by, version, created_at,
                   updated_at)
               VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $16)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(invoice.id.uuid())
            .bind(invoice.business.uuid())
            .bind(invoice.customer.uuid())
            .bind(invoice.title.as_ref().map_or("", ShortText::as_str))
            .bind(invoice.currency.code())
            .bind(i64::from(invoice.net_days.days()))
            .bind(invoice.terms.as_ref().map_or("", ShortText::as_str))
            .bind(invoice.purchase_order.as_ref().map(Label::as_str))
            .bind(invoice.project.as_ref().map(Label::as_str))
            .bind(invoice.note.as_ref().map_or("", LongText::as_str))
            .bind(methods_to(&invoice.accepted_methods))
            .bind(totals.net.minor())
            .bind(totals.tax.minor())
            .bind(totals.total.minor())
            .bind(invoice.created_by.map(MemberId::uuid))
            .bind(invoice.created_at)
    )?;
    Ok(())
}

/// Writes a draft over the version that was read, without its lines. `false` when somebody else was first, or it is no
/// draft any more.
pub async fn update_draft(
    tx: &mut Tx,
    invoice: &Invoice,
    totals: &Totals,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE invoice SET customer_id = $4, title = $5, currency = $6, net_days = $7, terms = $8,
                   purchase_order = $9, project = $10, note = $11, accepted_methods = $12, net_minor = $13,
                   tax_minor = $14, total_minor = $15, version = version + 1, updated_at = $16
               WHERE id = $1 AND business_id = $2 AND version = $3 AND state = 'draft'";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(invoice.id.uuid())
            .bind(invoice.business.uuid())
            .bind(invoice.version)
            .bind(invoice.customer.uuid())
            .bind(invoice.title.as_ref().map_or("", ShortText::as_str))
            .bind(invoice.currency.code())
            .bind(i64::from(invoice.net_days.days()))
            .bind(invoice.terms.as_ref().map_or("", ShortText::as_str))
            .bind(invoice.purchase_order.as_ref().map(Label::as_str))
            .bind(invoice.project.as_ref().map(Label::as_str))
            .bind(invoice.note.as_ref().map_or("", LongText::as_str))
            .bind(methods_to(&invoice.accepted_methods))
            .bind(totals.net.minor())
            .bind(totals.tax.minor())
            .bind(totals.total.minor())
            .bind(now)
    )?;
    Ok(updated == 1)
}

/// Replaces the lines of a draft. The schema refuses this for anything else.
pub async fn replace_lines(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    lines: &[(LineId, &InvoiceLine)],
) -> Result<(), StoreError> {
    let sql = "DELETE FROM invoice_line WHERE invoice_id = $1 AND business_id = $2";
    execute!(tx, sqlx::query(sql).bind(invoice.uuid()).bind(business.uuid()))?;
    let sql = "INSERT INTO invoice_line (id, business_id, invoice_id, position, description, detail, quantity_thousandths,
                   unit, unit_price_minor, tax_rate_basis_points, net_minor, period_from, period_to, project)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    for (position, (id, line)) in (1_i64..).zip(lines) {
        let read = Reading { table: "invoice_line", row: *id };
        let net = read.value("net_minor", line.net())?;
        execute!(
            tx,
            sqlx::query(sql)
                .bind(id.uuid())
                .bind(business.uuid())
                .bind(invoice.uuid())
                .bind(position)
                .bind(line.description.as_str())
                .bind(line.detail.as_ref().map_or("", LongText::as_str))
                .bind(line.quantity.thousandths())
                .bind(line.unit.as_ref().map_or("", Label::as_str))
                .bind(line.unit_price.minor())
                .bind(i64::from(line.tax_rate.basis_points()))
                .bind(net.minor())
                .bind(line.period.map(|period| period.from))
                .bind(line.period.map(|period| period.to))
                .bind(line.project.as_ref().map(Label::as_str))
        )?;
    }
    Ok(())
}

/// Throws a draft away. `false` when somebody else was first, or it is no draft any more.
pub async fn delete_draft(
    tx: &mut Tx,
    business: BusinessId,
    id: InvoiceId,
    version: i64,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM invoice_line WHERE invoice_id IN
                   (SELECT id FROM invoice WHERE id = $1 AND business_id = $2 AND version = $3 AND state = 'draft')";
    execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(business.uuid()).bind(version))?;
    let sql = "DELETE FROM invoice WHERE id = $1 AND business_id = $2 AND version = $3 AND state = 'draft'";
    Ok(execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(business.uuid()).bind(version))? == 1)
}

/// Makes an invoice of the draft that was read: writes number, dates and parties. `false` when somebody else was first.
/// Refused by `invoice_business_id_number_key` when the number is taken.
pub async fn issue(
    tx: &mut Tx,
    draft: &Invoice,
    issued: &Issued,
    parties: &Parties,
) -> Result<bool, StoreError> {
    let read = Reading { table: "invoice", row: draft.id };
    let seller = read.value("seller", serde_json::to_string(&parties.seller))?;
    let buyer = read.value("buyer", serde_json::to_string(&parties.buyer))?;
    let sql = "UPDATE invoice SET state = 'issued', number = $4, issue_date = $5, due_date = $6, seller = $7, buyer = $8,
                   issued_at = $9, version = version + 1, updated_at = $9
               WHERE id = $1 AND business_id = $2 AND version = $3 AND state = 'draft'";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(draft.id.uuid())
            .bind(draft.business.uuid())
            .bind(draft.version)
            .bind(issued.number.as_str())
            .bind(issued.issued_on)
            .bind(issued.due_on)
            .bind(seller)
            .bind(buyer)
            .bind(issued.issued_at)
    )?;
    Ok(updated == 1)
}

/// Voids the issued invoice that was read. `false` when somebody else was first.
pub async fn void(
    tx: &mut Tx,
    invoice: &Invoice,
    reason: Option<&ShortText>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE invoice SET state = 'void', voided_at = $4, void_reason = $5, version = version + 1, updated_at = $4
               WHERE id = $1 AND business_id = $2 AND version = $3 AND state = 'issued'";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(invoice.id.uuid())
            .bind(invoice.business.uuid())
            .bind(invoice.version)
            .bind(now)
            .bind(reason.map(ShortText::as_str))
    )?;
    Ok(updated == 1)
}

/// An invoice of a business, with its lines.
pub async fn invoice(
    tx: &mut Tx,
    business: BusinessId,
    id: InvoiceId,
) -> Result<Option<Invoice>, StoreError> {
    let sql = "SELECT * FROM invoice WHERE id = $1 AND business_id = $2";
    let row: Option<InvoiceRow> = on!(tx, connection =>
        sqlx::query_as(sql).bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    let Some(row) = row else { return Ok(None) };
    let sql = "SELECT * FROM invoice_line WHERE invoice_id = $1 ORDER BY position";
    let lines: Vec<LineRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(id.uuid()).fetch_all(connection))?;
    row.into_invoice(lines).map(Some)
}

/// Whether an invoice number is in use in a business.
pub async fn number_is_taken(tx: &mut Tx, business: BusinessId, number: &Label) -> Result<bool, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM invoice WHERE business_id = $1 AND number = $2";
    let count: i64 = on!(tx, connection =>
        sqlx::query_scalar(sql).bind(business.uuid()).bind(number.as_str()).fetch_one(connection))?;
    Ok(count > 0)
}

/// The invoice of a business that was issued last, with its number: something real to show a text about.
pub async fn newest_issued(
    tx: &mut Tx,
    business: BusinessId,
) -> Result<Option<(InvoiceId, String)>, StoreError> {
    let row: Option<(Uuid, String)> = on!(tx, connection => sqlx::query_as(
        "SELECT id, number FROM invoice WHERE business_id = $1 AND state = 'issued' AND number IS NOT NULL
         ORDER BY created_at DESC, id DESC LIMIT 1")
        .bind(business.uuid()).fetch_optional(connection))?;
    Ok(row.map(|(id, number)| (InvoiceId::from_uuid(id), number)))
}
