//! Lines, tax and totals; the life of an invoice; how it stands.

use domain::invoice::{
    Balance, InvoiceLine, InvoiceState, InvoiceStatus, IssueError, Issued, MAX_LINES, NetDays, Period,
    Quantity, Standing, StandingName, TaxRate, Totals, VoidError,
};
use domain::{Currency, FieldProblem, Label, Locale, Money, ShortText};
use proptest::prelude::*;
use proptest::sample::select;

use crate::{at, date};

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn line(thousandths: i64, unit_price: i64, basis_points: u32) -> InvoiceLine {
    InvoiceLine {
        description: ShortText::parse("Consultation").unwrap(),
        detail: None,
        quantity: Quantity::from_thousandths(thousandths).unwrap(),
        unit: Some(Label::parse("hour").unwrap()),
        unit_price: eur(unit_price),
        tax_rate: TaxRate::from_basis_points(basis_points).unwrap(),
        period: None,
        project: None,
    }
}

fn issue(lines: &[InvoiceLine]) -> Result<(InvoiceState, Totals), IssueError> {
    InvoiceState::Draft.issue(
        lines,
        Currency::EUR,
        Label::parse("2026-014").unwrap(),
        date("2026-02-17"),
        NetDays::FORTNIGHT,
        at("2026-02-17T10:00:00Z"),
    )
}

#[test]
fn an_invoice_adds_up_as_a_bookkeeper_would() {
    // 12.5 h à 95.00 and 3 pieces à 33.33 at 19 %, a book for 24.95 at 7 %, postage untaxed.
    let lines = [line(12_500, 9500, 1900), line(3000, 3333, 1900), line(1000, 2495, 700), line(1000, 490, 0)];
    let totals = Totals::of(Currency::EUR, &lines).unwrap();
    assert_eq!(totals.net, eur(118_750 + 9999 + 2495 + 490));
    let by_rate: Vec<_> = totals
        .tax_by_rate
        .iter()
        .map(|of| (of.rate.basis_points(), of.net.minor(), of.tax.minor()))
        .collect();
    // 128 749 × 19 % = 24 462.31, 2495 × 7 % = 174.65
    assert_eq!(by_rate, [(0, 490, 0), (700, 2495, 175), (1900, 128_749, 24_462)]);
    assert_eq!(totals.tax, eur(24_637));
    assert_eq!(totals.total, eur(156_371));
}

#[test]
fn tax_rounds_once_per_rate_and_half_away_from_zero() {
    // Each line alone would round 0.5 up to 1; together they are 1.5, which rounds to 2, not 3.
    let lines = [line(1000, 5, 1000), line(1000, 5, 1000), line(1000, 5, 1000)];
    assert_eq!(Totals::of(Currency::EUR, &lines).unwrap().tax, eur(2));
    let rate = TaxRate::from_basis_points(1000).unwrap();
    assert_eq!(rate.of(eur(5)), Ok(eur(1)));
    assert_eq!(rate.of(eur(-5)), Ok(eur(-1)));
    assert_eq!(rate.of(eur(4)), Ok(eur(0)));
    // A third of an hour: 0.333 × 10.00 is 3.33; 0.0005 of a cent and up rounds away from zero.
    assert_eq!(line(333, 1000, 0).net(), Ok(eur(333)));
    assert_eq!(line(500, 1, 0).net(), Ok(eur(1)));
    assert_eq!(line(499, 1, 0).net(), Ok(eur(0)));
}

#[test]
fn without_any_tax_no_tax_is_listed() {
    assert!(Totals::of(Currency::EUR, &[line(1000, 100, 0)]).unwrap().tax_by_rate.is_empty());
}

#[test]
fn issuing_fixes_number_dates_and_totals() {
    let (state, totals) = issue(&[line(1000, 100_000, 1900)]).unwrap();
    let issued = state.issued().unwrap();
    assert_eq!(issued.number.as_str(), "2026-014");
    assert_eq!((issued.issued_on, issued.due_on), (date("2026-02-17"), date("2026-03-03")));
    assert_eq!(totals.total, eur(119_000));
    assert_eq!(
        state.issue(
            &[],
            Currency::EUR,
            Label::parse("2").unwrap(),
            date("2026-02-17"),
            NetDays::FORTNIGHT,
            at("2026-02-17T10:00:00Z")
        ),
        Err(IssueError::NotADraft(InvoiceStatus::Issued))
    );
}

#[test]
fn what_comes_to_nothing_is_not_issued() {
    assert_eq!(issue(&[]), Err(IssueError::NoLines));
    assert_eq!(issue(&[line(1000, 0, 1900)]), Err(IssueError::NothingToPay));
    assert_eq!(issue(&[line(1000, 500, 0), line(1000, -100, 0)]), Err(IssueError::NegativeLine));
    assert_eq!(issue(&vec![line(1000, 1, 0); MAX_LINES + 1]), Err(IssueError::TooManyLines));
    assert!(issue(&vec![line(1000, 1, 0); MAX_LINES]).is_ok());
    let mut other = line(1000, 100, 0);
    other.unit_price = Money::new(100, Currency::USD).unwrap();
    assert!(matches!(issue(&[line(1000, 100, 0), other]), Err(IssueError::Money(_))));
    assert!(matches!(issue(&[line(1_000_000_000, Money::MAX_MINOR, 0)]), Err(IssueError::Money(_))));
}

#[test]
fn only_an_unpaid_invoice_is_voided() {
    let (state, _) = issue(&[line(1000, 100, 0)]).unwrap();
    let now = at("2026-02-18T10:00:00Z");
    assert_eq!(state.clone().void(eur(1), false, now), Err(VoidError::PartlyPaid));
    assert_eq!(state.clone().void(eur(0), true, now), Err(VoidError::PaymentInFlight));
    let void = state.void(eur(0), false, now).unwrap();
    assert_eq!(void.status(), InvoiceStatus::Void);
    assert_eq!(void.issued().unwrap().number.as_str(), "2026-014", "the number stays used");
    assert_eq!(void.void(eur(0), false, now), Err(VoidError::NotIssued(InvoiceStatus::Void)));
    assert_eq!(InvoiceState::Draft.void(eur(0), false, now), Err(VoidError::NotIssued(InvoiceStatus::Draft)));
}

#[test]
fn how_an_invoice_stands_follows_from_balance_and_day() {
    let issued = InvoiceState::Issued(Issued {
        number: Label::parse("1").unwrap(),
        issued_on: date("2026-02-17"),
        due_on: date("2026-03-03"),
        issued_at: at("2026-02-17T10:00:00Z"),
    });
    let standing = |paid, written_off, processing, today| {
        let balance = Balance::new(eur(1000), eur(paid), eur(written_off), eur(processing)).unwrap();
        Standing::of(&issued, &balance, date(today))
    };
    assert_eq!(standing(0, 0, 0, "2026-02-17"), Standing::Open { due_in_days: 14 });
    assert_eq!(standing(0, 0, 0, "2026-02-27"), Standing::Open { due_in_days: 4 });
    assert_eq!(standing(0, 0, 0, "2026-02-28"), Standing::DueSoon { due_in_days: 3 });
    assert_eq!(standing(0, 0, 0, "2026-03-03"), Standing::DueSoon { due_in_days: 0 });
    assert_eq!(standing(0, 0, 0, "2026-03-04"), Standing::Overdue { days: 1 });
    assert_eq!(standing(400, 0, 0, "2026-02-20"), Standing::PartlyPaid { due_in_days: 11 });
    assert_eq!(standing(400, 0, 0, "2026-03-15"), Standing::Overdue { days: 12 });
    assert_eq!(standing(400, 0, 600, "2026-03-15"), Standing::Processing);
    assert_eq!(
        standing(400, 0, 500, "2026-03-15"),
        Standing::Overdue { days: 12 },
        "not all of it is on its way"
    );
    assert_eq!(standing(1000, 0, 0, "2026-03-15"), Standing::Paid);
    assert_eq!(standing(400, 600, 0, "2026-03-15"), Standing::WrittenOff);

    let untouched = Balance::new(eur(1000), eur(0), eur(0), eur(0)).unwrap();
    assert_eq!(Standing::of(&InvoiceState::Draft, &untouched, date("2026-03-15")), Standing::Draft);
    let void = issued.void(eur(0), false, at("2026-03-01T00:00:00Z")).unwrap();
    assert_eq!(Standing::of(&void, &untouched, date("2026-03-15")).name(), StandingName::Void);
}

#[test]
fn what_may_be_offered_is_what_is_open_and_not_on_its_way() {
    let payable =
        |paid, processing| Balance::new(eur(1000), eur(paid), eur(0), eur(processing)).unwrap().payable();
    assert_eq!(payable(0, 0), eur(1000));
    assert_eq!(payable(300, 200), eur(500));
    assert_eq!(payable(300, 900), eur(0));
    assert_eq!(payable(1200, 0), eur(0), "paid twice: nothing to offer");
}

#[test]
fn quantities_rates_and_terms_are_read_as_typed() {
    let en = Locale::EN_GB;
    assert_eq!(Quantity::parse("1.5", en).unwrap().thousandths(), 1500);
    assert_eq!(Quantity::parse("1,000", en).unwrap().thousandths(), 1_000_000);
    assert_eq!(Quantity::parse("1,5", Locale::DE_DE).unwrap().thousandths(), 1500);
    assert_eq!(Quantity::parse("0", en), Err(FieldProblem::NotPositive));
    assert_eq!(Quantity::parse("0.0001", en), Err(FieldProblem::TooManyDecimals { max: 3 }));
    assert_eq!(Quantity::parse("1000001", en), Err(FieldProblem::TooLarge));
    assert_eq!(Quantity::ONE.format(en), "1");

    assert_eq!(TaxRate::parse("19 %", en).unwrap().basis_points(), 1900);
    assert_eq!(TaxRate::parse("7.7", en).unwrap().basis_points(), 770);
    assert_eq!(TaxRate::parse("", en), Ok(TaxRate::ZERO));
    assert_eq!(TaxRate::parse("101", en), Err(FieldProblem::NumberOutOfRange { min: 0, max: 100 }));
    assert_eq!(TaxRate::parse("-1", en), Err(FieldProblem::Negative));

    assert_eq!(NetDays::parse("30").unwrap().days(), 30);
    assert_eq!(NetDays::parse("0").unwrap().due_on(date("2026-03-03")), date("2026-03-03"));
    assert_eq!(NetDays::parse("366"), Err(FieldProblem::NumberOutOfRange { min: 0, max: 365 }));
    assert_eq!(NetDays::parse("14.5"), Err(FieldProblem::TooManyDecimals { max: 0 }));

    let backwards = Period::new(date("2026-03-03"), date("2026-03-02"));
    assert_eq!(backwards, Err(FieldProblem::DateBefore { earliest: date("2026-03-03") }));
}

proptest! {
    #[test]
    fn totals_are_exact_sums_of_what_is_shown(
        lines in proptest::collection::vec((1_i64..5_000_000, 0_i64..10_000_000, select(vec![0_u32, 550, 700, 770, 1900, 2100])), 1..40),
    ) {
        let lines: Vec<_> = lines.into_iter().map(|(quantity, price, rate)| line(quantity, price, rate)).collect();
        let totals = Totals::of(Currency::EUR, &lines).unwrap();
        let sum = |amounts: Vec<Money>| Money::sum(Currency::EUR, amounts).unwrap();

        prop_assert_eq!(sum(lines.iter().map(|line| line.net().unwrap()).collect()), totals.net);
        prop_assert_eq!(sum(totals.tax_by_rate.iter().map(|of| of.tax).collect()), totals.tax);
        prop_assert_eq!(totals.net.checked_add(totals.tax).unwrap(), totals.total);
        if !totals.tax_by_rate.is_empty() {
            prop_assert_eq!(sum(totals.tax_by_rate.iter().map(|of| of.net).collect()), totals.net);
        }
        for of in &totals.tax_by_rate {
            // Within half a minor unit of the exact tax.
            let off = i128::from(of.tax.minor()) * 10_000 - i128::from(of.net.minor()) * i128::from(of.rate.basis_points());
            prop_assert!(off.abs() <= 5000);
        }
        // The order of lines does not matter.
        let reversed: Vec<_> = lines.iter().rev().cloned().collect();
        prop_assert_eq!(Totals::of(Currency::EUR, &reversed).unwrap(), totals);
    }

    #[test]
    fn quantities_and_rates_come_back_as_shown(
        thousandths in 1..=Quantity::MAX_THOUSANDTHS,
        basis_points in 0..=TaxRate::MAX_BASIS_POINTS,
    ) {
        let quantity = Quantity::from_thousandths(thousandths).unwrap();
        let rate = TaxRate::from_basis_points(basis_points).unwrap();
        for locale in Locale::all() {
            prop_assert_eq!(Quantity::parse(&quantity.format(locale), locale), Ok(quantity));
            prop_assert_eq!(TaxRate::parse(&rate.format(locale), locale), Ok(rate));
        }
    }
}
