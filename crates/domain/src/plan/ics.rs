//! The dates of a timetable for a calendar program (RFC 5545).
//!
//! Written here: what is needed is thirty lines of text, and the crates for it draw the present moment and random ids by
//! themselves, so that the same plan would come twice into a calendar that it is taken into again.

use chrono::NaiveDate;

use crate::time;
use crate::{Date, Timestamp};

/// A whole day of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is known by, the same every time.
    pub uid: String,
    /// Which day.
    pub on: Date,
    /// What stands on it.
    pub summary: String,
    /// More about it; may be empty.
    pub description: String,
}

/// The octets that fit in a line.
const LINE_OCTETS: usize = 75;

/// A calendar of this name. `made_at` is when what it tells was last changed: a calendar program keeps the newest.
pub fn calendar(name: &str, made_at: Timestamp, entries: &[Entry]) -> String {
    let mut text = String::new();
    let mut line = |property: &str, value: &str| fold(&mut text, property, value);
    line("BEGIN", "VCALENDAR");
    line("VERSION", "2.0");
    line("PRODID", "-//Dunlin//Payment plan//EN");
    line("CALSCALE", "GREGORIAN");
    line("METHOD", "PUBLISH");
    line("X-WR-CALNAME", &escape(name));
    let stamp = made_at.format("%Y%m%dT%H%M%SZ").to_string();
    for entry in entries {
        line("BEGIN", "VEVENT");
        line("UID", &escape(&entry.uid));
        line("DTSTAMP", &stamp);
        line("DTSTART;VALUE=DATE", &day(entry.on));
        line("DTEND;VALUE=DATE", &day(time::add_days(entry.on, 1)));
        line("SUMMARY", &escape(&entry.summary));
        if !entry.description.is_empty() {
            line("DESCRIPTION", &escape(&entry.description));
        }
        line("TRANSP", "TRANSPARENT");
        line("END", "VEVENT");
    }
    line("END", "VCALENDAR");
    text
}

fn day(date: NaiveDate) -> String {
    date.format("%Y%m%d").to_string()
}

/// A text as the value of a property. Control characters other than line breaks have no place in one.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' | '\r' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Writes a line, folded where it is longer than the standard allows; never within a character.
fn fold(text: &mut String, property: &str, value: &str) {
    let mut octets = 0;
    for c in property.chars().chain([':']).chain(value.chars()) {
        if octets + c.len_utf8() > LINE_OCTETS {
            text.push_str("\r\n ");
            octets = 1;
        }
        text.push(c);
        octets += c.len_utf8();
    }
    text.push_str("\r\n");
}
