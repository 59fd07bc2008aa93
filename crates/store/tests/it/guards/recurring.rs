//! Attacks on recurring invoices.

use super::Attacks;

const MONTHLY: &str = "INSERT INTO recurring (id, business_id, customer_id, state, currency, lines, cycle, every_cycles, month_end,
        first_on, covers, as_draft, next_from, next_at, created_by, created_at, updated_at)
    VALUES ({141}, {1}, {11}, 'running', 'EUR', '[]', 'month', 1, FALSE, '2026-02-01', 'ahead', FALSE, '2026-02-02', {now}, {5},
        {now}, {now})";
const ISSUED: &str =
    "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
    VALUES ({141}, {1}, '2026-02-01', 'issued', {31}, {now})";
const DRAFTED: &str =
    "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
    VALUES ({141}, {1}, '2026-02-01', 'drafted', {33}, {now})";
const ENDED: &str = "UPDATE recurring SET state = 'ended', next_at = NULL";

pub const RECURRING: Attacks = &[
    ("recurring_starts_running", &["INSERT INTO recurring (id, business_id, customer_id, state, currency, lines, cycle,
            every_cycles, month_end, first_on, covers, as_draft, next_from, created_by, created_at, updated_at)
        VALUES ({141}, {1}, {11}, 'ended', 'EUR', '[]', 'month', 1, FALSE, '2026-02-01', 'ahead', FALSE, '2026-02-02', {5},
            {now}, {now})"]),
    ("recurring_transition", &[MONTHLY, "UPDATE recurring SET state = 'paused', next_at = NULL",
        "UPDATE recurring SET state = 'missed'"]),
    ("recurring_frozen", &[MONTHLY, ENDED, "UPDATE recurring SET state = 'running'"]),
    ("recurring_frozen", &[MONTHLY, ENDED, "UPDATE recurring SET title = 'Another'"]),
    ("recurring_frozen", &[MONTHLY, "UPDATE recurring SET customer_id = {12}"]),
    ("recurring_moves_on", &[MONTHLY, "UPDATE recurring SET next_from = '2026-02-01'"]),
    ("recurring_looked_at", &[MONTHLY, "UPDATE recurring SET state = 'paused'"]),
    ("recurring_until", &[MONTHLY, "UPDATE recurring SET last_on = '2026-12-31', count_max = 3"]),
    ("recurring_count_max", &[MONTHLY, "UPDATE recurring SET count_max = 0"]),
    ("recurring_every_cycles", &[MONTHLY, "UPDATE recurring SET every_cycles = 0"]),
    ("recurring_cycle", &[MONTHLY, "UPDATE recurring SET cycle = 'day'"]),
    ("recurring_covers", &[MONTHLY, "UPDATE recurring SET covers = 'everything'"]),
    ("recurring_net_days", &[MONTHLY, "UPDATE recurring SET net_days = 366"]),
    ("recurring_kept", &[MONTHLY, "DELETE FROM recurring"]),
    // Each date once.
    ("recurring_occurrence_pkey", &[MONTHLY, ISSUED,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
         VALUES ({141}, {1}, '2026-02-01', 'issued', {32}, {now})"]),
    ("recurring_occurrence_invoice_id_key", &[MONTHLY, "UPDATE recurring SET next_from = '2026-03-02'", ISSUED,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
         VALUES ({141}, {1}, '2026-03-01', 'issued', {31}, {now})"]),
    // Not before the series moved past it, and about an invoice of the same customer.
    ("recurring_occurrence_dealt_with", &[MONTHLY,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, created_at)
         VALUES ({141}, {1}, '2026-02-02', 'skipped', {now})"]),
    ("recurring_occurrence_dealt_with", &["INSERT INTO recurring (id, business_id, customer_id, state, currency, lines, cycle,
            every_cycles, month_end, first_on, covers, as_draft, next_from, created_by, created_at, updated_at)
        VALUES ({141}, {1}, {12}, 'running', 'EUR', '[]', 'month', 1, FALSE, '2026-02-01', 'ahead', FALSE, '2026-02-02', {5},
            {now}, {now})", ISSUED]),
    ("recurring_occurrence_dealt_with", &[MONTHLY,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, created_at)
         VALUES ({141}, {1}, '2026-02-01', 'drafted', {now})"]),
    ("recurring_occurrence_invoice", &[MONTHLY,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
         VALUES ({141}, {1}, '2026-02-01', 'skipped', {31}, {now})"]),
    ("recurring_occurrence_outcome", &[MONTHLY,
        "INSERT INTO recurring_occurrence (recurring_id, business_id, on_date, outcome, invoice_id, created_at)
         VALUES ({141}, {1}, '2026-02-01', 'forgotten', {31}, {now})"]),
    ("recurring_occurrence_frozen", &[MONTHLY, ISSUED, "UPDATE recurring_occurrence SET on_date = '2026-01-01'"]),
    ("recurring_occurrence_frozen", &[MONTHLY, DRAFTED, "UPDATE recurring_occurrence SET invoice_id = {32}"]),
    ("recurring_occurrence_kept", &[MONTHLY, ISSUED, "DELETE FROM recurring_occurrence"]),
];

pub const LAWFUL: &[&[&str]] = &[
    &[MONTHLY, ISSUED, "UPDATE recurring SET next_from = '2026-03-02', title = 'Another'"],
    // A draft may be thrown away; its date stays dealt with.
    &[
        MONTHLY,
        DRAFTED,
        "DELETE FROM invoice_line WHERE invoice_id = {33}",
        "DELETE FROM invoice WHERE id = {33}",
    ],
    &[
        MONTHLY,
        "UPDATE recurring SET state = 'missed', next_at = NULL",
        "UPDATE recurring SET state = 'running'",
        ENDED,
    ],
];

pub const TABLES: &[(&str, &str)] =
    &[("recurring", "recurring_kept"), ("recurring_occurrence", "recurring_occurrence_kept")];

pub const REPLACES: Attacks = &[
    ("recurring_kept", &[MONTHLY, "INSERT OR REPLACE INTO recurring SELECT * FROM recurring"]),
    (
        "recurring_occurrence_kept",
        &[MONTHLY, ISSUED, "INSERT OR REPLACE INTO recurring_occurrence SELECT * FROM recurring_occurrence"],
    ),
];
