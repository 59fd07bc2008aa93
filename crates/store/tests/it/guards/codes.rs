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

const ENDED: &str = "UPDATE portal_proof SET ended_at = {later}";
const SECOND_CODE: &str =
    "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel, asked_at, expires_at)
    VALUES ({143}, {1}, {11}, {21}, {141}, 'email', {now}, '2026-03-02T09:10:00+00:00')";
const FIRST_USED: &str = "UPDATE portal_code SET used_at = {now} WHERE id = {142}";
const SECOND_USED: &str = "UPDATE portal_code SET used_at = '2026-03-02T09:05:00+00:00' WHERE id = {143}";
const SECOND_PROOF: &str =
    "INSERT INTO portal_proof (session_id, customer_id, business_id, contact_id, proven_at)
    VALUES ({141}, {11}, {1}, {21}, '2026-03-02T09:05:00+00:00')";

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
        "portal_proof_earned",
        &[
            SESSION,
            CODE,
            MINTED,
            USED,
            "INSERT INTO portal_proof (session_id, customer_id, business_id, contact_id, proven_at, ended_at)
             VALUES ({141}, {11}, {1}, {21}, {now}, {now})",
        ],
    ),
    (
        "portal_proof_frozen",
        &[SESSION, CODE, MINTED, USED, PROOF, "UPDATE portal_proof SET proven_at = {later}"],
    ),
    // What ended does not come back: it is proven anew.
    (
        "portal_proof_frozen",
        &[SESSION, CODE, MINTED, USED, PROOF, ENDED, "UPDATE portal_proof SET ended_at = NULL"],
    ),
    ("portal_proof_kept", &[SESSION, CODE, MINTED, USED, PROOF, "DELETE FROM portal_proof"]),
    ("portal_proof_pkey", &[SESSION, CODE, MINTED, USED, PROOF, ENDED, PROOF]),
    (
        "portal_proof_session_id_customer_id_key",
        &[SESSION, CODE, SECOND_CODE, MINTED, FIRST_USED, PROOF, SECOND_USED, SECOND_PROOF],
    ),
];

pub const LAWFUL: &[&[&str]] = &[&[
    SESSION,
    CODE,
    MINTED,
    "UPDATE portal_code SET code_hash = {hash:8}",
    USED,
    PROOF,
    ENDED,
    "DELETE FROM portal_code",
]];

pub const TABLES: &[(&str, &str)] = &[("portal_proof", "portal_proof_kept")];
