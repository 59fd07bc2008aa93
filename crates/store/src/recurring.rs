//! Invoices that are written again and again, and what became of each of their dates.
//!
//! Whoever deals with a date moves the series past it first ([`move_on`], guarded by what was read), and writes the date down in
//! the same transaction; the schema takes each date of a series once. So any number of processes may look at once.

use domain::invoice::{InvoiceLine, NetDays};
use domain::recurring::{Covers, Cycle, RecurringState, Rhythm, Series, Template, Until};
use domain::{
    BusinessId, Currency, CustomerId, Date, InvoiceId, Label, MemberId, RecurringId, ShortText, Timestamp,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// An invoice that is written again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurring {
    /// Its id.
    pub id: RecurringId,
    /// Who is owed.
    pub business: BusinessId,
    /// Who it is written to.
    pub customer: CustomerId,
    /// How it stands.
    pub state: RecurringState,
    /// What each invoice says.
    pub template: Template,
    /// On which dates.
    pub series: Series,
    /// Which days each is about.
    pub covers: Covers,
    /// Leave a draft for a person to issue.
    pub as_draft: bool,
    /// Every date before this day was dealt with.
    pub next_from: Date,
    /// How often in a row it could not be written.
    pub tries: u32,
    /// Who set it up.
    pub created_by: MemberId,
    /// Counts changes of what is written and when, so that two who edit at once notice.
    pub version: i64,
    /// When it was set up. Business time.
    pub created_at: Timestamp,
}

/// How one stands, without what it says: enough to take it on, also when the rest of its row makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Which.
    pub id: RecurringId,
    /// Who is owed.
    pub business: BusinessId,
    /// Who it is written to.
    pub customer: CustomerId,
    /// How it stands.
    pub state: RecurringState,
    /// Every date before this day was dealt with.
    pub next_from: Date,
    /// How often in a row it could not be written.
    pub tries: u32,
    /// Counts changes.
    pub version: i64,
}

impl Recurring {
    /// How it stands.
    pub const fn stand(&self) -> Stand {
        let Self { id, business, customer, state, next_from, tries, version, .. } = *self;
        Stand { id, business, customer, state, next_from, tries, version }
    }

    /// The next date that is dealt with without a person, if there is one.
    pub fn next_on(&self) -> Option<Date> {
        (self.state == RecurringState::Running).then(|| self.series.next_from(self.next_from)).flatten()
    }
}

row! {
    struct RecurringRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        state: String,
        title: String,
        currency: String,
        net_days: Option<i64>,
        purchase_order: Option<String>,
        project: Option<String>,
        lines: String,
        cycle: String,
        every_cycles: i64,
        month_end: bool,
        first_on: Date,
        last_on: Option<Date>,
        count_max: Option<i64>,
        covers: String,
        as_draft: bool,
        next_from: Date,
        tries: i64,
        created_by: Uuid,
        version: i64,
        created_at: Timestamp,
    }
}

impl TryFrom<RecurringRow> for Recurring {
    type Error = StoreError;

    fn try_from(row: RecurringRow) -> Result<Self, StoreError> {
        let id = RecurringId::from_uuid(row.id);
        let at = Reading { table: "recurring", row: id };
        let cycle = at.known("cycle", Cycle::from_name(&row.cycle))?;
        let every = at.value("every_cycles", u8::try_from(row.every_cycles))?;
        let until = match (row.last_on, row.count_max) {
            (None, None) => Until::Ended,
            (Some(last), None) => Until::Date(last),
            (None, Some(count)) => Until::Count(at.count("count_max", count)?),
            (Some(_), Some(_)) => {
                return Err(StoreError::corrupt("recurring", "last_on, count_max", id, "both"));
            }
        };
        let net_days =
            row.net_days.map(|days| at.known("net_days", u16::try_from(days).ok().and_then(NetDays::new)));
        let label =
            |column, text: Option<String>| at.value(column, Label::parse_optional(&text.unwrap_or_default()));
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            state: at.known("state", RecurringState::from_name(&row.state))?,
            template: Template {
                title: at.value("title", ShortText::parse_optional(&row.title))?,
                currency: at.known("currency", Currency::from_code(&row.currency))?,
                net_days: net_days.transpose()?,
                purchase_order: label("purchase_order", row.purchase_order)?,
                project: label("project", row.project)?,
                lines: at.value("lines", serde_json::from_str::<Vec<InvoiceLine>>(&row.lines))?,
            },
            series: Series {
                rhythm: at.known("every_cycles", Rhythm::new(cycle, every, row.month_end))?,
                first_on: row.first_on,
                until,
            },
            covers: at.known("covers", Covers::from_name(&row.covers))?,
            as_draft: row.as_draft,
            next_from: row.next_from,
            tries: at.count("tries", row.tries)?,
            created_by: MemberId::from_uuid(row.created_by),
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// The columns that an edit writes, from `$4` to `$17`, bound in this order.
macro_rules! bind_content {
    ($query:expr, $recurring:expr, $lines:expr) => {{
        let (template, series) = (&$recurring.template, &$recurring.series);
        let (last_on, count_max) = match series.until {
            Until::Ended => (None, None),
            Until::Date(last) => (Some(last), None),
            Until::Count(count) => (None, Some(i64::from(count))),
        };
        $query
            .bind(template.title.as_ref().map_or("", ShortText::as_str))
            .bind(template.currency.code())
            .bind(template.net_days.map(|days| i64::from(days.days())))
            .bind(template.purchase_order.as_ref().map(Label::as_str))
            .bind(template.project.as_ref().map(Label::as_str))
            .bind($lines)
            .bind(series.rhythm.cycle().as_str())
            .bind(i64::from(series.rhythm.every()))
            .bind(series.rhythm.month_end())
            .bind(series.first_on)
            .bind(last_on)
            .bind(count_max)
            .bind($recurring.covers.as_str())
            .bind($recurring.as_draft)
    }};
}

fn lines_of(recurring: &Recurring) -> Result<String, StoreError> {
    let at = Reading { table: "recurring", row: recurring.id };
    at.value("lines", serde_json::to_string(&recurring.template.lines))
}

/// Sets one up; a worker looks at `next_at`. Business time.
pub async fn insert(
    tx: &mut Tx,
    recurring: &Recurring,
    form: &str,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    let lines = lines_of(recurring)?;
    let sql = "INSERT INTO recurring (id, business_id, customer_id, title, currency, net_days, purchase_order, project, lines,
                   cycle, every_cycles, month_end, first_on, last_on, count_max, covers, as_draft, state, next_from, next_at,
                   created_by, version, created_at, updated_at, form)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'running', $18, $19, $20, 1,
                   $21, $21, $22)";
    execute!(
        tx,
        bind_content!(
            sqlx::query(sql)
                .bind(recurring.id.uuid())
                .bind(recurring.business.uuid())
                .bind(recurring.customer.uuid()),
            recurring,
            &lines[..]
        )
        .bind(recurring.next_from)
        .bind(next_at)
        .bind(recurring.created_by.uuid())
        .bind(recurring.created_at)
        .bind(form)
    )
    .map(|_rows| ())
}

/// Writes over the version that was read what is written from now on, and when; a worker looks at once, unless a person has the
/// say. What could not be written is tried again. `false` when somebody else was first, or it ended.
pub async fn update(tx: &mut Tx, recurring: &Recurring, now: Timestamp) -> Result<bool, StoreError> {
    let lines = lines_of(recurring)?;
    let sql = "UPDATE recurring SET title = $4, currency = $5, net_days = $6, purchase_order = $7, project = $8, lines = $9,
                   cycle = $10, every_cycles = $11, month_end = $12, first_on = $13, last_on = $14, count_max = $15,
                   covers = $16, as_draft = $17, version = version + 1, updated_at = $18, next_from = $19, tries = 0,
                   next_at = CASE WHEN state IN ('running', 'failed') THEN $18 ELSE NULL END,
                   state = CASE WHEN state = 'failed' THEN 'running' ELSE state END
               WHERE id = $1 AND business_id = $2 AND version = $3 AND state <> 'ended'";
    let rows = execute!(
        tx,
        bind_content!(
            sqlx::query(sql)
                .bind(recurring.id.uuid())
                .bind(recurring.business.uuid())
                .bind(recurring.version),
            recurring,
            &lines[..]
        )
        .bind(now)
        .bind(recurring.next_from)
    )?;
    Ok(rows == 1)
}

/// Takes one on from how it was read: everything before `next_from` was dealt with, and a worker looks at `next_at`, if at all.
/// `false` when somebody else did meanwhile, or changed what is written: then what was read is not true any more.
pub async fn move_on(
    tx: &mut Tx,
    read: &Stand,
    state: RecurringState,
    next_from: Date,
    next_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE recurring SET state = $6, next_from = $7, next_at = $8, tries = 0, updated_at = $9
               WHERE id = $1 AND business_id = $2 AND version = $3 AND state = $4 AND next_from = $5";
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(read.id.uuid())
            .bind(read.business.uuid())
            .bind(read.version)
            .bind(read.state.as_str())
            .bind(read.next_from)
            .bind(state.as_str())
            .bind(next_from)
            .bind(next_at)
            .bind(now)
    )?;
    Ok(rows == 1)
}

/// Has one looked at later, because it could not be written now. `false` when somebody else dealt with it meanwhile.
pub async fn put_off(tx: &mut Tx, read: &Stand, until: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE recurring SET next_at = $5, tries = tries + 1
               WHERE id = $1 AND version = $2 AND state = 'running' AND next_from = $3 AND tries = $4";
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(read.id.uuid())
            .bind(read.version)
            .bind(read.next_from)
            .bind(i64::from(read.tries))
            .bind(until)
    )?;
    Ok(rows == 1)
}

row! {
    struct StandRow {
        customer_id: Uuid,
        state: String,
        next_from: Date,
        tries: i64,
        version: i64,
    }
}

/// How one of a business stands.
pub async fn stand(tx: &mut Tx, business: BusinessId, id: RecurringId) -> Result<Option<Stand>, StoreError> {
    let row: Option<StandRow> = on!(tx, connection => sqlx::query_as(
        "SELECT customer_id, state, next_from, tries, version FROM recurring
         WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    let Some(row) = row else { return Ok(None) };
    let at = Reading { table: "recurring", row: id };
    Ok(Some(Stand {
        id,
        business,
        customer: CustomerId::from_uuid(row.customer_id),
        state: at.known("state", RecurringState::from_name(&row.state))?,
        next_from: row.next_from,
        tries: at.count("tries", row.tries)?,
        version: row.version,
    }))
}

/// One of a business.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    id: RecurringId,
) -> Result<Option<Recurring>, StoreError> {
    let row: Option<RecurringRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM recurring WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Recurring::try_from).transpose()
}

/// The one that was set up with this form.
pub async fn by_form(tx: &mut Tx, business: BusinessId, form: &str) -> Result<Option<Recurring>, StoreError> {
    let row: Option<RecurringRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM recurring WHERE business_id = $1 AND form = $2")
        .bind(business.uuid()).bind(form).fetch_optional(connection))?;
    row.map(Recurring::try_from).transpose()
}

/// All of a business, or of one of its customers: the oldest first, those that ended last.
pub async fn list(
    tx: &mut Tx,
    business: BusinessId,
    customer: Option<CustomerId>,
    after: Option<RecurringId>,
    limit: i64,
) -> Result<Vec<Recurring>, StoreError> {
    let rows: Vec<RecurringRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM recurring WHERE business_id = $1 AND ($2 IS NULL OR customer_id = $2)
            AND ($3 IS NULL OR (CASE state WHEN 'ended' THEN 1 ELSE 0 END, created_at, id) > (
                SELECT CASE last.state WHEN 'ended' THEN 1 ELSE 0 END, last.created_at, last.id FROM recurring AS last
                WHERE last.id = $3 AND last.business_id = $1))
         ORDER BY CASE state WHEN 'ended' THEN 1 ELSE 0 END, created_at, id LIMIT $4")
        .bind(business.uuid()).bind(customer.map(CustomerId::uuid)).bind(after.map(RecurringId::uuid)).bind(limit)
        .fetch_all(connection))?;
    rows.into_iter().map(Recurring::try_from).collect()
}

/// Those of all businesses that are to be looked at now, longest waiting first. Business time.
pub async fn due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(BusinessId, RecurringId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = on!(tx, connection => sqlx::query_as(
        "SELECT business_id, id FROM recurring WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    let ids = |(business, id)| (BusinessId::from_uuid(business), RecurringId::from_uuid(id));
    Ok(rows.into_iter().map(ids).collect())
}

/// What became of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// This invoice was issued.
    Issued(InvoiceId),
    /// This draft was left for a person; none, if it was thrown away.
    Drafted(Option<InvoiceId>),
    /// A person decided that there is none.
    Skipped,
}

impl Outcome {
    const fn columns(self) -> (&'static str, Option<InvoiceId>) {
        match self {
            Self::Issued(invoice) => ("issued", Some(invoice)),
            Self::Drafted(invoice) => ("drafted", invoice),
            Self::Skipped => ("skipped", None),
        }
    }

    /// The invoice, if there is one.
    pub const fn invoice(self) -> Option<InvoiceId> {
        self.columns().1
    }
}

/// A date that was dealt with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Which.
    pub on: Date,
    /// What became of it.
    pub outcome: Outcome,
    /// When. Business time.
    pub at: Timestamp,
}

row! {
    struct OccurrenceRow {
        recurring_id: Uuid,
        on_date: Date,
        outcome: String,
        invoice_id: Option<Uuid>,
        created_at: Timestamp,
    }
}

impl TryFrom<OccurrenceRow> for Occurrence {
    type Error = StoreError;

    fn try_from(row: OccurrenceRow) -> Result<Self, StoreError> {
        let at = Reading { table: "recurring_occurrence", row: RecurringId::from_uuid(row.recurring_id) };
        let invoice = row.invoice_id.map(InvoiceId::from_uuid);
        let outcome = match (&row.outcome[..], invoice) {
            ("issued", Some(invoice)) => Outcome::Issued(invoice),
            ("drafted", invoice) => Outcome::Drafted(invoice),
            ("skipped", None) => Outcome::Skipped,
            _ => {
                return Err(StoreError::corrupt(
                    at.table,
                    "outcome, invoice_id",
                    at.row,
                    "they contradict each other",
                ));
            }
        };
        Ok(Self { on: row.on_date, outcome, at: row.created_at })
    }
}

/// Writes down what became of a date, in the transaction that moved the series past it. Refused by the table's primary key when
/// it was dealt with before.
pub async fn keep(
    tx: &mut Tx,
    (business, recurring): (BusinessId, RecurringId),
    occurrence: &Occurrence,
) -> Result<(), StoreError> {
    let (outcome, invoice) = occurrence.outcome.columns();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        )
        .bind(recurring.uuid())
        .bind(business.uuid())
        .bind(occurrence.on)
        .bind(outcome)
        .bind(invoice.map(InvoiceId::uuid))
        .bind(occurrence.at)
    )
    .map(|_rows| ())
}

/// The dates that were dealt with, the newest first.
pub async fn kept(
    tx: &mut Tx,
    business: BusinessId,
    recurring: RecurringId,
    limit: i64,
) -> Result<Vec<Occurrence>, StoreError> {
    let rows: Vec<OccurrenceRow> = on!(tx, connection => sqlx::query_as(
        "SELECT recurring_id, on_date, outcome, invoice_id, created_at FROM recurring_occurrence
         WHERE recurring_id = $1 AND business_id = $2 ORDER BY on_date DESC LIMIT $3")
        .bind(recurring.uuid()).bind(business.uuid()).bind(limit).fetch_all(connection))?;
    rows.into_iter().map(Occurrence::try_from).collect()
}

/// What an invoice was written by, if it was.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Option<RecurringId>, StoreError> {
    let id: Option<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT recurring_id FROM recurring_occurrence WHERE invoice_id = $1 AND business_id = $2")
        .bind(invoice.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    Ok(id.map(RecurringId::from_uuid))
}
