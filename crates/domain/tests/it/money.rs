//! Amounts: what people type, exact sharing, bounds.

use domain::{Currency, FieldProblem, Locale, Money, MoneyError};
use proptest::prelude::*;
use proptest::sample::select;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn locale(tag: &str) -> Locale {
    Locale::find(tag).unwrap()
}

#[test]
fn people_may_write_an_amount_their_own_way() {
    for (tag, text, minor) in [
        ("en-GB", "1240", 124_000),
        ("en-GB", "1,240.00", 124_000),
        ("en-GB", "1.240,00", 124_000),
        ("en-GB", "1 240.5", 124_050),
        ("en-GB", "1,240", 124_000),
        ("en-GB", "12,5", 1250),
        ("en-GB", ".5", 50),
        ("en-GB", " €12.50 ", 1250),
        ("en-GB", "12.50 eur", 1250),
        ("en-GB", "EUR 12.50", 1250),
        ("en-GB", "1,234,567.89", 123_456_789),
        ("en-GB", "0", 0),
        ("en-GB", "007", 700),
        ("de-DE", "1.240", 124_000),
        ("de-DE", "1.240,00 €", 124_000),
        ("de-DE", "1,240.00", 124_000),
        ("de-DE", "12.5", 1250),
        ("de-DE", "1\u{a0}240,00", 124_000),
        ("de-DE", "1\u{202f}240,00", 124_000),
        ("de-CH", "1'240.00", 124_000),
        ("de-CH", "1’240.00", 124_000),
        ("fr-FR", "1 240,00 €", 124_000),
        ("es-ES", "1.234.567,8", 123_456_780),
    ] {
        assert_eq!(Money::parse(text, Currency::EUR, locale(tag)), Ok(eur(minor)), "{tag} {text:?}");
    }
}

#[test]
fn other_writing_is_refused_by_its_name() {
    use FieldProblem::{Negative, NotANumber, Required, TooLarge, TooManyDecimals};
    for (tag, text, problem) in [
        ("en-GB", "", Required),
        ("en-GB", "  ", Required),
        ("en-GB", "€", Required),
        ("en-GB", "-5", Negative),
        ("en-GB", "€-5", Negative),
        ("en-GB", "\u{2212}5", Negative),
        ("en-GB", "–5", Negative),
        ("en-GB", "5-", Negative),
        ("en-GB", "(5)", Negative),
        ("en-GB", "1e9", NotANumber),
        ("en-GB", "NaN", NotANumber),
        ("en-GB", "inf", NotANumber),
        ("en-GB", "+5", NotANumber),
        ("en-GB", "0x10", NotANumber),
        ("en-GB", "twelve", NotANumber),
        ("en-GB", "12.", NotANumber),
        ("en-GB", ".", NotANumber),
        ("en-GB", ",", NotANumber),
        ("en-GB", "1,,240", NotANumber),
        ("en-GB", "1,24,000", NotANumber),
        ("en-GB", "12.34.56", NotANumber),
        ("en-GB", "1.240,00,00", NotANumber),
        ("en-GB", "1.234,567,89", NotANumber),
        ("en-GB", "1.240,00.00", NotANumber),
        ("en-GB", "1 24", NotANumber),
        ("en-GB", "1 240,000.00", NotANumber),
        ("en-GB", "٣", NotANumber),
        ("en-GB", "£5", NotANumber),
        ("en-GB", "5 USD", NotANumber),
        ("en-GB", "1\n2", NotANumber),
        ("en-GB", "1.240", TooManyDecimals { max: 2 }),
        ("de-DE", "1,240", TooManyDecimals { max: 2 }),
        ("fr-FR", "1.240", TooManyDecimals { max: 2 }),
        ("en-GB", "12.345", TooManyDecimals { max: 2 }),
        ("en-GB", "90,071,992,547,409.92", TooLarge),
        ("en-GB", "99999999999999999999999999999999999999999999", TooLarge),
    ] {
        assert_eq!(Money::parse(text, Currency::EUR, locale(tag)), Err(problem), "{tag} {text:?}");
    }
    assert_eq!(
        Money::parse("100.00", Currency::JPY, Locale::EN_GB),
        Err(TooManyDecimals { max: 0 }),
        "there are no hundredths of a yen"
    );
}

#[test]
fn an_amount_up_to_another_is_at_least_the_smallest_unit() {
    let most = eur(12_50);
    let outside = Err(FieldProblem::AmountOutOfRange { min: eur(1), max: most });
    for (text, read) in [
        ("0,01", Ok(eur(1))),
        ("12,5", Ok(most)),
        ("0", outside.clone()),
        ("12,51", outside),
        ("-1", Err(FieldProblem::Negative)),
    ] {
        assert_eq!(Money::parse_up_to(text, most, locale("de-DE")), read, "{text}");
    }
    let yen = Money::new(5, Currency::JPY).unwrap();
    assert!(yen.within(eur(1), most).is_err(), "another currency is never within");
}

#[test]
fn two_currencies_never_mix() {
    let (euro, dollar) = (eur(1), Money::new(1, Currency::USD).unwrap());
    let mixed = MoneyError::Mixed { left: Currency::EUR, right: Currency::USD };
    assert_eq!(euro.checked_add(dollar), Err(mixed));
    assert_eq!(euro.checked_sub(dollar), Err(mixed));
    assert_eq!(euro.compare(dollar), Err(mixed));
    assert_eq!(Money::sum(Currency::EUR, [euro, dollar]), Err(mixed));
}

#[test]
fn nothing_leaves_the_bounds() {
    assert_eq!(Money::new(Money::MAX_MINOR + 1, Currency::EUR), Err(MoneyError::Overflow));
    assert_eq!(Money::new(i64::MIN, Currency::EUR), Err(MoneyError::Overflow));
    let most = eur(Money::MAX_MINOR);
    assert_eq!(most.checked_add(eur(1)), Err(MoneyError::Overflow));
    assert_eq!(most.negated().checked_sub(eur(1)), Err(MoneyError::Overflow));
    assert!(serde_json::from_str::<Money>(r#"{"minor":9007199254740992,"currency":"EUR"}"#).is_err());
    assert!(serde_json::from_str::<Money>(r#"{"minor":1.5,"currency":"EUR"}"#).is_err());
}

#[test]
fn sharing_goes_by_the_largest_remainder_among_something() {
    assert_eq!(eur(100).allocate(&[]), Err(MoneyError::PartCount));
    assert_eq!(eur(100).allocate(&[0, 0]), Err(MoneyError::PartCount));
    assert_eq!(eur(100).split(0), Err(MoneyError::PartCount));
    assert_eq!(eur(100).split(u32::MAX), Err(MoneyError::PartCount));
    assert_eq!(eur(100).allocate(&[0, 1]).unwrap(), [eur(0), eur(100)]);
    // 14.28, 28.57 and 57.14: the cent left over goes to the largest remainder.
    assert_eq!(eur(100).allocate(&[1, 2, 4]).unwrap(), [eur(14), eur(29), eur(57)]);
    assert_eq!(eur(-100).split(3).unwrap(), [eur(-34), eur(-33), eur(-33)]);
}

fn any_money() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![0_i64..100_000, -Money::MAX_MINOR..=Money::MAX_MINOR];
    (minor, select(Currency::all())).prop_map(|(minor, currency)| Money::new(minor, currency).unwrap())
}

proptest! {
    #[test]
    fn shares_always_sum_to_the_whole_and_keep_to_their_weights(
        money in any_money(),
        weights in proptest::collection::vec(any::<u64>(), 1..60),
    ) {
        prop_assume!(weights.iter().any(|weight| *weight > 0));
        let parts = money.allocate(&weights).unwrap();
        prop_assert_eq!(Money::sum(money.currency(), parts.iter().copied()), Ok(money));

        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        for (part, weight) in parts.iter().zip(&weights) {
            // Less than one minor unit off the exact share, and nothing for a weight of nothing.
            let exact_times_total = i128::from(money.minor()) * i128::from(*weight);
            let off = (i128::from(part.minor()) * total - exact_times_total).abs();
            prop_assert!(off < total);
            prop_assert!(*weight > 0 || part.is_zero());
        }
    }

    #[test]
    fn equal_parts_differ_by_one_minor_unit_at_most(money in any_money(), parts in 1_u32..=240) {
        let split = money.split(parts).unwrap();
        prop_assert_eq!(split.len(), parts as usize);
        prop_assert_eq!(Money::sum(money.currency(), split.iter().copied()), Ok(money));
        let minors = || split.iter().map(|part| part.minor().abs());
        prop_assert!(minors().max().unwrap() - minors().min().unwrap() <= 1);
    }

    #[test]
    fn what_is_shown_can_be_typed_back(minor in prop_oneof![0_i64..10_000_000, 0..=Money::MAX_MINOR]) {
        for currency in Currency::all() {
            let money = Money::new(minor, currency).unwrap();
            prop_assert_eq!(Money::from_plain(&money.to_plain(), currency), Ok(money));
            for locale in Locale::all() {
                let shown = money.format(locale);
                prop_assert_eq!(Money::parse(&shown, currency, locale), Ok(money), "{} {}", locale, shown);
            }
        }
    }

    #[test]
    fn plain_figures_and_json_come_back(money in any_money()) {
        prop_assert_eq!(Money::from_plain(&money.to_plain(), money.currency()), Ok(money));
        let json = serde_json::to_string(&money).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), money);
    }

    #[test]
    fn nothing_typed_makes_it_panic(text in "\\PC*", tag in select(vec!["en-GB", "de-DE", "de-CH", "fr-FR"])) {
        for currency in [Currency::EUR, Currency::JPY] {
            if let Ok(money) = Money::parse(&text, currency, locale(tag)) {
                prop_assert!(!money.is_negative());
            }
        }
    }

    #[test]
    fn figures_and_separators_in_any_order_never_gain_or_lose_a_digit(text in "[0-9., '\u{a0}]{1,14}") {
        // Whatever the separators are taken for, the digits of the amount are the digits typed, zeros aside.
        if let Ok(money) = Money::parse(&text, Currency::EUR, Locale::EN_GB) {
            let typed: String = text.chars().filter(char::is_ascii_digit).collect();
            let digits = money.minor().to_string();
            let significant = |text: &str| text.trim_matches('0').to_owned();
            prop_assert_eq!(significant(&typed), significant(&digits), "{}", text);
        }
    }
}
