//! The life of a payment attempt and of a message, pair by pair.

use domain::message::{MessageKind, MessageState, Purpose};
use domain::payment::{AttemptState, AttemptStatus, FailureCode, IllegalTransition, Method};
use domain::{Currency, Timestamp};
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
