//! The dates for a calendar.

use domain::plan::ics::{Entry, calendar};

use crate::{at, date};

fn entry(summary: &str, description: &str) -> Entry {
    Entry {
        uid: "ins_1@portal.example".to_owned(),
        on: date("2026-12-31"),
        summary: summary.to_owned(),
        description: description.to_owned(),
    }
}

#[test]
fn a_plan_is_a_calendar_of_whole_days() {
    let text = calendar(
        "Your plan, Nordlicht",
        at("2026-02-01T09:30:00Z"),
        &[entry("€200.00; part 1", "For 2026-1,\n2026-2")],
    );
    assert!(text.lines().count() > 10 && text.matches('\n').count() == text.matches("\r\n").count());
    insta::assert_snapshot!(text.replace("\r\n", "\n"), @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//Dunlin//Payment plan//EN
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    X-WR-CALNAME:Your plan\, Nordlicht
    BEGIN:VEVENT
    UID:ins_1@portal.example
    DTSTAMP:20260201T093000Z
    DTSTART;VALUE=DATE:20261231
    DTEND;VALUE=DATE:20270101
    SUMMARY:€200.00\; part 1
    DESCRIPTION:For 2026-1\,\n2026-2
    TRANSP:TRANSPARENT
    END:VEVENT
    END:VCALENDAR
    ");
}

#[test]
fn long_lines_are_folded_between_characters_and_read_back_the_same() {
    let summary = "é\\".repeat(120);
    let text = calendar("Plan", at("2026-02-01T09:30:00Z"), &[entry(&summary, "")]);
    assert!(text.split("\r\n").all(|line| line.len() <= 75));
    let unfolded = text.replace("\r\n ", "");
    assert!(unfolded.contains(&format!("\r\nSUMMARY:{}\r\n", "é\\\\".repeat(120))));
    assert!(!text.contains("DESCRIPTION"));
}

#[test]
fn nothing_that_is_put_in_breaks_out_of_its_line() {
    let text = calendar(
        "Plan\r\nEND:VCALENDAR",
        at("2026-02-01T09:30:00Z"),
        &[entry("a\rBEGIN:VEVENT\u{0}", "b\u{7}")],
    );
    assert_eq!(text.matches("\r\nEND:VCALENDAR").count(), 1);
    assert_eq!(text.matches("\r\nBEGIN:VEVENT").count(), 1);
    assert!(!text.contains('\u{0}') && !text.contains('\u{7}'));
}
