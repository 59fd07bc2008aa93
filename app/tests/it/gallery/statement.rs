//! A customer's statement, as both sides see it.

use app::console;
use app::form::Form;
use app::frame::Frame;
use app::portal::{self, Access, statement::StatementPage, statement::StatementView};
use domain::invoice::Period;
use domain::statement::{Entry, OpenItem, Statement, What};
use domain::{Currency, Date, FieldErrors, FieldProblem, Label, Money, Name};

use super::{Shown, owner, show};
use crate::fixtures::{Stage, TODAY, day, eur, id, label, sheet};

/// Everything that can happen, in order.
fn statement() -> Statement {
    let mut balance = eur(350_00);
    let mut entry = |on: Date, what, number: Option<&str>, minor: i64| {
        let amount = eur(minor);
        balance = balance.checked_add(amount).unwrap();
        Entry { on, what, invoice: number.map(|number| (id(1), label(number))), amount, balance }
    };
    let entries = vec![
        entry(day(2026, 1, 5), What::Invoice, Some("2026-003"), 620_00),
        entry(day(2026, 1, 19), What::Payment, None, -1_000_00),
        entry(day(2026, 1, 28), What::Returned, None, 1_000_00),
        entry(day(2026, 2, 2), What::CameAgain, None, -1_000_00),
        entry(day(2026, 2, 3), What::Refund, None, 50_00),
        entry(day(2026, 2, 4), What::Invoice, Some("2026-009"), 240_00),
        entry(day(2026, 2, 5), What::Void, Some("2026-009"), -240_00),
        entry(day(2026, 2, 10), What::Payment, None, -20_00),
        entry(day(2026, 2, 11), What::TakenBack, None, 20_00),
        entry(day(2026, 2, 12), What::WrittenOff, Some("2026-003"), -20_00),
        entry(day(2026, 2, 13), What::WriteOffUndone, Some("2026-003"), 20_00),
        entry(day(2026, 2, 14), What::CreditNote, Some("2026-003"), -10_00),
        entry(day(2026, 2, 17), What::Invoice, Some("2026-014"), 1_240_00),
        entry(day(2026, 3, 1), What::PaidOut, None, 10_00),
    ];
    let open = |number: &str, due_on, days_overdue, minor| OpenItem {
        invoice: id(1),
        number: label(number),
        due_on,
        days_overdue,
        open: eur(minor),
    };
    Statement {
        period: Period { from: day(2026, 1, 1), to: TODAY },
        opening: eur(350_00),
        closing: balance,
        entries,
        open: vec![
            open("2026-003", day(2026, 1, 19), 55, 60_00),
            open("2026-014", day(2026, 3, 3), 12, 1_240_00),
        ],
        credit: eur(40_00),
    }
}

fn view() -> StatementView {
    let sheet = sheet(Stage::Overdue);
    StatementView {
        business: sheet.business,
        customer: sheet.customer,
        statement: statement(),
        currencies: vec![Currency::EUR, Currency::from_code("USD").unwrap()],
        form: Form::filled([("currency", "EUR"), ("period_from", "2026-01-01"), ("period_to", "2026-03-15")]),
    }
}

/// All of them.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let full = StatementPage { customer: id(3), access: Access::Session, view: view() };
    let mut refused = full.clone();
    let problem = FieldErrors::one("period_to", FieldProblem::DateAfter { latest: TODAY });
    refused.view.form = refused.view.form.refused(problem);
    let mut empty = full.clone();
    empty.view.currencies = vec![Currency::EUR];
    empty.view.statement = Statement {
        opening: eur(-30_00),
        entries: Vec::new(),
        closing: eur(-30_00),
        open: Vec::new(),
        credit: eur(30_00),
        ..statement()
    };
    let mut by_link = full.clone();
    by_link.access = Access::Link { token: "a-link".to_owned() };
    let mail = console::statement::Mail {
        to: "Lena Morgen <lena@morgenrot.example>".to_owned(),
        subject: "Your statement from Nordlicht Studio, 1 January 2026 to 15 March 2026".to_owned(),
        text: "Hello Lena Morgen,\n\nThis is what happened between you and Nordlicht Studio.\n".to_owned(),
    };
    let ours =
        console::statement::StatementPage { customer: id(3), view: view(), mail: Some(mail), not_sent: None };
    let not_sent = console::statement::StatementPage {
        mail: None,
        not_sent: Some(console::statement::NotSent::NothingToTell),
        ..ours.clone()
    };
    vec![
        show("portal/statement", portal::statement::page(frame, &full)),
        show("portal/statement-refused", portal::statement::page(frame, &refused)),
        show("portal/statement-empty", portal::statement::page(frame, &empty)),
        show("portal/statement-by-link", portal::statement::page(frame, &by_link)),
        show("console/statement", console::statement::page(frame, &owner(), &ours)),
        show("console/statement-not-sent", console::statement::page(frame, &owner(), &not_sent)),
    ]
}

/// One whose every free text tries to break out of its place.
pub fn hostile(evil: &str) -> StatementPage {
    let mut view = view();
    view.customer.name = Name::parse(evil).unwrap();
    view.business.name = Name::parse(evil).unwrap();
    let number: Label = label("\"><b>7</b>");
    let amount: Money = eur(1_00);
    view.statement.entries[0] =
        Entry { on: TODAY, what: What::Invoice, invoice: Some((id(1), number)), amount, balance: amount };
    view.form = Form::filled([("period_from", evil)]);
    StatementPage { customer: id(3), access: Access::Session, view }
}
