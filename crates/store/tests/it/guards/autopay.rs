//! Attacks on what customers let be charged by itself, and on what was announced to them.

use super::saved_methods::{ENDED, SAVED, SETUP};
use super::{ATTEMPT, Attacks, EVENT, HEAD, LINK, MESSAGE, PORTAL_LINK};

const ON: &str =
    "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id, contact_id, link_id, consent_text,
        consent_hash, locale, address, agreed_at, next_at, event_id)
    VALUES ({161}, {1}, {11}, 'EUR', {152}, {21}, {111}, 'I agree.', {hash:5}, 'en-GB', '192.0.2.7', {now}, {now}, {80})";
const OFF: &str =
    "UPDATE autopay SET ended_at = {now}, end_reason = 'customer', next_at = NULL, event_id = {82}";
const ANNOUNCED: &str =
    "INSERT INTO autopay_debit (id, business_id, customer_id, autopay_id, currency, amount_minor, charge_on, next_on,
        message_id, state, created_at)
    VALUES ({162}, {1}, {11}, {161}, 'EUR', 1000, '2026-03-17', '2026-03-17', {61}, 'announced', {now})";
const ITEM: &str =
    "INSERT INTO autopay_item (debit_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
    VALUES ({162}, {41}, {1}, {11}, 'EUR', 1000, TRUE)";
const ANNOUNCED_AGAIN: &str =
    "INSERT INTO autopay_debit (id, business_id, customer_id, autopay_id, currency, amount_minor, charge_on, next_on,
        message_id, state, created_at)
    VALUES ({163}, {1}, {11}, {161}, 'EUR', 1000, '2026-03-18', '2026-03-18', {61}, 'announced', {now})";
const GIVEN_UP: &str = "UPDATE autopay_debit SET state = 'given_up'";
const TRY: &str = "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
        provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id, debit_id, debit_try)
    VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now}, {152},
        {162}, 1)";
const TRY_AGAIN: &str = "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
        provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id, debit_id, debit_try)
    VALUES ({72}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-72', {now}, {81}, {now}, {now}, {152},
        {162}, 1)";
const SECOND_TRY: &str = "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
        provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id, debit_id, debit_try)
    VALUES ({72}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-72', {now}, {81}, {now}, {now}, {152},
        {162}, 2)";
const TRY_PART: &str =
    "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
    VALUES ({71}, {41}, {1}, {11}, 'EUR', 1000, TRUE)";

pub const AUTOPAY: Attacks = &[
    // With what ended, and in a currency in which it is not kept.
    ("autopay_of_method", &[PORTAL_LINK, SETUP, SAVED, ENDED, ON]),
    (
        "autopay_of_method",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id,
            contact_id, link_id, consent_text, consent_hash, locale, agreed_at, next_at, event_id)
        VALUES ({161}, {1}, {11}, 'USD', {152}, {21}, {111}, 'I agree.', {hash:5}, 'en-GB', {now}, {now}, {80})"],
    ),
    // In the name of another customer.
    (
        "foreign_key",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id,
            contact_id, link_id, consent_text, consent_hash, locale, agreed_at, next_at, event_id)
        VALUES ({161}, {1}, {12}, 'EUR', {152}, {21}, {111}, 'I agree.', {hash:5}, 'en-GB', {now}, {now}, {80})"],
    ),
    (
        "autopay_consent",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id,
            contact_id, link_id, consent_text, consent_hash, locale, agreed_at, next_at, event_id)
        VALUES ({161}, {1}, {11}, 'EUR', {152}, {21}, {111}, '', {hash:5}, 'en-GB', {now}, {now}, {80})"],
    ),
    (
        "autopay_hash",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id,
            contact_id, link_id, consent_text, consent_hash, locale, agreed_at, next_at, event_id)
        VALUES ({161}, {1}, {11}, 'EUR', {152}, {21}, {111}, 'I agree.', {short}, 'en-GB', {now}, {now}, {80})"],
    ),
    (
        "autopay_customer_id_currency_key",
        &[PORTAL_LINK, SETUP, SAVED, ON, "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id,
            contact_id, link_id, consent_text, consent_hash, locale, agreed_at, next_at, event_id)
        VALUES ({164}, {1}, {11}, 'EUR', {152}, {21}, {111}, 'I agree.', {hash:5}, 'en-GB', {now}, {now}, {80})"],
    ),
    ("autopay_frozen", &[PORTAL_LINK, SETUP, SAVED, ON, "UPDATE autopay SET consent_text = 'I agree to more.'"]),
    ("autopay_frozen", &[PORTAL_LINK, SETUP, SAVED, ON, "UPDATE autopay SET consent_hash = {hash:6}"]),
    ("autopay_frozen", &[PORTAL_LINK, SETUP, SAVED, ON, "UPDATE autopay SET agreed_at = {later}"]),
    ("autopay_frozen", &[PORTAL_LINK, SETUP, SAVED, ON, "UPDATE autopay SET address = '192.0.2.8'"]),
    (
        "autopay_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, OFF,
            "UPDATE autopay SET ended_at = NULL, end_reason = NULL, next_at = {now}, event_id = {83}"],
    ),
    (
        "autopay_names_event",
        &[PORTAL_LINK, SETUP, SAVED, ON,
            "UPDATE autopay SET ended_at = {now}, end_reason = 'customer', next_at = NULL"],
    ),
    (
        "autopay_names_event",
        &[HEAD, LINK, EVENT, PORTAL_LINK, SETUP, SAVED, ON,
            "UPDATE autopay SET ended_at = {now}, end_reason = 'customer', next_at = NULL, event_id = {81}"],
    ),
    (
        "autopay_reason",
        &[PORTAL_LINK, SETUP, SAVED, ON,
            "UPDATE autopay SET ended_at = {now}, end_reason = 'boredom', next_at = NULL, event_id = {82}"],
    ),
    (
        "autopay_ended",
        &[PORTAL_LINK, SETUP, SAVED, ON, "UPDATE autopay SET ended_at = {now}, next_at = NULL, event_id = {82}"],
    ),
    (
        "autopay_looked_at",
        &[PORTAL_LINK, SETUP, SAVED, ON,
            "UPDATE autopay SET ended_at = {now}, end_reason = 'customer', event_id = {82}"],
    ),
    ("autopay_ends_whole", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, OFF]),
    ("saved_method_ends_autopay", &[PORTAL_LINK, SETUP, SAVED, ON, ENDED]),
    ("autopay_kept", &[PORTAL_LINK, SETUP, SAVED, ON, "DELETE FROM autopay"]),
    // What was announced.
    ("autopay_debit_of_live", &[PORTAL_LINK, SETUP, SAVED, ON, OFF, MESSAGE, ANNOUNCED]),
    (
        "autopay_debit_of_live",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, "INSERT INTO autopay_debit (id, business_id, customer_id, autopay_id,
            currency, amount_minor, charge_on, next_on, message_id, answered, state, created_at)
        VALUES ({162}, {1}, {11}, {161}, 'EUR', 1000, '2026-03-17', '2026-03-17', {61}, 1, 'announced', {now})"],
    ),
    (
        "autopay_debit_customer_id_currency_charge_on_key",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "INSERT INTO autopay_debit (id, business_id, customer_id,
            autopay_id, currency, amount_minor, charge_on, next_on, message_id, state, created_at)
        VALUES ({163}, {1}, {11}, {161}, 'EUR', 1000, '2026-03-17', '2026-03-17', {61}, 'announced', {now})"],
    ),
    (
        "autopay_debit_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "UPDATE autopay_debit SET amount_minor = 2000"],
    ),
    (
        "autopay_debit_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "UPDATE autopay_debit SET next_on = '2026-03-16'"],
    ),
    (
        "autopay_debit_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "UPDATE autopay_debit SET answered = 2",
            "UPDATE autopay_debit SET answered = 1"],
    ),
    (
        "autopay_debit_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, GIVEN_UP, "UPDATE autopay_debit SET state = 'announced'"],
    ),
    (
        "autopay_debit_answered",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "UPDATE autopay_debit SET answered = 4"],
    ),
    (
        "autopay_debit_state",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "UPDATE autopay_debit SET state = 'forgotten'"],
    ),
    ("autopay_debit_kept", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "DELETE FROM autopay_debit"]),
    // More than was announced, to what is over, and twice at a time.
    (
        "autopay_item_within_amount",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "INSERT INTO autopay_item (debit_id, receivable_id,
            business_id, customer_id, currency, amount_minor, live)
        VALUES ({162}, {41}, {1}, {11}, 'EUR', 1001, TRUE)"],
    ),
    ("autopay_item_within_amount", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, GIVEN_UP, ITEM]),
    (
        "autopay_item_receivable_id_key",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, ANNOUNCED_AGAIN, "INSERT INTO autopay_item (debit_id,
            receivable_id, business_id, customer_id, currency, amount_minor, live)
        VALUES ({163}, {41}, {1}, {11}, 'EUR', 1000, TRUE)"],
    ),
    (
        "autopay_item_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, "UPDATE autopay_item SET amount_minor = 999"],
    ),
    (
        "autopay_item_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, "UPDATE autopay_item SET live = FALSE"],
    ),
    ("autopay_item_kept", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, "DELETE FROM autopay_item"]),
    // What is charged: after it was given up, as a try that is not its turn, the same try twice, without a method or with no
    // number; what was not announced, and more than was.
    (
        "payment_attempt_of_debit",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, GIVEN_UP, TRY],
    ),
    ("payment_attempt_of_debit", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, SECOND_TRY]),
    (
        "payment_attempt_of_debit",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, "INSERT INTO payment_attempt (id, business_id,
            customer_id, currency, amount_minor, method, state, provider, provider_account, idempotency_key, key_made_at,
            event_id, created_at, changed_at, debit_id, debit_try)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now},
            {162}, 1)"],
    ),
    (
        "payment_attempt_of_debit",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, "INSERT INTO payment_attempt (id, business_id,
            customer_id, currency, amount_minor, method, state, provider, provider_account, idempotency_key, key_made_at,
            event_id, created_at, changed_at, saved_method_id, debit_id)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now},
            {152}, {162})"],
    ),
    (
        "payment_attempt_debit_id_debit_try_key",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, TRY, TRY_AGAIN],
    ),
    (
        "payment_attempt_frozen",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, ITEM, TRY,
            "UPDATE payment_attempt SET debit_id = NULL, debit_try = NULL"],
    ),
    ("attempt_part_announced", &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, TRY, TRY_PART]),
    (
        "attempt_part_announced",
        &[PORTAL_LINK, SETUP, SAVED, ON, MESSAGE, ANNOUNCED, "INSERT INTO autopay_item (debit_id, receivable_id,
            business_id, customer_id, currency, amount_minor, live)
        VALUES ({162}, {41}, {1}, {11}, 'EUR', 999, TRUE)", TRY, TRY_PART],
    ),
];

pub const LAWFUL: &[&[&str]] = &[
    &[
        PORTAL_LINK,
        SETUP,
        SAVED,
        ON,
        MESSAGE,
        ANNOUNCED,
        ITEM,
        TRY,
        TRY_PART,
        "UPDATE autopay_debit SET answered = 1, next_on = '2026-03-20'",
        GIVEN_UP,
        OFF,
        ENDED,
    ],
    &[
        PORTAL_LINK,
        SETUP,
        SAVED,
        ON,
        "UPDATE autopay SET address = NULL, user_agent = NULL, next_at = {later}",
    ],
    // What lapsed is announced anew.
    &[
        PORTAL_LINK,
        SETUP,
        SAVED,
        ON,
        MESSAGE,
        ANNOUNCED,
        ITEM,
        "UPDATE autopay_debit SET state = 'lapsed'",
        ANNOUNCED_AGAIN,
        "INSERT INTO autopay_item (debit_id, receivable_id, business_id, customer_id, currency,
            amount_minor, live)
        VALUES ({163}, {41}, {1}, {11}, 'EUR', 1000, TRUE)",
    ],
    &[ATTEMPT],
];

pub const TABLES: &[(&str, &str)] = &[
    ("autopay", "autopay_kept"),
    ("autopay_debit", "autopay_debit_kept"),
    ("autopay_item", "autopay_item_kept"),
];
