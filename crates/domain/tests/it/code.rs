//! The code that proves who holds a link.

use chrono::TimeDelta;
use domain::code::{AGAIN_AFTER, Digits, LIFE, Sent, TRIES};
use domain::{FieldProblem, Timestamp};
use proptest::prelude::*;

fn noon() -> Timestamp {
    "2026-03-02T12:00:00Z".parse().unwrap()
}

#[test]
fn what_is_pasted_is_read_in_whatever_groups() {
    for text in ["042917", " 042 917 ", "042-917", "042\u{a0}917", "0 4 2 9 1 7", "042.917\n"] {
        assert_eq!(Digits::parse(text).unwrap().reveal(), "042917", "{text:?}");
    }
    assert_eq!(Digits::parse("  "), Err(FieldProblem::Required));
    for text in ["04291", "0429170", "04291a", "٠٤٢٩١٧", "-", "1e5", &"1".repeat(10_000)] {
        assert!(Digits::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn it_is_never_shown_by_accident() {
    assert_eq!(format!("{:?}", Digits::from_random(42)), "Digits([hidden])");
}

#[test]
fn it_is_good_for_ten_minutes_five_tries_and_one_use() {
    let sent = Sent { asked_at: noon(), expires_at: noon() + LIFE, tries: 0, used: false };
    let moment = TimeDelta::microseconds(1);
    assert!(sent.is_good(noon() + LIFE - moment) && !sent.is_good(noon() + LIFE));
    assert!(
        Sent { tries: TRIES - 1, ..sent }.is_good(noon()) && !Sent { tries: TRIES, ..sent }.is_good(noon())
    );
    assert!(!Sent { used: true, ..sent }.is_good(noon()));
    assert_eq!(sent.wait_seconds(noon()), Some(30));
    assert_eq!(sent.wait_seconds(noon() + AGAIN_AFTER - moment), None, "less than a millisecond is no wait");
    assert_eq!(sent.wait_seconds(noon() + AGAIN_AFTER - TimeDelta::milliseconds(1)), Some(1));
    assert_eq!(sent.wait_seconds(noon() + AGAIN_AFTER), None);
}

proptest! {
    #[test]
    fn whatever_is_drawn_is_six_digits_that_read_back(bits: u64) {
        let digits = Digits::from_random(bits);
        prop_assert_eq!(digits.reveal().len(), 6);
        prop_assert_eq!(Digits::parse(digits.reveal()).unwrap(), digits);
    }
}
