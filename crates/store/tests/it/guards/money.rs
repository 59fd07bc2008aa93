//! Attacks on money that does not come through the provider.

use super::{ACCOUNTS, Attacks, PAYMENT};

const BY_HAND: &str =
    "INSERT INTO hand_payment (transfer_id, business_id, customer_id, currency, method, received_on, recorded_by,
        created_at)
    VALUES ({101}, {1}, {11}, 'EUR', 'cash', '2026-03-02', {5}, {now})";
const STATEMENT: &str =
    "INSERT INTO bank_statement (id, business_id, file_name, format, entries, imported_by, imported_at)
    VALUES ({121}, {1}, 'march.csv', 'csv', 2, {5}, {now})";
/// An entry of that file, waiting; the attacks say what else it is.
macro_rules! entry {
    ($id:literal, $key:literal, $amount:literal, $returned:literal, $state:literal) => {
        concat!(
            "INSERT INTO bank_entry (id, business_id, statement_id, format, entry_key, account, booked_on, currency,
                amount_minor, reference, counterparty, remittance, returned, state, created_at)
             VALUES ({", $id, "}, {1}, {121}, 'csv', '", $key, "', '', '2026-03-02', 'EUR', ", $amount, ", '', 'A', 'B', ",
            $returned, ", '", $state, "', {now})"
        )
    };
}
const ENTRY: &str = entry!("131", "k1", "1000", "FALSE", "waiting");
const SECOND_ENTRY: &str = entry!("132", "k2", "1000", "FALSE", "waiting");
const BOOKED: &str = "UPDATE bank_entry SET state = 'booked', payment_id = {101} WHERE id = {131}";
const RECORDED: &str = "UPDATE bank_entry SET state = 'recorded', payment_id = {101} WHERE id = {131}";
const TAKEN_BACK: &str =
    "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor,
        kind, provider, provider_ref, reverses, event_id, happened_at, booked_at)
    VALUES ({109}, {1}, 'EUR', {92}, {93}, 1000, 'reversal', 'own', 'r9', {101}, {81}, {now}, {now})";
const WAITS_AGAIN: &str =
    "UPDATE bank_entry SET state = 'waiting', payment_id = NULL, round = round + 1 WHERE id = {131}";
const UPLOAD: &str = "INSERT INTO bank_upload (id, business_id, currency, file_name, content, created_at)
    VALUES ({141}, {1}, 'EUR', 'march.csv', {hash:1}, {now})";
const COLUMNS: &str = "INSERT INTO bank_columns (business_id, currency, header_hash, columns, updated_at)
    VALUES ({1}, 'EUR', {hash:1}, '{{}}', {now})";

pub const MONEY: Attacks = &[
    (
        "bank_account_number",
        &["INSERT INTO bank_account (business_id, currency, holder, number, created_at, updated_at)
        VALUES ({1}, 'EUR', 'Nordlicht', '', {now}, {now})"],
    ),
    ("business_small_balance", &["UPDATE business SET small_balance_minor = 10001 WHERE id = {1}"]),
    ("hand_payment_append_only", &[ACCOUNTS, PAYMENT, BY_HAND, "UPDATE hand_payment SET note = 'other'"]),
    ("hand_payment_append_only", &[ACCOUNTS, PAYMENT, BY_HAND, "DELETE FROM hand_payment"]),
    (
        "hand_payment_method",
        &[ACCOUNTS, PAYMENT, "INSERT INTO hand_payment (transfer_id, business_id, customer_id, currency, method,
            received_on, created_at)
        VALUES ({101}, {1}, {11}, 'EUR', 'card', '2026-03-02', {now})"],
    ),
    // Nobody of another business, and no row that is not in the ledger.
    (
        "foreign_key",
        &[ACCOUNTS, PAYMENT, "INSERT INTO hand_payment (transfer_id, business_id, customer_id, currency, method,
            received_on, created_at)
        VALUES ({101}, {1}, {13}, 'EUR', 'cash', '2026-03-02', {now})"],
    ),
    ("foreign_key", &[BY_HAND]),
    // An entry is kept once, stays as the bank wrote it, and is booked once.
    (
        "bank_entry_business_id_entry_key_key",
        &[STATEMENT, ENTRY, entry!("132", "k1", "5", "FALSE", "waiting")],
    ),
    ("bank_entry_payment_id_format_key", &[
        ACCOUNTS,
        PAYMENT,
        STATEMENT,
        ENTRY,
        SECOND_ENTRY,
        BOOKED,
        "UPDATE bank_entry SET state = 'recorded', payment_id = {101} WHERE id = {132}",
    ]),
    ("bank_entry_frozen", &[STATEMENT, ENTRY, "UPDATE bank_entry SET amount_minor = 2000"]),
    ("bank_entry_frozen", &[STATEMENT, ENTRY, "UPDATE bank_entry SET remittance = 'other'"]),
    ("bank_entry_frozen", &[STATEMENT, ENTRY, "UPDATE bank_entry SET round = 2"]),
    ("bank_entry_frozen", &[STATEMENT, entry!("131", "k1", "-5", "FALSE", "shown"), "UPDATE bank_entry SET state = 'waiting'"]),
    // What was booked waits again only when it was taken back, and then in another round.
    ("bank_entry_frozen", &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, BOOKED, WAITS_AGAIN]),
    (
        "bank_entry_frozen",
        &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, BOOKED, TAKEN_BACK,
            "UPDATE bank_entry SET state = 'waiting', payment_id = NULL"],
    ),
    (
        "bank_entry_frozen",
        &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, BOOKED, "UPDATE bank_entry SET state = 'set_aside', payment_id = NULL"],
    ),
    (
        "bank_entry_frozen",
        &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, RECORDED, "UPDATE bank_entry SET payment_id = {102}"],
    ),
    ("bank_entry_kept", &[STATEMENT, ENTRY, "DELETE FROM bank_entry"]),
    ("bank_entry_payment", &[STATEMENT, ENTRY, "UPDATE bank_entry SET state = 'booked'"]),
    ("bank_entry_payment", &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY,
        "UPDATE bank_entry SET state = 'set_aside', payment_id = {101}"]),
    ("bank_entry_incoming", &[STATEMENT, entry!("131", "k1", "-5", "FALSE", "waiting")]),
    ("bank_entry_incoming", &[STATEMENT, entry!("131", "k1", "5", "TRUE", "waiting")]),
    ("bank_entry_amount", &[STATEMENT, entry!("131", "k1", "0", "FALSE", "shown")]),
    ("bank_entry_amount", &[STATEMENT, entry!("131", "k1", "9007199254740992", "FALSE", "waiting")]),
    ("bank_entry_state", &[STATEMENT, entry!("131", "k1", "5", "FALSE", "paid")]),
    ("bank_entry_entry_key", &[STATEMENT, entry!("131", "", "5", "FALSE", "waiting")]),
    // Of a file that there is, of this business, in its format.
    ("foreign_key", &[ENTRY]),
    ("bank_statement_format", &["INSERT INTO bank_statement (id, business_id, file_name, format, entries, imported_by,
            imported_at)
        VALUES ({121}, {1}, 'march.pdf', 'pdf', 2, {5}, {now})"]),
    ("foreign_key", &["INSERT INTO bank_statement (id, business_id, file_name, format, entries, imported_by, imported_at)
        VALUES ({121}, {2}, 'march.csv', 'csv', 2, {5}, {now})"]),
    ("bank_statement_entries", &["INSERT INTO bank_statement (id, business_id, file_name, format, entries, imported_by,
            imported_at)
        VALUES ({121}, {1}, 'march.csv', 'csv', -1, {5}, {now})"]),
    ("bank_statement_append_only", &[STATEMENT, "UPDATE bank_statement SET entries = 3"]),
    ("bank_statement_append_only", &[STATEMENT, "DELETE FROM bank_statement"]),
    ("bank_upload_content", &["INSERT INTO bank_upload (id, business_id, currency, file_name, content, created_at)
        VALUES ({141}, {1}, 'EUR', 'march.csv', {empty}, {now})"]),
    ("bank_upload_currency", &["INSERT INTO bank_upload (id, business_id, currency, file_name, content, created_at)
        VALUES ({141}, {1}, 'Euro', 'march.csv', {hash:1}, {now})"]),
    ("bank_columns_currency", &["INSERT INTO bank_columns (business_id, currency, header_hash, columns, updated_at)
        VALUES ({1}, 'Euro', {hash:1}, '{{}}', {now})"]),
    ("bank_columns_header_hash", &["INSERT INTO bank_columns (business_id, currency, header_hash, columns, updated_at)
        VALUES ({1}, 'EUR', {short}, '{{}}', {now})"]),
    ("bank_columns_pkey", &[COLUMNS, COLUMNS]),
];

pub const LAWFUL: &[&[&str]] = &[
    &[ACCOUNTS, PAYMENT, BY_HAND],
    &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, BOOKED],
    &[ACCOUNTS, PAYMENT, STATEMENT, ENTRY, BOOKED, TAKEN_BACK, WAITS_AGAIN],
    &[
        ACCOUNTS,
        PAYMENT,
        STATEMENT,
        ENTRY,
        RECORDED,
        "UPDATE bank_entry SET state = 'waiting', payment_id = NULL WHERE id = {131}",
    ],
    &[UPLOAD, "DELETE FROM bank_upload", COLUMNS, "UPDATE bank_columns SET columns = '[]'"],
    &[
        STATEMENT,
        ENTRY,
        "UPDATE bank_entry SET state = 'set_aside' WHERE id = {131}",
        "UPDATE bank_entry SET state = 'waiting' WHERE id = {131}",
    ],
    &["INSERT INTO account (id, business_id, currency, kind, owner_id, created_at)
        VALUES ({98}, {1}, 'EUR', 'bank', {1}, {now})"],
];

pub const TABLES: &[(&str, &str)] = &[
    ("hand_payment", "hand_payment_append_only"),
    ("bank_statement", "bank_statement_append_only"),
    ("bank_entry", "bank_entry_kept"),
];

pub const REPLACES: Attacks = &[
    (
        "hand_payment_append_only",
        &[ACCOUNTS, PAYMENT, BY_HAND, "INSERT OR REPLACE INTO hand_payment SELECT * FROM hand_payment"],
    ),
    (
        "bank_statement_append_only",
        &[STATEMENT, "INSERT OR REPLACE INTO bank_statement SELECT * FROM bank_statement"],
    ),
    ("bank_entry_kept", &[STATEMENT, ENTRY, "INSERT OR REPLACE INTO bank_entry SELECT * FROM bank_entry"]),
];
