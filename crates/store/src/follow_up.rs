//! How a business follows up: its settings, its groups of customers, and what was set for one customer.
//!
//! What was never set is not a row: it is read as the default, at version 0, and the first save writes it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveTime, Timelike};
use domain::customer::CustomerKind;
use domain::follow_up::{Consequence, CustomerTerms, Settings, SmsSettings};
use domain::schedule::Tone;
use domain::statement::sending::{StatementSettings, StatementTerm};
use domain::{BusinessId, Country, CustomerId, GroupId, Label, ScheduleId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// The guard that refuses a second group of one name.
pub const NAME_TAKEN: &str = "customer_group_business_id_name_key";

/// A value with the version it was read at: what a save is written over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Counts saves; 0 while it was never saved.
    pub version: i64,
}

row! {
    struct SettingsRow {
        business_id: Uuid,
        schedule_id: Option<Uuid>,
        days: String,
        opens_minute: i64,
        closes_minute: i64,
        minimum_gap_days: i64,
        keeps_holidays: bool,
        promise_grace_days: i64,
        consequences: String,
        sms_enabled: bool,
        sms_amounts: bool,
        sms_monthly_segments: i64,
        statements_enabled: bool,
        statements_day: i64,
        autopay_enabled: bool,
        version: i64,
    }
}

/// Seven characters, Monday first.
fn days_as_text(days: [bool; 7]) -> String {
    days.iter().map(|open| if *open { '1' } else { '0' }).collect()
}

fn days_from_text(text: &str) -> Option<[bool; 7]> {
    let days: Option<Vec<bool>> = text
        .chars()
        .map(|day| match day {
            '0' => Some(false),
            '1' => Some(true),
            _ => None,
        })
        .collect();
    days?.try_into().ok()
}

fn minute_of(time: NaiveTime) -> i64 {
    i64::from(time.num_seconds_from_midnight() / 60)
}

fn time_of(minute: i64) -> Option<NaiveTime> {
    let seconds = u32::try_from(minute).ok()?.checked_mul(60)?;
    NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0)
}

impl TryFrom<SettingsRow> for Versioned<Settings> {
    type Error = StoreError;

    fn try_from(row: SettingsRow) -> Result<Self, StoreError> {
        let at = Reading { table: "follow_up_settings", row: BusinessId::from_uuid(row.business_id) };
        let consequences: BTreeSet<Consequence> =
            at.value("consequences", serde_json::from_str(&row.consequences))?;
        Ok(Self {
            value: Settings {
                schedule: row.schedule_id.map(ScheduleId::from_uuid),
                days: at.known("days", days_from_text(&row.days))?,
                opens: at.known("opens_minute", time_of(row.opens_minute))?,
                closes: at.known("closes_minute", time_of(row.closes_minute))?,
                minimum_gap_days: at.count("minimum_gap_days", row.minimum_gap_days)?,
                keeps_holidays: row.keeps_holidays,
                promise_grace_days: at.count("promise_grace_days", row.promise_grace_days)?,
                consequences,
                sms: SmsSettings {
                    enabled: row.sms_enabled,
                    amounts: row.sms_amounts,
                    monthly_segments: at.count("sms_monthly_segments", row.sms_monthly_segments)?,
                },
                statements: StatementSettings {
                    enabled: row.statements_enabled,
                    day: at.count("statements_day", row.statements_day)?,
                },
                autopay: row.autopay_enabled,
            },
            version: row.version,
        })
    }
}

/// What a business set for all its customers.
pub async fn settings(tx: &mut Tx, business: BusinessId) -> Result<Versioned<Settings>, StoreError> {
    let row: Option<SettingsRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM follow_up_settings WHERE business_id = $1")
        .bind(business.uuid()).fetch_optional(connection))?;
    Ok(row.map(Versioned::try_from).transpose()?.unwrap_or_default())
}

/// What each of these businesses set, in one question; every one of them is in the answer.
pub async fn settings_of(
    tx: &mut Tx,
    businesses: &[BusinessId],
) -> Result<BTreeMap<BusinessId, Settings>, StoreError> {
    let ids: Vec<Uuid> = businesses.iter().map(|id| id.uuid()).collect();
    let rows: Vec<SettingsRow> = on_ids!(tx, &ids, listed, connection => sqlx::query_as(
        concat!("SELECT * FROM follow_up_settings WHERE business_id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    let mut found: BTreeMap<BusinessId, Settings> =
        businesses.iter().map(|business| (*business, Settings::default())).collect();
    for row in rows {
        let business = BusinessId::from_uuid(row.business_id);
        found.insert(business, Versioned::try_from(row)?.value);
    }
    Ok(found)
}

/// Writes what a business set over the version that was read. `false` when somebody else was first.
pub async fn save_settings(
    tx: &mut Tx,
    business: BusinessId,
    settings: &Settings,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let consequences = serde_json::to_string(&settings.consequences)
        .map_err(|error| StoreError::corrupt("follow_up_settings", "consequences", business, error))?;
    let sql = if version == 0 {
        "INSERT INTO follow_up_settings (business_id, schedule_id, days, opens_minute, closes_minute, minimum_gap_days,
            keeps_holidays, promise_grace_days, consequences, sms_enabled, sms_amounts, sms_monthly_segments,
            statements_enabled, statements_day, autopay_enabled, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17 + 1)
         ON CONFLICT (business_id) DO NOTHING"
    } else {
        "UPDATE follow_up_settings SET schedule_id = $2, days = $3, opens_minute = $4, closes_minute = $5,
            minimum_gap_days = $6, keeps_holidays = $7, promise_grace_days = $8, consequences = $9, sms_enabled = $10,
            sms_amounts = $11, sms_monthly_segments = $12, statements_enabled = $13, statements_day = $14,
            autopay_enabled = $15, updated_at = $16, version = version + 1
         WHERE business_id = $1 AND version = $17"
    };
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(business.uuid())
            .bind(settings.schedule.map(ScheduleId::uuid))
            .bind(days_as_text(settings.days))
            .bind(minute_of(settings.opens))
            .bind(minute_of(settings.closes))
            .bind(i64::from(settings.minimum_gap_days))
            .bind(settings.keeps_holidays)
            .bind(i64::from(settings.promise_grace_days))
            .bind(&consequences[..])
            .bind(settings.sms.enabled)
            .bind(settings.sms.amounts)
            .bind(i64::from(settings.sms.monthly_segments))
            .bind(settings.statements.enabled)
            .bind(i64::from(settings.statements.day))
            .bind(settings.autopay)
            .bind(now)
            .bind(version)
    )?;
    Ok(rows == 1)
}

/// Customers who are followed up alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Whose.
    pub business: BusinessId,
    /// What the business calls it.
    pub name: Label,
    /// Their schedule; the business's when none.
    pub schedule: Option<ScheduleId>,
    /// From this tone on, each step needs a person's approval.
    pub approval_from: Option<Tone>,
    /// Counts changes.
    pub version: i64,
}

row! {
    pub(crate) struct GroupRow {
        id: Uuid,
        business_id: Uuid,
        name: String,
        schedule_id: Option<Uuid>,
        approval_from_tone: Option<String>,
        version: i64,
    }
}

impl TryFrom<GroupRow> for Group {
    type Error = StoreError;

    fn try_from(row: GroupRow) -> Result<Self, StoreError> {
        let id = GroupId::from_uuid(row.id);
        let at = Reading { table: "customer_group", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            name: at.value("name", Label::parse(&row.name))?,
            schedule: row.schedule_id.map(ScheduleId::from_uuid),
            approval_from: at.named(
                "approval_from_tone",
                row.approval_from_tone.as_deref(),
                Tone::from_name,
            )?,
            version: row.version,
        })
    }
}

/// Makes a group, at version 1. Refused by [`NAME_TAKEN`].
pub async fn insert_group(tx: &mut Tx, group: &Group, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO customer_group (id, business_id, name, schedule_id, approval_from_tone, version, created_at)
             VALUES ($1, $2, $3, $4, $5, 1, $6)"
        )
        .bind(group.id.uuid())
        .bind(group.business.uuid())
        .bind(group.name.as_str())
        .bind(group.schedule.map(ScheduleId::uuid))
        .bind(group.approval_from.map(Tone::as_str))
        .bind(now)
    )
    .map(|_rows| ())
}

/// Writes a group over the version that was read. `false` when somebody else was first. Refused by [`NAME_TAKEN`].
pub async fn update_group(tx: &mut Tx, group: &Group) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE customer_group SET name = $4, schedule_id = $5, approval_from_tone = $6, version = version + 1
             WHERE id = $1 AND business_id = $2 AND version = $3"
        )
        .bind(group.id.uuid())
        .bind(group.business.uuid())
        .bind(group.version)
        .bind(group.name.as_str())
        .bind(group.schedule.map(ScheduleId::uuid))
        .bind(group.approval_from.map(Tone::as_str))
    )?;
    Ok(rows == 1)
}

/// A group of a business.
pub async fn group(tx: &mut Tx, business: BusinessId, id: GroupId) -> Result<Option<Group>, StoreError> {
    let row: Option<GroupRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM customer_group WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Group::try_from).transpose()
}

/// The groups of a business, by name.
pub async fn groups(tx: &mut Tx, business: BusinessId) -> Result<Vec<Group>, StoreError> {
    let rows: Vec<GroupRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM customer_group WHERE business_id = $1 ORDER BY name, id")
        .bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(Group::try_from).collect()
}

row! {
    pub(crate) struct TermsRow {
        customer_id: Uuid,
        group_id: Option<Uuid>,
        schedule_id: Option<Uuid>,
        approval_from_tone: Option<String>,
        zone_unknown: bool,
        statements: Option<String>,
        version: i64,
    }
}

impl TermsRow {
    /// Whose it is.
    pub(crate) fn customer(&self) -> CustomerId {
        CustomerId::from_uuid(self.customer_id)
    }
}

impl TryFrom<TermsRow> for Versioned<CustomerTerms> {
    type Error = StoreError;

    fn try_from(row: TermsRow) -> Result<Self, StoreError> {
        let at = Reading { table: "customer_follow_up", row: row.customer() };
        Ok(Self {
            value: CustomerTerms {
                group: row.group_id.map(GroupId::from_uuid),
                schedule: row.schedule_id.map(ScheduleId::from_uuid),
                approval_from: at.named(
                    "approval_from_tone",
                    row.approval_from_tone.as_deref(),
                    Tone::from_name,
                )?,
                zone_unknown: row.zone_unknown,
                statements: at.named("statements", row.statements.as_deref(), StatementTerm::from_name)?,
            },
            version: row.version,
        })
    }
}

/// What was set for one customer.
pub async fn terms(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Versioned<CustomerTerms>, StoreError> {
    let row: Option<TermsRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM customer_follow_up WHERE customer_id = $1 AND business_id = $2")
        .bind(customer.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    Ok(row.map(Versioned::try_from).transpose()?.unwrap_or_default())
}

/// Writes what was set for one customer over the version that was read. `false` when somebody else was first.
pub async fn save_terms(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    terms: &CustomerTerms,
    version: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = if version == 0 {
        "INSERT INTO customer_follow_up (customer_id, business_id, group_id, schedule_id, approval_from_tone, zone_unknown,
            statements, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9 + 1)
         ON CONFLICT (customer_id) DO NOTHING"
    } else {
        "UPDATE customer_follow_up SET group_id = $3, schedule_id = $4, approval_from_tone = $5, zone_unknown = $6,
            statements = $7, updated_at = $8, version = version + 1
         WHERE customer_id = $1 AND business_id = $2 AND version = $9"
    };
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(customer.uuid())
            .bind(business.uuid())
            .bind(terms.group.map(GroupId::uuid))
            .bind(terms.schedule.map(ScheduleId::uuid))
            .bind(terms.approval_from.map(Tone::as_str))
            .bind(terms.zone_unknown)
            .bind(terms.statements.map(StatementTerm::as_str))
            .bind(now)
            .bind(version)
    )?;
    Ok(rows == 1)
}

/// How many customers are in each group of a business; a group nobody is in is left out.
pub async fn group_sizes(tx: &mut Tx, business: BusinessId) -> Result<BTreeMap<GroupId, i64>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, connection => sqlx::query_as(
        "SELECT group_id, CAST(COUNT(*) AS BIGINT) FROM customer_follow_up
         WHERE business_id = $1 AND group_id IS NOT NULL GROUP BY group_id")
        .bind(business.uuid()).fetch_all(connection))?;
    Ok(rows.into_iter().map(|(group, customers)| (GroupId::from_uuid(group), customers)).collect())
}

/// How many customers follow each schedule by their own terms; one nobody follows that way is left out.
pub async fn schedule_sizes(
    tx: &mut Tx,
    business: BusinessId,
) -> Result<BTreeMap<ScheduleId, i64>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, connection => sqlx::query_as(
        "SELECT schedule_id, CAST(COUNT(*) AS BIGINT) FROM customer_follow_up
         WHERE business_id = $1 AND schedule_id IS NOT NULL GROUP BY schedule_id")
        .bind(business.uuid()).fetch_all(connection))?;
    Ok(rows.into_iter().map(|(schedule, customers)| (ScheduleId::from_uuid(schedule), customers)).collect())
}

/// What decides the rules and zones of a customer: one of each there is among the customers of a business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// Where they are.
    pub country: Country,
    /// Whether they are a person or a company.
    pub kind: CustomerKind,
    /// Whether anybody knows in which zone.
    pub zone_unknown: bool,
}

/// Every kind of whereabouts that a business's customers have: which rules are in use.
pub async fn whereabouts(tx: &mut Tx, business: BusinessId) -> Result<Vec<Whereabouts>, StoreError> {
    let rows: Vec<(String, String, bool)> = on!(tx, connection => sqlx::query_as(
        "SELECT DISTINCT customer.country, customer.kind, COALESCE(customer_follow_up.zone_unknown, FALSE)
         FROM customer LEFT JOIN customer_follow_up ON customer_follow_up.customer_id = customer.id
         WHERE customer.business_id = $1 ORDER BY 1, 2, 3")
        .bind(business.uuid()).fetch_all(connection))?;
    let at = Reading { table: "customer", row: business };
    rows.into_iter()
        .map(|(country, kind, zone_unknown)| {
            Ok(Whereabouts {
                country: at.known("country", Country::from_code(&country))?,
                kind: at.known("kind", CustomerKind::from_name(&kind))?,
                zone_unknown,
            })
        })
        .collect()
}
