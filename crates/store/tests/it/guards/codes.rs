//! Attacks on the codes, and on what they prove.

use super::Attacks;

const SESSION: &str = "INSERT INTO portal_session (id, token_hash, created_at, last_seen_at, expires_at)
    VALUES ({141}, {hash:9}, {now}, {now}, {later})";
const CODE: &str = "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel, asked_at, expires_at)
    VALUES ({142}, {1}, {11}, {21}, {141}, 'email', {now}, '2026-03-02T09:10:00+00:00')";
const MINTED: &str = "UPDATE portal_code SET code_hash = {hash:7}";
const USED: &str = "UPDATE portal_code SET used_at = {now}";
const PROOF: &str = "INSERT INTO portal_proof (session_id, customer_id, business_id, contact_id, proven_at)
    VALUES ({141}, {11}, {1}, {21}, {now})";

pub const CODES: Attacks = &[
    (
        "portal_code_lifetime",
        &[
            SESSION,
            "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel,
            asked_at, expires_at)
        VALUES ({142}, {1}, {11}, {21}, {141}, 'email', {now}, '2026-03-02T09:10:01+00:00')",
        ],
    ),
    (
        "portal_code_channel",
        &[
            SESSION,
            "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel,
            asked_at, expires_at)
        VALUES ({142}, {1}, {11}, {21}, {141}, 'letter', {now}, '2026-03-02T09:10:00+00:00')",
        ],
    ),
    // To a contact of another customer.
    (
        "foreign_key",
        &[
            SESSION,
            "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel,
            asked_at, expires_at)
        VALUES ({142}, {1}, {12}, {21}, {141}, 'email', {now}, '2026-03-02T09:10:00+00:00')",
        ],
    ),
    ("portal_code_hash", &[SESSION, CODE, "UPDATE portal_code SET code_hash = {short}"]),
    ("portal_code_tries", &[SESSION, CODE, "UPDATE portal_code SET tries = 6"]),
    ("portal_code_used", &[SESSION, CODE, USED]),
    ("portal_code_used", &[SESSION, CODE, MINTED, "UPDATE portal_code SET used_at = {later}"]),
    (
        "portal_code_frozen",
        &[SESSION, CODE, "UPDATE portal_code SET tries = 3", "UPDATE portal_code SET tries = 0"],
    ),
    (
        "portal_code_frozen",
        &[SESSION, CODE, "UPDATE portal_code SET expires_at = '2026-03-02T09:09:00+00:00'"],
    ),
    ("portal_code_frozen", &[SESSION, CODE, "UPDATE portal_code SET channel = 'sms'"]),
    ("portal_code_frozen", &[SESSION, CODE, MINTED, USED, "UPDATE portal_code SET used_at = NULL"]),
    ("portal_code_frozen", &[SESSION, CODE, MINTED, USED, "UPDATE portal_code SET code_hash = {hash:8}"]),
    ("portal_proof_earned", &[SESSION, PROOF]),
    ("portal_proof_earned", &[SESSION, CODE, MINTED, PROOF]),
    (
        "portal_proof_append_only",
        &[SESSION, CODE, MINTED, USED, PROOF, "UPDATE portal_proof SET proven_at = {later}"],
    ),
    ("portal_proof_append_only", &[SESSION, CODE, MINTED, USED, PROOF, "DELETE FROM portal_proof"]),
    ("portal_proof_pkey", &[SESSION, CODE, MINTED, USED, PROOF, PROOF]),
];

pub const LAWFUL: &[&[&str]] = &[&[
    SESSION,
    CODE,
    MINTED,
    "UPDATE portal_code SET code_hash = {hash:8}",
    USED,
    PROOF,
    "DELETE FROM portal_code",
]];

pub const TABLES: &[(&str, &str)] = &[("portal_proof", "portal_proof_append_only")];
