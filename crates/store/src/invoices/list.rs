//! Invoices in lists, with what the ledger and the attempts say of each.

use domain::invoice::{Balance, InvoiceState, Standing, StandingName};
use domain::payment::Method;
use domain::time::{Date, add_days};
use domain::{BusinessId, Currency, CustomerId, InvoiceId, Money, ReceivableId, ShortText, Timestamp};
use uuid::Uuid;

use super::state_of;
use crate::customers::containing;
use crate::identity::methods_from;
use crate::rows::Reading;
use crate::{StoreError, Tx};

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
    /// How it may be paid, the agreed way first.
    pub accepted_methods: Vec<Method>,
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
        accepted_methods: String,
        issue_date: Option<Date>,
        due_date: Option<Date>,
        issued_at: Option<Timestamp>,
        voided_at: Option<Timestamp>,
        total_minor: i64,
        paid_minor: i64,
        written_off_minor: i64,
        credited_minor: i64,
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
        )
        .and_then(|balance| balance.less_credited(Money::new(self.credited_minor, currency)?));
        let balance = read.value("total_minor", balance)?;
        let dates = (self.issue_date, self.due_date);
        let state =
            state_of(read, &self.state, self.number.as_deref(), dates, self.issued_at, self.voided_at)?;
        Ok(Summary {
            id,
            customer: CustomerId::from_uuid(self.customer_id),
            customer_name: self.customer_name,
            title: read.value("title", ShortText::parse_optional(&self.title))?,
            accepted_methods: read.known("accepted_methods", methods_from(&self.accepted_methods))?,
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
/// less what of them was undone, `credited` the credit notes, which never are; `standing` is [`Standing::of`] in SQL, for $2 today and $3 the last day that is soon.
const LISTED: &str = "
    SELECT y.*, CASE
            WHEN y.state <> 'issued' THEN y.state
            WHEN y.open_minor <= 0 AND y.written_off_minor > 0 THEN 'written_off'
            WHEN y.open_minor <= 0 AND y.credited_minor > 0 AND y.paid_minor = 0 THEN 'credited'
            WHEN y.open_minor <= 0 THEN 'paid'
            WHEN y.processing_minor > 0 AND y.open_minor <= y.processing_minor THEN 'processing'
            WHEN y.due_date < $2 THEN 'overdue'
            WHEN y.due_date <= $3 THEN 'due_soon'
            WHEN y.paid_minor > 0 THEN 'partly_paid'
            ELSE 'open'
        END AS standing
    FROM (SELECT x.*, x.total_minor - x.paid_minor - x.written_off_minor - x.credited_minor AS open_minor
        FROM (SELECT i.id, i.business_id, i.customer_id, c.name AS customer_name, i.state, i.number, i.title, i.currency, i.accepted_methods,
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
                COALESCE((SELECT CAST(SUM(t.amount_minor) AS BIGINT) FROM transfer t
                          WHERE t.credit_account_id = a.id AND t.kind = 'credit_note'), 0) AS credited_minor,
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
            LEFT JOIN account a ON a.business_id = i.business_id AND a.currency = i.currency
                AND a.kind = 'receivable' AND a.owner_id = r.id
            WHERE i.business_id = $1";

/// [`LISTED`], cut down by a condition before anything is summed: cost follows what is shown, not what exists.
fn listed(narrowed: &str) -> String {
    format!("{LISTED}{narrowed}) x) y")
}

/// The invoices of a business, the newest first, as they stand on the day `today`.
pub async fn list(
    tx: &mut Tx,
    business: BusinessId,
    filter: &Filter,
    today: Date,
    limit: i64,
) -> Result<Vec<Summary>, StoreError> {
    let narrowed = match filter {
        Filter { id: Some(_), .. } => " AND i.id = $4",
        Filter { customer: Some(_), .. } => " AND i.customer_id = $5",
        _ => "",
    };
    let listed = listed(narrowed);
    let sql = format!(
        "SELECT * FROM ({listed}) z
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
    let listed = listed("");
    let sql = format!(
        "SELECT z.standing, z.currency, CAST(COUNT(*) AS BIGINT) AS invoices,
             CAST(SUM(CASE WHEN z.state = 'issued' THEN z.open_minor ELSE 0 END) AS BIGINT) AS open_minor
         FROM ({listed}) z GROUP BY z.standing, z.currency ORDER BY z.standing, z.currency"
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
