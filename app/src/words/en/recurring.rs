//! Recurring invoices.

use domain::recurring::{Covers, Cycle, RecurringState};

use crate::words::RecurringWords;

pub(super) const RECURRING: RecurringWords = RecurringWords {
    title: "Recurring invoices",
    one: "Recurring invoice",
    new: "New recurring invoice",
    edit: "Edit recurring invoice",
    none: "No recurring invoices. What you invoice again and again, Dunlin can write and issue on its days.",
    each: "Each",
    rhythm: "Rhythm",
    when: "When",
    every_hint: "2 means every other week, month or year.",
    first_on_hint: "It decides the weekday, or the day of the month. From the 31st, shorter months end earlier.",
    month_end: "Always on the last day of the month",
    ends_hint: "Leave both empty if it goes on until you end it.",
    as_draft: "Only leave a draft, which I look at and issue",
    as_draft_hint: "Otherwise each invoice is issued by itself on its day.",
    placeholders: "In what it is about, descriptions and details you can write {period}, {month} or {year}. On each invoice its own days stand there, in the customer's language.",
    each_covers: "Each invoice shows these days beside its lines.",
    save: "Save",
    show_dates: "Show the next dates",
    from_now_on: "Changes count for the invoices to come. Those that were written stay as they are.",
    starts: "From its first date on, invoices are issued without anybody looking.",
    comes: "What comes",
    nothing_comes: "No further dates.",
    written: "What was written",
    nothing_written: "Nothing yet.",
    on: "Date",
    skipped: "Left out",
    draft_gone: "The draft was thrown away",
    review: "Look at the draft",
    look: "Look at it",
    over: "Over",
    pause: "Pause",
    pause_what: "No invoices are written until you let it go on. The dates that pass meanwhile are left out.",
    resume: "Let it go on",
    resume_what: "Invoices are written again, from today on. The dates that passed are left out.",
    end: "End",
    end_what: "No invoices are written any more. What was written stays. This cannot be taken back.",
    try_again: "Try again",
    failed: "An invoice could not be written",
    failed_body: "Look at its lines, its words and the customer. Saving a change tries again; so does the button.",
    missed: "Dates have passed without an invoice",
    missed_body: "Dunlin was not running on these days, or they came from a backup. Choose which are still to be written: each gets today's date and shows its own days. The others are left out.",
    missed_none: "No date is left to decide about.",
    decide: "Write those that are ticked, leave the others out",
    changed: "Someone else changed it meanwhile. This is how it is now; look at it, then try again.",
    not_written: "Nothing was written: an invoice of these lines cannot be. Edit it, then decide again.",
    conflict_body: "What you typed still stands below. Saving again replaces theirs with yours.",
    of_invoice: "Written by a recurring invoice",
    state: |state| match state {
        RecurringState::Running => "Running",
        RecurringState::Missed => "Waits for you",
        RecurringState::Failed => "Could not be written",
        RecurringState::Paused => "Paused",
        RecurringState::Ended => "Ended",
    },
    cycle: |cycle| match cycle {
        Cycle::Week => "Weekly",
        Cycle::Month => "Monthly",
        Cycle::Year => "Yearly",
    },
    covers: |covers| match covers {
        Covers::Ahead => "The days from its date to the next",
        Covers::Behind => "The days before its date, since the one before",
        Covers::Nothing => "No days in particular",
    },
    told: |cycle, every, day, month_end| {
        let (one, many) = match cycle {
            Cycle::Week => ("week", "weeks"),
            Cycle::Month => ("month", "months"),
            Cycle::Year => ("year", "years"),
        };
        let often = if every == 1 { format!("Every {one}") } else { format!("Every {every} {many}") };
        match (cycle, month_end) {
            (_, true) => format!("{often}, on the last day of the month"),
            (Cycle::Month, false) => format!("{often}, on day {day}"),
            (Cycle::Week | Cycle::Year, false) => format!("{often}, on {day}"),
        }
    },
    until: |date| format!("until {date}"),
    times: |count| if count == 1 { "once".to_owned() } else { format!("{count} times") },
};
