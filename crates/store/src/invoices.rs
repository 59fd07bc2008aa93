//! Invoices, their lines, and what the ledger says of them.
//!
//! A stored state is only what a person decided: draft, issued, void. How an invoice stands (open, overdue, paid …) is
//! derived in [`domain::invoice::Standing`]; the list derives the same in SQL, so that it can be filtered and paged, and a
//! test compares the two.

use domain::invoice::{
    Balance, InvoiceLine, InvoiceState, InvoiceStatus, Issued, NetDays, Period, Quantity, Standing,
    StandingName, TaxRate, Totals,
};
use domain::payment::Method;
use domain::sheet::Party;
use domain::time::{Date, add_days};
use domain::{
    BusinessId, Currency, CustomerId, InvoiceId, Label, LineId, LongText, MemberId, Money, ReceivableId,
    ShortText, Timestamp,
};
use uuid::Uuid;

use crate::customers::containing;
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

/// An invoice in a list: what it is, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The invoice.
    pub id: InvoiceId,
    /// Who owes.
    pub customer: CustomerId,
    /// The name of who owes, as it is now.
    pub customer_name: String,
    /// Draft, issued, void.
    pub state: InvoiceState,
    /// What it is about.
    pub title: Option<ShortText>,
    /// How it stands on the day that was asked for.
    pub standing: Standing,
    /// What is paid, open and on its way.
    pub balance: Balance,
    /// Whether an attempt to pay it is under way in any form, an unanswered one included.
    pub in_flight: bool,
    /// What is chased, once it is issued.
    pub receivable: Option<ReceivableId>,
    /// When the planner looks at it next (business time).
    pub next_decision_at: Option<Timestamp>,
    /// What the planner last decided, as it was written down.
    pub decision: Option<String>,
    /// When the draft was first written.
    pub created_at: Timestamp,
}

row! {
    struct SummaryRow {
        id: Uuid,
        customer_id: Uuid,
        customer_name: String,
        state: String,
        number: Option<String>,
        title: String,
        currency: String,
        issue_date: Option<Date>,
        due_date: Option<Date>,
        issued_at: Option<Timestamp>,
        voided_at: Option<Timestamp>,
        total_minor: i64,
        paid_minor: i64,
        written_off_minor: i64,
        processing_minor: i64,
        in_flight: i64,
        receivable_id: Option<Uuid>,
        next_decision_at: Option<Timestamp>,
        decision: Option<String>,
        created_at: Timestamp,
    }
}

impl SummaryRow {
    fn into_summary(self, today: Date) -> Result<Summary, StoreError> {
        let id = InvoiceId::from_uuid(self.id);
        let read = Reading { table: "invoice", row: id };
        let currency = read.known("currency", Currency::from_code(&self.currency))?;
        let money = |column, minor| read.value(column, Money::new(minor, currency));
        let balance = Balance::new(
            money("total_minor", self.total_minor)?,
            money("paid_minor", self.paid_minor)?,
            money("written_off_minor", self.written_off_minor)?,
            money("processing_minor", self.processing_minor)?,
        );
        let balance = read.value("total_minor", balance)?;
        let dates = (self.issue_date, self.due_date);
        let state =
            state_of(read, &self.state, self.number.as_deref(), dates, self.issued_at, self.voided_at)?;
        Ok(Summary {
            id,
            customer: CustomerId::from_uuid(self.customer_id),
            customer_name: self.customer_name,
            title: read.value("title", ShortText::parse_optional(&self.title))?,
            standing: Standing::of(&state, &balance, today),
            state,
            balance,
            in_flight: self.in_flight > 0,
            receivable: self.receivable_id.map(ReceivableId::from_uuid),
            next_decision_at: self.next_decision_at,
            decision: self.decision,
            created_at: self.created_at,
        })
    }
}

/// Which invoices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only this one.
    pub id: Option<InvoiceId>,
    /// Only those of this customer.
    pub customer: Option<CustomerId>,
    /// Only those that stand so.
    pub standing: Option<StandingName>,
    /// Only those that were issued and not voided.
    pub issued_only: bool,
    /// Only those whose number, title, project, purchase order or customer contains this.
    pub search: String,
    /// Only those written before this one: the next page.
    pub after: Option<InvoiceId>,
}

/// An invoice with what the ledger and the attempts say of it. `paid` and `written_off` count applications and write-offs
/// less what of them was undone; `standing` is [`Standing::of`] in SQL, for $2 today and $3 the last day that is soon.
const LISTED: &str = "
    SELECT y.*, CASE
            WHEN y.state <> 'issued' THEN y.state
            WHEN y.open_minor <= 0 AND y.written_off_minor > 0 THEN 'written_off'
            WHEN y.open_minor <= 0 THEN 'paid'
            WHEN y.processing_minor > 0 AND y.open_minor <= y.processing_minor THEN 'processing'
            WHEN y.due_date < $2 THEN 'overdue'
            WHEN y.due_date <= $3 THEN 'due_soon'
            WHEN y.paid_minor > 0 THEN 'partly_paid'
            ELSE 'open'
        END AS standing
    FROM (SELECT x.*, x.total_minor - x.paid_minor - x.written_off_minor AS open_minor
        FROM (SELECT i.id, i.business_id, i.customer_id, c.name AS customer_name, i.state, i.number, i.title, i.currency,
                i.issue_date, i.due_date, i.issued_at, i.voided_at, i.total_minor, i.created_at, i.project,
                i.purchase_order, r.id AS receivable_id, r.next_decision_at, r.decision,
                COALESCE((SELECT CAST(SUM(t.amount_minor) AS BIGINT) FROM transfer t
                          WHERE t.credit_account_id = a.id AND t.kind = 'application'), 0)
                - COALESCE((SELECT CAST(SUM(v.amount_minor) AS BIGINT) FROM transfer v
                            JOIN transfer t ON t.id = v.reverses
                            WHERE v.debit_account_id = a.id AND t.kind = 'application'), 0) AS paid_minor,
                COALESCE((SELECT CAST(SUM(t.amount_minor) AS BIGINT) FROM transfer t
                          WHERE t.credit_account_id = a.id AND t.kind = 'write_off'), 0)
                - COALESCE((SELECT CAST(SUM(v.amount_minor) AS BIGINT) FROM transfer v
                            JOIN transfer t ON t.id = v.reverses
                            WHERE v.debit_account_id = a.id AND t.kind = 'write_off'), 0) AS written_off_minor,
                COALESCE((SELECT CAST(SUM(p.amount_minor) AS BIGINT) FROM attempt_part p
                          JOIN payment_attempt t ON t.id = p.attempt_id
                          WHERE p.receivable_id = r.id AND t.state = 'processing'), 0) AS processing_minor,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM attempt_part p
                 JOIN payment_attempt t ON t.id = p.attempt_id
                 WHERE p.receivable_id = r.id
                   AND t.state IN ('creating', 'open', 'unknown', 'processing')) AS in_flight
            FROM invoice i
            JOIN customer c ON c.id = i.customer_id
            LEFT JOIN receivable r ON r.invoice_id = i.id
            LEFT JOIN account a ON a.receivable_id = r.id
            WHERE i.business_id = $1) x) y";

/// The invoices of a business, the newest first, as they stand on the day `today`.
pub async fn list(
    tx: &mut Tx,
    business: BusinessId,
    filter: &Filter,
    today: Date,
    limit: i64,
) -> Result<Vec<Summary>, StoreError> {
    let sql = format!(
        "SELECT * FROM ({LISTED}) z
         WHERE ($4 IS NULL OR z.id = $4)
           AND ($5 IS NULL OR z.customer_id = $5)
           AND ($6 IS NULL OR z.standing = $6)
           AND ($7 = 0 OR z.state = 'issued')
           AND ($8 = '' OR lower(z.customer_name) LIKE lower($9) ESCAPE '\\' OR lower(z.number) LIKE lower($9) ESCAPE '\\'
                OR lower(z.title) LIKE lower($9) ESCAPE '\\' OR lower(z.project) LIKE lower($9) ESCAPE '\\'
                OR lower(z.purchase_order) LIKE lower($9) ESCAPE '\\')
           AND ($10 IS NULL OR (z.created_at, z.id) < (SELECT p.created_at, p.id FROM invoice p WHERE p.id = $10))
         ORDER BY z.created_at DESC, z.id DESC LIMIT $11"
    );
    let rows: Vec<SummaryRow> = on!(tx, connection => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(business.uuid())
        .bind(today)
        .bind(soon(today))
        .bind(filter.id.map(InvoiceId::uuid))
        .bind(filter.customer.map(CustomerId::uuid))
        .bind(filter.standing.map(StandingName::as_str))
        .bind(i64::from(filter.issued_only))
        .bind(filter.search.as_str())
        .bind(containing(&filter.search))
        .bind(filter.after.map(InvoiceId::uuid))
        .bind(limit)
        .fetch_all(connection))?;
    rows.into_iter().map(|row| row.into_summary(today)).collect()
}

/// How one invoice stands on the day `today`.
pub async fn summary(
    tx: &mut Tx,
    business: BusinessId,
    id: InvoiceId,
    today: Date,
) -> Result<Option<Summary>, StoreError> {
    let filter = Filter { id: Some(id), ..Filter::default() };
    Ok(list(tx, business, &filter, today, 1).await?.pop())
}

/// The last day that counts as soon.
fn soon(today: Date) -> Date {
    add_days(today, i64::from(Standing::SOON_DAYS))
}

/// How many invoices of one currency stand in one way, and what is open on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    /// How they stand.
    pub standing: StandingName,
    /// How many they are.
    pub invoices: i64,
    /// What is open on them.
    pub open: Money,
}

row! {
    struct FigureRow {
        standing: String,
        currency: String,
        invoices: i64,
        open_minor: i64,
    }
}

/// The invoices of a business counted by standing and currency.
pub async fn figures(tx: &mut Tx, business: BusinessId, today: Date) -> Result<Vec<Figure>, StoreError> {
    let sql = format!(
        "SELECT z.standing, z.currency, CAST(COUNT(*) AS BIGINT) AS invoices,
             CAST(SUM(CASE WHEN z.state = 'issued' THEN z.open_minor ELSE 0 END) AS BIGINT) AS open_minor
         FROM ({LISTED}) z GROUP BY z.standing, z.currency ORDER BY z.standing, z.currency"
    );
    let rows: Vec<FigureRow> = on!(tx, connection => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(business.uuid())
        .bind(today)
        .bind(soon(today))
        .fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let read = Reading { table: "invoice", row: business };
            let currency = read.known("currency", Currency::from_code(&row.currency))?;
            Ok(Figure {
                standing: read.known("state", StandingName::from_name(&row.standing))?,
                invoices: row.invoices,
                open: read.value("total_minor", Money::new(row.open_minor, currency))?,
            })
        })
        .collect()
}

row! {
    struct SumRow {
        currency: String,
        amount_minor: i64,
    }
}

/// The money that came from outside since a moment of business time, by currency. What went back later is not taken off.
pub async fn received_since(
    tx: &mut Tx,
    business: BusinessId,
    since: Timestamp,
) -> Result<Vec<Money>, StoreError> {
    let sql = "SELECT currency, CAST(SUM(amount_minor) AS BIGINT) AS amount_minor FROM transfer
               WHERE business_id = $1 AND kind = 'payment' AND happened_at >= $2 GROUP BY currency ORDER BY currency";
    let rows: Vec<SumRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(business.uuid()).bind(since).fetch_all(connection))?;
    let read = Reading { table: "transfer", row: business };
    rows.into_iter()
        .map(|row| {
            let currency = read.known("currency", Currency::from_code(&row.currency))?;
            read.value("amount_minor", Money::new(row.amount_minor, currency))
        })
        .collect()
}
