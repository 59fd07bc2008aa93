//! The one gate that everything a customer hears passes: [`may_contact`].
//!
//! *Chasing* (reminders, calls, final notices, a person's own nudge) obeys hours, holidays, gaps, caps and consent. *Answers*
//! (codes, fresh links, receipts, replies to what the customer did) go at once, obey suppression and consent of their channel
//! only, and are no contact for the gap. Every refusal has its reason and, where there is one, the next allowed moment.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::message::{Channel, Purpose};
use crate::rules::RulePack;
use crate::time::{self, Timestamp, Zone};

/// Whether a channel leads to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// It does.
    Yes,
    /// Nobody knows an address or number.
    #[default]
    NoAddress,
    /// They asked not to be reached this way.
    OptedOut,
    /// What was sent there came back, or was complained about.
    Suppressed,
    /// They have not agreed to it, and have to.
    NoConsent,
}

/// Who would hear it, and what they heard before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Where they may be: one zone when that is known, else every zone of their country. Never empty.
    pub zones: Vec<Zone>,
    /// By e-mail.
    pub email: Reach,
    /// By text message.
    pub sms: Reach,
    /// By letter.
    pub letter: Reach,
    /// When the customer last heard about money, by whatever step or person.
    pub last_chasing_contact: Option<Timestamp>,
    /// When they were called lately, in any order.
    pub calls: Vec<Timestamp>,
    /// When somebody last spoke with them.
    pub last_conversation: Option<Timestamp>,
}

impl Recipient {
    /// Whether this channel leads to them. A call always may be tried: finding the number is part of the task.
    pub const fn reach(&self, channel: Channel) -> Reach {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
            Channel::Letter => self.letter,
            Channel::Call | Channel::Task | Channel::HandOff => Reach::Yes,
        }
    }
}

/// What stands between a business and a customer.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// The business's days and hours, with the holidays where the customer is, and the minimum gap.
    pub calendar: &'a Calendar,
    /// The rules for this customer.
    pub rules: &'a RulePack,
    /// Who would hear it.
    pub recipient: &'a Recipient,
}

/// Why somebody may not be contacted at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// It is not a business day, or not the hour, somewhere they may be.
    OutsideHours,
    /// They heard from the business just now.
    MinimumGap,
    /// They were called as often as the rules allow.
    CallCap,
    /// Somebody spoke with them just now.
    AfterConversation,
    /// The channel leads to nobody.
    Unreachable(Reach),
    /// Hours and rules leave no moment at all.
    NeverOpen,
}

/// The gate's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Yes.
    Now,
    /// Not yet.
    From {
        /// The next moment at which the answer is yes, as things stand.
        at: Timestamp,
        /// What stood in the way longest.
        refusal: Refusal,
    },
    /// Not by waiting.
    Never(Refusal),
}

/// The road a step takes to this customer: its own channel, or what it falls back to. Opting out of e-mail leads to a letter or
/// to a person's call, not to silence; an address that does not work leads to a search for one that does.
pub fn route(channel: Channel, recipient: &Recipient) -> Result<Channel, Refusal> {
    let reach = recipient.reach(channel);
    match (channel, reach) {
        (_, Reach::Yes) => Ok(channel),
        (Channel::Sms | Channel::Letter, _) => route(Channel::Email, recipient),
        (Channel::Email, Reach::OptedOut) if recipient.letter == Reach::Yes => Ok(Channel::Letter),
        (Channel::Email, Reach::OptedOut) => Ok(Channel::Call),
        (_, reach) => Err(Refusal::Unreachable(reach)),
    }
}

/// Whether this customer may be contacted this way at this moment, and if not, why and from when on.
///
/// `step_gap_days` is a step's own wish for distance; the longer of it and the calendar's gap counts.
pub fn may_contact(
    purpose: Purpose,
    channel: Channel,
    gate: &Gate<'_>,
    step_gap_days: Option<u32>,
    at: Timestamp,
) -> Permission {
    let reach = gate.recipient.reach(channel);
    if reach != Reach::Yes {
        return Permission::Never(Refusal::Unreachable(reach));
    }
    if purpose == Purpose::Answer || channel.is_internal() {
        return Permission::Now;
    }
    let (from, refusal) = bounds(channel, gate, step_gap_days)
        .into_iter()
        .flatten()
        .filter(|(from, _)| *from > at)
        .max_by_key(|(from, _)| *from)
        .unwrap_or((at, Refusal::OutsideHours));
    match opens_everywhere(gate, from) {
        None => Permission::Never(Refusal::NeverOpen),
        Some(open) if open <= at => Permission::Now,
        Some(open) => Permission::From { at: open, refusal },
    }
}

/// The moments before which nothing is said, whatever the hour: none of them moves as time goes on.
fn bounds(
    channel: Channel,
    gate: &Gate<'_>,
    step_gap_days: Option<u32>,
) -> [Option<(Timestamp, Refusal)>; 3] {
    if !channel.is_contact() {
        return [None; 3];
    }
    let Gate { calendar, rules, recipient } = gate;
    let gap_days = step_gap_days.unwrap_or_default().max(calendar.minimum_gap_days());
    // Days are counted where they are: the gap ends when its last day has begun in every such place.
    let days_after = |moment: Timestamp, days: u32| {
        let ends = recipient.zones.iter().map(|zone| {
            let day = time::add_days(time::civil_date(moment, *zone), i64::from(days));
            time::start_of_day(day, *zone)
        });
        ends.max().unwrap_or(moment)
    };
    let gap = recipient.last_chasing_contact.map(|last| (days_after(last, gap_days), Refusal::MinimumGap));
    let Some(cap) = rules.calls.filter(|_| channel == Channel::Call) else { return [gap, None, None] };

    let mut calls = recipient.calls.clone();
    calls.sort_unstable();
    // A further call has to lie so many days after the first of the last `most` of them.
    let first_that_counts = calls.len().checked_sub(cap.most).map(|at| calls[at]);
    let capped = first_that_counts.map(|call| (days_after(call, cap.within_days), Refusal::CallCap));
    let quiet = recipient.last_conversation.map(|spoken| {
        // The day of the conversation is the first of them (12 CFR 1006.14(b)(2)(i)(B)).
        (days_after(spoken, cap.quiet_days_after_conversation), Refusal::AfterConversation)
    });
    [gap, capped, quiet]
}

/// Whether a calendar and rules leave any moment at all for somebody who may be in each of these zones. Settings that leave
/// none are refused when they are saved.
pub fn ever_opens(calendar: &Calendar, rules: &RulePack, zones: &[Zone], from: Timestamp) -> bool {
    let recipient = Recipient {
        zones: zones.to_vec(),
        email: Reach::Yes,
        sms: Reach::Yes,
        letter: Reach::Yes,
        last_chasing_contact: None,
        calls: Vec::new(),
        last_conversation: None,
    };
    opens_everywhere(&Gate { calendar, rules, recipient: &recipient }, from).is_some()
}

/// The first instant from `from` on that lies within business hours and the rules' hours everywhere they may be.
fn opens_everywhere(gate: &Gate<'_>, from: Timestamp) -> Option<Timestamp> {
    // Each round moves to the next opening somewhere. Holidays can hide that hours overlap for as long as a calendar has
    // days; where they have not overlapped by then, they never do.
    let give_up = from + TimeDelta::days(i64::try_from(Calendar::MOST_DAYS).unwrap_or(i64::from(u16::MAX)));
    let mut at = from;
    while at <= give_up {
        let latest = gate.recipient.zones.iter().try_fold(at, |latest, zone| {
            gate.calendar.next_open_within(at, *zone, gate.rules.hours).map(|open| open.max(latest))
        })?;
        if latest == at {
            return Some(at);
        }
        at = latest;
    }
    None
}
