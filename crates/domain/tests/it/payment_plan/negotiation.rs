//! Whose turn it is.

use domain::plan::negotiation::{Act, Balance, Moved, ProposalState, Refusal, Side, Turn, expires_at, moved};
use domain::plan::{Shape, Terms};

use super::{covered, eur, invoice, monthly, terms};
use crate::{at, date, zone};

fn turn(by: Side) -> Turn {
    Turn { state: ProposalState::Open, newest: 3, by, expires_at: at("2026-02-08T23:00:00Z") }
}

#[test]
fn each_side_may_do_what_the_table_says_and_nothing_else() {
    let now = at("2026-02-02T09:00:00Z");
    for by in Side::ALL {
        let own = |act| turn(*by).may(*by, act, 3, now);
        let across = |act| turn(*by).may(by.other(), act, 3, now);
        assert_eq!((own(Act::Offer), across(Act::Offer)), (Ok(()), Ok(())));
        assert_eq!((own(Act::Accept), across(Act::Accept)), (Err(Refusal::NotYours), Ok(())));
        assert_eq!((own(Act::Decline), across(Act::Decline)), (Err(Refusal::NotYours), Ok(())));
        assert_eq!((own(Act::Withdraw), across(Act::Withdraw)), (Ok(()), Err(Refusal::NotYours)));
    }
}

#[test]
fn only_the_newest_version_in_time_and_while_it_is_open_can_be_acted_on() {
    let now = at("2026-02-02T09:00:00Z");
    for act in Act::ALL {
        for side in Side::ALL {
            let may = |turn: Turn, seen, now| turn.may(*side, *act, seen, now);
            let newer = Err(Refusal::Superseded { newest: 3 });
            assert_eq!(may(turn(Side::Customer), 2, now), newer);
            assert_eq!(may(turn(Side::Customer), 4, now), newer, "a number that nobody wrote");
            let last_moment = may(turn(Side::Customer), 3, at("2026-02-08T22:59:59Z"));
            assert_ne!(last_moment, Err(Refusal::Expired));
            assert_eq!(may(turn(Side::Customer), 3, at("2026-02-08T23:00:00Z")), Err(Refusal::Expired));
            for state in ProposalState::ALL.iter().filter(|state| **state != ProposalState::Open) {
                let over = Turn { state: *state, ..turn(Side::Business) };
                assert_eq!(may(over, 3, now), Err(Refusal::Over(*state)));
            }
        }
    }
    let many = Turn { newest: Turn::VERSIONS_MAX, ..turn(Side::Business) };
    assert_eq!(many.may(Side::Customer, Act::Offer, 20, now), Err(Refusal::TooManyVersions));
    assert_eq!(many.may(Side::Customer, Act::Accept, 20, now), Ok(()));
}

#[test]
fn a_version_is_good_for_its_days_and_never_beyond_its_own_dates() {
    let berlin = zone("Europe/Berlin");
    let now = at("2026-02-02T23:30:00Z"); // The 3rd in Berlin.
    let planned = terms(90_000, monthly(3));
    assert_eq!(expires_at(&planned, 7, now, berlin), at("2026-02-10T23:00:00Z"), "all of the 10th");
    assert_eq!(
        expires_at(&planned, 60, now, berlin),
        at("2026-03-01T23:00:00Z"),
        "the first is due on the 1st"
    );
    let down = terms(90_000, Shape { down: Some(eur(10_000)), ..monthly(3) });
    assert_eq!(expires_at(&down, 60, now, berlin), at("2026-02-28T23:00:00Z"), "the day before");
}

#[test]
fn what_was_paid_voided_or_planned_meanwhile_is_told_by_invoice() {
    let over = (1..=6).map(|number| covered(number, eur(1000))).collect();
    let planned = Terms::propose(over, monthly(3), date("2026-02-01")).unwrap();
    let balances = [
        (invoice(1), Balance::Open(eur(1000))),
        (invoice(2), Balance::Open(eur(400))),
        (invoice(3), Balance::Open(eur(0))),
        (invoice(4), Balance::Void),
        (invoice(5), Balance::UnderPlan),
    ];
    assert_eq!(
        moved(&planned, &balances),
        [
            Moved::Open { invoice: invoice(2), was: eur(1000), is: eur(400) },
            Moved::Settled(invoice(3)),
            Moved::Void(invoice(4)),
            Moved::UnderPlan(invoice(5)),
            Moved::Void(invoice(6)),
        ]
    );
}
