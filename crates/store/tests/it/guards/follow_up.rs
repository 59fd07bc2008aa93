//! Attacks on schedules, holds, approvals, manual contacts, and what keeps a receivable parked.

use super::{Attacks, MESSAGE};

const SCHEDULE: &str =
    "INSERT INTO schedule (id, business_id, name, created_at) VALUES ({121}, {1}, 'Patient', {now})";
const REVISION: &str = "INSERT INTO schedule_revision (schedule_id, business_id, revision, steps, created_at)
    VALUES ({121}, {1}, 1, '[]', {now})";
const SETTINGS: &str =
    "INSERT INTO follow_up_settings (business_id, days, opens_minute, closes_minute, minimum_gap_days,
        keeps_holidays, promise_grace_days, consequences, sms_enabled, sms_amounts, sms_monthly_segments, updated_at)
    VALUES ({1}, '1111100', 540, 1020, 3, TRUE, 3, '[]', FALSE, FALSE, 500, {now})";
const HOLD: &str =
    "INSERT INTO hold (id, business_id, customer_id, receivable_id, kind, created_by, created_at)
    VALUES ({131}, {1}, {11}, {41}, 'dispute', {5}, {now})";
const HOLD_ENDED: &str = "UPDATE hold SET ended_at = {later}, ended_by = {5}, end_reason = 'lifted'";
const APPROVAL: &str = "INSERT INTO approval (business_id, receivable_id, step, approved_by, approved_at)
    VALUES ({1}, {41}, 'firm', {5}, {now})";
const CALL: &str =
    "INSERT INTO manual_contact (id, business_id, customer_id, contact_id, channel, at, conversation, by_member,
        created_at)
    VALUES ({141}, {1}, {11}, {21}, 'call', {now}, TRUE, {5}, {now})";
const PARKED: &str = "UPDATE receivable SET parked_at = {now}, parked_reason = 'restore' WHERE id = {41}";
const TONED_PART: &str =
    "INSERT INTO message_part (message_id, business_id, receivable_id, step, offset_days, schedule_revision,
        channel, contact_id, tone)
    VALUES ({61}, {1}, {41}, 'friendly', 1, 1, 'email', {21}, 'friendly')";

pub const FOLLOW_UP: Attacks = &[
    ("schedule_frozen", &[SCHEDULE, "UPDATE schedule SET created_at = {later}"]),
    ("schedule_frozen", &["INSERT INTO schedule (id, business_id, name, created_at) VALUES ({122}, {2}, 'P', {now})",
        "UPDATE schedule SET business_id = {1} WHERE id = {122}"]),
    ("schedule_kept", &[SCHEDULE, "DELETE FROM schedule"]),
    ("schedule_business_id_name_key", &[SCHEDULE,
        "INSERT INTO schedule (id, business_id, name, created_at) VALUES ({122}, {1}, 'Patient', {now})"]),
    // Every revision follows the one before, and stays.
    ("schedule_revision_next", &[SCHEDULE, REVISION,
        "INSERT INTO schedule_revision (schedule_id, business_id, revision, steps, created_at)
         VALUES ({121}, {1}, 3, '[]', {now})"]),
    ("schedule_revision_next", &[SCHEDULE, REVISION, REVISION]),
    ("schedule_revision_append_only", &[SCHEDULE, REVISION, "UPDATE schedule_revision SET steps = '[1]'"]),
    ("schedule_revision_append_only", &[SCHEDULE, REVISION, "DELETE FROM schedule_revision"]),
    ("foreign_key", &[SCHEDULE, "INSERT INTO schedule_revision (schedule_id, business_id, revision, steps, created_at)
        VALUES ({121}, {2}, 1, '[]', {now})"]),
    // Another business's schedule, group or customer.
    ("foreign_key", &[SCHEDULE, "INSERT INTO customer_group (id, business_id, name, schedule_id, created_at)
        VALUES ({151}, {2}, 'Valued', {121}, {now})"]),
    ("foreign_key", &["INSERT INTO customer_follow_up (customer_id, business_id, zone_unknown, updated_at)
        VALUES ({13}, {1}, FALSE, {now})"]),
    ("foreign_key", &["INSERT INTO customer_group (id, business_id, name, created_at)
            VALUES ({151}, {2}, 'Valued', {now})",
        "INSERT INTO customer_follow_up (customer_id, business_id, group_id, zone_unknown, updated_at)
         VALUES ({11}, {1}, {151}, FALSE, {now})"]),
    ("customer_group_approval_from_tone", &["INSERT INTO customer_group (id, business_id, name, approval_from_tone,
            created_at)
        VALUES ({151}, {1}, 'Valued', 'rude', {now})"]),
    ("customer_group_business_id_name_key", &[
        "INSERT INTO customer_group (id, business_id, name, created_at) VALUES ({151}, {1}, 'Valued', {now})",
        "INSERT INTO customer_group (id, business_id, name, created_at) VALUES ({152}, {1}, 'Valued', {now})"]),
    ("customer_follow_up_approval_from_tone", &["INSERT INTO customer_follow_up (customer_id, business_id,
            approval_from_tone, zone_unknown, updated_at)
        VALUES ({11}, {1}, 'rude', FALSE, {now})"]),
    // Settings by which nothing would ever be sent.
    ("follow_up_settings_days", &[SETTINGS, "UPDATE follow_up_settings SET days = '0000000'"]),
    ("follow_up_settings_days", &[SETTINGS, "UPDATE follow_up_settings SET days = '11111002'"]),
    ("follow_up_settings_days", &[SETTINGS, "UPDATE follow_up_settings SET days = '1111102'"]),
    ("follow_up_settings_hours", &[SETTINGS, "UPDATE follow_up_settings SET closes_minute = 540"]),
    ("follow_up_settings_hours", &[SETTINGS, "UPDATE follow_up_settings SET closes_minute = 1441"]),
    ("follow_up_settings_minimum_gap_days", &[SETTINGS, "UPDATE follow_up_settings SET minimum_gap_days = 61"]),
    ("follow_up_settings_promise_grace_days", &[SETTINGS, "UPDATE follow_up_settings SET promise_grace_days = 31"]),
    ("follow_up_settings_sms_monthly_segments", &[SETTINGS,
        "UPDATE follow_up_settings SET sms_monthly_segments = -1"]),
    // A hold begins active, about its own customer, and ends once.
    ("hold_begins", &["INSERT INTO hold (id, business_id, customer_id, kind, created_at, ended_at, end_reason)
        VALUES ({131}, {1}, {11}, 'manual', {now}, {now}, 'lifted')"]),
    ("hold_begins", &["INSERT INTO hold (id, business_id, customer_id, receivable_id, kind, created_at)
        VALUES ({131}, {1}, {12}, {41}, 'manual', {now})"]),
    ("hold_kind", &["INSERT INTO hold (id, business_id, customer_id, kind, created_at)
        VALUES ({131}, {1}, {11}, 'whim', {now})"]),
    ("hold_promise", &["INSERT INTO hold (id, business_id, customer_id, kind, created_at)
        VALUES ({131}, {1}, {11}, 'promise', {now})"]),
    ("hold_frozen", &[HOLD, "UPDATE hold SET note = 'other'"]),
    ("hold_frozen", &[HOLD, "UPDATE hold SET until_on = '2026-04-01'"]),
    ("hold_frozen", &[HOLD, "UPDATE hold SET receivable_id = NULL"]),
    ("hold_frozen", &[HOLD, HOLD_ENDED, "UPDATE hold SET ended_at = NULL, ended_by = NULL, end_reason = NULL"]),
    ("hold_frozen", &[HOLD, HOLD_ENDED, "UPDATE hold SET end_reason = 'over'"]),
    ("hold_ended", &[HOLD, "UPDATE hold SET ended_at = {later}"]),
    ("hold_ended", &[HOLD, "UPDATE hold SET ended_by = {5}"]),
    ("hold_end_reason", &[HOLD, "UPDATE hold SET ended_at = {later}, end_reason = 'whim'"]),
    ("hold_kept", &[HOLD, "DELETE FROM hold"]),
    ("foreign_key", &["INSERT INTO hold (id, business_id, customer_id, kind, created_by, created_at)
        VALUES ({131}, {2}, {13}, 'manual', {5}, {now})"]),
    ("approval_pkey", &[APPROVAL, APPROVAL]),
    ("approval_append_only", &[APPROVAL, "UPDATE approval SET step = 'final'"]),
    ("approval_append_only", &[APPROVAL, "DELETE FROM approval"]),
    ("foreign_key", &["INSERT INTO approval (business_id, receivable_id, step, approved_by, approved_at)
        VALUES ({2}, {41}, 'firm', {5}, {now})"]),
    ("manual_contact_append_only", &[CALL, "UPDATE manual_contact SET note = 'other'"]),
    ("manual_contact_append_only", &[CALL, "DELETE FROM manual_contact"]),
    ("manual_contact_channel", &["INSERT INTO manual_contact (id, business_id, customer_id, channel, at, conversation,
            by_member, created_at)
        VALUES ({141}, {1}, {11}, 'hand_off', {now}, FALSE, {5}, {now})"]),
    ("manual_contact_conversation", &["INSERT INTO manual_contact (id, business_id, customer_id, channel, at,
            conversation, by_member, created_at)
        VALUES ({141}, {1}, {11}, 'letter', {now}, TRUE, {5}, {now})"]),
    ("foreign_key", &["INSERT INTO manual_contact (id, business_id, customer_id, contact_id, channel, at, conversation,
            by_member, created_at)
        VALUES ({141}, {1}, {12}, {21}, 'call', {now}, FALSE, {5}, {now})"]),
    // What is parked has a reason; who releases it is a member of the business.
    ("receivable_parked", &["UPDATE receivable SET parked_at = {now} WHERE id = {41}"]),
    ("receivable_parked", &["UPDATE receivable SET parked_reason = 'import' WHERE id = {41}"]),
    ("receivable_parked", &["UPDATE receivable SET parked_at = {now}, parked_reason = 'whim' WHERE id = {41}"]),
    ("receivable_released", &["UPDATE receivable SET released_at = {now}, released_by = {5} WHERE id = {41}"]),
    ("receivable_released_by", &[PARKED, "UPDATE receivable SET released_at = {now} WHERE id = {41}"]),
    ("receivable_released_by_member", &[PARKED,
        "INSERT INTO member (id, business_id, email, name, role, created_at, updated_at)
         VALUES ({6}, {2}, 'other@b.example', 'Other', 'owner', {now}, {now})",
        "UPDATE receivable SET released_at = {now}, released_by = {6} WHERE id = {41}"]),
    ("message_part_tone", &[MESSAGE,
        "INSERT INTO message_part (message_id, business_id, receivable_id, step, offset_days, schedule_revision, channel,
            contact_id, tone)
         VALUES ({61}, {1}, {41}, 'friendly', 1, 1, 'email', {21}, 'rude')"]),
    ("message_part_frozen", &[MESSAGE, TONED_PART, "UPDATE message_part SET tone = 'final'"]),
    ("task_tone", &["INSERT INTO task (id, business_id, kind, dedup_key, subject_kind, subject_id, data, created_at, tone)
        VALUES ({161}, {1}, 'call', 'x', 'customer', {11}, '{{}}', {now}, 'firm')"]),
];

/// Nothing of this is refused.
pub const LAWFUL: &[&[&str]] = &[
    &[
        SCHEDULE,
        REVISION,
        "UPDATE schedule SET name = 'Quick', archived_at = {later}",
        "INSERT INTO schedule_revision (schedule_id, business_id, revision, steps, created_at)
         VALUES ({121}, {1}, 2, '[]', {now})",
    ],
    &[HOLD, HOLD_ENDED],
    &[
        PARKED,
        "UPDATE receivable SET released_at = {now}, released_by = {5} WHERE id = {41}",
        "UPDATE receivable SET parked_at = {later}, released_at = NULL, released_by = NULL WHERE id = {41}",
    ],
    &[APPROVAL],
    &[CALL],
    &[SETTINGS],
    &[MESSAGE, TONED_PART],
];

pub const TABLES: &[(&str, &str)] = &[
    ("schedule", "schedule_kept"),
    ("schedule_revision", "schedule_revision_append_only"),
    ("hold", "hold_kept"),
    ("approval", "approval_append_only"),
    ("manual_contact", "manual_contact_append_only"),
];

/// Each inserts the same row again, with OR REPLACE.
pub const REPLACES: Attacks = &[
    ("schedule_kept", &[SCHEDULE, "INSERT OR REPLACE INTO schedule SELECT * FROM schedule"]),
    (
        "schedule_revision_next",
        &[SCHEDULE, REVISION, "INSERT OR REPLACE INTO schedule_revision SELECT * FROM schedule_revision"],
    ),
    ("hold_kept", &[HOLD, "INSERT OR REPLACE INTO hold SELECT * FROM hold"]),
    ("approval_append_only", &[APPROVAL, "INSERT OR REPLACE INTO approval SELECT * FROM approval"]),
    (
        "manual_contact_append_only",
        &[CALL, "INSERT OR REPLACE INTO manual_contact SELECT * FROM manual_contact"],
    ),
];
