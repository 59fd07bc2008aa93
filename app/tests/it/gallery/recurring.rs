//! Recurring invoices, in every state.

use app::console::recurring::{
    self, Became, DealtRow, RecurringListPage, RecurringPage, RecurringRefusal, RecurringRow,
};
use app::console::recurring_form::{self, RecurringFormPage};
use app::form::Form;
use app::frame::Frame;
use domain::invoice::{InvoiceLine, Period, Quantity, StandingName, TaxRate, Totals};
use domain::recurring::{Cycle, RecurringState, Rhythm, Series, Until};
use domain::{Currency, Date, FieldErrors, FieldProblem};

use super::{Shown, owner, show, viewer};
use crate::fixtures::{day, eur, id, label, short};

/// One in a list.
pub fn row(number: u128, state: RecurringState) -> RecurringRow {
    let running = state == RecurringState::Running;
    RecurringRow {
        id: id(50 + number),
        name: "Design care, {month}".to_owned(),
        customer: (id(40), "Albers & Söhne Tischlerei".to_owned()),
        state,
        series: Series {
            rhythm: Rhythm::new(Cycle::Month, 1, false).unwrap(),
            first_on: day(2026, 1, 31),
            until: Until::Ended,
        },
        total: eur(1_011_50),
        next_on: running.then(|| day(2026, 3, 31)),
    }
}

fn rows() -> Vec<RecurringRow> {
    let yearly = Series {
        rhythm: Rhythm::new(Cycle::Year, 1, false).unwrap(),
        first_on: day(2025, 5, 1),
        until: Until::Count(3),
    };
    let month_ends = Series {
        rhythm: Rhythm::new(Cycle::Month, 3, true).unwrap(),
        first_on: day(2025, 3, 31),
        until: Until::Date(day(2026, 12, 31)),
    };
    let fortnightly =
        Series { rhythm: Rhythm::new(Cycle::Week, 2, false).unwrap(), first_on: day(2026, 3, 2), ..yearly };
    vec![
        row(1, RecurringState::Running),
        RecurringRow { series: month_ends, ..row(2, RecurringState::Missed) },
        RecurringRow { series: yearly, ..row(3, RecurringState::Failed) },
        RecurringRow { series: fortnightly, ..row(4, RecurringState::Paused) },
        RecurringRow { next_on: None, ..row(5, RecurringState::Running) },
        row(6, RecurringState::Ended),
    ]
}

/// A date with the days until another.
fn month(on: Date, last: Date) -> (Date, Option<Period>) {
    (on, Some(Period { from: on, to: last }))
}

fn page(state: RecurringState) -> RecurringPage {
    let line = InvoiceLine {
        description: short("Design care, {period}"),
        detail: None,
        quantity: Quantity::ONE,
        unit: Some(label("month")),
        unit_price: eur(850_00),
        tax_rate: TaxRate::from_basis_points(1900).unwrap(),
        period: None,
        project: None,
    };
    let invoice = |number: u128, name: Option<&str>, standing| Became::Invoice {
        id: id(number),
        number: name.map(str::to_owned),
        standing,
        total: eur(1_011_50),
    };
    RecurringPage {
        row: row(1, state),
        lines: vec![line],
        as_draft: false,
        missed: Vec::new(),
        coming: vec![
            month(day(2026, 3, 31), day(2026, 4, 29)),
            month(day(2026, 4, 30), day(2026, 5, 30)),
            month(day(2026, 5, 31), day(2026, 6, 29)),
        ],
        dealt: vec![
            DealtRow { on: day(2026, 2, 28), became: invoice(14, None, StandingName::Draft) },
            DealtRow { on: day(2026, 1, 31), became: invoice(12, Some("2026-008"), StandingName::Paid) },
            DealtRow { on: day(2025, 12, 31), became: Became::Gone },
            DealtRow { on: day(2025, 11, 30), became: Became::Skipped },
        ],
        refused: None,
    }
}

/// One whose words try to be markup.
pub fn hostile(evil: &str) -> RecurringPage {
    let mut view = page(RecurringState::Running);
    evil.clone_into(&mut view.row.name);
    evil.clone_into(&mut view.row.customer.1);
    view.lines[0].description = short(evil);
    view
}

fn form(frame: &Frame) -> RecurringFormPage {
    let fields = [
        ("customer", id::<domain::CustomerId>(40).to_string()),
        ("title", "Design care, {month}".to_owned()),
        ("currency", "EUR".to_owned()),
        ("cycle", "month".to_owned()),
        ("every", "1".to_owned()),
        ("first_on", "2026-03-31".to_owned()),
        ("covers", "ahead".to_owned()),
        ("lines.0.description", "Design care, {period}".to_owned()),
        ("lines.0.quantity", "1".to_owned()),
        ("lines.0.unit_price", frame.locale.decimal(85_000, 2)),
        ("lines.0.tax_rate", "19".to_owned()),
    ];
    RecurringFormPage {
        edited: None,
        customers: vec![(id(40), "Albers & Söhne Tischlerei".to_owned()), (id(41), "Lüders".to_owned())],
        form: Form::filled(fields.iter().map(|(name, value)| (*name, value.as_str()))),
        lines: 1,
        totals: Totals::of(Currency::EUR, &page(RecurringState::Running).lines).ok(),
        coming: page(RecurringState::Running).coming,
        conflict: false,
    }
}

/// All of them.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let missed = RecurringPage {
        missed: vec![month(day(2026, 1, 31), day(2026, 2, 27)), month(day(2026, 2, 28), day(2026, 3, 30))],
        refused: Some(RecurringRefusal::NotWritten),
        ..page(RecurringState::Missed)
    };
    let ended = RecurringPage { coming: Vec::new(), ..page(RecurringState::Ended) };
    let mut errors = FieldErrors::one("title", FieldProblem::PlaceholderUnknown);
    errors.push("first_on", FieldProblem::DateBefore { earliest: day(2026, 3, 15) });
    errors.push("count", FieldProblem::NotBesideLastDate);
    errors.push("lines.0.description", FieldProblem::PlaceholderWithoutPeriod);
    let written = form(frame);
    let refused = RecurringFormPage {
        form: written.form.clone().refused(errors),
        coming: Vec::new(),
        totals: None,
        ..written.clone()
    };
    let edited = RecurringFormPage {
        edited: Some((id(51), "Albers & Söhne Tischlerei".to_owned())),
        conflict: true,
        lines: 2,
        ..written.clone()
    };
    vec![
        show(
            "console/recurring",
            recurring::list(
                frame,
                &owner,
                &RecurringListPage { rows: rows(), customer: None, after: Some(rows()[0].id) },
            ),
        ),
        show(
            "console/recurring-none",
            recurring::list(
                frame,
                &owner,
                &RecurringListPage { rows: Vec::new(), customer: None, after: None },
            ),
        ),
        show("console/recurring-one", recurring::page(frame, &owner, &page(RecurringState::Running))),
        show("console/recurring-missed", recurring::page(frame, &owner, &missed)),
        show("console/recurring-missed-viewer", recurring::page(frame, &viewer(), &missed)),
        show("console/recurring-missed-none", recurring::page(frame, &owner, &page(RecurringState::Missed))),
        show("console/recurring-failed", recurring::page(frame, &owner, &page(RecurringState::Failed))),
        show("console/recurring-paused", recurring::page(frame, &owner, &page(RecurringState::Paused))),
        show("console/recurring-ended", recurring::page(frame, &owner, &ended)),
        show("console/recurring-new", recurring_form::page(frame, &owner, &written)),
        show("console/recurring-refused", recurring_form::page(frame, &owner, &refused)),
        show("console/recurring-edit", recurring_form::page(frame, &owner, &edited)),
    ]
}
