//! The table of currencies, and how the payment provider counts.

use domain::currency::StripeAmountError;
use domain::{Currency, FieldProblem, Money};
use proptest::prelude::*;

#[test]
fn the_table_is_complete_and_every_code_is_found() {
    let all = Currency::all();
    // What the list of 2026 has with a minor unit, units of account left aside.
    assert_eq!(all.len(), 164);
    for currency in &all {
        assert_eq!(Currency::from_code(currency.code()), Some(*currency), "{currency}");
        assert_eq!(Currency::parse(&format!(" {} ", currency.code().to_lowercase())), Ok(*currency));
    }
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "sorted, none twice");
}

#[test]
fn exponents_are_those_of_iso_4217() {
    let exponent = |code| Currency::from_code(code).unwrap().exponent();
    for (codes, expected) in [
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0),
        ("EUR USD GBP CHF MGA MRU HUF TWD IDR COP XCG", 2),
        ("BHD IQD JOD KWD LYD OMR TND", 3),
        ("CLF UYW", 4),
    ] {
        for code in codes.split(' ') {
            assert_eq!(exponent(code), expected, "{code}");
        }
    }
    assert_eq!(Currency::EUR, Currency::from_code("EUR").unwrap());
    assert_eq!(Currency::JPY, Currency::from_code("JPY").unwrap());
}

#[test]
fn what_is_no_currency_is_refused() {
    assert_eq!(Currency::parse(""), Err(FieldProblem::Required));
    for text in ["EURO", "EU", "XAU", "XTS", "XXX", "DEM", "HRK", "€", "E€"] {
        assert_eq!(Currency::parse(text), Err(FieldProblem::CurrencyUnknown), "{text}");
    }
    assert!(serde_json::from_str::<Currency>("\"eur\"").is_err(), "machines spell it right");
}

/// The examples of docs.stripe.com/currencies.
#[test]
fn the_provider_counts_its_special_cases_its_own_way() {
    let stripe = |code, minor| Currency::from_code(code).unwrap().to_stripe_minor(minor);
    assert_eq!(stripe("USD", 1000), Ok(1000));
    assert_eq!(stripe("JPY", 500), Ok(500));
    assert_eq!(stripe("ISK", 5), Ok(500));
    assert_eq!(stripe("UGX", 5), Ok(500));
    assert_eq!(stripe("HUF", 1045), Ok(1045), "two decimals: only payouts are whole");
    assert_eq!(stripe("MGA", 500), Ok(5), "two decimals to ISO, none to the provider");
    assert_eq!(stripe("KWD", 5120), Ok(5120));

    let kwd = Currency::from_code("KWD").unwrap();
    assert_eq!(kwd.to_stripe_minor(5124), Err(StripeAmountError::NotAMultiple { currency: kwd, step: 10 }));
    let clf = Currency::from_code("CLF").unwrap();
    assert_eq!(clf.to_stripe_minor(10), Err(StripeAmountError::Unsupported(clf)));
    assert_eq!(stripe("EUR", 99_999_999), Ok(99_999_999));
    assert_eq!(stripe("EUR", 100_000_000), Err(StripeAmountError::TooLarge(Currency::EUR)));
}

#[test]
fn every_minimum_can_be_charged() {
    for currency in Currency::all() {
        let minimum = currency.stripe_minimum_minor();
        match currency.to_stripe_minor(minimum) {
            Ok(stripe) => assert!(stripe > 0, "{currency}"),
            Err(error) => assert_eq!(error, StripeAmountError::Unsupported(currency)),
        }
    }
}

proptest! {
    #[test]
    fn the_providers_number_comes_back_as_ours(minor in -Money::MAX_MINOR..=Money::MAX_MINOR) {
        for currency in Currency::all() {
            if let Ok(stripe) = currency.to_stripe_minor(minor) {
                prop_assert_eq!(currency.from_stripe_minor(stripe), Ok(minor));
            }
        }
    }

    #[test]
    fn a_multiple_of_the_step_within_eight_digits_is_always_taken(steps in 1_i64..=999_999) {
        for currency in Currency::all() {
            let minor = steps * currency.stripe_step_minor();
            let stripe = currency.to_stripe_minor(minor);
            let supported = stripe != Err(StripeAmountError::Unsupported(currency));
            prop_assert!(stripe.is_ok() == supported, "{currency} {minor}: {stripe:?}");
        }
    }
}
