//! Attacks on the months whose statements are sent.

use super::Attacks;

const ROUND: &str =
    "INSERT INTO statement_round (business_id, month, begun_at) VALUES ({1}, '2026-02-01', {now})";

pub const STATEMENTS: Attacks = &[
    // A month is begun once, and stays begun.
    ("statement_round_pkey", &[ROUND, ROUND]),
    ("statement_round_frozen", &[ROUND, "UPDATE statement_round SET month = '2026-03-01'"]),
    ("statement_round_kept", &[ROUND, "DELETE FROM statement_round"]),
    ("statement_round_month", &["INSERT INTO statement_round (business_id, month, begun_at) VALUES ({1}, '2026-02-02', {now})"]),
    ("foreign_key", &["INSERT INTO statement_due (business_id, customer_id, month, next_at)
        VALUES ({1}, {11}, '2026-02-01', {now})"]),
    ("foreign_key", &[ROUND, "INSERT INTO statement_due (business_id, customer_id, month, next_at)
        VALUES ({1}, {13}, '2026-02-01', {now})"]),
    ("follow_up_settings_statements_day", &["INSERT INTO follow_up_settings (business_id, days, opens_minute, closes_minute,
            minimum_gap_days, keeps_holidays, promise_grace_days, consequences, sms_enabled, sms_amounts, sms_monthly_segments,
            statements_enabled, statements_day, updated_at)
        VALUES ({1}, '1111100', 540, 1020, 3, TRUE, 3, '[]', FALSE, FALSE, 0, TRUE, 29, {now})"]),
    ("customer_follow_up_statements", &["INSERT INTO customer_follow_up (customer_id, business_id, zone_unknown, statements,
            updated_at)
        VALUES ({11}, {1}, FALSE, 'sometimes', {now})"]),
];
