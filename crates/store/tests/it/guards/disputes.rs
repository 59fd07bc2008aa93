//! Attacks on the disputes.

use super::{ACCOUNTS, Attacks, EVENT, HEAD, LINK, PAYMENT};

const DISPUTE: &str =
    "INSERT INTO dispute (business_id, provider, provider_ref, customer_id, payment_id, currency,
        amount_minor, stage, event_id, opened_at, changed_at)
    VALUES ({1}, 'stripe', 'dp_1', {11}, {101}, 'EUR', 1000, 'open', {80}, {now}, {now})";
const LOST: &str = "UPDATE dispute SET stage = 'lost', event_id = {82}, changed_at = {later}";

pub const DISPUTES: Attacks = &[
    ("dispute_pkey", &[ACCOUNTS, PAYMENT, DISPUTE, DISPUTE]),
    (
        "dispute_stage",
        &["INSERT INTO dispute (business_id, provider, provider_ref, customer_id, payment_id, currency,
            amount_minor, stage, event_id, opened_at, changed_at)
        VALUES ({1}, 'stripe', 'dp_1', {11}, {101}, 'EUR', 1000, 'unsure', {80}, {now}, {now})"],
    ),
    (
        "dispute_amount",
        &["INSERT INTO dispute (business_id, provider, provider_ref, customer_id, payment_id, currency,
            amount_minor, stage, event_id, opened_at, changed_at)
        VALUES ({1}, 'stripe', 'dp_1', {11}, {101}, 'EUR', 0, 'open', {80}, {now}, {now})"],
    ),
    (
        "dispute_provider_ref",
        &["INSERT INTO dispute (business_id, provider, provider_ref, customer_id, payment_id,
            currency, amount_minor, stage, event_id, opened_at, changed_at)
        VALUES ({1}, 'stripe', '', {11}, {101}, 'EUR', 1000, 'open', {80}, {now}, {now})"],
    ),
    // It is about a payment of the business, in its currency, by a customer of the business.
    ("foreign_key", &[DISPUTE]),
    (
        "foreign_key",
        &[
            ACCOUNTS,
            PAYMENT,
            "INSERT INTO dispute (business_id, provider, provider_ref, customer_id,
            payment_id, currency, amount_minor, stage, event_id, opened_at, changed_at)
        VALUES ({1}, 'stripe', 'dp_1', {13}, {101}, 'EUR', 1000, 'open', {80}, {now}, {now})",
        ],
    ),
    (
        "dispute_transition",
        &[ACCOUNTS, PAYMENT, DISPUTE, "UPDATE dispute SET stage = 'inquiry', event_id = {82}"],
    ),
    (
        "dispute_transition",
        &[ACCOUNTS, PAYMENT, DISPUTE, LOST, "UPDATE dispute SET stage = 'open', event_id = {83}"],
    ),
    (
        "dispute_frozen",
        &[
            ACCOUNTS,
            PAYMENT,
            DISPUTE,
            "UPDATE dispute SET stage = 'lost', event_id = {82}, amount_minor = 999",
        ],
    ),
    (
        "dispute_frozen",
        &[
            ACCOUNTS,
            PAYMENT,
            DISPUTE,
            "UPDATE dispute SET stage = 'lost', event_id = {82}, customer_id = {12}",
        ],
    ),
    ("dispute_names_event", &[ACCOUNTS, PAYMENT, DISPUTE, "UPDATE dispute SET stage = 'lost'"]),
    (
        "dispute_names_event",
        &[
            HEAD,
            LINK,
            EVENT,
            ACCOUNTS,
            PAYMENT,
            DISPUTE,
            "UPDATE dispute SET stage = 'lost', event_id = {81}",
        ],
    ),
    ("dispute_kept", &[ACCOUNTS, PAYMENT, DISPUTE, "DELETE FROM dispute"]),
];

pub const LAWFUL: &[&[&str]] = &[&[
    ACCOUNTS,
    PAYMENT,
    DISPUTE,
    LOST,
    "UPDATE dispute SET stage = 'won', event_id = {83}, changed_at = {later}",
]];

pub const TABLES: &[(&str, &str)] = &[("dispute", "dispute_kept")];

pub const REPLACES: Attacks = &[(
    "dispute_kept",
    &[ACCOUNTS, PAYMENT, DISPUTE, "INSERT OR REPLACE INTO dispute SELECT * FROM dispute"],
)];
