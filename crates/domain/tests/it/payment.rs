//! The life of a payment attempt and of a message, pair by pair.

use domain::customer::CustomerKind;
use domain::invoice::Balance;
use domain::message::{MessageKind, MessageState, Purpose};
use domain::payment::{
    AttemptState, AttemptStatus, ChoiceError, FailureCode, IllegalTransition, Method, Offer, Share,
    TakenMethods, choose, collectable, offered,
};
use domain::{Country, Currency, FieldProblem, Money, ReceivableId, Timestamp};
use proptest::prelude::*;
use proptest::sample::select;

use crate::at;

fn then() -> Timestamp {
    at("2026-03-03T09:00:00Z")
}

fn sample(status: AttemptStatus) -> AttemptState {
    match status {
        AttemptStatus::Creating => AttemptState::Creating,
        AttemptStatus::Open => AttemptState::Open {
            checkout: "cs_1".into(),
            url: "https://pay.example/cs_1".into(),
            expires_at: then(),
        },
        AttemptStatus::Processing => AttemptState::Processing { payment: "pi_1".into() },
        AttemptStatus::Succeeded => AttemptState::Succeeded { payment: "pi_1".into(), at: then() },
        AttemptStatus::Failed => AttemptState::Failed { code: FailureCode::Declined },
        AttemptStatus::Expired => AttemptState::Expired,
        AttemptStatus::Unknown => AttemptState::Unknown,
    }
}

#[test]
fn every_pair_of_attempt_states_is_decided() {
    use AttemptStatus::{Creating, Expired, Failed, Open, Processing, Succeeded, Unknown};
    let legal = [
        (Creating, vec![Open, Processing, Succeeded, Failed, Expired, Unknown]),
        (Open, vec![Processing, Succeeded, Failed, Expired]),
        (Processing, vec![Succeeded, Failed]),
        (Succeeded, vec![]),
        (Failed, vec![Succeeded]),
        (Expired, vec![Processing, Succeeded]),
        (Unknown, vec![Open, Processing, Succeeded, Failed, Expired]),
    ];
    assert_eq!(legal.len(), AttemptStatus::ALL.len());
    for (from, to) in legal {
        for next in AttemptStatus::ALL.iter().copied() {
            let taken = sample(from).advance(sample(next));
            if to.contains(&next) {
                assert_eq!(taken, Ok(sample(next)), "{from} → {next}");
            } else {
                assert_eq!(taken, Err(IllegalTransition { from, to: next }), "{from} → {next}");
            }
        }
    }
}

#[test]
fn every_pair_of_message_states_is_decided() {
    use MessageState::{Cancelled, Claimed, Expired, Failed, HandingOver, Queued, Sent, Uncertain};
    let legal = [
        (Queued, vec![Claimed, Cancelled, Expired]),
        (Claimed, vec![Queued, HandingOver, Cancelled, Expired]),
        (HandingOver, vec![Queued, Sent, Failed, Uncertain]),
        (Sent, vec![Failed]),
        (Failed, vec![]),
        (Uncertain, vec![Sent, Failed]),
        (Cancelled, vec![]),
        (Expired, vec![]),
    ];
    assert_eq!(legal.len(), MessageState::ALL.len());
    for (from, to) in legal {
        for next in MessageState::ALL.iter().copied() {
            assert_eq!(from.may_become(next), to.contains(&next), "{from} → {next}");
        }
    }
    assert_eq!(MessageKind::Reminder.purpose(), Purpose::Chasing);
    assert_eq!(MessageKind::Receipt.purpose(), Purpose::Answer);
}

#[test]
fn methods_belong_to_currencies() {
    let in_currency = |code: &str| {
        let currency = Currency::from_code(code).unwrap();
        Method::ALL
            .iter()
            .filter(|method| method.works_in(currency))
            .map(|method| method.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(in_currency("EUR"), ["card", "sepa_debit", "customer_balance", "manual", "cash", "cheque"]);
    assert_eq!(
        in_currency("USD"),
        ["card", "us_bank_account", "customer_balance", "manual", "cash", "cheque"]
    );
    assert_eq!(in_currency("GBP"), ["card", "bacs_debit", "customer_balance", "manual", "cash", "cheque"]);
    assert_eq!(in_currency("KWD"), ["card", "manual", "cash", "cheque"]);
    assert_eq!(in_currency("CLF"), ["manual", "cash", "cheque"]);
    for method in Method::ALL {
        let (least, most) = method.settles_in_days();
        assert!(least <= most);
        assert_eq!(method.settles_later(), most > 0, "{method}");
    }
}

#[test]
fn debits_belong_to_countries_and_the_rest_is_at_home_everywhere() {
    let from = |code: &str| {
        let country = Country::from_code(code).unwrap();
        let debits = [Method::SepaDebit, Method::UsBankAccount, Method::BacsDebit];
        debits.into_iter().filter(|method| method.works_from(country)).collect::<Vec<_>>()
    };
    assert_eq!(from("DE"), [Method::SepaDebit]);
    assert_eq!(from("CH"), [Method::SepaDebit], "SEPA is larger than the euro");
    assert_eq!(from("GB"), [Method::SepaDebit, Method::BacsDebit]);
    assert_eq!(from("US"), [Method::UsBankAccount]);
    assert_eq!(from("PR"), [Method::UsBankAccount]);
    assert_eq!(from("JP"), []);
    for country in Country::all() {
        for method in [Method::Card, Method::BankTransfer, Method::Manual, Method::Cash, Method::Cheque] {
            assert!(method.works_from(country), "{method} {country:?}");
        }
    }
}

#[test]
fn a_method_is_offered_only_where_everything_speaks_for_it() {
    let all = Method::CHOOSABLE.to_vec();
    let taken = TakenMethods::from_everyone(all.clone());
    let offer = Offer {
        accepted: &all,
        currency: Currency::EUR,
        country: Country::from_code("DE").unwrap(),
        kind: CustomerKind::Company,
        taken: &taken,
        has_provider: true,
        has_account: true,
    };
    assert_eq!(offer.methods(), [Method::Card, Method::SepaDebit, Method::BankTransfer, Method::Manual]);
    let british = Country::from_code("GB").unwrap();
    assert_eq!(
        Offer { currency: Currency::GBP, country: british, ..offer }.methods(),
        [Method::Card, Method::BacsDebit, Method::BankTransfer, Method::Manual]
    );
    // One thing that speaks against it is enough.
    let agreed_first = [Method::SepaDebit, Method::Card];
    assert_eq!(Offer { accepted: &agreed_first, ..offer }.methods(), agreed_first);
    let japanese = Country::from_code("JP").unwrap();
    let from_japan = Offer { country: japanese, ..offer };
    assert_eq!(from_japan.methods(), [Method::Card, Method::BankTransfer, Method::Manual]);
    let yen = Offer { currency: Currency::from_code("JPY").unwrap(), ..from_japan };
    assert_eq!(yen.methods(), [Method::Card, Method::Manual]);
    assert_eq!(Offer { has_provider: false, ..offer }.methods(), [Method::Manual]);
    let without_account = Offer { has_account: false, ..offer };
    assert_eq!(without_account.methods(), [Method::Card, Method::SepaDebit, Method::BankTransfer]);
    let debits_for_companies =
        TakenMethods { from_companies: vec![Method::SepaDebit], from_consumers: vec![Method::Card] };
    let by_kind = Offer { taken: &debits_for_companies, ..offer };
    assert_eq!(by_kind.methods(), [Method::SepaDebit]);
    assert_eq!(Offer { kind: CustomerKind::Consumer, ..by_kind }.methods(), [Method::Card]);
}

#[test]
fn names_come_back() {
    for status in AttemptStatus::ALL.iter().copied() {
        assert_eq!(AttemptStatus::from_name(status.as_str()), Some(status));
        let json = serde_json::to_string(&sample(status)).unwrap();
        assert_eq!(serde_json::from_str::<AttemptState>(&json).unwrap(), sample(status));
        assert!(json.contains(status.as_str()), "{json}");
    }
    assert_eq!(AttemptStatus::from_name("Open"), None);
}

proptest! {
    /// Webhooks come twice, late and in any order: whichever order the reports about one payment come in, the attempt
    /// ends where the payment did.
    #[test]
    fn reports_in_any_order_end_at_the_truth(
        order in Just(vec![AttemptStatus::Open, AttemptStatus::Processing, AttemptStatus::Succeeded]).prop_shuffle(),
        again in proptest::collection::vec(select(vec![AttemptStatus::Open, AttemptStatus::Processing, AttemptStatus::Succeeded, AttemptStatus::Expired]), 0..6),
        start in select(vec![AttemptStatus::Creating, AttemptStatus::Unknown, AttemptStatus::Open]),
    ) {
        let mut state = sample(start);
        for report in order.into_iter().chain(again) {
            if let Some(next) = state.learn(sample(report)) {
                state = next;
            }
        }
        prop_assert_eq!(state.status(), AttemptStatus::Succeeded);
    }

    /// Once money came, nothing takes it away again.
    #[test]
    fn success_is_final(report in select(AttemptStatus::ALL)) {
        prop_assert_eq!(sample(AttemptStatus::Succeeded).learn(sample(report)), None);
    }
}

fn money(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

/// A receivable with so much open, so much of it on its way.
fn share(number: u128, open: i64, processing: i64, amount: Option<i64>) -> Share {
    Share {
        receivable: ReceivableId::from_uuid(uuid::Uuid::from_u128(number)),
        balance: Balance::new(money(open), money(0), money(0), money(processing)).unwrap(),
        amount: amount.map(money),
    }
}

#[test]
fn what_is_chosen_becomes_one_payment_with_a_part_each() {
    let chosen = [
        share(1, 5000, 0, None),
        share(2, 3000, 2000, None),
        share(3, 9000, 0, Some(50)),
        share(4, 0, 0, None),
    ];
    let choice = choose(&chosen).unwrap();
    let parts: Vec<_> = choice.parts.iter().map(|part| part.amount.minor()).collect();
    assert_eq!(
        parts,
        [5000, 1000, 50],
        "all that is offered, or what was typed; nothing for what is settled"
    );
    assert_eq!((choice.amount, choice.excess), (money(6050), money(0)));
    assert_eq!(choose(&[share(4, 0, 0, Some(100))]), Err(ChoiceError::NothingOpen));
    assert_eq!(choose(&[]), Err(ChoiceError::NothingOpen));

    let mut dollars = share(5, 100, 0, None);
    let hundred = Money::new(100, Currency::USD).unwrap();
    dollars.balance = Balance::new(
        hundred,
        Money::zero(Currency::USD),
        Money::zero(Currency::USD),
        Money::zero(Currency::USD),
    )
    .unwrap();
    assert_eq!(choose(&[share(1, 5000, 0, None), dollars]), Err(ChoiceError::SeveralCurrencies));
}

#[test]
fn an_amount_is_above_nothing_and_the_sum_is_one_the_provider_collects() {
    let wrong =
        choose(&[share(1, 5000, 0, Some(0)), share(2, 5000, 0, Some(10)), share(3, 5000, 0, Some(-1))]);
    let Err(ChoiceError::Amounts(wrong)) = wrong else { panic!("{wrong:?}") };
    assert_eq!(
        wrong.iter().map(|(_, problem)| problem.clone()).collect::<Vec<_>>(),
        [FieldProblem::NotPositive, FieldProblem::NotPositive]
    );
    // Little parts come to enough together.
    assert!(choose(&[share(1, 5000, 0, Some(25)), share(2, 5000, 0, Some(25))]).is_ok());
    let (min, max) = collectable(Currency::EUR).unwrap();
    let range = Err(ChoiceError::Sum(FieldProblem::AmountOutOfRange { min, max }));
    assert_eq!(choose(&[share(1, 5000, 0, Some(49))]), range);
    assert_eq!(choose(&[share(1, 99_999_999, 0, None), share(2, 1, 0, None)]), range);
}

proptest! {
    #[test]
    fn what_is_over_is_what_exceeds_each_and_parts_come_to_the_amount(
        rows in proptest::collection::vec((1_i64..100_000, 0_i64..150_000, proptest::option::of(1_i64..200_000)), 1..6),
    ) {
        let shares: Vec<Share> = rows
            .iter()
            .enumerate()
            .map(|(at, (open, processing, amount))| share(u128::try_from(at).unwrap(), *open, *processing, *amount))
            .collect();
        let Ok(choice) = choose(&shares) else { return Ok(()) };
        let parts: i64 = choice.parts.iter().map(|part| part.amount.minor()).sum();
        prop_assert_eq!(parts, choice.amount.minor());
        let over: i64 = shares
            .iter()
            .map(|share| {
                let wanted = share.amount.unwrap_or_else(|| offered(&share.balance)).minor();
                (wanted - share.balance.payable().minor()).max(0)
            })
            .sum();
        prop_assert_eq!(over, choice.excess.minor());
        prop_assert!(choice.excess.minor() <= choice.amount.minor());
    }
}
