//! Attacks on the refunds.

use super::{ACCOUNTS, Attacks, EVENT, HEAD, LINK, PAYMENT};

const REFUND: &str = "INSERT INTO refund (id, business_id, customer_id, payment_id, currency, amount_minor, state, form, reason,
        asked_by, event_id, created_at, key_made_at, next_ask_at)
    VALUES ({131}, {1}, {11}, {101}, 'EUR', 600, 'asked', 'form_one', 'Broken', {5}, {80}, {now}, {now}, {later})";
const REST: &str = "INSERT INTO refund (id, business_id, customer_id, payment_id, currency, amount_minor, state, form, reason,
        asked_by, event_id, created_at, key_made_at)
    VALUES ({132}, {1}, {11}, {101}, 'EUR', 400, 'asked', 'form_two', 'Broken', {5}, {80}, {now}, {now})";
const TOO_MUCH: &str = "INSERT INTO refund (id, business_id, customer_id, payment_id, currency, amount_minor, state, form, reason,
        asked_by, event_id, created_at, key_made_at)
    VALUES ({132}, {1}, {11}, {101}, 'EUR', 401, 'asked', 'form_two', 'Broken', {5}, {80}, {now}, {now})";
const PENDING: &str =
    "UPDATE refund SET state = 'pending', provider_ref = 're_1', event_id = {82} WHERE id = {131}";
const FAILED: &str = "UPDATE refund SET state = 'failed', event_id = {83} WHERE id = {131}";

pub const REFUNDS: Attacks = &[
    ("refund_within_payment", &[ACCOUNTS, PAYMENT, REFUND, TOO_MUCH]),
    ("refund_within_payment", &[REFUND]),
    ("refund_within_payment", &[ACCOUNTS, PAYMENT, "INSERT INTO refund (id, business_id, customer_id, payment_id, currency,
            amount_minor, state, provider_ref, form, reason, asked_by, event_id, created_at, key_made_at)
        VALUES ({131}, {1}, {11}, {101}, 'EUR', 600, 'pending', 're_1', 'form_one', 'Broken', {5}, {80}, {now}, {now})"]),
    ("refund_business_id_form_key", &[ACCOUNTS, PAYMENT, REFUND,
        "INSERT INTO refund (id, business_id, customer_id, payment_id, currency, amount_minor, state, form, reason,
            asked_by, event_id, created_at, key_made_at)
        VALUES ({132}, {1}, {11}, {101}, 'EUR', 1, 'asked', 'form_one', 'Broken', {5}, {80}, {now}, {now})"]),
    ("refund_business_id_provider_ref_key", &[ACCOUNTS, PAYMENT, REFUND, REST, PENDING,
        "UPDATE refund SET state = 'pending', provider_ref = 're_1', event_id = {84} WHERE id = {132}"]),
    ("refund_amount", &[ACCOUNTS, PAYMENT, "INSERT INTO refund (id, business_id, customer_id, payment_id, currency,
            amount_minor, state, form, reason, asked_by, event_id, created_at, key_made_at)
        VALUES ({131}, {1}, {11}, {101}, 'EUR', 0, 'asked', 'form_one', 'Broken', {5}, {80}, {now}, {now})"]),
    ("refund_form", &[ACCOUNTS, PAYMENT, "INSERT INTO refund (id, business_id, customer_id, payment_id, currency,
            amount_minor, state, form, reason, asked_by, event_id, created_at, key_made_at)
        VALUES ({131}, {1}, {11}, {101}, 'EUR', 1, 'asked', 'short', 'Broken', {5}, {80}, {now}, {now})"]),
    ("refund_reason", &[ACCOUNTS, PAYMENT, "INSERT INTO refund (id, business_id, customer_id, payment_id, currency,
            amount_minor, state, form, reason, asked_by, event_id, created_at, key_made_at)
        VALUES ({131}, {1}, {11}, {101}, 'EUR', 1, 'asked', 'form_one', '', {5}, {80}, {now}, {now})"]),
    ("refund_known", &[ACCOUNTS, PAYMENT, REFUND, "UPDATE refund SET state = 'pending', event_id = {82}"]),
    ("refund_provider_ref", &[ACCOUNTS, PAYMENT, REFUND,
        "UPDATE refund SET state = 'pending', provider_ref = '', event_id = {82}"]),
    ("refund_transition", &[ACCOUNTS, PAYMENT, REFUND, PENDING, FAILED,
        "UPDATE refund SET state = 'succeeded', event_id = {84}"]),
    ("refund_frozen", &[ACCOUNTS, PAYMENT, REFUND, "UPDATE refund SET amount_minor = 599"]),
    ("refund_frozen", &[ACCOUNTS, PAYMENT, REFUND, "UPDATE refund SET reason = 'Another'"]),
    ("refund_frozen", &[ACCOUNTS, PAYMENT, REFUND, PENDING,
        "UPDATE refund SET provider_ref = 're_2'"]),
    ("refund_names_event", &[ACCOUNTS, PAYMENT, REFUND,
        "UPDATE refund SET state = 'pending', provider_ref = 're_1'"]),
    ("refund_names_event", &[HEAD, LINK, EVENT, ACCOUNTS, PAYMENT, REFUND,
        "UPDATE refund SET state = 'pending', provider_ref = 're_1', event_id = {81}"]),
    ("refund_kept", &[ACCOUNTS, PAYMENT, REFUND, "DELETE FROM refund"]),
];

pub const LAWFUL: &[&[&str]] = &[
    &[ACCOUNTS, PAYMENT, REFUND, REST, PENDING, "UPDATE refund SET next_ask_at = NULL, tries = 1"],
    // What failed can be given back again.
    &[ACCOUNTS, PAYMENT, REFUND, PENDING, FAILED, TOO_MUCH],
];

pub const TABLES: &[(&str, &str)] = &[("refund", "refund_kept")];

pub const REPLACES: Attacks = &[(
    "refund_within_payment",
    &[ACCOUNTS, PAYMENT, REFUND, "INSERT OR REPLACE INTO refund SELECT * FROM refund"],
)];
