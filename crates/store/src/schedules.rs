//! Schedules and their revisions.
//!
//! An edit never changes a revision: it adds one. So what was said by an older one can be looked up, and two people who
//! edit at once cannot both write the same revision.

use std::collections::BTreeMap;

use domain::schedule::{Schedule, Step};
use domain::{BusinessId, Label, MemberId, ScheduleId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// The guard that refuses a second schedule of one name.
pub const NAME_TAKEN: &str = "schedule_business_id_name_key";

/// A schedule as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSchedule {
    /// Its id.
    pub id: ScheduleId,
    /// Whose.
    pub business: BusinessId,
    /// What the business calls it.
    pub name: Label,
    /// The newest revision.
    pub schedule: Schedule,
    /// Who wrote that revision; nobody when Dunlin did.
    pub revised_by: Option<MemberId>,
    /// When that was. Business time.
    pub revised_at: Timestamp,
    /// Since when it is offered to nobody any more. Business time.
    pub archived_at: Option<Timestamp>,
}

/// A schedule about to be made, with its first revision.
#[derive(Clone, Copy, Debug)]
pub struct NewSchedule<'a> {
    /// Its id.
    pub id: ScheduleId,
    /// Whose.
    pub business: BusinessId,
    /// What the business calls it.
    pub name: &'a Label,
    /// The steps; its revision is 1.
    pub schedule: &'a Schedule,
    /// Who made it; nobody when Dunlin did.
    pub by: Option<MemberId>,
    /// Business time.
    pub now: Timestamp,
}

/// Makes a schedule. Refused by [`NAME_TAKEN`].
pub async fn create(tx: &mut Tx, new: &NewSchedule<'_>) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("INSERT INTO schedule (id, business_id, name, created_at) VALUES ($1, $2, $3, $4)")
            .bind(new.id.uuid())
            .bind(new.business.uuid())
            .bind(new.name.as_str())
            .bind(new.now)
    )?;
    write_revision(tx, new.business, new.id, new.schedule, new.by, new.now).await.map(|_written| ())
}

/// Adds a revision, the one after that which was read: false if somebody else added one meanwhile, or there is no such
/// schedule.
pub async fn revise(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
    schedule: &Schedule,
    by: MemberId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    write_revision(tx, business, id, schedule, Some(by), now).await
}

async fn write_revision(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
    schedule: &Schedule,
    by: Option<MemberId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let steps = serde_json::to_string(schedule.steps())
        .map_err(|error| StoreError::corrupt("schedule_revision", "steps", id, error))?;
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO schedule_revision (schedule_id, business_id, revision, steps, created_by, created_at)
             SELECT schedule.id, schedule.business_id, $3, $4, $5, $6 FROM schedule
             WHERE schedule.id = $1 AND schedule.business_id = $2
                AND $3 = 1 + COALESCE((SELECT MAX(schedule_revision.revision) FROM schedule_revision
                    WHERE schedule_revision.schedule_id = schedule.id), 0)
             ON CONFLICT (schedule_id, revision) DO NOTHING"
        )
        .bind(id.uuid())
        .bind(business.uuid())
        .bind(i64::from(schedule.revision()))
        .bind(&steps[..])
        .bind(by.map(MemberId::uuid))
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Calls a schedule something else: false if there is none. Refused by [`NAME_TAKEN`].
pub async fn rename(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
    name: &Label,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("UPDATE schedule SET name = $3 WHERE id = $1 AND business_id = $2")
            .bind(id.uuid())
            .bind(business.uuid())
            .bind(name.as_str())
    )?;
    Ok(rows == 1)
}

/// Offers a schedule to nobody any more, or (with no time) again: false if there is none. Who follows it goes on doing
/// so.
pub async fn archive(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
    at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("UPDATE schedule SET archived_at = $3 WHERE id = $1 AND business_id = $2")
            .bind(id.uuid())
            .bind(business.uuid())
            .bind(at)
    )?;
    Ok(rows == 1)
}

row! {
    struct ScheduleRow {
        id: Uuid,
        business_id: Uuid,
        name: String,
        revision: i64,
        steps: String,
        created_by: Option<Uuid>,
        created_at: Timestamp,
        archived_at: Option<Timestamp>,
    }
}

/// The newest revision of each schedule that a condition names.
macro_rules! newest_revisions {
    ($($condition:expr),+) => {
        concat!(
            "SELECT schedule.id, schedule.business_id, schedule.name, schedule_revision.revision, schedule_revision.steps,
                schedule_revision.created_by, schedule_revision.created_at, schedule.archived_at
             FROM schedule JOIN schedule_revision ON schedule_revision.schedule_id = schedule.id
                AND schedule_revision.revision = (SELECT MAX(newest.revision) FROM schedule_revision AS newest
                    WHERE newest.schedule_id = schedule.id)
             WHERE ", $($condition),+)
    };
}

fn steps_of(id: ScheduleId, revision: i64, steps: &str) -> Result<Schedule, StoreError> {
    let at = Reading { table: "schedule_revision", row: id };
    let steps: Vec<Step> = at.value("steps", serde_json::from_str(steps))?;
    at.value("steps", Schedule::new(at.count("revision", revision)?, steps))
}

impl TryFrom<ScheduleRow> for NamedSchedule {
    type Error = StoreError;

    fn try_from(row: ScheduleRow) -> Result<Self, StoreError> {
        let id = ScheduleId::from_uuid(row.id);
        let at = Reading { table: "schedule", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            name: at.value("name", Label::parse(&row.name))?,
            schedule: steps_of(id, row.revision, &row.steps)?,
            revised_by: row.created_by.map(MemberId::from_uuid),
            revised_at: row.created_at,
            archived_at: row.archived_at,
        })
    }
}

/// The schedule of this id, as it stands now.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
) -> Result<Option<NamedSchedule>, StoreError> {
    let row: Option<ScheduleRow> = on!(tx, connection => sqlx::query_as(
        newest_revisions!("schedule.id = $1 AND schedule.business_id = $2"))
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(NamedSchedule::try_from).transpose()
}

/// The schedules of a business by name, archived ones last.
pub async fn of_business(tx: &mut Tx, business: BusinessId) -> Result<Vec<NamedSchedule>, StoreError> {
    let rows: Vec<ScheduleRow> = on!(tx, connection => sqlx::query_as(newest_revisions!(
        "schedule.business_id = $1
         ORDER BY CASE WHEN schedule.archived_at IS NULL THEN 0 ELSE 1 END, schedule.name, schedule.id"))
        .bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(NamedSchedule::try_from).collect()
}

/// These schedules as they stand now, in one question. One that does not exist is not in the answer.
pub async fn newest(tx: &mut Tx, ids: &[ScheduleId]) -> Result<BTreeMap<ScheduleId, Schedule>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows: Vec<ScheduleRow> = on_ids!(tx, &ids, listed, connection => sqlx::query_as(
        newest_revisions!("schedule.id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter().map(|row| NamedSchedule::try_from(row).map(|named| (named.id, named.schedule))).collect()
}

/// A schedule as it stood at one revision.
pub async fn revision(
    tx: &mut Tx,
    business: BusinessId,
    id: ScheduleId,
    revision: u32,
) -> Result<Option<Schedule>, StoreError> {
    let steps: Option<String> = on!(tx, connection => sqlx::query_scalar(
        "SELECT steps FROM schedule_revision WHERE schedule_id = $1 AND business_id = $2 AND revision = $3")
        .bind(id.uuid()).bind(business.uuid()).bind(i64::from(revision)).fetch_optional(connection))?;
    steps.map(|steps| steps_of(id, i64::from(revision), &steps)).transpose()
}
