//! Ways to pay that are kept for later.

use domain::Currency;
use domain::payment::Method;
use domain::saved::{EndReason, ExpiryMonth};

#[test]
fn what_can_be_kept_is_kept_in_the_currency_it_works_in() {
    let kept: Vec<_> =
        Method::ALL.iter().filter_map(|method| Some((*method, method.saved_in(Currency::USD)?))).collect();
    assert_eq!(
        kept,
        [
            (Method::Card, Currency::USD),
            (Method::SepaDebit, Currency::EUR),
            (Method::UsBankAccount, Currency::USD),
            (Method::BacsDebit, Currency::GBP),
        ]
    );
    assert!(kept.iter().all(|(method, currency)| method.is_through_provider() && method.works_in(*currency)));
}

#[test]
fn an_expiry_is_a_month() {
    let month = ExpiryMonth::parse("2034-12").unwrap();
    assert_eq!((month.to_string(), month.printed()), ("2034-12".to_owned(), "12/34".to_owned()));
    for nonsense in ["2034-13", "2034-00", "34-12", "2034-1", "2034", "", "2034-1x", "-034-12"] {
        assert_eq!(ExpiryMonth::parse(nonsense), None, "{nonsense}");
    }
}

#[test]
fn only_what_we_end_is_let_go_at_the_provider() {
    let ours: Vec<_> = EndReason::ALL.iter().filter(|reason| reason.is_ours()).collect();
    assert_eq!(ours, [&EndReason::Customer, &EndReason::Member]);
}
