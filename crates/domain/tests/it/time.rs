//! Civil dates and zones, through every jump of every clock.

use chrono::{NaiveDateTime, TimeDelta};
use domain::time::{
    RelativeDay, add_days, add_months, civil_date, local, local_to_utc, parse_date, start_of_day,
    truncate_micros,
};
use domain::{FieldProblem, Timestamp, Zone};
use proptest::prelude::*;
use proptest::sample::select;

use crate::{at, date, zone};

/// How far a zone's clocks are ahead at an instant.
fn offset(instant: Timestamp, zone: Zone) -> TimeDelta {
    local(instant, zone) - instant.naive_utc()
}

/// The jumps of a zone's clocks in some decades: the instant, and the offsets before and after.
pub(crate) fn jumps(zone: Zone, from: Timestamp, to: Timestamp) -> Vec<(Timestamp, TimeDelta, TimeDelta)> {
    let mut found = Vec::new();
    let mut start = from;
    while start < to {
        let end = start + TimeDelta::days(6);
        if offset(start, zone) != offset(end, zone) {
            let (mut before, mut after) = (start, end);
            while after - before > TimeDelta::seconds(1) {
                let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
                if offset(middle, zone) == offset(start, zone) { before = middle } else { after = middle }
            }
            found.push((after, offset(before, zone), offset(after, zone)));
        }
        start = end;
    }
    found
}

fn shown(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

#[test]
fn every_jump_of_every_zone_is_understood() {
    let (mut gaps, mut overlaps) = (0, 0);
    for zone in Zone::all() {
        for (jump, before, after) in jumps(zone, at("2005-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")) {
            let edge = jump.naive_utc() + before; // What the clocks would have shown, had they not jumped.
            let size = after - before;
            let probes = [
                TimeDelta::zero(),
                TimeDelta::seconds(1),
                size.abs() / 2,
                size.abs() - TimeDelta::seconds(1),
            ];
            if size > TimeDelta::zero() {
                gaps += 1;
                for probe in probes {
                    assert_eq!(
                        local_to_utc(edge + probe, zone),
                        jump,
                        "{zone}: {} is never shown",
                        edge + probe
                    );
                }
                assert_eq!(local_to_utc(edge + size, zone), jump, "{zone}: the first time shown after");
            } else {
                overlaps += 1;
                for probe in probes {
                    // Within the repeated stretch, which ends where the clocks jumped back.
                    let twice = edge + size + probe;
                    let first = local_to_utc(twice, zone);
                    assert_eq!(local(first, zone), twice, "{zone}");
                    assert!(first < jump, "{zone}: {twice} first comes before the jump");
                }
            }
            let just_before = edge.min(edge + size) - TimeDelta::seconds(1);
            assert_eq!(local(local_to_utc(just_before, zone), zone), just_before, "{zone}");
        }
    }
    assert!(gaps > 4000 && overlaps > 4000, "the search found the world's jumps: {gaps} and {overlaps}");
}

#[test]
fn a_missing_midnight_begins_when_the_clocks_first_show_the_day() {
    // Cairo and Beirut jump at midnight; so did Santiago and Havana.
    assert_eq!(start_of_day(date("2023-04-28"), zone("Africa/Cairo")), at("2023-04-27T22:00:00Z"));
    assert_eq!(local(at("2023-04-27T22:00:00Z"), zone("Africa/Cairo")), shown("2023-04-28T01:00:00"));
    assert_eq!(start_of_day(date("2024-09-08"), zone("America/Santiago")), at("2024-09-08T04:00:00Z"));
    assert_eq!(start_of_day(date("2024-03-10"), zone("America/Havana")), at("2024-03-10T05:00:00Z"));
    // Samoa left out 30 December 2011 altogether: that day begins when the next one does.
    let apia = zone("Pacific/Apia");
    assert_eq!(start_of_day(date("2011-12-30"), apia), start_of_day(date("2011-12-31"), apia));
    assert_eq!(civil_date(start_of_day(date("2011-12-30"), apia), apia), date("2011-12-31"));
}

#[test]
fn a_midnight_shown_twice_is_its_first() {
    // Havana falls back at 01:00 to 00:00.
    assert_eq!(start_of_day(date("2024-11-03"), zone("America/Havana")), at("2024-11-03T04:00:00Z"));
    assert_eq!(local_to_utc(shown("2024-10-27T02:30:00"), zone("Europe/Berlin")), at("2024-10-27T00:30:00Z"));
    assert_eq!(
        local_to_utc(shown("2024-03-31T02:30:00.5"), zone("Europe/Berlin")),
        at("2024-03-31T01:00:00Z")
    );
}

#[test]
fn the_day_depends_on_where_one_is() {
    let instant = at("2026-03-03T23:30:00Z");
    assert_eq!(civil_date(instant, zone("Europe/Berlin")), date("2026-03-04"));
    assert_eq!(civil_date(instant, zone("America/New_York")), date("2026-03-03"));
    assert_eq!(civil_date(instant, Zone::UTC), date("2026-03-03"));
}

#[test]
fn months_are_reckoned_from_the_anchor() {
    let anchor = date("2026-01-31");
    let due: Vec<String> = (0..5).map(|months| add_months(anchor, months).to_string()).collect();
    assert_eq!(due, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]);
    assert_eq!(add_months(date("2027-11-30"), 3), date("2028-02-29"));
    assert_eq!(add_days(date("2026-03-01"), -1), date("2026-02-28"));
    assert_eq!(add_days(date("2026-03-01"), i64::MAX), domain::Date::MAX);
    assert_eq!(add_days(date("2026-03-01"), i64::MIN), domain::Date::MIN);
}

#[test]
fn a_typed_date_exists() {
    assert_eq!(parse_date(" 2028-02-29 ").unwrap().to_string(), "2028-02-29");
    assert_eq!(parse_date(""), Err(FieldProblem::Required));
    for text in [
        "2026-02-29",
        "2026-13-01",
        "2026-00-01",
        "26-03-03",
        "2026-3-3",
        "03/03/2026",
        "2026-03-03T00:00",
        "1026-03-03",
        "2026-03-0١",
        "+026-03-03",
        "2026-03",
    ] {
        assert_eq!(parse_date(text), Err(FieldProblem::DateInvalid), "{text}");
    }
}

#[test]
fn zones_are_named_as_the_iana_names_them() {
    assert_eq!(zone(" Europe/Berlin ").name(), "Europe/Berlin");
    assert_eq!(Zone::parse(""), Err(FieldProblem::Required));
    for name in ["Europe/Nowhere", "europe/berlin", "+01:00", "CEST"] {
        assert_eq!(Zone::parse(name), Err(FieldProblem::ZoneUnknown), "{name}");
    }
    let json = serde_json::to_string(&zone("Asia/Tokyo")).unwrap();
    assert_eq!(serde_json::from_str::<Zone>(&json).unwrap(), zone("Asia/Tokyo"));
}

#[test]
fn days_are_seen_from_today() {
    let today = date("2026-03-03");
    for (days, seen) in [
        (-12, RelativeDay::DaysAgo(12)),
        (-1, RelativeDay::Yesterday),
        (0, RelativeDay::Today),
        (1, RelativeDay::Tomorrow),
        (3, RelativeDay::InDays(3)),
    ] {
        assert_eq!(RelativeDay::of(add_days(today, days), today), seen);
    }
}

#[test]
fn instants_are_cut_to_what_both_databases_keep() {
    assert_eq!(truncate_micros(at("2026-03-03T09:00:00.123456789Z")), at("2026-03-03T09:00:00.123456Z"));
}

proptest! {
    #[test]
    fn a_time_that_is_shown_comes_back(
        seconds in 0_i64..4_000_000_000,
        zone in select(Zone::all().collect::<Vec<_>>()),
    ) {
        let instant = chrono::DateTime::from_timestamp(seconds, 0).unwrap();
        let shown = local(instant, zone);
        let first = local_to_utc(shown, zone);
        prop_assert_eq!(local(first, zone), shown);
        prop_assert!(first <= instant);
    }

    #[test]
    fn days_begin_in_order(days in 0_i64..40_000, zone in select(Zone::all().collect::<Vec<_>>())) {
        let day = add_days(date("2000-01-01"), days);
        let (begins, next) = (start_of_day(day, zone), start_of_day(add_days(day, 1), zone));
        prop_assert!(begins <= next);
        prop_assert!(civil_date(begins, zone) >= day);
        prop_assert!(civil_date(begins - TimeDelta::microseconds(1), zone) < day);
    }
}

#[test]
fn a_local_moment_is_read_as_browsers_send_it() {
    let read = |text: &str| domain::time::parse_local(text).map(|moment| moment.to_string());
    assert_eq!(read("2026-03-03T14:05").as_deref(), Ok("2026-03-03 14:05:00"));
    assert_eq!(read(" 2026-03-03T14:05:09 ").as_deref(), Ok("2026-03-03 14:05:09"));
    assert_eq!(read(""), Err(FieldProblem::Required));
    for broken in [
        "2026-03-03",
        "2026-03-03T",
        "2026-03-03 14:05",
        "2026-03-03T24:05",
        "2026-03-03T+4:05",
        "1826-03-03T14:05",
    ] {
        assert_eq!(read(broken), Err(FieldProblem::DateInvalid), "{broken}");
    }
}
