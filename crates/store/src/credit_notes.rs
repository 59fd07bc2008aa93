//! Credit notes. What they do to the books stands in the ledger, under their ids.

use domain::invoice::{TaxOfRate, Totals};
use domain::{
    BusinessId, CreditNoteId, CustomerId, Date, EventId, InvoiceId, Label, MemberId, ReceivableId, ShortText,
    Timestamp,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A credit note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// Its id.
    pub id: CreditNoteId,
    /// Whose.
    pub business: BusinessId,
    /// Who owes less by it.
    pub customer: CustomerId,
    /// The invoice it is about.
    pub invoice: InvoiceId,
    /// What is chased of that invoice.
    pub receivable: ReceivableId,
    /// Its number, unique in the business.
    pub number: Label,
    /// What it comes to.
    pub totals: Totals,
    /// The day it was issued, in the business's zone.
    pub issued_on: Date,
    /// Why, in the member's words.
    pub reason: ShortText,
    /// What the form was known by.
    pub form: String,
    /// Which member.
    pub issued_by: MemberId,
    /// When. Business time.
    pub created_at: Timestamp,
}

row! {
    struct CreditNoteRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        invoice_id: Uuid,
        receivable_id: Uuid,
        number: String,
        currency: String,
        net_minor: i64,
        tax_minor: i64,
        total_minor: i64,
        tax_by_rate: String,
        issue_date: Date,
        reason: String,
        form: String,
        issued_by: Uuid,
        created_at: Timestamp,
    }
}

impl TryFrom<CreditNoteRow> for CreditNote {
    type Error = StoreError;

    fn try_from(row: CreditNoteRow) -> Result<Self, StoreError> {
        let id = CreditNoteId::from_uuid(row.id);
        let at = Reading { table: "credit_note", row: id };
        let currency = at.currency(&row.currency)?;
        let tax_by_rate: Vec<TaxOfRate> = at.value("tax_by_rate", serde_json::from_str(&row.tax_by_rate))?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            invoice: InvoiceId::from_uuid(row.invoice_id),
            receivable: ReceivableId::from_uuid(row.receivable_id),
            number: at.value("number", Label::parse(&row.number))?,
            totals: Totals {
                net: at.money("net_minor", row.net_minor, currency)?,
                tax_by_rate,
                tax: at.money("tax_minor", row.tax_minor, currency)?,
                total: at.money("total_minor", row.total_minor, currency)?,
            },
            issued_on: row.issue_date,
            reason: at.value("reason", ShortText::parse(&row.reason))?,
            form: row.form,
            issued_by: MemberId::from_uuid(row.issued_by),
            created_at: row.created_at,
        })
    }
}

/// Writes a credit note down. Its rows stand in the ledger in the same transaction, told by the same event.
pub async fn issue(tx: &mut Tx, note: &CreditNote, event: EventId) -> Result<(), StoreError> {
    let at = Reading { table: "credit_note", row: note.id };
    let tax_by_rate = at.value("tax_by_rate", serde_json::to_string(&note.totals.tax_by_rate))?;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO credit_note (id, business_id, customer_id, invoice_id, receivable_id, number, currency, net_minor,
                tax_minor, total_minor, tax_by_rate, issue_date, reason, form, issued_by, event_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"
        )
        .bind(note.id.uuid())
        .bind(note.business.uuid())
        .bind(note.customer.uuid())
        .bind(note.invoice.uuid())
        .bind(note.receivable.uuid())
        .bind(note.number.as_str())
        .bind(note.totals.total.currency().code())
        .bind(note.totals.net.minor())
        .bind(note.totals.tax.minor())
        .bind(note.totals.total.minor())
        .bind(&tax_by_rate[..])
        .bind(note.issued_on)
        .bind(note.reason.as_str())
        .bind(&note.form[..])
        .bind(note.issued_by.uuid())
        .bind(event.uuid())
        .bind(note.created_at)
    )
    .map(|_rows| ())
}

/// A credit note.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    id: CreditNoteId,
) -> Result<Option<CreditNote>, StoreError> {
    let row: Option<CreditNoteRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM credit_note WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(CreditNote::try_from).transpose()
}

/// The credit note that a form made.
pub async fn by_form(
    tx: &mut Tx,
    business: BusinessId,
    form: &str,
) -> Result<Option<CreditNote>, StoreError> {
    let row: Option<CreditNoteRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM credit_note WHERE business_id = $1 AND form = $2")
        .bind(business.uuid()).bind(form).fetch_optional(connection))?;
    row.map(CreditNote::try_from).transpose()
}

/// The credit notes of an invoice, oldest first.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Vec<CreditNote>, StoreError> {
    let rows: Vec<CreditNoteRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM credit_note WHERE invoice_id = $1 AND business_id = $2 ORDER BY id")
        .bind(invoice.uuid()).bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(CreditNote::try_from).collect()
}
