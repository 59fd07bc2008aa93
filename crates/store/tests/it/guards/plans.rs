//! Attacks on what is proposed, agreed to and planned.

use super::{Attacks, EVENT, HEAD, LINK, PORTAL_LINK};

const PROPOSAL: &str =
    "INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest, event_id, created_at)
    VALUES ({161}, {1}, {11}, 'EUR', 'open', 1, {80}, {now})";
const ABOUT: &str =
    "INSERT INTO plan_proposal_invoice (proposal_id, invoice_id, business_id, customer_id, currency, live)
    VALUES ({161}, {31}, {1}, {11}, 'EUR', TRUE), ({161}, {32}, {1}, {11}, 'EUR', TRUE)";
const AMOUNTS: &str = "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id, open_minor)
    VALUES ({161}, 1, {31}, 124000)";
const VERSION: &str = "INSERT INTO plan_version (proposal_id, number, business_id, customer_id, currency, side, total_minor,
        down_minor, part_count, pace, first_on, autopay, grace_days, cure_days, fees_waived, terms_hash, made_at, expires_at)
    VALUES ({161}, 1, {1}, {11}, 'EUR', 'customer', 124000, 0, 2, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE, {hash:7}, {now},
        {later})";
const BY_CUSTOMER: &str = "INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id, contact_id, link_id,
        terms_hash, shown_text, text_hash, locale, address, user_agent, agreed_at)
    VALUES ({161}, 1, 'customer', {1}, {11}, {21}, {111}, {hash:7}, 'Two of 620.', {hash:8}, 'en-GB', '192.0.2.7', 'Story/1',
        {now})";
const BY_BUSINESS: &str =
    "INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id, member_id, terms_hash,
        shown_text, text_hash, locale, agreed_at)
    VALUES ({161}, 1, 'business', {1}, {11}, {5}, {hash:7}, 'Two of 620.', {hash:8}, 'en-GB', {now})";
const ACCEPTED: &str =
    "UPDATE plan_proposal SET state = 'accepted', plan_id = {162}, ended_by = 'business', ended_at = {now},
        event_id = {82} WHERE id = {161}";
const UNDER: &str =
    "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
    VALUES ({162}, {31}, {1}, {11}, 'EUR', 124000, TRUE)";
const TIMETABLE: &str = "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number, due_on, amount_minor)
    VALUES ({163}, {162}, {1}, {11}, 'EUR', 1, '2026-04-01', 62000), ({164}, {162}, {1}, {11}, 'EUR', 2, '2026-05-01', 62000)";
const PLAN: &str = "INSERT INTO plan (id, business_id, customer_id, currency, proposal_id, version_number, total_minor, state,
        agreed_on, agreed_at, next_look_at, event_id)
    VALUES ({162}, {1}, {11}, 'EUR', {161}, 1, 124000, 'active', '2026-03-02', {now}, {later}, {82})";
const WITHDRAWN: &str =
    "UPDATE plan_proposal SET state = 'withdrawn', ended_by = 'customer', ended_at = {now}, event_id = {82}
    WHERE id = {161}";
const BROKEN: &str =
    "UPDATE plan SET state = 'broken', ended_at = {later}, next_look_at = NULL, event_id = {83}";
const SECOND: &str =
    "INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest, event_id, created_at)
    VALUES ({171}, {1}, {11}, 'EUR', 'open', 1, {80}, {now})";
const ABOUT_THE_SAME: &str =
    "INSERT INTO plan_proposal_invoice (proposal_id, invoice_id, business_id, customer_id, currency, live)
    VALUES ({171}, {31}, {1}, {11}, 'EUR', TRUE)";

/// While a first version is on the table.
macro_rules! proposed {
    ($($then:expr),+) => { &[PORTAL_LINK, PROPOSAL, ABOUT, AMOUNTS, VERSION, $($then),+] };
}

/// After both sides agreed to it, before the plan stands.
macro_rules! agreed {
    ($($then:expr),+) => { proposed!(BY_CUSTOMER, BY_BUSINESS, ACCEPTED, $($then),+) };
}

/// While a plan stands.
macro_rules! planned {
    ($($then:expr),+) => { agreed!(UNDER, TIMETABLE, PLAN, $($then),+) };
}

pub const PLANS: Attacks = &[
    ("plan_policy_owner", &["INSERT INTO plan_policy (owner_id, business_id, customer_id, policy, updated_at)
        VALUES ({1}, {1}, {11}, '{{}}', {now})"]),
    ("foreign_key", &["INSERT INTO plan_policy (owner_id, business_id, customer_id, policy, updated_at)
        VALUES ({13}, {1}, {13}, '{{}}', {now})"]),
    // The negotiation.
    ("plan_proposal_starts_open", &["INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest,
            ended_by, event_id, created_at, ended_at)
        VALUES ({161}, {1}, {11}, 'EUR', 'declined', 1, 'business', {80}, {now}, {now})"]),
    ("plan_proposal_starts_open", &["INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest, event_id,
            created_at)
        VALUES ({161}, {1}, {11}, 'EUR', 'open', 2, {80}, {now})"]),
    ("foreign_key", &["INSERT INTO plan_proposal (id, business_id, customer_id, currency, state, newest, event_id, created_at)
        VALUES ({161}, {1}, {13}, 'EUR', 'open', 1, {80}, {now})"]),
    ("plan_proposal_transition", proposed!(WITHDRAWN,
        "UPDATE plan_proposal SET state = 'open', event_id = {83}")),
    ("plan_proposal_transition", proposed!(WITHDRAWN,
        "UPDATE plan_proposal SET state = 'declined', event_id = {83}")),
    ("plan_proposal_newest_follows", proposed!("UPDATE plan_proposal SET newest = 3, event_id = {82}")),
    ("plan_proposal_newest_follows", proposed!("UPDATE plan_proposal SET newest = 0, event_id = {82}")),
    ("plan_proposal_newest_follows", proposed!(WITHDRAWN, "UPDATE plan_proposal SET newest = 2, event_id = {83}")),
    ("plan_proposal_frozen", proposed!("UPDATE plan_proposal SET customer_id = {12}")),
    ("plan_proposal_frozen", proposed!("UPDATE plan_proposal SET currency = 'USD'")),
    ("plan_proposal_frozen", proposed!(WITHDRAWN, "UPDATE plan_proposal SET end_word = 'Something else'")),
    ("plan_proposal_frozen", planned!("UPDATE plan_proposal SET plan_id = {165}")),
    ("plan_proposal_names_event", proposed!("UPDATE plan_proposal SET newest = 2")),
    ("plan_proposal_names_event", proposed!(HEAD, LINK, EVENT,
        "UPDATE plan_proposal SET newest = 2, event_id = {81}")),
    ("plan_proposal_ended", proposed!("UPDATE plan_proposal SET state = 'declined', ended_at = {now}, event_id = {82}")),
    ("plan_proposal_ended", proposed!("UPDATE plan_proposal SET state = 'expired', event_id = {82}")),
    ("plan_proposal_plan", proposed!("UPDATE plan_proposal SET state = 'accepted', ended_by = 'business', ended_at = {now},
        event_id = {82}")),
    ("plan_proposal_ended_by", proposed!("UPDATE plan_proposal SET state = 'declined', ended_by = 'nobody', ended_at = {now},
        event_id = {82}")),
    ("plan_proposal_kept", proposed!("DELETE FROM plan_proposal")),
    // What it is about.
    ("plan_proposal_invoice_business_id_invoice_id_key", proposed!(SECOND, ABOUT_THE_SAME)),
    ("plan_proposal_invoice_added_in_time", proposed!(WITHDRAWN,
        "INSERT INTO plan_proposal_invoice (proposal_id, invoice_id, business_id, customer_id, currency, live)
         VALUES ({161}, {34}, {1}, {11}, 'EUR', TRUE)")),
    ("plan_proposal_invoice_added_in_time", &[PROPOSAL,
        "INSERT INTO plan_proposal_invoice (proposal_id, invoice_id, business_id, customer_id, currency, live)
         VALUES ({161}, {31}, {1}, {11}, 'EUR', FALSE)"]),
    ("foreign_key", &[PROPOSAL,
        "INSERT INTO plan_proposal_invoice (proposal_id, invoice_id, business_id, customer_id, currency, live)
         VALUES ({161}, {31}, {1}, {12}, 'EUR', TRUE)"]),
    ("plan_proposal_invoice_frozen", proposed!("UPDATE plan_proposal_invoice SET live = FALSE")),
    ("plan_proposal_invoice_frozen", proposed!("UPDATE plan_proposal_invoice SET invoice_id = {34} WHERE invoice_id = {32}")),
    ("plan_proposal_invoice_kept", proposed!("DELETE FROM plan_proposal_invoice")),
    // Its versions.
    ("plan_version_is_newest", proposed!(
        "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id, open_minor) VALUES ({161}, 2, {31}, 124000)",
        "INSERT INTO plan_version SELECT proposal_id, 2, business_id, customer_id, currency, 'business', total_minor, down_minor,
            part_count, each_minor, pace, first_on, autopay, grace_days, cure_days, fees_waived, terms_hash, word, made_at,
            expires_at FROM plan_version")),
    ("plan_version_invoices_sum", &[PROPOSAL, ABOUT, VERSION]),
    ("plan_version_invoices_sum", &[PROPOSAL, ABOUT, AMOUNTS,
        "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id, open_minor) VALUES ({161}, 1, {32}, 1)", VERSION]),
    // Of an invoice that it is not about.
    ("foreign_key", &[PROPOSAL, ABOUT, "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id, open_minor)
        VALUES ({161}, 1, {34}, 100)"]),
    ("plan_version_invoice_open", &[PROPOSAL, ABOUT, "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id,
            open_minor)
        VALUES ({161}, 1, {31}, 0)"]),
    ("plan_version_invoice_added_before", proposed!(
        "INSERT INTO plan_version_invoice (proposal_id, number, invoice_id, open_minor) VALUES ({161}, 1, {32}, 1)")),
    ("plan_version_invoice_append_only", proposed!("UPDATE plan_version_invoice SET open_minor = 1")),
    ("plan_version_invoice_append_only", proposed!("DELETE FROM plan_version_invoice")),
    ("plan_version_append_only", proposed!("UPDATE plan_version SET first_on = '2027-01-01'")),
    ("plan_version_append_only", proposed!("DELETE FROM plan_version")),
    ("plan_version_parts", &[PROPOSAL, ABOUT, AMOUNTS, "INSERT INTO plan_version (proposal_id, number, business_id, customer_id,
            currency, side, total_minor, down_minor, part_count, each_minor, pace, first_on, autopay, grace_days, cure_days,
            fees_waived, terms_hash, made_at, expires_at)
        VALUES ({161}, 1, {1}, {11}, 'EUR', 'customer', 124000, 0, 2, 62000, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE,
            {hash:7}, {now}, {later})"]),
    ("plan_version_down", &[PROPOSAL, ABOUT, AMOUNTS, "INSERT INTO plan_version (proposal_id, number, business_id, customer_id,
            currency, side, total_minor, down_minor, part_count, pace, first_on, autopay, grace_days, cure_days, fees_waived,
            terms_hash, made_at, expires_at)
        VALUES ({161}, 1, {1}, {11}, 'EUR', 'customer', 124000, 124000, 2, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE, {hash:7},
            {now}, {later})"]),
    ("plan_version_part_count", &[PROPOSAL, ABOUT, AMOUNTS, "INSERT INTO plan_version (proposal_id, number, business_id,
            customer_id, currency, side, total_minor, down_minor, part_count, pace, first_on, autopay, grace_days, cure_days,
            fees_waived, terms_hash, made_at, expires_at)
        VALUES ({161}, 1, {1}, {11}, 'EUR', 'customer', 124000, 0, 10000, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE, {hash:7},
            {now}, {later})"]),
    ("plan_version_lifetime", &[PROPOSAL, ABOUT, AMOUNTS, "INSERT INTO plan_version (proposal_id, number, business_id,
            customer_id, currency, side, total_minor, down_minor, part_count, pace, first_on, autopay, grace_days, cure_days,
            fees_waived, terms_hash, made_at, expires_at)
        VALUES ({161}, 1, {1}, {11}, 'EUR', 'customer', 124000, 0, 2, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE, {hash:7},
            {now}, {now})"]),
    // Another currency than the negotiation's.
    ("foreign_key", &[PROPOSAL, ABOUT, AMOUNTS, "INSERT INTO plan_version (proposal_id, number, business_id, customer_id,
            currency, side, total_minor, down_minor, part_count, pace, first_on, autopay, grace_days, cure_days, fees_waived,
            terms_hash, made_at, expires_at)
        VALUES ({161}, 1, {1}, {11}, 'USD', 'customer', 124000, 0, 2, 'monthly', '2026-04-01', FALSE, 5, 10, TRUE, {hash:7},
            {now}, {later})"]),
    // The evidence.
    ("plan_agreement_in_time", proposed!(WITHDRAWN, BY_CUSTOMER)),
    ("plan_agreement_in_time", proposed!("UPDATE plan_proposal SET newest = 2, event_id = {82}", BY_CUSTOMER)),
    ("plan_agreement_in_time", proposed!("INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id,
            member_id, terms_hash, shown_text, text_hash, locale, agreed_at)
        VALUES ({161}, 1, 'business', {1}, {11}, {5}, {hash:7}, 'x', {hash:8}, 'en-GB', {later})")),
    ("plan_agreement_in_time", proposed!("INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id,
            member_id, terms_hash, shown_text, text_hash, locale, agreed_at)
        VALUES ({161}, 1, 'business', {1}, {12}, {5}, {hash:7}, 'x', {hash:8}, 'en-GB', {now})")),
    ("plan_agreement_pkey", proposed!(BY_CUSTOMER, BY_CUSTOMER)),
    ("plan_agreement_who", proposed!("INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id,
            member_id, terms_hash, shown_text, text_hash, locale, agreed_at)
        VALUES ({161}, 1, 'customer', {1}, {11}, {5}, {hash:7}, 'x', {hash:8}, 'en-GB', {now})")),
    // To other terms than the version's.
    ("foreign_key", proposed!("INSERT INTO plan_agreement (proposal_id, number, side, business_id, customer_id, member_id,
            terms_hash, shown_text, text_hash, locale, agreed_at)
        VALUES ({161}, 1, 'business', {1}, {11}, {5}, {hash:6}, 'x', {hash:8}, 'en-GB', {now})")),
    ("plan_agreement_frozen", proposed!(BY_CUSTOMER, "UPDATE plan_agreement SET shown_text = 'Two of 630.'")),
    ("plan_agreement_frozen", proposed!(BY_CUSTOMER, "UPDATE plan_agreement SET terms_hash = {hash:6}")),
    ("plan_agreement_frozen", proposed!(BY_CUSTOMER, "UPDATE plan_agreement SET agreed_at = {later}")),
    ("plan_agreement_frozen", proposed!(BY_CUSTOMER, "UPDATE plan_agreement SET address = '192.0.2.8'")),
    ("plan_agreement_frozen", proposed!(BY_CUSTOMER, "UPDATE plan_agreement SET user_agent = 'Other/1'")),
    ("plan_agreement_kept", proposed!(BY_CUSTOMER, "DELETE FROM plan_agreement")),
    // The plan: nothing that was not agreed to by both, newest, and whole.
    ("plan_is_agreed", proposed!(BY_CUSTOMER, ACCEPTED, UNDER, TIMETABLE, PLAN)),
    ("plan_is_agreed", proposed!(BY_CUSTOMER, BY_BUSINESS, UNDER, TIMETABLE, PLAN)),
    ("plan_is_agreed", agreed!(UNDER, TIMETABLE, "INSERT INTO plan (id, business_id, customer_id, currency, proposal_id,
            version_number, total_minor, state, agreed_on, agreed_at, ended_at, event_id)
        VALUES ({162}, {1}, {11}, 'EUR', {161}, 1, 124000, 'completed', '2026-03-02', {now}, {now}, {82})")),
    ("plan_covers_version", agreed!(TIMETABLE, PLAN)),
    ("plan_covers_version", agreed!("INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency,
            amount_minor, live)
        VALUES ({162}, {31}, {1}, {11}, 'EUR', 115400, TRUE), ({162}, {32}, {1}, {11}, 'EUR', 8600, TRUE)", TIMETABLE, PLAN)),
    ("plan_instalments_sum", agreed!(UNDER, PLAN)),
    ("plan_instalments_sum", agreed!(UNDER, TIMETABLE, "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency,
            number, due_on, amount_minor)
        VALUES ({165}, {162}, {1}, {11}, 'EUR', 3, '2026-06-01', 1)", PLAN)),
    ("plan_instalments_sum", agreed!(UNDER, "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number,
            due_on, amount_minor)
        VALUES ({163}, {162}, {1}, {11}, 'EUR', 1, '2026-05-01', 62000),
               ({164}, {162}, {1}, {11}, 'EUR', 2, '2026-04-01', 62000)", PLAN)),
    ("plan_instalments_sum", agreed!(UNDER, "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number,
            due_on, amount_minor)
        VALUES ({163}, {162}, {1}, {11}, 'EUR', 1, '2026-03-01', 124000)", PLAN)),
    // Another customer's invoice.
    ("foreign_key", agreed!("INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor,
            live)
        VALUES ({162}, {32}, {1}, {12}, 'EUR', 8600, TRUE)")),
    ("plan_supersedes_one", agreed!(UNDER, TIMETABLE, "INSERT INTO plan (id, business_id, customer_id, currency, proposal_id,
            version_number, total_minor, state, supersedes_id, agreed_on, agreed_at, event_id)
        VALUES ({162}, {1}, {11}, 'EUR', {161}, 1, 124000, 'active', {166}, '2026-03-02', {now}, {82})")),
    ("plan_transition", planned!(BROKEN,
        "UPDATE plan SET state = 'active', ended_at = NULL, event_id = {84}")),
    ("plan_frozen", planned!("UPDATE plan SET total_minor = 1")),
    ("plan_frozen", planned!("UPDATE plan SET version_number = 2")),
    ("plan_frozen", planned!("UPDATE plan SET agreed_on = '2026-03-01'")),
    ("plan_names_event", planned!("UPDATE plan SET state = 'broken', ended_at = {later}, next_look_at = NULL")),
    ("plan_names_event", planned!(HEAD, LINK, EVENT,
        "UPDATE plan SET state = 'broken', ended_at = {later}, next_look_at = NULL, event_id = {81}")),
    ("plan_ended", planned!("UPDATE plan SET state = 'broken', next_look_at = NULL, event_id = {83}")),
    ("plan_looked_at", planned!("UPDATE plan SET state = 'broken', ended_at = {later}, event_id = {83}")),
    ("plan_warned", planned!("UPDATE plan SET warned_number = 1")),
    ("foreign_key", planned!("UPDATE plan SET warned_number = 3, warned_on = '2026-06-01'")),
    ("plan_kept", planned!("DELETE FROM plan")),
    ("plan_invoice_business_id_invoice_id_key", planned!(
        "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({165}, {31}, {1}, {11}, 'EUR', 1, TRUE)")),
    ("plan_invoice_added_before", planned!(
        "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({162}, {32}, {1}, {11}, 'EUR', 8600, TRUE)")),
    ("plan_invoice_added_before", agreed!(
        "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({162}, {31}, {1}, {11}, 'EUR', 124000, FALSE)")),
    // A void invoice.
    ("plan_invoice_added_before", agreed!(
        "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({162}, {34}, {1}, {11}, 'EUR', 100, TRUE)")),
    ("plan_invoice_frozen", planned!("UPDATE plan_invoice SET amount_minor = 1")),
    ("plan_invoice_frozen", planned!("UPDATE plan_invoice SET live = FALSE")),
    ("plan_invoice_kept", planned!("DELETE FROM plan_invoice")),
    ("plan_keeps_invoice", planned!(
        "UPDATE invoice SET state = 'void', voided_at = {now}, void_reason = 'x' WHERE id = {31}")),
    ("instalment_added_before", planned!(
        "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number, due_on, amount_minor)
         VALUES ({165}, {162}, {1}, {11}, 'EUR', 3, '2026-06-01', 1)")),
    ("instalment_append_only", planned!("UPDATE instalment SET due_on = '2027-01-01'")),
    ("instalment_append_only", planned!("UPDATE instalment SET amount_minor = 1")),
    ("instalment_append_only", planned!("DELETE FROM instalment")),
    ("instalment_plan_id_number_key", agreed!(TIMETABLE,
        "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number, due_on, amount_minor)
         VALUES ({165}, {162}, {1}, {11}, 'EUR', 2, '2026-06-01', 1)")),
    ("instalment_amount", agreed!(
        "INSERT INTO instalment (id, plan_id, business_id, customer_id, currency, number, due_on, amount_minor)
         VALUES ({165}, {162}, {1}, {11}, 'EUR', 2, '2026-06-01', 0)")),
];

pub const LAWFUL: &[&[&str]] = &[
    // Who sent it is erased; what was agreed to is not.
    planned!("UPDATE plan_agreement SET address = NULL, user_agent = NULL WHERE side = 'customer'"),
    planned!("UPDATE plan SET warned_number = 1, warned_on = '2026-04-07', next_look_at = NULL"),
    // After the end of one negotiation another begins about the same invoice; so does another plan.
    proposed!(WITHDRAWN, SECOND, ABOUT_THE_SAME),
    planned!(SECOND, ABOUT_THE_SAME),
    planned!(BROKEN, "INSERT INTO plan_invoice (plan_id, invoice_id, business_id, customer_id, currency, amount_minor, live)
        VALUES ({165}, {31}, {1}, {11}, 'EUR', 1, TRUE)"),
    planned!(BROKEN, "UPDATE invoice SET state = 'void', voided_at = {now}, void_reason = 'x' WHERE id = {31}"),
    // Money that goes back lets a completed plan stand again.
    planned!("UPDATE plan SET state = 'completed', ended_at = {later}, next_look_at = NULL, event_id = {83}",
        "UPDATE plan SET state = 'active', ended_at = NULL, event_id = {84}"),
];

pub const TABLES: &[(&str, &str)] = &[
    ("plan_proposal", "plan_proposal_kept"),
    ("plan_proposal_invoice", "plan_proposal_invoice_kept"),
    ("plan_version", "plan_version_append_only"),
    ("plan_version_invoice", "plan_version_invoice_append_only"),
    ("plan_agreement", "plan_agreement_kept"),
    ("plan", "plan_kept"),
    ("plan_invoice", "plan_invoice_kept"),
    ("instalment", "instalment_append_only"),
];

pub const REPLACES: Attacks = &[
    ("plan_proposal_kept", proposed!("INSERT OR REPLACE INTO plan_proposal SELECT * FROM plan_proposal")),
    ("plan_version_append_only", proposed!("INSERT OR REPLACE INTO plan_version SELECT * FROM plan_version")),
    (
        "plan_version_invoice_added_before",
        proposed!("INSERT OR REPLACE INTO plan_version_invoice SELECT * FROM plan_version_invoice"),
    ),
    (
        "plan_agreement_kept",
        proposed!(BY_CUSTOMER, "INSERT OR REPLACE INTO plan_agreement SELECT * FROM plan_agreement"),
    ),
    ("plan_is_agreed", planned!(BROKEN, "INSERT OR REPLACE INTO plan SELECT * FROM plan")),
    ("instalment_added_before", planned!("INSERT OR REPLACE INTO instalment SELECT * FROM instalment")),
];
