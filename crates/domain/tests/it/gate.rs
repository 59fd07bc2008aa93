//! The gate: nobody is contacted out of hours, too often, or in a way they did not agree to, anywhere in the world.

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta, Timelike};
use domain::calendar::Calendar;
use domain::customer::CustomerKind;
use domain::gate::{Gate, Permission, Reach, Recipient, Refusal, may_contact, route};
use domain::message::{Channel, Purpose};
use domain::rules::{self, RulePack, candidate_zones};
use domain::time::{civil_date, local};
use domain::{Country, Timestamp, Zone};
use proptest::prelude::*;
use proptest::sample::select;

use crate::schedule::{any_calendar, any_zone, recipient};
use crate::time::jumps;
use crate::{at, zone};

fn calendar(opens: u32, closes: u32, gap_days: u32) -> Calendar {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    Calendar::new([true; 7], hour(opens), hour(closes), BTreeSet::new(), gap_days).unwrap()
}

fn country(code: &str) -> Country {
    Country::from_code(code).unwrap()
}

fn chasing(channel: Channel, gate: &Gate<'_>, now: &str) -> Permission {
    may_contact(Purpose::Chasing, channel, gate, None, at(now))
}

#[test]
fn a_pack_is_chosen_by_country_and_kind_and_names_its_source() {
    assert_eq!(RulePack::of(country("US"), CustomerKind::Consumer), &rules::US_CONSUMER);
    assert_eq!(RulePack::of(country("US"), CustomerKind::Company), &rules::US_COMPANY);
    assert_eq!(RulePack::of(country("DE"), CustomerKind::Consumer), &rules::GENERAL);
    for pack in RulePack::ALL {
        assert!(!pack.source.is_empty() && pack.opt_out_in_every_message, "{}", pack.name);
        if let Some(hours) = pack.hours {
            assert!(hours.opens() < hours.closes(), "{}", pack.name);
        }
    }
}

#[test]
fn hours_of_business_and_of_the_law_both_hold() {
    // A business that writes from six in the morning to eleven at night.
    let calendar = calendar(6, 23, 0);
    let there = recipient(zone("America/New_York"));
    let gate = Gate { calendar: &calendar, rules: &rules::US_CONSUMER, recipient: &there };
    let from = |moment: &str| Permission::From { at: at(moment), refusal: Refusal::OutsideHours };
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T11:59:59Z"), from("2026-06-02T12:00:00Z"));
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T12:00:00Z"), Permission::Now);
    assert_eq!(chasing(Channel::Call, &gate, "2026-06-03T01:00:00Z"), from("2026-06-03T12:00:00Z"), "21:00");
    let elsewhere = Gate { rules: &rules::GENERAL, ..gate };
    assert_eq!(chasing(Channel::Email, &elsewhere, "2026-06-02T10:00:00Z"), Permission::Now);
}

#[test]
fn where_somebody_is_unknown_it_has_to_be_right_everywhere_they_may_be() {
    let calendar = calendar(9, 17, 0);
    let there = Recipient { zones: candidate_zones(country("US")), ..recipient(Zone::UTC) };
    assert!(there.zones.len() >= 7, "every name is a zone");
    let gate = Gate { calendar: &calendar, rules: &rules::US_CONSUMER, recipient: &there };
    // Nine in Honolulu is three in the afternoon in New York: two hours are left.
    let opens = Permission::From { at: at("2026-06-02T19:00:00Z"), refusal: Refusal::OutsideHours };
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T14:00:00Z"), opens);
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T20:59:59Z"), Permission::Now);
    let tomorrow = Permission::From { at: at("2026-06-03T19:00:00Z"), refusal: Refusal::OutsideHours };
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T21:00:00Z"), tomorrow);
}

#[test]
fn hours_that_never_meet_are_said_not_waited_for() {
    let before_eight = calendar(5, 8, 0);
    let there = recipient(zone("America/Chicago"));
    let gate = Gate { calendar: &before_eight, rules: &rules::US_CONSUMER, recipient: &there };
    let never = Permission::Never(Refusal::NeverOpen);
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T14:00:00Z"), never);

    // An hour in the morning in Hawaii and in New York never is the same one.
    let morning = calendar(9, 10, 0);
    let zones = vec![zone("America/New_York"), zone("Pacific/Honolulu")];
    let there = Recipient { zones, ..there };
    let gate = Gate { calendar: &morning, rules: &rules::GENERAL, recipient: &there };
    assert_eq!(chasing(Channel::Email, &gate, "2026-06-02T14:00:00Z"), never);
}

#[test]
fn an_answer_goes_at_once_and_only_where_it_is_welcome() {
    let calendar = calendar(9, 17, 30);
    let mut there = recipient(zone("Europe/Berlin"));
    there.last_chasing_contact = Some(at("2026-06-02T09:59:00Z"));
    let night = at("2026-06-02T23:30:00Z");
    let answer = |there: &Recipient, channel| {
        let gate = Gate { calendar: &calendar, rules: &rules::GENERAL, recipient: there };
        may_contact(Purpose::Answer, channel, &gate, None, night)
    };
    assert_eq!(answer(&there, Channel::Email), Permission::Now);
    let refused = |reach| Permission::Never(Refusal::Unreachable(reach));
    assert_eq!(answer(&there, Channel::Sms), refused(Reach::NoConsent));
    for reach in [Reach::OptedOut, Reach::Suppressed, Reach::NoAddress] {
        there.email = reach;
        assert_eq!(answer(&there, Channel::Email), refused(reach));
    }
}

#[test]
fn a_call_has_its_caps_and_a_conversation_its_week_of_quiet() {
    let calendar = calendar(8, 21, 0);
    let mut there = recipient(zone("America/Denver"));
    // Seven calls on seven days from the 1st to the 7th of June.
    there.calls = (1..=7).rev().map(|day| at(&format!("2026-06-0{day}T18:00:00Z"))).collect();
    let decide = |there: &Recipient, channel, now| {
        chasing(channel, &Gate { calendar: &calendar, rules: &rules::US_CONSUMER, recipient: there }, now)
    };
    let capped = Permission::From { at: at("2026-06-08T14:00:00Z"), refusal: Refusal::CallCap };
    assert_eq!(decide(&there, Channel::Call, "2026-06-07T20:00:00Z"), capped);
    assert_eq!(decide(&there, Channel::Call, "2026-06-08T14:00:00Z"), Permission::Now);
    assert_eq!(decide(&there, Channel::Email, "2026-06-07T20:00:00Z"), Permission::Now, "only of calls");

    // The day of the conversation is the first of seven.
    there.last_conversation = Some(at("2026-06-07T18:00:00Z"));
    let quiet = Permission::From { at: at("2026-06-14T14:00:00Z"), refusal: Refusal::AfterConversation };
    assert_eq!(decide(&there, Channel::Call, "2026-06-08T14:00:00Z"), quiet);
    let elsewhere = Gate { calendar: &calendar, rules: &rules::GENERAL, recipient: &there };
    assert_eq!(chasing(Channel::Call, &elsewhere, "2026-06-08T14:00:00Z"), Permission::Now);
}

#[test]
fn the_longer_of_two_gaps_counts() {
    let calendar = calendar(9, 17, 3);
    let mut there = recipient(zone("Europe/Berlin"));
    there.last_chasing_contact = Some(at("2026-06-01T14:00:00Z"));
    let gate = Gate { calendar: &calendar, rules: &rules::GENERAL, recipient: &there };
    let decide =
        |days| may_contact(Purpose::Chasing, Channel::Email, &gate, days, at("2026-06-02T10:00:00Z"));
    let gap = |moment| Permission::From { at: at(moment), refusal: Refusal::MinimumGap };
    assert_eq!(decide(None), gap("2026-06-04T07:00:00Z"));
    assert_eq!(decide(Some(1)), gap("2026-06-04T07:00:00Z"));
    assert_eq!(decide(Some(10)), gap("2026-06-11T07:00:00Z"));
}

#[test]
fn nobody_is_left_in_silence_because_they_opted_out() {
    let mut there = recipient(zone("Europe/Berlin"));
    assert_eq!(route(Channel::Email, &there), Ok(Channel::Email));
    assert_eq!(route(Channel::Sms, &there), Ok(Channel::Email), "without consent to texts");
    assert_eq!(route(Channel::Letter, &there), Ok(Channel::Email), "without an address");
    there.email = Reach::OptedOut;
    for channel in [Channel::Email, Channel::Sms, Channel::Letter] {
        assert_eq!(route(channel, &there), Ok(Channel::Call));
    }
    there.letter = Reach::Yes;
    for channel in [Channel::Email, Channel::Sms, Channel::Letter] {
        assert_eq!(route(channel, &there), Ok(Channel::Letter));
    }
    there.email = Reach::Suppressed;
    assert_eq!(route(Channel::Email, &there), Err(Refusal::Unreachable(Reach::Suppressed)));
    assert_eq!(route(Channel::HandOff, &there), Ok(Channel::HandOff));
}

/// Every jump of every zone's clocks from 2026 to 2036: around each, what the gate lets through lies within the hours as a
/// clock on the wall shows them, and the moment it names is the first that does.
#[test]
fn clock_jumps_open_no_gate() {
    let calendar = calendar(1, 4, 1);
    let mut seen = 0;
    for zone in Zone::all() {
        for (jump, ..) in jumps(zone, at("2026-01-01T00:00:00Z"), at("2037-01-01T00:00:00Z")) {
            seen += 1;
            let mut there = recipient(zone);
            there.last_chasing_contact = Some(jump - TimeDelta::hours(30));
            let gate = Gate { calendar: &calendar, rules: &rules::GENERAL, recipient: &there };
            for half_hours in -6..=6 {
                let now = jump + TimeDelta::minutes(30 * half_hours);
                check(&gate, zone, now);
            }
        }
    }
    assert!(seen > 2000, "the world's clocks jump often: {seen}");
}

/// What the gate says about a chasing mail at this moment is right for one zone.
fn check(gate: &Gate<'_>, zone: Zone, now: Timestamp) {
    let decide = |at| may_contact(Purpose::Chasing, Channel::Email, gate, None, at);
    let (first, waited) = match decide(now) {
        Permission::Now => (now, false),
        Permission::From { at, .. } => (at, true),
        Permission::Never(refusal) => panic!("{zone}: {refusal:?}"),
    };
    assert_eq!(decide(first), Permission::Now, "{zone}: {first} is named and not let through");
    assert!(gate.calendar.is_open(first, zone), "{zone}: {first}");
    let last = gate.recipient.last_chasing_contact.unwrap();
    let days = (civil_date(first, zone) - civil_date(last, zone)).num_days();
    assert!(days >= i64::from(gate.calendar.minimum_gap_days()), "{zone}: {first}");
    if waited {
        let before = first - TimeDelta::microseconds(1);
        assert!(decide(before) != Permission::Now, "{zone}: {before} would have done");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever the calendar, wherever they may be: what is let through is within hours in every zone, within the law's hours in
    /// every zone, after the gap in every zone; and what is named as next is let through then.
    #[test]
    fn what_is_let_through_is_right_everywhere(
        calendar in any_calendar(),
        zones in proptest::collection::vec(any_zone(), 1..5),
        pack in select(RulePack::ALL),
        minutes in 0_i64..600_000,
        since in proptest::option::of(0_i64..20_000),
        channel in select(vec![Channel::Email, Channel::Call]),
        calls in proptest::collection::vec(0_i64..30_000, 0..12),
    ) {
        let now = at("2026-01-01T00:00:00Z") + TimeDelta::minutes(minutes);
        let mut there = recipient(zones[0]);
        there.zones = zones;
        there.last_chasing_contact = since.map(|minutes| now - TimeDelta::minutes(minutes));
        there.calls = calls.iter().map(|minutes| now - TimeDelta::minutes(*minutes)).collect();
        let gate = Gate { calendar: &calendar, rules: &pack, recipient: &there };
        let at = match may_contact(Purpose::Chasing, channel, &gate, None, now) {
            Permission::Now => now,
            Permission::From { at, .. } => {
                prop_assert!(at > now);
                prop_assert_eq!(may_contact(Purpose::Chasing, channel, &gate, None, at), Permission::Now);
                at
            }
            Permission::Never(refusal) => {
                prop_assert_eq!(refusal, Refusal::NeverOpen);
                return Ok(());
            }
        };
        for zone in &there.zones {
            prop_assert!(calendar.is_open(at, *zone));
            let minute = local(at, *zone).time().num_seconds_from_midnight() / 60;
            if let Some(hours) = pack.hours {
                let within = hours.opens().num_seconds_from_midnight() / 60..hours.closes().num_seconds_from_midnight() / 60;
                prop_assert!(within.contains(&minute), "{} in {}", minute, zone);
            }
            if let Some(last) = there.last_chasing_contact {
                let days = (civil_date(at, *zone) - civil_date(last, *zone)).num_days();
                prop_assert!(days >= i64::from(calendar.minimum_gap_days()));
            }
            if let Some(cap) = pack.calls.filter(|_| channel == Channel::Call) {
                let week_ago = civil_date(at, *zone) - TimeDelta::days(i64::from(cap.within_days));
                let lately = there.calls.iter().filter(|call| civil_date(**call, *zone) > week_ago);
                prop_assert!(lately.count() < cap.most);
            }
        }
    }
}
