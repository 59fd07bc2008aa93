//! Fills a database with receivables, as many as a large business has, by set-based SQL past all guards: the triggers look at
//! every row, and what is measured begins afterwards.
//!
//! A customer has two receivables that are due, and then ten that are not. The ids are numbers, in the order of writing, as
//! the server's are.

use domain::BusinessId;
use store::testing::{attack, look, uuid_literal};
use store::{Dialect, Store, Tx};

/// Receivables of one customer that are due: they become one message.
const DUE_EACH: u32 = 2;

/// Receivables of one customer that are not.
const RESTING_EACH: u32 = 10;

/// Both sides of every invoice.
const PARTY: &str = r#"{"name":"Nordlicht Studio","address":[],"country":"DE"}"#;

/// Adds this many that are due and so many that are not, numbered from `first` on.
pub async fn fill(store: &Store, business: BusinessId, first: u32, due: u32, beside: u32) {
    let mut tx = store.begin().await.expect("beginning");
    let guards = take_guards_away(&mut tx, store.dialect()).await;
    let event = look(&mut tx, &format!("SELECT {} FROM event LIMIT 1", text_of_id(store.dialect(), "id")))
        .await
        .expect("looking for an event")
        .remove(0);
    let event = id_of(store.dialect(), &format!("'{event}'"));
    let of = |lot: Lot| lot.statements(store.dialect(), business, &event);
    let mut statements = vec![revenue(store.dialect(), business)];
    statements.extend(of(Lot { first, count: due, each: DUE_EACH, due: true }));
    statements.extend(of(Lot { first: first + due, count: beside, each: RESTING_EACH, due: false }));
    for statement in statements {
        attack(&mut tx, &statement).await.expect("filling");
    }
    for guard in guards {
        attack(&mut tx, &guard).await.expect("putting a guard back");
    }
    if store.dialect() == Dialect::Postgres {
        // What its autovacuum would have done meanwhile.
        attack(&mut tx, "ANALYZE").await.expect("analysing");
    }
    tx.commit().await.expect("committing");
}

/// A receivable by its number, in SQL.
pub fn receivable(store: &Store, number: u32) -> String {
    id(store.dialect(), "c4", &number.to_string())
}

/// Returns what puts them back.
async fn take_guards_away(tx: &mut Tx, dialect: Dialect) -> Vec<String> {
    match dialect {
        Dialect::Postgres => {
            let sql = "SET LOCAL session_replication_role = replica; SET LOCAL statement_timeout = 0";
            attack(tx, sql).await.expect("switching guards off");
            vec!["SET LOCAL session_replication_role = origin".to_owned()]
        }
        Dialect::Sqlite => {
            let guards =
                look(tx, "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY rowid").await;
            for name in
                look(tx, "SELECT name FROM sqlite_master WHERE type = 'trigger'").await.expect("guards")
            {
                attack(tx, &format!("DROP TRIGGER {name}")).await.expect("dropping a guard");
            }
            guards.expect("guards")
        }
    }
}

/// The id of a kind of thing by its number: any SQL that is one.
fn id(dialect: Dialect, kind: &str, number: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("unhex(printf('{kind}%030x', {number}))"),
        Dialect::Postgres => format!("CAST('{kind}' || lpad(to_hex({number}), 30, '0') AS UUID)"),
    }
}

fn text_of_id(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("hex({column})"),
        Dialect::Postgres => format!("CAST({column} AS TEXT)"),
    }
}

fn id_of(dialect: Dialect, text: &str) -> String {
    match dialect {
        Dialect::Sqlite => format!("unhex({text})"),
        Dialect::Postgres => format!("CAST({text} AS UUID)"),
    }
}

fn revenue(dialect: Dialect, business: BusinessId) -> String {
    let business = uuid_literal(dialect, business.uuid());
    format!(
        "INSERT INTO account (id, business_id, currency, kind, owner_id, created_at)
         VALUES ({}, {business}, 'EUR', 'revenue', {business}, '2026-02-16T09:00:00+00:00') ON CONFLICT DO NOTHING",
        id(dialect, "c5", "0")
    )
}

/// Receivables that are alike.
struct Lot {
    /// The number of the first.
    first: u32,
    count: u32,
    /// How many belong to one customer.
    each: u32,
    due: bool,
}

impl Lot {
    fn statements(&self, dialect: Dialect, business: BusinessId, event: &str) -> Vec<String> {
        if self.count == 0 {
            return Vec::new();
        }
        let Self { first, count, each, due } = *self;
        let last = first + count - 1;
        let business = uuid_literal(dialect, business.uuid());
        let [customer, contact, invoice, receivable, account, transfer] =
            ["c1", "c2", "c3", "c4", "c5", "c6"].map(|kind| id(dialect, kind, "n"));
        // A customer has the number of the first of their receivables.
        let customer_of = id(dialect, "c1", &format!("(n - (n - {first}) % {each})"));
        let revenue = id(dialect, "c5", "0");
        let now = "'2026-02-16T09:00:00+00:00'";
        let (due_on, next) = if due {
            ("'2026-03-02'", "'2026-03-03T08:00:00+00:00'")
        } else {
            ("'2026-05-04'", "'2026-05-01T08:00:00+00:00'")
        };
        let every = |step: u32| {
            format!(
                "WITH RECURSIVE series(n) AS (SELECT {first} UNION ALL SELECT n + {step} FROM series WHERE n + {step} <= {last})"
            )
        };
        let (customers, receivables) = (every(each), every(1));
        vec![
            format!(
                "INSERT INTO customer (id, business_id, number, name, kind, country, locale, time_zone, created_at, updated_at)
                 {customers}
                 SELECT {customer}, {business}, 'C-' || n, 'Customer ' || n, 'company', 'DE', 'en-GB', 'Europe/Berlin', {now},
                    {now} FROM series"
            ),
            format!(
                "INSERT INTO contact (id, business_id, customer_id, name, email, receives_invoices, created_at, updated_at)
                 {customers}
                 SELECT {contact}, {business}, {customer}, 'Jo Berg', 'jo.' || n || '@customer.example', TRUE, {now}, {now}
                 FROM series"
            ),
            format!(
                "INSERT INTO invoice (id, business_id, customer_id, state, number, title, currency, net_days, issue_date,
                    due_date, accepted_methods, net_minor, tax_minor, total_minor, seller, buyer, issued_at, created_at,
                    updated_at)
                 {receivables}
                 SELECT {invoice}, {business}, {customer_of}, 'issued', '2026-' || n, 'Kitchen', 'EUR', 14, '2026-02-16',
                    {due_on}, 'card', 10000, 1900, 11900, '{PARTY}', '{PARTY}', {now}, {now}, {now} FROM series"
            ),
            format!(
                "INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor, due_date,
                    next_decision_at, created_at)
                 {receivables}
                 SELECT {receivable}, {business}, {customer_of}, {invoice}, 'invoice', 'EUR', 11900, {due_on}, {next}, {now}
                 FROM series"
            ),
            format!(
                "INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, receivable_id, created_at)
                 {receivables}
                 SELECT {account}, {business}, 'EUR', 'receivable', {receivable}, {customer_of}, {receivable}, {now} FROM series"
            ),
            format!(
                "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind,
                    provider, provider_ref, event_id, happened_at, booked_at)
                 {receivables}
                 SELECT {transfer}, {business}, 'EUR', {account}, {revenue}, 11900, 'issue', 'own', 'i' || n, {event}, {now},
                    {now} FROM series"
            ),
        ]
    }
}
