//! What a person must do.

use domain::schedule::{Said, Tone};
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId, InvoiceId, MemberId, ReceivableId, TaskId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::events::Subject;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A task about to be raised.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Its id.
    pub id: TaskId,
    /// Whose.
    pub business: BusinessId,
    /// What is to be done.
    pub kind: TaskKind,
    /// The cause: the same cause never makes two.
    pub dedup_key: String,
    /// What it is about.
    pub subject: Subject,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// The invoice concerned.
    pub invoice: Option<InvoiceId>,
    /// The step of the schedule that this is, and for which receivable: it then counts as said.
    pub step: Option<(ReceivableId, Said)>,
    /// What the words are made from.
    pub data: Value,
    /// Business time.
    pub created_at: Timestamp,
    /// By when. Business time.
    pub due_at: Option<Timestamp>,
}

/// A task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// What is to be done.
    pub kind: TaskKind,
    /// What it is about: the stable name of a kind of subject, and which one.
    pub subject: Subject,
    /// The customer concerned.
    pub customer: Option<CustomerId>,
    /// The invoice concerned.
    pub invoice: Option<InvoiceId>,
    /// What the words are made from.
    pub data: Value,
    /// Business time.
    pub created_at: Timestamp,
    /// By when. Business time.
    pub due_at: Option<Timestamp>,
    /// When a person dealt with it. Business time.
    pub done_at: Option<Timestamp>,
    /// Who did.
    pub done_by: Option<MemberId>,
}

/// Raises a task: false if its cause raised one before.
pub async fn raise(tx: &mut Tx, task: &NewTask) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO task (id, business_id, kind, dedup_key, subject_kind, subject_id, customer_id, invoice_id,
                receivable_id, step, offset_days, tone, data, created_at, due_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT (business_id, dedup_key) DO NOTHING"
        )
        .bind(task.id.uuid())
        .bind(task.business.uuid())
        .bind(task.kind.as_str())
        .bind(&task.dedup_key[..])
        .bind(task.subject.kind.as_str())
        .bind(task.subject.id)
        .bind(task.customer.map(CustomerId::uuid))
        .bind(task.invoice.map(InvoiceId::uuid))
        .bind(task.step.as_ref().map(|(receivable, _)| receivable.uuid()))
        .bind(task.step.as_ref().map(|(_, said)| said.step.as_str()))
        .bind(task.step.as_ref().map(|(_, said)| i64::from(said.offset_days)))
        .bind(task.step.as_ref().and_then(|(_, said)| said.tone).map(Tone::as_str))
        .bind(task.data.to_string())
        .bind(task.created_at)
        .bind(task.due_at)
    )?;
    Ok(rows == 1)
}

/// Marks what waits and meets a condition done. How many there were.
macro_rules! resolve {
    ($tx:expr, $business:expr, $by:expr, $now:expr, $which:literal $(, $bound:expr)+) => {{
        let by: Option<MemberId> = $by;
        execute!(
            $tx,
            sqlx::query(concat!(
                "UPDATE task SET done_at = $2, done_by = $3 WHERE business_id = $1 AND done_at IS NULL AND ",
                $which
            ))
            .bind($business.uuid())
            .bind($now)
            .bind(by.map(MemberId::uuid))
            $(.bind($bound))+
        )
    }};
}

/// Marks a task done: false if there is none that waits.
pub async fn resolve(
    tx: &mut Tx,
    business: BusinessId,
    task: TaskId,
    by: Option<MemberId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(resolve!(tx, business, by, now, "id = $4", task.uuid())? == 1)
}

/// Marks what waits of a kind about an invoice done: it does not matter any more. How many there were.
pub async fn resolve_of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    kind: TaskKind,
    invoice: InvoiceId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let kind = kind.as_str();
    resolve!(tx, business, None, now, "kind = $4 AND invoice_id = $5", kind, invoice.uuid())
}

/// Marks what waits of a kind in a business done, with whoever did it. How many there were.
pub async fn resolve_of_kind(
    tx: &mut Tx,
    business: BusinessId,
    kind: TaskKind,
    by: MemberId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    resolve!(tx, business, Some(by), now, "kind = $4", kind.as_str())
}

/// Marks the task of a cause done, if it waits: what it asked for has been done in another place.
pub async fn resolve_caused(
    tx: &mut Tx,
    business: BusinessId,
    dedup_key: &str,
    by: Option<MemberId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    Ok(resolve!(tx, business, by, now, "dedup_key = $4", dedup_key)? == 1)
}

/// Asks again what a cause asked before and was done with: false if it still waits, or was never asked.
pub async fn ask_again(
    tx: &mut Tx,
    business: BusinessId,
    dedup_key: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE task SET done_at = NULL, done_by = NULL, created_at = $3
             WHERE business_id = $1 AND dedup_key = $2 AND done_at IS NOT NULL"
        )
        .bind(business.uuid())
        .bind(dedup_key)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Marks what waits of a kind about an invoice done, but for one cause, which takes its place. How many there were.
pub async fn supersede(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    kind: TaskKind,
    by: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE task SET done_at = $5
             WHERE business_id = $1 AND invoice_id = $2 AND kind = $3 AND dedup_key <> $4 AND done_at IS NULL"
        )
        .bind(business.uuid())
        .bind(invoice.uuid())
        .bind(kind.as_str())
        .bind(by)
        .bind(now)
    )
}

row! {
    struct TaskRow {
        id: Uuid,
        kind: String,
        subject_kind: String,
        subject_id: Uuid,
        customer_id: Option<Uuid>,
        invoice_id: Option<Uuid>,
        data: String,
        created_at: Timestamp,
        due_at: Option<Timestamp>,
        done_at: Option<Timestamp>,
        done_by: Option<Uuid>,
    }
}

macro_rules! task_columns {
    () => {
        "id, kind, subject_kind, subject_id, customer_id, invoice_id, data, created_at, due_at, done_at, done_by"
    };
}

impl TryFrom<TaskRow> for Task {
    type Error = StoreError;

    fn try_from(row: TaskRow) -> Result<Self, StoreError> {
        let id = TaskId::from_uuid(row.id);
        let at = Reading { table: "task", row: id };
        Ok(Self {
            id,
            kind: at.known("kind", TaskKind::from_name(&row.kind))?,
            subject: Subject {
                kind: at.known("subject_kind", domain::event::SubjectKind::from_name(&row.subject_kind))?,
                id: row.subject_id,
            },
            customer: row.customer_id.map(CustomerId::from_uuid),
            invoice: row.invoice_id.map(InvoiceId::from_uuid),
            data: at.json("data", &row.data)?,
            created_at: row.created_at,
            due_at: row.due_at,
            done_at: row.done_at,
            done_by: row.done_by.map(MemberId::from_uuid),
        })
    }
}

/// Marks what the schedule asked of people about a receivable as done: the receivable is settled, and nobody needs to
/// call any more. How many there were.
pub async fn resolve_steps(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    resolve!(tx, business, None, now, "receivable_id = $4", receivable.uuid())
}

/// Marks a kind of task about one subject as done: what it asked for has answered itself. How many there were.
pub async fn resolve_about(
    tx: &mut Tx,
    business: BusinessId,
    subject: Subject,
    kind: TaskKind,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let (about, kind) = (subject.kind.as_str(), kind.as_str());
    resolve!(
        tx,
        business,
        None,
        now,
        "subject_kind = $4 AND subject_id = $5 AND kind = $6",
        about,
        subject.id,
        kind
    )
}

/// The task of this id.
pub async fn find(tx: &mut Tx, business: BusinessId, task: TaskId) -> Result<Option<Task>, StoreError> {
    let row: Option<TaskRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", task_columns!(),
        " FROM task WHERE id = $1 AND business_id = $2"))
        .bind(task.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Task::try_from).transpose()
}

/// What waits for a person, oldest first.
pub async fn open(tx: &mut Tx, business: BusinessId, limit: i64) -> Result<Vec<Task>, StoreError> {
    let rows: Vec<TaskRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", task_columns!(),
        " FROM task WHERE business_id = $1 AND done_at IS NULL ORDER BY created_at, id LIMIT $2"))
        .bind(business.uuid()).bind(limit).fetch_all(connection))?;
    rows.into_iter().map(Task::try_from).collect()
}
