//! Attacks on what customers keep for later, and on the words in which they agreed to it.

use super::{ATTEMPT, Attacks, EVENT, HEAD, LINK, PORTAL_LINK};

pub const SETUP: &str = "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method, currency, consent_text,
        consent_hash, locale, address, user_agent, agreed_at)
    VALUES ({151}, {1}, {11}, {21}, {111}, 'card', 'EUR', 'I agree.', {hash:5}, 'en-GB', '192.0.2.7', 'Story/1', {now})";
pub const SAVED: &str = "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method, provider_ref, label, last_digits,
        expires_on, saved_at, event_id, provider_account)
    VALUES ({152}, {1}, {11}, {151}, 'card', 'pm_1', 'visa', '4242', '2034-12', {now}, {80}, 'acct_1')";
const WHILE_PAYING: &str =
    "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method, currency,
        consent_text, consent_hash, locale, agreed_at, attempt_id)
    VALUES ({151}, {1}, {11}, {21}, {111}, 'card', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now}, {71})";
const AGAIN: &str =
    "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method, currency,
        consent_text, consent_hash, locale, agreed_at, attempt_id)
    VALUES ({153}, {1}, {11}, {21}, {111}, 'card', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now}, {71})";
const PAID_WITH: &str =
    "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
            provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now}, {152})";
pub const ENDED: &str =
    "UPDATE saved_method SET ended_at = {now}, end_reason = 'customer', detach_at = {now}, event_id = {82}";

pub const SAVED_METHODS: Attacks = &[
    (
        "method_setup_method",
        &[
            PORTAL_LINK,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at)
        VALUES ({151}, {1}, {11}, {21}, {111}, 'manual', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now})",
        ],
    ),
    (
        "method_setup_consent",
        &[
            PORTAL_LINK,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at)
        VALUES ({151}, {1}, {11}, {21}, {111}, 'card', 'EUR', '', {hash:5}, 'en-GB', {now})",
        ],
    ),
    (
        "method_setup_hash",
        &[
            PORTAL_LINK,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at)
        VALUES ({151}, {1}, {11}, {21}, {111}, 'card', 'EUR', 'I agree.', {short}, 'en-GB', {now})",
        ],
    ),
    (
        "method_setup_currency",
        &[
            PORTAL_LINK,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at)
        VALUES ({151}, {1}, {11}, {21}, {111}, 'card', 'EURO', 'I agree.', {hash:5}, 'en-GB', {now})",
        ],
    ),
    // In the name of another customer's contact.
    (
        "foreign_key",
        &[
            PORTAL_LINK,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at)
        VALUES ({151}, {1}, {12}, {21}, {111}, 'card', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now})",
        ],
    ),
    (
        "method_setup_frozen",
        &[PORTAL_LINK, SETUP, "UPDATE method_setup SET consent_text = 'I agree to more.'"],
    ),
    ("method_setup_frozen", &[PORTAL_LINK, SETUP, "UPDATE method_setup SET consent_hash = {hash:6}"]),
    ("method_setup_frozen", &[PORTAL_LINK, SETUP, "UPDATE method_setup SET agreed_at = {later}"]),
    ("method_setup_frozen", &[PORTAL_LINK, SETUP, "UPDATE method_setup SET address = '192.0.2.8'"]),
    ("method_setup_frozen", &[PORTAL_LINK, SETUP, "UPDATE method_setup SET user_agent = 'Other/1'"]),
    (
        "method_setup_frozen",
        &[
            PORTAL_LINK,
            SETUP,
            "UPDATE method_setup SET checkout_ref = 'cs_1'",
            "UPDATE method_setup SET checkout_ref = 'cs_2'",
        ],
    ),
    ("method_setup_checkout", &[PORTAL_LINK, SETUP, "UPDATE method_setup SET checkout_ref = ''"]),
    ("method_setup_kept", &[PORTAL_LINK, SETUP, "DELETE FROM method_setup"]),
    // While paying: by another method than the attempt's, of another customer, for an attempt that has its words already, and
    // for another attempt afterwards.
    (
        "method_setup_of_attempt",
        &[
            PORTAL_LINK,
            ATTEMPT,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at, attempt_id)
        VALUES ({151}, {1}, {11}, {21}, {111}, 'sepa_debit', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now}, {71})",
        ],
    ),
    (
        "method_setup_of_attempt",
        &[
            PORTAL_LINK,
            ATTEMPT,
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method,
            currency, consent_text, consent_hash, locale, agreed_at, attempt_id)
        VALUES ({151}, {1}, {12}, {21}, {111}, 'card', 'EUR', 'I agree.', {hash:5}, 'en-GB', {now}, {71})",
        ],
    ),
    ("method_setup_attempt_id_key", &[PORTAL_LINK, ATTEMPT, WHILE_PAYING, AGAIN]),
    (
        "method_setup_frozen",
        &[PORTAL_LINK, ATTEMPT, WHILE_PAYING, "UPDATE method_setup SET attempt_id = NULL"],
    ),
    ("method_setup_frozen", &[PORTAL_LINK, ATTEMPT, SETUP, "UPDATE method_setup SET attempt_id = {71}"]),
    (
        "saved_method_business_id_provider_ref_key",
        &[
            PORTAL_LINK,
            SETUP,
            SAVED,
            "INSERT INTO saved_method (id, business_id,
            customer_id, setup_id, method, provider_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'card', 'pm_1', '', '', {now}, {80})",
        ],
    ),
    // Another customer's words.
    (
        "foreign_key",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {12}, {151}, 'card', 'pm_1', '', '', {now}, {80})",
        ],
    ),
    (
        "saved_method_method",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'cash', 'pm_1', '', '', {now}, {80})",
        ],
    ),
    (
        "saved_method_provider_ref",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'card', '', '', '', {now}, {80})",
        ],
    ),
    (
        "saved_method_mandate_ref",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, mandate_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'card', 'pm_1', '', '', '', {now}, {80})",
        ],
    ),
    (
        "saved_method_digits",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, label, last_digits, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'card', 'pm_1', '', '4242424242424242', {now}, {80})",
        ],
    ),
    (
        "saved_method_expiry",
        &[
            PORTAL_LINK,
            SETUP,
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method,
            provider_ref, label, last_digits, expires_on, saved_at, event_id)
        VALUES ({153}, {1}, {11}, {151}, 'card', 'pm_1', '', '', '12/34', {now}, {80})",
        ],
    ),
    (
        "saved_method_reason",
        &[
            PORTAL_LINK,
            SETUP,
            SAVED,
            "UPDATE saved_method SET ended_at = {now}, end_reason = 'boredom', event_id = {82}",
        ],
    ),
    (
        "saved_method_ended",
        &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET ended_at = {now}, event_id = {82}"],
    ),
    ("saved_method_detach", &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET detach_at = {now}"]),
    (
        "saved_method_detach",
        &[
            PORTAL_LINK,
            SETUP,
            SAVED,
            "UPDATE saved_method SET ended_at = {now}, end_reason = 'mandate', detach_at = {now}, event_id = {82}",
        ],
    ),
    ("saved_method_frozen", &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET provider_ref = 'pm_2'"]),
    ("saved_method_frozen", &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET last_digits = '0000'"]),
    (
        "saved_method_frozen",
        &[
            PORTAL_LINK,
            SETUP,
            SAVED,
            ENDED,
            "UPDATE saved_method SET ended_at = NULL, end_reason = NULL, detach_at = NULL, event_id = {83}",
        ],
    ),
    (
        "saved_method_frozen",
        &[
            PORTAL_LINK,
            SETUP,
            SAVED,
            ENDED,
            "UPDATE saved_method SET detach_at = NULL",
            "UPDATE saved_method SET detach_at = {later}",
        ],
    ),
    (
        "saved_method_names_event",
        &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET ended_at = {now}, end_reason = 'customer'"],
    ),
    (
        "saved_method_names_event",
        &[
            HEAD,
            LINK,
            EVENT,
            PORTAL_LINK,
            SETUP,
            SAVED,
            "UPDATE saved_method SET ended_at = {now}, end_reason = 'customer', event_id = {81}",
        ],
    ),
    // Paying with another customer's, with one of another kind, with one that ended, and with another one afterwards.
    (
        "payment_attempt_with_saved",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
            provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id)
        VALUES ({71}, {1}, {12}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now}, {152})"],
    ),
    (
        "payment_attempt_with_saved",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
            provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'sepa_debit', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now}, {152})"],
    ),
    ("payment_attempt_with_saved", &[PORTAL_LINK, SETUP, SAVED, ENDED, PAID_WITH]),
    (
        "payment_attempt_frozen",
        &[PORTAL_LINK, SETUP, SAVED, PAID_WITH, "UPDATE payment_attempt SET saved_method_id = NULL"],
    ),
    // In another account than it is kept in, and in another one from now on.
    (
        "payment_attempt_saved_elsewhere",
        &[PORTAL_LINK, SETUP, SAVED, "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
            provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, saved_method_id)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_2', 'key-71', {now}, {81}, {now}, {now}, {152})"],
    ),
    ("saved_method_frozen", &[PORTAL_LINK, SETUP, SAVED, "UPDATE saved_method SET provider_account = 'acct_2'"]),
    (
        "saved_method_account",
        &[PORTAL_LINK, SETUP, "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method, provider_ref, label,
            last_digits, saved_at, event_id, provider_account)
        VALUES ({152}, {1}, {11}, {151}, 'card', 'pm_1', '', '', {now}, {80}, '')"],
    ),
    ("saved_method_kept", &[PORTAL_LINK, SETUP, SAVED, "DELETE FROM saved_method"]),
];

pub const LAWFUL: &[&[&str]] = &[
    &[
        PORTAL_LINK,
        SETUP,
        "UPDATE method_setup SET address = NULL, user_agent = NULL",
        "UPDATE method_setup SET checkout_ref = 'cs_1'",
    ],
    &[PORTAL_LINK, ATTEMPT, WHILE_PAYING],
    &[PORTAL_LINK, SETUP, SAVED, PAID_WITH],
    &[
        PORTAL_LINK,
        SETUP,
        SAVED,
        ENDED,
        "UPDATE saved_method SET detach_at = {later}, tries = 1",
        "UPDATE saved_method SET detach_at = NULL",
    ],
];

pub const TABLES: &[(&str, &str)] =
    &[("method_setup", "method_setup_kept"), ("saved_method", "saved_method_kept")];
