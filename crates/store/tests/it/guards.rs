//! Attacks on the schema, past all functions of the crate: whoever writes, the database refuses what must not be.
//!
//! Each entry names the guard and the statements; the last one is the attack, those before it only lead there.

mod autopay;
mod codes;
mod credit_notes;
mod delivery;
mod disputes;
mod follow_up;
mod money;
mod plans;
mod recurring;
mod refunds;
mod saved_methods;
mod statements;
mod templates;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use store::Dialect;
use store::conformance;

use crate::world::World;

type Attacks = &'static [(&'static str, &'static [&'static str])];

const HEAD: &str = "INSERT INTO chain_head (business_id, position, hash) VALUES ({1}, 1, {hash:0})";
const LINK: &str = "INSERT INTO chain (business_id, position, prev_hash, hash, event_count)
    VALUES ({1}, 1, {hash:0}, {hash:1}, 1)";
const HEAD_TAKES_HASH: &str = "UPDATE chain_head SET hash = {hash:1} WHERE business_id = {1}";
const EVENT: &str =
    "INSERT INTO event (id, business_id, chain_position, ordinal, kind, at, actor_kind, subject_kind,
        subject_id, data, person_digest)
    VALUES ({81}, {1}, 1, 0, 'business.created', {now}, 'system', 'business', {1}, '{{}}', {hash:9})";
const ANONYMOUS_EVENT: &str =
    "INSERT INTO event (id, business_id, chain_position, ordinal, kind, at, actor_kind,
        subject_kind, subject_id, data)
    VALUES ({81}, {1}, 1, 0, 'business.created', {now}, 'system', 'business', {1}, '{{}}')";
const PERSON: &str =
    "INSERT INTO event_person (event_id, business_id, salt, data) VALUES ({81}, {1}, {hash:3}, '{{}}')";

const RECORD: Attacks = &[
    ("chain_head_starts", &["INSERT INTO chain_head (business_id, position, hash) VALUES ({1}, 7, {hash:0})"]),
    ("chain_head_moves_on", &[HEAD, "UPDATE chain_head SET position = 3"]),
    ("chain_head_moves_on", &[HEAD, "UPDATE chain_head SET hash = {hash:1}"]),
    ("chain_head_moves_on", &[HEAD, LINK, HEAD_TAKES_HASH, "UPDATE chain_head SET position = 0"]),
    ("chain_head_moves_on", &[HEAD, "UPDATE chain_head SET business_id = {2}"]),
    ("chain_head_kept", &[HEAD, "DELETE FROM chain_head"]),
    ("chain_at_head", &["INSERT INTO chain (business_id, position, prev_hash, hash, event_count)
        VALUES ({1}, 1, {hash:0}, {hash:1}, 1)"]),
    ("chain_at_head", &[HEAD, "INSERT INTO chain (business_id, position, prev_hash, hash, event_count)
        VALUES ({1}, 1, {hash:5}, {hash:1}, 1)"]),
    ("chain_at_head", &[HEAD, "INSERT INTO chain (business_id, position, prev_hash, hash, event_count)
        VALUES ({1}, 2, {hash:0}, {hash:1}, 1)"]),
    // Two links never stand on the same one.
    ("chain_business_id_prev_hash_key", &[HEAD, LINK, "UPDATE chain_head SET position = 2",
        "INSERT INTO chain (business_id, position, prev_hash, hash, event_count) VALUES ({1}, 2, {hash:0}, {hash:2}, 1)"]),
    ("chain_business_id_hash_key", &[HEAD, LINK, HEAD_TAKES_HASH, "UPDATE chain_head SET position = 2",
        "INSERT INTO chain (business_id, position, prev_hash, hash, event_count) VALUES ({1}, 2, {hash:1}, {hash:1}, 1)"]),
    ("chain_append_only", &[HEAD, LINK, "UPDATE chain SET hash = {hash:7}"]),
    ("chain_append_only", &[HEAD, LINK, "DELETE FROM chain"]),
    ("chain_event_count", &[HEAD, "INSERT INTO chain (business_id, position, prev_hash, hash, event_count)
        VALUES ({1}, 1, {hash:0}, {hash:1}, 0)"]),
    // A full link takes no further event, and an old one none at all.
    ("event_in_newest_link", &[HEAD, LINK, EVENT,
        "INSERT INTO event (id, business_id, chain_position, ordinal, kind, at, actor_kind, subject_kind, subject_id, data)
         VALUES ({82}, {1}, 1, 1, 'business.created', {now}, 'system', 'business', {1}, '{{}}')"]),
    ("event_in_newest_link", &[HEAD, LINK, HEAD_TAKES_HASH, "UPDATE chain_head SET position = 2", EVENT]),
    ("event_business_id_chain_position_ordinal_key", &[HEAD, LINK, EVENT,
        "INSERT INTO event (id, business_id, chain_position, ordinal, kind, at, actor_kind, subject_kind, subject_id, data)
         VALUES ({82}, {1}, 1, 0, 'business.created', {now}, 'system', 'business', {1}, '{{}}')"]),
    ("event_append_only", &[HEAD, LINK, EVENT, "UPDATE event SET data = '{{\"n\":2}}'"]),
    ("event_append_only", &[HEAD, LINK, EVENT, "UPDATE event SET at = {later}"]),
    ("event_append_only", &[HEAD, LINK, EVENT, "DELETE FROM event"]),
    ("event_person_chained", &[HEAD, LINK, ANONYMOUS_EVENT, PERSON]),
    ("event_person_not_rewritten", &[HEAD, LINK, EVENT, PERSON, "UPDATE event_person SET data = '[]'"]),
];

const INVOICES: Attacks = &[
    ("invoice_starts_as_draft", &["INSERT INTO invoice (id, business_id, customer_id, state, title, currency, net_days,
            accepted_methods, net_minor, tax_minor, total_minor, created_at, updated_at, number, issue_date, due_date,
            issued_at, seller, buyer)
        VALUES ({39}, {1}, {11}, 'issued', 'x', 'EUR', 14, 'card', 1, 0, 1, {now}, {now}, '9', '2026-03-01', '2026-03-02',
            {now}, '{{}}', '{{}}')"]),
    ("invoice_transition", &["UPDATE invoice SET state = 'draft' WHERE id = {31}"]),
    ("invoice_transition", &["UPDATE invoice SET state = 'issued' WHERE id = {34}"]),
    ("invoice_transition", &["UPDATE invoice SET state = 'void', number = '8', issue_date = '2026-03-01',
            due_date = '2026-03-01', issued_at = {now}, seller = '{{}}', buyer = '{{}}', net_minor = 100, total_minor = 100,
            voided_at = {now}
        WHERE id = {33}"]),
    ("invoice_frozen", &["UPDATE invoice SET net_minor = 1, tax_minor = 0, total_minor = 1 WHERE id = {31}"]),
    ("invoice_frozen", &["UPDATE invoice SET number = '2026-9' WHERE id = {31}"]),
    ("invoice_frozen", &["UPDATE invoice SET due_date = '2027-01-01' WHERE id = {31}"]),
    ("invoice_frozen", &["UPDATE invoice SET buyer = '{{\"name\":1}}' WHERE id = {31}"]),
    ("invoice_frozen", &["UPDATE invoice SET void_reason = 'another' WHERE id = {34}"]),
    ("invoice_frozen", &["UPDATE invoice SET created_at = {later} WHERE id = {33}"]),
    ("invoice_lines_sum", &["UPDATE invoice SET state = 'issued', number = '8', issue_date = '2026-03-01',
            due_date = '2026-03-01', issued_at = {now}, seller = '{{}}', buyer = '{{}}', net_minor = 99, total_minor = 99
        WHERE id = {33}"]),
    ("invoice_issued", &["UPDATE invoice SET state = 'issued', net_minor = 100, total_minor = 100 WHERE id = {33}"]),
    ("invoice_total", &["UPDATE invoice SET total_minor = 5 WHERE id = {33}"]),
    ("invoice_kept", &["DELETE FROM invoice WHERE id = {31}"]),
    ("invoice_business_id_number_key", &["UPDATE invoice SET number = '2026-1' WHERE id = {33}"]),
    ("foreign_key", &["UPDATE invoice SET customer_id = {13} WHERE id = {33}"]),
    ("invoice_line_added_to_draft", &["INSERT INTO invoice_line (id, business_id, invoice_id, position, description,
            quantity_thousandths, unit, unit_price_minor, tax_rate_basis_points, net_minor)
        VALUES ({59}, {1}, {31}, 2, 'More', 1000, 'piece', 100, 0, 100)"]),
    ("invoice_line_frozen", &["UPDATE invoice_line SET net_minor = 1 WHERE id = {51}"]),
    ("invoice_line_frozen", &["UPDATE invoice_line SET invoice_id = {31} WHERE id = {53}"]),
    ("invoice_line_kept", &["DELETE FROM invoice_line WHERE id = {51}"]),
    ("receivable_frozen", &["UPDATE receivable SET amount_minor = 1 WHERE id = {41}"]),
    ("receivable_frozen", &["UPDATE receivable SET due_date = '2027-01-01' WHERE id = {41}"]),
    ("receivable_kept", &["DELETE FROM receivable WHERE id = {41}"]),
    ("receivable_stuck", &["UPDATE receivable SET stuck_since = {now} WHERE id = {41}"]),
    ("receivable_stuck", &["UPDATE receivable SET stuck_tries = 1 WHERE id = {41}"]),
    ("receivable_stuck", &["UPDATE receivable SET stuck_since = {now}, stuck_tries = -1 WHERE id = {41}"]),
    ("receivable_invoice_id_key", &["INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency,
            amount_minor, due_date, created_at)
        VALUES ({49}, {1}, {11}, {31}, 'invoice', 'EUR', 5, '2026-03-03', {now})"]),
    ("foreign_key", &["INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor,
            due_date, created_at)
        VALUES ({49}, {1}, {11}, {33}, 'invoice', 'USD', 5, '2026-03-03', {now})"]),
];

const ACCOUNTS: &str =
    "INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, receivable_id, created_at)
    VALUES ({91}, {1}, 'EUR', 'receivable', {41}, {11}, {41}, {now}),
           ({92}, {1}, 'EUR', 'unapplied', {11}, {11}, NULL, {now}),
           ({93}, {1}, 'EUR', 'gateway', {1}, NULL, NULL, {now}),
           ({94}, {1}, 'EUR', 'revenue', {1}, NULL, NULL, {now}),
           ({99}, {1}, 'USD', 'revenue', {1}, NULL, NULL, {now})";
const PAYMENT: &str =
    "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor,
        kind, provider, provider_ref, event_id, happened_at, booked_at)
    VALUES ({101}, {1}, 'EUR', {93}, {92}, 1000, 'payment', 'stripe', 'pi_1', {81}, {now}, {now})";
const APPLICATION: &str =
    "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id,
        amount_minor, kind, provider, provider_ref, event_id, happened_at, booked_at)
    VALUES ({102}, {1}, 'EUR', {92}, {91}, 1000, 'application', 'own', 'pi_1:1', {81}, {now}, {now})";
const REVERSAL_OF_600: &str =
    "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id,
        amount_minor, kind, provider, provider_ref, reverses, event_id, happened_at, booked_at)
    VALUES ({103}, {1}, 'EUR', {91}, {92}, 600, 'reversal', 'own', 'r1', {102}, {81}, {now}, {now})";

const LEDGER: Attacks = &[
    ("account_append_only", &[ACCOUNTS, "UPDATE account SET kind = 'tax' WHERE id = {94}"]),
    ("account_append_only", &[ACCOUNTS, "DELETE FROM account WHERE id = {94}"]),
    ("account_business_id_currency_kind_owner_id_key", &[ACCOUNTS,
        "INSERT INTO account (id, business_id, currency, kind, owner_id, created_at)
         VALUES ({98}, {1}, 'EUR', 'gateway', {1}, {now})"]),
    ("account_owner", &["INSERT INTO account (id, business_id, currency, kind, owner_id, created_at)
        VALUES ({98}, {1}, 'EUR', 'unapplied', {11}, {now})"]),
    ("account_owner", &["INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, created_at)
        VALUES ({98}, {1}, 'EUR', 'receivable', {41}, {11}, {now})"]),
    ("foreign_key", &["INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, created_at)
        VALUES ({98}, {1}, 'EUR', 'unapplied', {13}, {13}, {now})"]),
    ("transfer_append_only", &[ACCOUNTS, PAYMENT, "UPDATE transfer SET amount_minor = 1"]),
    ("transfer_append_only", &[ACCOUNTS, PAYMENT, "UPDATE transfer SET booked_at = {later}"]),
    ("transfer_append_only", &[ACCOUNTS, PAYMENT, "DELETE FROM transfer"]),
    ("transfer_business_id_provider_kind_provider_ref_key", &[ACCOUNTS, PAYMENT,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {93}, {92}, 5, 'payment', 'stripe', 'pi_1', {81}, {now}, {now})"]),
    ("transfer_amount", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {93}, {92}, 0, 'payment', 'stripe', 'pi_2', {81}, {now}, {now})"]),
    ("transfer_amount", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {93}, {92}, 9007199254740992, 'payment', 'stripe', 'pi_2', {81}, {now}, {now})"]),
    ("transfer_two_accounts", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {92}, {92}, 5, 'payment', 'stripe', 'pi_2', {81}, {now}, {now})"]),
    // Accounts of one business and one currency only.
    ("foreign_key", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {91}, {99}, 5, 'issue', 'own', 'x', {81}, {now}, {now})"]),
    ("foreign_key", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {2}, 'EUR', {91}, {94}, 5, 'issue', 'own', 'x', {81}, {now}, {now})"]),
    // Money from outside goes nowhere but to the customer's unapplied account.
    ("transfer_outside_is_unapplied", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {93}, {91}, 5, 'payment', 'stripe', 'pi_2', {81}, {now}, {now})"]),
    ("transfer_outside_is_unapplied", &[ACCOUNTS,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, event_id, happened_at, booked_at)
         VALUES ({109}, {1}, 'EUR', {91}, {93}, 5, 'refund', 'stripe', 're_2', {81}, {now}, {now})"]),
    // No more comes back than went.
    ("transfer_reversal", &[ACCOUNTS, PAYMENT, APPLICATION, REVERSAL_OF_600,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, reverses, event_id, happened_at, booked_at)
         VALUES ({104}, {1}, 'EUR', {91}, {92}, 401, 'reversal', 'own', 'r2', {102}, {81}, {now}, {now})"]),
    // It mirrors its original …
    ("transfer_reversal", &[ACCOUNTS, PAYMENT, APPLICATION,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, reverses, event_id, happened_at, booked_at)
         VALUES ({104}, {1}, 'EUR', {91}, {93}, 5, 'reversal', 'own', 'r2', {102}, {81}, {now}, {now})"]),
    // … which is no reversal itself.
    ("transfer_reversal", &[ACCOUNTS, PAYMENT, APPLICATION, REVERSAL_OF_600,
        "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind, provider,
            provider_ref, reverses, event_id, happened_at, booked_at)
         VALUES ({104}, {1}, 'EUR', {92}, {91}, 5, 'reversal', 'own', 'r2', {103}, {81}, {now}, {now})"]),
];

const ATTEMPT: &str = "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state,
        provider, provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at)
    VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now})";
const ATTEMPT_PART: &str =
    "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency,
        amount_minor, live)
    VALUES ({71}, {41}, {1}, {11}, 'EUR', 1000, TRUE)";
const OPEN: &str =
    "UPDATE payment_attempt SET state = 'open', checkout_id = 'cs_1', checkout_url = 'https://pay.example',
        checkout_expires_at = {later}, event_id = {82} WHERE id = {71}";
const PROCESSING: &str = "UPDATE payment_attempt SET state = 'processing', payment_intent_id = 'pi_1', event_id = {83} WHERE id = {71}";
const SECOND_ATTEMPT: &str = "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method,
        state, provider, provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at)
    VALUES ({72}, {1}, {11}, 'EUR', 1000, 'card', 'creating', 'stripe', 'acct_1', 'key-72', {now}, {81}, {now}, {now})";
const SECOND_PART: &str =
    "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency,
        amount_minor, live)
    VALUES ({72}, {41}, {1}, {11}, 'EUR', 1000, TRUE)";

const ATTEMPTS: Attacks = &[
    ("payment_attempt_starts_creating", &["INSERT INTO payment_attempt (id, business_id, customer_id, currency,
            amount_minor, method, state, provider, provider_account, idempotency_key, key_made_at, event_id, created_at,
            changed_at)
        VALUES ({71}, {1}, {11}, 'EUR', 1000, 'card', 'expired', 'stripe', 'acct_1', 'k', {now}, {81}, {now}, {now})"]),
    ("payment_attempt_transition", &[ATTEMPT, ATTEMPT_PART, OPEN, PROCESSING,
        "UPDATE payment_attempt SET state = 'expired', event_id = {84} WHERE id = {71}"]),
    ("payment_attempt_frozen", &[ATTEMPT, "UPDATE payment_attempt SET amount_minor = 1"]),
    ("payment_attempt_frozen", &[ATTEMPT, "UPDATE payment_attempt SET excess_minor = 1"]),
    ("payment_attempt_excess", &[
        "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, excess_minor, method, state,
            provider, provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at)
         VALUES ({71}, {1}, {11}, 'EUR', 1000, 1001, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now},
            {now})"]),
    ("payment_attempt_frozen", &[ATTEMPT, "UPDATE payment_attempt SET idempotency_key = 'other'"]),
    ("payment_attempt_frozen", &[ATTEMPT, "UPDATE payment_attempt SET key_made_at = {later}"]),
    ("payment_attempt_frozen", &[ATTEMPT, ATTEMPT_PART, OPEN,
        "UPDATE payment_attempt SET checkout_id = 'cs_2', event_id = {83}"]),
    ("payment_attempt_frozen", &[ATTEMPT, ATTEMPT_PART, OPEN, PROCESSING,
        "UPDATE payment_attempt SET payment_intent_id = 'pi_2', event_id = {84}"]),
    ("payment_attempt_names_event", &[ATTEMPT, ATTEMPT_PART,
        "UPDATE payment_attempt SET state = 'expired' WHERE id = {71}"]),
    ("payment_attempt_names_event", &[ATTEMPT, ATTEMPT_PART, OPEN,
        "UPDATE payment_attempt SET payment_intent_id = 'pi_1' WHERE id = {71}"]),
    // An event that stands already tells of something else.
    ("payment_attempt_names_event", &[ATTEMPT, ATTEMPT_PART, HEAD, LINK, EVENT,
        "UPDATE payment_attempt SET event_id = {82}",
        "UPDATE payment_attempt SET state = 'expired', event_id = {81} WHERE id = {71}"]),
    ("payment_attempt_parts_sum", &[ATTEMPT, "UPDATE payment_attempt SET state = 'expired', event_id = {82}"]),
    ("payment_attempt_parts_sum", &[ATTEMPT,
        "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({71}, {41}, {1}, {11}, 'EUR', 999, TRUE)", OPEN]),
    ("payment_attempt_kept", &[ATTEMPT, "DELETE FROM payment_attempt"]),
    ("payment_attempt_idempotency_key_key", &[ATTEMPT, "INSERT INTO payment_attempt (id, business_id, customer_id, currency,
            amount_minor, method, state, provider, provider_account, idempotency_key, key_made_at, event_id, created_at,
            changed_at)
        VALUES ({72}, {1}, {11}, 'EUR', 1, 'card', 'creating', 'stripe', 'acct_1', 'key-71', {now}, {81}, {now}, {now})"]),
    ("payment_attempt_open", &[ATTEMPT, ATTEMPT_PART, "UPDATE payment_attempt SET state = 'open', event_id = {82}"]),
    ("payment_attempt_paid", &[ATTEMPT, ATTEMPT_PART,
        "UPDATE payment_attempt SET state = 'succeeded', event_id = {82}"]),
    ("payment_attempt_failed", &[ATTEMPT, ATTEMPT_PART, "UPDATE payment_attempt SET state = 'failed', event_id = {82}"]),
    ("payment_attempt_claim", &[ATTEMPT, "UPDATE payment_attempt SET claimed_by = 'w'"]),
    // One payable attempt a receivable.
    (store::attempts::ONE_PAYABLE, &[ATTEMPT, ATTEMPT_PART, SECOND_ATTEMPT, SECOND_PART]),
    (store::attempts::ONE_PAYABLE, &[ATTEMPT, ATTEMPT_PART, OPEN, SECOND_ATTEMPT, SECOND_PART]),
    ("attempt_part_added_in_time", &[ATTEMPT, ATTEMPT_PART, OPEN,
        "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({71}, {42}, {1}, {11}, 'EUR', 1, TRUE)"]),
    // Not live from the start would pass by the unique key.
    ("attempt_part_added_in_time", &[ATTEMPT,
        "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({71}, {41}, {1}, {11}, 'EUR', 1000, FALSE)"]),
    ("attempt_part_frozen", &[ATTEMPT, ATTEMPT_PART, "UPDATE attempt_part SET amount_minor = 1"]),
    ("attempt_part_frozen", &[ATTEMPT, ATTEMPT_PART, OPEN, "UPDATE attempt_part SET live = FALSE"]),
    ("attempt_part_frozen", &[ATTEMPT, ATTEMPT_PART, PROCESSING_FROM_CREATING, "UPDATE attempt_part SET live = TRUE"]),
    ("attempt_part_kept", &[ATTEMPT, ATTEMPT_PART, "DELETE FROM attempt_part"]),
    ("foreign_key", &[ATTEMPT,
        "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({71}, {41}, {1}, {12}, 'EUR', 1000, TRUE)"]),
    ("foreign_key", &[ATTEMPT,
        "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
         VALUES ({71}, {41}, {1}, {11}, 'USD', 1000, TRUE)"]),
];

const PROCESSING_FROM_CREATING: &str = "UPDATE payment_attempt SET state = 'processing', payment_intent_id = 'pi_1', event_id = {85} WHERE id = {71}";

const ARRIVED: &str =
    "INSERT INTO webhook_inbox (provider, account, event_id, business_id, event_type, livemode, payload,
        state, received_at, next_try_at)
    VALUES ('stripe', 'acct_1', 'evt_1', {1}, 'x', FALSE, {hash:1}, 'received', {now}, {now})";
const TAKEN: &str = "UPDATE webhook_inbox SET state = 'claimed', claimed_by = 'w', claimed_until = {later}";
const DONE: &str =
    "UPDATE webhook_inbox SET state = 'done', claimed_by = NULL, claimed_until = NULL, finished_at = {now}";
const EMPTIED: &str = "UPDATE webhook_inbox SET payload = NULL, emptied_at = {now}";

const INBOX: Attacks = &[
    ("webhook_inbox_pkey", &[ARRIVED, ARRIVED]),
    (
        "webhook_inbox_starts_received",
        &["INSERT INTO webhook_inbox (provider, account, event_id, business_id, event_type,
            livemode, payload, state, received_at, next_try_at, finished_at)
        VALUES ('stripe', 'acct_1', 'evt_1', {1}, 'x', FALSE, {hash:1}, 'done', {now}, {now}, {now})"],
    ),
    ("webhook_inbox_frozen", &[ARRIVED, "UPDATE webhook_inbox SET payload = {hash:2}"]),
    ("webhook_inbox_frozen", &[ARRIVED, "UPDATE webhook_inbox SET event_type = 'y'"]),
    ("webhook_inbox_frozen", &[ARRIVED, "UPDATE webhook_inbox SET livemode = TRUE"]),
    // Retention comes after the work, and once.
    ("webhook_inbox_frozen", &[ARRIVED, EMPTIED]),
    (
        "webhook_inbox_frozen",
        &[ARRIVED, TAKEN, DONE, EMPTIED, "UPDATE webhook_inbox SET emptied_at = {later}"],
    ),
    (
        "webhook_inbox_frozen",
        &[ARRIVED, TAKEN, DONE, EMPTIED, "UPDATE webhook_inbox SET payload = {hash:2}, emptied_at = NULL"],
    ),
    ("webhook_inbox_kept", &[ARRIVED, "DELETE FROM webhook_inbox"]),
    ("webhook_inbox_claim", &[ARRIVED, "UPDATE webhook_inbox SET state = 'claimed'"]),
    ("webhook_inbox_claim", &[ARRIVED, "UPDATE webhook_inbox SET claimed_by = 'w', claimed_until = {later}"]),
    ("webhook_inbox_transition", &[ARRIVED, "UPDATE webhook_inbox SET state = 'done', finished_at = {now}"]),
    (
        "webhook_inbox_finished",
        &[ARRIVED, TAKEN, "UPDATE webhook_inbox SET state = 'done', claimed_by = NULL, claimed_until = NULL"],
    ),
];

const MESSAGE: &str = "INSERT INTO message (id, business_id, customer_id, contact_id, kind, purpose, channel, state, dedup_key,
        internet_message_id, to_name, to_address, locale, data, created_at, next_try_at)
    VALUES ({61}, {1}, {11}, {21}, 'reminder', 'chasing', 'email', 'queued', 'cause', '<61@x>', 'Jo', 'jo@k.example', 'en-GB',
        '{{}}', {now}, {now})";
const SECOND_MESSAGE: &str = "INSERT INTO message (id, business_id, customer_id, contact_id, kind, purpose, channel, state,
        internet_message_id, to_name, to_address, locale, data, created_at, next_try_at)
    VALUES ({62}, {1}, {11}, {21}, 'reminder', 'chasing', 'email', 'queued', '<62@x>', 'Jo', 'jo@k.example', 'en-GB',
        '{{}}', {now}, {now})";
const PART: &str =
    "INSERT INTO message_part (message_id, business_id, receivable_id, step, offset_days, schedule_revision,
        channel, contact_id)
    VALUES ({61}, {1}, {41}, 'friendly', 1, 1, 'email', {21})";
const SAME_PART: &str = "INSERT INTO message_part (message_id, business_id, receivable_id, step, offset_days,
        schedule_revision, channel, contact_id)
    VALUES ({62}, {1}, {41}, 'friendly', 1, 2, 'email', {21})";
const CLAIMED: &str =
    "UPDATE message SET state = 'claimed', claimed_by = 'w', claimed_until = {later} WHERE id = {61}";
const HANDING_OVER: &str = "UPDATE message SET state = 'handing_over', subject = 's', body_text = 'b',
        handed_over_at = {now}, handed_over_at_machine = {now} WHERE id = {61}";
const SENT: &str =
    "UPDATE message SET state = 'sent', claimed_by = NULL, claimed_until = NULL, finished_at = {now}
    WHERE id = {61}";
const UNCERTAIN: &str = "UPDATE message SET state = 'uncertain', claimed_by = NULL, claimed_until = NULL,
        finished_at = {now} WHERE id = {61}";

const MESSAGES: Attacks = &[
    ("message_starts_queued", &["INSERT INTO message (id, business_id, kind, purpose, channel, state, internet_message_id,
            to_name, to_address, locale, data, created_at, next_try_at, finished_at)
        VALUES ({61}, {1}, 'receipt', 'answer', 'email', 'failed', '<61@x>', 'Jo', 'jo@k.example', 'en-GB', '{{}}', {now},
            {now}, {now})"]),
    // What may have gone out never goes out again.
    ("message_transition", &[MESSAGE, CLAIMED, HANDING_OVER, UNCERTAIN,
        "UPDATE message SET state = 'queued', finished_at = NULL WHERE id = {61}"]),
    ("message_transition", &[MESSAGE, CLAIMED, HANDING_OVER, SENT,
        "UPDATE message SET state = 'queued', finished_at = NULL WHERE id = {61}"]),
    ("message_frozen", &[MESSAGE, CLAIMED, HANDING_OVER, SENT, "UPDATE message SET body_text = 'other'"]),
    ("message_frozen", &[MESSAGE, CLAIMED, HANDING_OVER, SENT, "UPDATE message SET to_address = 'x@y.example'"]),
    ("message_frozen", &[MESSAGE, CLAIMED, HANDING_OVER, "UPDATE message SET subject = 'other'"]),
    ("message_frozen", &[MESSAGE, CLAIMED, HANDING_OVER, SENT, "UPDATE message SET outcome = 'rewritten'"]),
    ("message_frozen", &[MESSAGE, "UPDATE message SET contact_id = {22}"]),
    ("message_frozen", &[MESSAGE, "UPDATE message SET internet_message_id = '<other>'"]),
    ("message_kept", &[MESSAGE, "DELETE FROM message"]),
    ("message_claim", &[MESSAGE, "UPDATE message SET state = 'claimed'"]),
    ("message_claim", &[MESSAGE, "UPDATE message SET claimed_by = 'w', claimed_until = {later}"]),
    ("message_claim", &[MESSAGE, CLAIMED, "UPDATE message SET state = 'queued'"]),
    ("message_body", &[MESSAGE, CLAIMED, "UPDATE message SET state = 'handing_over'"]),
    ("message_finished", &[MESSAGE, CLAIMED, HANDING_OVER,
        "UPDATE message SET state = 'sent', claimed_by = NULL, claimed_until = NULL"]),
    ("message_business_id_dedup_key_key", &[MESSAGE, SECOND_MESSAGE_SAME_CAUSE]),
    ("message_internet_message_id_key", &[MESSAGE, "INSERT INTO message (id, business_id, kind, purpose, channel, state,
            internet_message_id, to_name, to_address, locale, data, created_at, next_try_at)
        VALUES ({62}, {2}, 'receipt', 'answer', 'email', 'queued', '<61@x>', 'Jo', 'jo@k.example', 'en-GB', '{{}}', {now},
            {now})"]),
    // A step is said once to a contact on a channel, whatever the schedule's revision.
    ("message_part_said_once_key", &[MESSAGE, PART, SECOND_MESSAGE, SAME_PART]),
    ("message_part_said_once_key", &[MESSAGE, PART, CLAIMED, HANDING_OVER, SENT, SECOND_MESSAGE, SAME_PART]),
    ("message_part_said_once_key", &[MESSAGE, PART, CLAIMED, HANDING_OVER, UNCERTAIN, SECOND_MESSAGE, SAME_PART]),
    ("message_part_added_in_time", &[MESSAGE, CLAIMED, PART]),
    ("message_part_added_in_time", &[MESSAGE, "INSERT INTO message_part (message_id, business_id, receivable_id, step,
            offset_days, schedule_revision, channel, contact_id)
        VALUES ({61}, {1}, {41}, 'friendly', 1, 1, 'email', {22})"]),
    ("message_part_added_in_time", &[MESSAGE, "INSERT INTO message_part (message_id, business_id, receivable_id, step,
            offset_days, schedule_revision, channel, contact_id)
        VALUES ({61}, {1}, {41}, 'friendly', 1, 1, 'sms', {21})"]),
    ("message_part_frozen", &[MESSAGE, PART, "UPDATE message_part SET step = 'other'"]),
    ("message_part_frozen", &[MESSAGE, PART, CLAIMED, HANDING_OVER,
        "UPDATE message_part SET cancelled_at = {now}, cancel_reason = 'late'"]),
    ("message_part_frozen", &[MESSAGE, PART, CLAIMED, HANDING_OVER, UNCERTAIN,
        "UPDATE message_part SET cancelled_at = {now}, cancel_reason = 'late'"]),
    ("message_part_frozen", &[MESSAGE, PART, "UPDATE message_part SET cancelled_at = {now}, cancel_reason = 'paid'",
        "UPDATE message_part SET cancelled_at = NULL, cancel_reason = NULL"]),
    ("message_part_kept", &[MESSAGE, PART, "DELETE FROM message_part"]),
];

const SECOND_MESSAGE_SAME_CAUSE: &str = "INSERT INTO message (id, business_id, kind, purpose, channel, state, dedup_key,
        internet_message_id, to_name, to_address, locale, data, created_at, next_try_at)
    VALUES ({62}, {1}, 'receipt', 'answer', 'email', 'queued', 'cause', '<62@x>', 'Jo', 'jo@k.example', 'en-GB', '{{}}', {now},
        {now})";

const PORTAL_LINK: &str =
    "INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
    VALUES ({hash:1}, {111}, {1}, {11}, {now}, {later})";

const LINKS: Attacks = &[
    ("portal_link_pkey", &[PORTAL_LINK, "INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at,
            expires_at)
        VALUES ({hash:1}, {112}, {1}, {11}, {now}, {later})"]),
    ("portal_link_token_hash", &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
        VALUES ({short}, {111}, {1}, {11}, {now}, {later})"]),
    ("portal_link_lifetime", &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
        VALUES ({hash:1}, {111}, {1}, {11}, {now}, '2026-05-31T09:00:01+00:00')"]),
    ("portal_link_lifetime", &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
        VALUES ({hash:1}, {111}, {1}, {11}, {now}, {now})"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET expires_at = '2026-03-05T09:00:00+00:00'"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET customer_id = {12}"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET invoice_id = {31}"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET token_hash = {hash:2}"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET revoked_at = {now}",
        "UPDATE portal_link SET revoked_at = NULL"]),
    ("portal_link_frozen", &[PORTAL_LINK, "UPDATE portal_link SET first_used_at = {now}",
        "UPDATE portal_link SET first_used_at = {later}"]),
    ("portal_link_kept", &[PORTAL_LINK, "DELETE FROM portal_link"]),
    ("foreign_key", &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
        VALUES ({hash:1}, {111}, {1}, {13}, {now}, {later})"]),
    ("foreign_key", &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, contact_id, created_at, expires_at)
        VALUES ({hash:1}, {111}, {1}, {12}, {21}, {now}, {later})"]),
];

const PEOPLE: Attacks = &[
    ("member_email_key", &["INSERT INTO member (id, business_id, email, name, role, created_at, updated_at)
        VALUES ({6}, {2}, 'OWNER@b.example', 'Twin', 'clerk', {now}, {now})"]),
    ("member_role", &["UPDATE member SET role = 'emperor'"]),
    ("foreign_key", &["INSERT INTO session (id, token_hash, business_id, member_id, created_at, last_seen_at, expires_at)
        VALUES ({7}, {hash:1}, {2}, {5}, {now}, {now}, {later})"]),
    ("invitation_lifetime", &["INSERT INTO invitation (id, business_id, email, name, role, invited_by, created_at, expires_at)
        VALUES ({8}, {1}, 'n@b.example', 'New', 'clerk', {5}, {now}, '2026-03-09T09:00:01+00:00')"]),
    ("form_draft_lifetime", &["INSERT INTO form_draft (id, browser_hash, form, fields, errors, created_at, expires_at)
        VALUES ({9}, {hash:1}, 'x', '{{}}', '[]', {now}, {later})"]),
    ("not_null", &["UPDATE business SET name = NULL"]),
];

const ALL: &[Attacks] = &[
    RECORD,
    INVOICES,
    LEDGER,
    ATTEMPTS,
    INBOX,
    MESSAGES,
    LINKS,
    PEOPLE,
    codes::CODES,
    disputes::DISPUTES,
    recurring::RECURRING,
    plans::PLANS,
    statements::STATEMENTS,
    refunds::REFUNDS,
    saved_methods::SAVED_METHODS,
    autopay::AUTOPAY,
    credit_notes::CREDIT_NOTES,
    delivery::DELIVERY,
    follow_up::FOLLOW_UP,
    templates::TEMPLATES,
    money::MONEY,
];

conformance! {
    async fn the_record_is_append_only_and_chained(store: TestStore) {
        World::of(store).await.holds_against(RECORD).await;
    }

    async fn issued_invoices_stay_as_they_were(store: TestStore) {
        World::of(store).await.holds_against(INVOICES).await;
    }

    async fn the_ledger_is_append_only_and_balanced(store: TestStore) {
        World::of(store).await.holds_against(LEDGER).await;
    }

    async fn attempts_take_legal_steps_and_one_is_payable(store: TestStore) {
        World::of(store).await.holds_against(ATTEMPTS).await;
    }

    async fn webhooks_stay_as_they_came(store: TestStore) {
        World::of(store).await.holds_against(INBOX).await;
    }

    async fn nothing_is_said_twice_or_rewritten(store: TestStore) {
        World::of(store).await.holds_against(MESSAGES).await;
    }

    async fn links_are_short_lived_and_stay_as_minted(store: TestStore) {
        World::of(store).await.holds_against(LINKS).await;
    }

    async fn how_customers_are_followed_up_is_guarded(store: TestStore) {
        World::of(store).await.holds_against(follow_up::FOLLOW_UP).await;
    }

    async fn refunds_never_give_back_more_than_came(store: TestStore) {
        World::of(store).await.holds_against(refunds::REFUNDS).await;
    }

    async fn a_credit_note_stands_as_it_was_issued_and_never_beyond_its_invoice(store: TestStore) {
        World::of(store).await.holds_against(credit_notes::CREDIT_NOTES).await;
    }

    async fn recurring_invoices_take_each_date_once(store: TestStore) {
        World::of(store).await.holds_against(recurring::RECURRING).await;
    }

    async fn what_was_agreed_on_stays_agreed_on(store: TestStore) {
        World::of(store).await.holds_against(plans::PLANS).await;
    }

    async fn a_month_of_statements_is_begun_once_and_stays_begun(store: TestStore) {
        World::of(store).await.holds_against(statements::STATEMENTS).await;
    }

    async fn nothing_is_charged_that_was_not_agreed_to_and_announced(store: TestStore) {
        World::of(store).await.holds_against(autopay::AUTOPAY).await;
    }

    async fn disputes_only_move_on(store: TestStore) {
        World::of(store).await.holds_against(disputes::DISPUTES).await;
    }

    async fn what_a_business_writes_stays_as_it_was_written(store: TestStore) {
        World::of(store).await.holds_against(templates::TEMPLATES).await;
    }

    async fn the_evidence_of_texts_stays_and_consent_is_for_one_number(store: TestStore) {
        World::of(store).await.holds_against(delivery::DELIVERY).await;
    }

    async fn money_by_hand_and_from_statements_is_kept_as_it_came(store: TestStore) {
        World::of(store).await.holds_against(money::MONEY).await;
    }

    async fn the_way_in_is_guarded(store: TestStore) {
        World::of(store).await.holds_against(PEOPLE).await;
    }

    /// TRUNCATE passes by row triggers, INSERT OR REPLACE deletes what is in its way: each needs guarding.
    async fn the_back_doors_are_shut(store: TestStore) {
        let dialect = store.dialect();
        let world = World::of(store).await;
        match dialect {
            Dialect::Postgres => {
                let tables = TABLES.iter().chain(codes::TABLES).chain(saved_methods::TABLES).chain(autopay::TABLES).chain(disputes::TABLES).chain(recurring::TABLES).chain(plans::TABLES).chain(refunds::TABLES).chain(credit_notes::TABLES).chain(follow_up::TABLES).chain(templates::TABLES).chain(money::TABLES);
                for (table, guard) in tables {
                    let statement = format!("TRUNCATE {table} CASCADE");
                    assert_eq!(world.refuses(&[&statement]).await.as_deref(), Some(*guard), "{statement}");
                }
            }
            Dialect::Sqlite => {
                world.holds_against(REPLACES).await;
                world.holds_against(disputes::REPLACES).await;
                world.holds_against(recurring::REPLACES).await;
                world.holds_against(plans::REPLACES).await;
                world.holds_against(refunds::REPLACES).await;
                world.holds_against(credit_notes::REPLACES).await;
                world.holds_against(follow_up::REPLACES).await;
                world.holds_against(templates::REPLACES).await;
                world.holds_against(money::REPLACES).await;
            }
        }
    }

    /// A payload of 256 KiB is kept, one byte more is not.
    async fn the_inbox_takes_no_more_than_it_can_chew(store: TestStore) {
        let dialect = store.dialect();
        let world = World::of(store).await;
        let arrival = |bytes: usize| ARRIVED.replace("{hash:1}", &match dialect {
            Dialect::Sqlite => format!("zeroblob({bytes})"),
            Dialect::Postgres => format!("decode(repeat('00', {bytes}), 'hex')"),
        });
        assert_eq!(world.refuses(&[&arrival(256 * 1024)]).await, None);
        assert_eq!(world.refuses(&[&arrival(256 * 1024 + 1)]).await.as_deref(), Some("webhook_inbox_payload"));
        assert_eq!(world.refuses(&[&arrival(0)]).await.as_deref(), Some("webhook_inbox_payload"));
    }

    /// The lawful ways stay open: what the attacks lead through is not refused, nor are these.
    async fn what_is_lawful_is_not_refused(store: TestStore) {
        let world = World::of(store).await;
        let lawful: &[&[&str]] = &[
            &[HEAD, LINK, HEAD_TAKES_HASH, EVENT, PERSON, "DELETE FROM event_person"],
            &["DELETE FROM invoice_line WHERE invoice_id = {33}", "DELETE FROM invoice WHERE id = {33}"],
            &["UPDATE invoice SET state = 'void', voided_at = {now}, void_reason = 'x' WHERE id = {31}"],
            &[ACCOUNTS, PAYMENT, APPLICATION, REVERSAL_OF_600, REVERSAL_OF_THE_REST],
            &[ATTEMPT, ATTEMPT_PART, OPEN, PROCESSING, SECOND_ATTEMPT, SECOND_PART],
            &[ARRIVED, TAKEN, DONE, EMPTIED],
            &[MESSAGE, PART, "UPDATE message SET state = 'cancelled', outcome = 'paid', finished_at = {now}",
                SECOND_MESSAGE, SAME_PART],
            &[MESSAGE, PART, "UPDATE message_part SET cancelled_at = {now}, cancel_reason = 'paid'", SECOND_MESSAGE,
                SAME_PART],
            &[MESSAGE, CLAIMED, HANDING_OVER, SENT, "UPDATE message SET state = 'failed', outcome = 'bounced'"],
            &["INSERT INTO portal_link (token_hash, id, business_id, customer_id, created_at, expires_at)
                VALUES ({hash:1}, {111}, {1}, {11}, {now}, '2026-05-31T09:00:00+00:00')"],
        ];
        let elsewhere = disputes::LAWFUL.iter().chain(codes::LAWFUL).chain(delivery::LAWFUL).chain(saved_methods::LAWFUL).chain(autopay::LAWFUL).chain(recurring::LAWFUL).chain(plans::LAWFUL).chain(refunds::LAWFUL).chain(credit_notes::LAWFUL).chain(follow_up::LAWFUL).chain(templates::LAWFUL).chain(money::LAWFUL);
        for statements in lawful.iter().chain(elsewhere) {
            assert_eq!(world.refuses(statements).await, None, "{statements:?}");
        }
    }
}

const REVERSAL_OF_THE_REST: &str =
    "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id,
        amount_minor, kind, provider, provider_ref, reverses, event_id, happened_at, booked_at)
    VALUES ({104}, {1}, 'EUR', {91}, {92}, 400, 'reversal', 'own', 'r2', {102}, {81}, {now}, {now})";

const TABLES: &[(&str, &str)] = &[
    ("chain_head", "chain_head_kept"),
    ("chain", "chain_append_only"),
    ("event", "event_append_only"),
    ("event_person", "event_person_not_rewritten"),
    ("invoice", "invoice_kept"),
    ("invoice_line", "invoice_line_kept"),
    ("receivable", "receivable_kept"),
    ("account", "account_append_only"),
    ("transfer", "transfer_append_only"),
    ("payment_attempt", "payment_attempt_kept"),
    ("attempt_part", "attempt_part_kept"),
    ("webhook_inbox", "webhook_inbox_kept"),
    ("message", "message_kept"),
    ("message_part", "message_part_kept"),
    ("portal_link", "portal_link_kept"),
];

/// Each inserts the same row again, with OR REPLACE.
const REPLACES: Attacks = &[
    ("event_append_only", &[HEAD, LINK, EVENT, "INSERT OR REPLACE INTO event SELECT * FROM event"]),
    (
        "invoice_line_added_to_draft",
        &["INSERT OR REPLACE INTO invoice_line SELECT * FROM invoice_line WHERE id = {51}"],
    ),
    ("receivable_kept", &["INSERT OR REPLACE INTO receivable SELECT * FROM receivable WHERE id = {41}"]),
    (
        "account_append_only",
        &[ACCOUNTS, "INSERT OR REPLACE INTO account SELECT * FROM account WHERE id = {94}"],
    ),
    ("transfer_append_only", &[ACCOUNTS, PAYMENT, "INSERT OR REPLACE INTO transfer SELECT * FROM transfer"]),
    (
        "payment_attempt_kept",
        &[ATTEMPT, "INSERT OR REPLACE INTO payment_attempt SELECT * FROM payment_attempt"],
    ),
    (
        "attempt_part_kept",
        &[ATTEMPT, ATTEMPT_PART, "INSERT OR REPLACE INTO attempt_part SELECT * FROM attempt_part"],
    ),
    ("webhook_inbox_kept", &[ARRIVED, "INSERT OR REPLACE INTO webhook_inbox SELECT * FROM webhook_inbox"]),
    ("message_kept", &[MESSAGE, "INSERT OR REPLACE INTO message SELECT * FROM message"]),
    ("message_part_kept", &[MESSAGE, PART, "INSERT OR REPLACE INTO message_part SELECT * FROM message_part"]),
    ("portal_link_kept", &[PORTAL_LINK, "INSERT OR REPLACE INTO portal_link SELECT * FROM portal_link"]),
    ("chain_head_kept", &[HEAD, "INSERT OR REPLACE INTO chain_head SELECT * FROM chain_head"]),
    ("chain_append_only", &[HEAD, LINK, "INSERT OR REPLACE INTO chain SELECT * FROM chain"]),
];

/// A guard nobody attacks is a guard nobody knows to hold.
#[test]
fn every_guard_of_both_schemas_is_attacked() {
    let attacked: BTreeSet<&str> =
        ALL.iter().flat_map(|attacks| attacks.iter().map(|(guard, _)| *guard)).collect();
    for schema in [migrations("sqlite"), migrations("postgres")] {
        let guards: BTreeSet<&str> = schema
            .iter()
            .flat_map(|sql| sql.split("'guard: ").skip(1))
            .filter_map(|rest| rest.split('\'').next())
            .filter(|guard| !guard.is_empty() && !RETIRED.contains(guard))
            .collect();
        assert!(guards.len() > 30, "the schema is read");
        assert_eq!(guards.difference(&attacked).collect::<Vec<_>>(), Vec::<&&str>::new());
    }
}

/// The texts of every migration of a dialect, by its folder.
fn migrations(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// Guards of earlier schemas that a later one replaced.
const RETIRED: &[&str] = &["portal_proof_append_only"];
