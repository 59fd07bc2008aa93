//! What people do about following up.

use domain::alarm::Alarm;
use domain::call::Outcome;
use domain::hold::HoldKind;
use domain::message::Channel;

use crate::console::invoice::NotNow;
use crate::words::HandlingWords;

pub(super) const HANDLING: HandlingWords = HandlingWords {
    hold: "Hold",
    hold_what: "Nothing more is sent about it until the hold ends. The customer is not told.",
    hold_all: "Hold everything",
    hold_all_what: "Nothing more is sent to this customer about any invoice, new ones included, until the hold ends.",
    until_hint: "A promise ends by itself some days after its date. Any other hold asks you again on that day.",
    place: "Hold the follow-up",
    place_all: "Hold everything of this customer",
    holds: "Holds",
    no_holds: "Nothing is on hold. Dunlin follows up on every open invoice.",
    end: "End the hold",
    hold_on: "Hold on",
    hold_on_until: "Hold on until",
    everything: "All invoices",
    wants_review: "Its day has come",
    select_hint: "Tick invoices in the list, then hold them together.",
    hold_selected: "Hold the ticked invoices",
    approve: "Approve",
    approve_what: "It goes out in the next open hour where the contact is.",
    read_draft: "Read what it says",
    send_now: "Send now",
    send_now_what: "The next step is said now instead of on its day. It then counts as said. Hours, the minimum gap and what \
                    the customer agreed to still hold.",
    contacted: "I contacted them",
    contacted_what: "It stands on the timeline and counts like a reminder: the next one keeps its distance from it.",
    now_hint: "Now, unless you say when.",
    spoke: "We spoke with each other",
    note_it: "Note it",
    call: "How did it go?",
    call_until_hint: "Needed when they will pay. Otherwise a hold lasts a week or two unless you name a day.",
    call_finish: "Finish the call",
    read_letter: "Read the letter",
    read_message: "Look at the message",
    find: "See the contacts",
    messages: "Messages",
    no_messages: "No messages here. What Dunlin sends, and what it decided not to send, is listed on this page.",
    any_channel: "Every channel",
    by_channel: "By channel",
    why: "Why",
    parked: "To be released",
    parked_what: "These came by import or from a backup, so Dunlin does not know what was said about them. Nothing is sent until \
                  you release them. Beside each stands what would be sent then.",
    nothing_parked: "Nothing waits to be released.",
    release: "Release the ticked ones",
    release_all: "Release all on this page",
    nothing_foreseen: "Nothing in the next 90 days",
    see_parked: "See what waits",
    select: "Tick",
    see_holds: "Holds",
    of_customer: "Messages to this customer",
    kind: |kind| match kind {
        HoldKind::Dispute => "Something is disputed",
        HoldKind::Promise => "They promised to pay",
        HoldKind::AlreadyPaid => "They say it is paid",
        HoldKind::Manual => "Another reason",
    },
    standing: |kind| match kind {
        HoldKind::Dispute => "Disputed",
        HoldKind::Promise => "Promised",
        HoldKind::AlreadyPaid => "Paid, they say",
        HoldKind::Manual => "On hold",
    },
    until: |date| format!("until {date}"),
    by: |author, when| match author {
        Some(author) => format!("{author}, {when}"),
        None => format!("The customer, {when}"),
    },
    channel: |channel| match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
        Channel::Letter => "Letter",
        Channel::Call => "Call",
        Channel::Task => "Task",
        Channel::HandOff => "Hand-off",
    },
    made: |channel, spoke| match (channel, spoke) {
        (Channel::Call, Some(true)) => "Called, and spoke with each other",
        (Channel::Call, _) => "Called",
        (Channel::Email, _) => "Wrote an e-mail",
        (Channel::Sms, _) => "Wrote a text message",
        (Channel::Letter, _) => "Posted a letter",
        (Channel::Task | Channel::HandOff, _) => "Contacted",
    },
    outcome: |outcome| match outcome {
        Outcome::NoAnswer => "No answer",
        Outcome::WillPay => "They will pay by a day",
        Outcome::AlreadyPaid => "They say it is paid",
        Outcome::NotReceived => "They did not get it",
        Outcome::WrongPerson => "Wrong person",
        Outcome::Disputes => "They dispute it",
        Outcome::WantsPlan => "They want to pay in parts",
        Outcome::Refuses => "They refuse",
    },
    not_now: |reason, when| {
        let why = match reason {
            NotNow::Nothing => "There is nothing to say about it now.",
            NotNow::Held => "It is on hold. End the hold first.",
            NotNow::OutsideHours => "It is not a business hour where the contact is.",
            NotNow::Gap => "The customer heard from you a short while ago.",
            NotNow::CallCap => "The rules allow no further call yet.",
            NotNow::Nobody => "There is nobody to write to.",
            NotNow::ByPerson => "The next step is a person's to do: a call or a decision.",
        };
        match when {
            Some(when) => format!("Not sent. {why} It can be sent from {when}."),
            None => format!("Not sent. {why}"),
        }
    },
    alarm: |alarm, locale| {
        match alarm {
        Alarm::ClockBehind { .. } => (
            "The clock is behind the record",
            "Nothing is sent until it is right, because what is sent now might be sent twice. Set the server's clock.".to_owned(),
        ),
        Alarm::NothingDecided { .. } => (
            "Nothing is being decided",
            "Invoices have been due for a decision for more than an hour. Restart the server and read its log.".to_owned(),
        ),
        Alarm::Undecidable { waiting } => (
            "Some invoices cannot be decided about",
            format!(
                "{} not followed up because of an error. The log names the customers and says what is wrong; Dunlin keeps trying.",
                count(waiting, "invoice is", "invoices are", locale)
            ),
        ),
        Alarm::RelayDown { waiting } => (
            "Mail does not leave",
            format!(
                "The mail server puts off what is handed to it, {} waiting. Check its address and password; Dunlin keeps trying.",
                count(waiting, "message", "messages", locale)
            ),
        ),
        Alarm::CapUsedUp { waiting } => (
            "As many reminders left as may in an hour",
            format!(
                "{} waiting; they follow within the next hours. If that is too slow, raise the hourly limit in the configuration.",
                count(waiting, "message is", "messages are", locale)
            ),
        ),
        Alarm::NothingSent { .. } => (
            "Nothing is being sent",
            "Messages have been ready for more than an hour and none left. Restart the server and read its log.".to_owned(),
        ),
    }
    },
    only_customer: |name| format!("To {name}"),
    foreseen: |step, channel, when| format!("{step} by {}, {when}", channel.to_lowercase()),
    skipped: |steps| format!("Earlier steps passed over: {steps}"),
    draft: |channel, to, when| format!("{channel} to {to}. Once approved it goes out {when}."),
    on_record,
};

/// Why something was not sent, in the words of the record. What another program said is left as it is.
fn on_record(reason: &str) -> String {
    let known = match reason {
        "the contact is no longer the one to write to" => "Another contact gets the invoices now.",
        "it can no longer go this way" => "The contact can no longer be reached this way.",
        "it is no longer due" => "It was no longer due when it was about to leave.",
        "nothing of it applies any more" => "Nothing of it applied any more when it was about to leave.",
        "on hold: by_word" => "Somebody had placed a hold by then.",
        "on hold: parked" => "It waited to be released by then.",
        "on hold: payment_processing" => "A payment was on its way by then.",
        "on hold: payment_disputed" => "A payment was contested at the bank by then.",
        "on hold: attempt_unknown" => "A payment may have been on its way: Stripe had not answered.",
        "on hold: checkout_open" => "The customer was paying just then.",
        "on hold: awaiting_approval" => "It needed somebody's approval by then.",
        "on hold: nobody_to_write_to" => "There was nobody left to write to.",
        "on hold: never_open" => "Business hours and the rules for this customer no longer met.",
        "done: paid" => "The invoice had been paid by then.",
        "done: written_off" => "The rest had been written off by then.",
        "done: void" => "The invoice had been taken back by then.",
        "done: all_said" => "Every step had been said by then.",
        "nothing more is sent to this address" => "Nothing more is sent to this address.",
        "the invitation was taken back, accepted, or is too old" => {
            "The invitation was taken back, accepted, or is too old."
        }
        "given to a person to post" => "Given to a person to post.",
        other => {
            let later = other.strip_prefix("the step ").is_some_and(|rest| rest.ends_with(" is due instead"));
            return if later { "A later step had come due by then.".to_owned() } else { other.to_owned() };
        }
    };
    known.to_owned()
}

fn count(number: u32, one: &str, many: &str, locale: domain::Locale) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{} {many}", locale.integer(i64::from(number))) }
}
