//! What a customer lets be charged by itself: when they are told before, when it is charged, and when that ends.
//!
//! **Nothing is charged that was not announced**, and never more than was: [`decide`] announces what falls due, some days before;
//! charges it on the day it named, as far as it is still open then; tries again where that may help, which it announces too; and
//! gives up where it may not. One announcement covers all that falls due on one day, and is one charge.
//!
//! All of it is pure: a function of what is owed, what was announced, the business's days, and the moment. What was charged and how
//! that went is among the facts, so deciding a thousand times at one instant, or late, charges nothing twice.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::calendar::Calendar;
use crate::ledger::Part;
use crate::payment::{Again, FailureCode, Method};
use crate::time::{Date, Timestamp, Zone, add_days, civil_date, start_of_day};
use crate::{DebitId, Money, ReceivableId};

/// So many calendar days pass at least between the word and the charge, by method, and why.
///
/// For debits a shorter time than a scheme's usual one may be agreed; the words that the customer agrees to name the number.
const NOTICE: &[(Method, i64, &str)] = &[
    // No law or network names a number for the charge of an invoice.
    (Method::Card, 3, "ours: time to object, or to see to the money"),
    // SEPA Core rulebook (EPC016-06), pre-notification: 14 days unless agreed otherwise; the mandate that Stripe shows agrees on 2.
    (Method::SepaDebit, 5, "EPC016-06, as agreed; docs.stripe.com/payments/sepa-debit"),
    // Two working days before each collection: stripe.com/legal/bacs-direct-debit-guarantee. Five calendar days hold two of them.
    (Method::BacsDebit, 5, "docs.stripe.com/payments/bacs-debit/email-customization"),
    // Transfers that vary in amount: 10 days before, 12 CFR 1005.10(d)(1).
    (Method::UsBankAccount, 10, "12 CFR 1005.10(d)(1)"),
];

/// Words go out so many days before they have to, so that a weekend moves no charge.
const SLACK_DAYS: i64 = 2;

/// A charge that could not be tried within so many days of its date is announced anew.
const LATE_DAYS_MAX: i64 = 3;

/// What is announced is tried so often, at most.
pub const TRIES_MAX: u32 = 3;

/// So many days pass at least before another try, in which money may come.
const TRY_AGAIN_AFTER_DAYS: i64 = 3;

/// How many calendar days before a charge its payer is told, at least.
pub fn notice_days(method: Method) -> i64 {
    NOTICE.iter().find(|(of, ..)| *of == method).map_or(14, |(_, days, _)| *days)
}

named_enum! {
    /// Why nothing is charged by itself any more.
    pub enum EndReason {
        /// The customer turned it off.
        Customer = "customer",
        /// A member turned it off.
        Member = "member",
        /// What was charged is kept no longer.
        Method = "method",
        /// The bank will never take it from this method.
        Declined = "declined",
    }
}

named_enum! {
    /// What became of an announced charge.
    pub enum DebitState {
        /// It will be charged, or was and nobody knows yet what came of it.
        Announced = "announced",
        /// It was charged.
        Collected = "collected",
        /// Nothing was left to be charged, or it was turned off.
        CalledOff = "called_off",
        /// Its day passed while nobody could charge it.
        Lapsed = "lapsed",
        /// It was refused, and is not tried any more.
        GivenUp = "given_up",
    }
}

named_enum! {
    /// Why an announced charge is given up.
    pub enum GiveUp {
        /// The bank will never take it from this method.
        Declined = "declined",
        /// The bank wants its holder to confirm it.
        NeedsBank = "needs_bank",
        /// It was tried often enough.
        TriedEnough = "tried_enough",
        /// The payer could not be told.
        NotTold = "not_told",
    }
}

/// Whether something that is owed can be charged now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing stands against it.
    Free,
    /// Another payment may be made of it at this moment.
    Busy,
    /// It is disputed, under a plan, kept back, or a person said that it has to wait; or this business does not take the method
    /// for it.
    Held,
}

/// Something that is owed in the currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// What.
    pub receivable: ReceivableId,
    /// When it is due, in the business's zone.
    pub due_on: Date,
    /// What can still be paid of it: what is open less what is on its way.
    pub open: Money,
    /// Whether it can be charged.
    pub claim: Claim,
}

/// How far the word about a charge came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It waits to be handed over.
    Waiting,
    /// It was handed over on this day, in the business's zone.
    On(Date),
    /// It could not be.
    Never,
}

/// What came of the last try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tried {
    /// Nobody knows yet, or the money is on its way.
    UnderWay,
    /// The money came.
    Paid,
    /// It did not.
    Refused(FailureCode),
}

/// A charge that was announced and is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit {
    /// Which.
    pub id: DebitId,
    /// The day it is charged next, as its payer was told.
    pub on: Date,
    /// How much of what its payer was told of, at most.
    pub items: Vec<Part>,
    /// How far the word about this day came.
    pub told: Told,
    /// How often it was tried.
    pub tries: u32,
    /// What came of the last of them, as long as nothing was concluded from that.
    pub last: Option<Tried>,
}

/// What there is to know of a customer who has one currency charged by itself.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// How it is charged.
    pub method: Method,
    /// What is owed.
    pub owed: &'a [Owed],
    /// What was announced and is not over, by its day.
    pub debits: &'a [Debit],
    /// The days for which something was ever announced: another announcement is for another day.
    pub taken: &'a BTreeSet<Date>,
    /// What was given up, or was charged once and came back: it is followed up like anything else.
    pub given_up: &'a BTreeSet<ReceivableId>,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Nothing before this moment, unless something happens.
    Nothing {
        /// When to look again.
        until: Timestamp,
    },
    /// Tell the customer that so much will be charged.
    Notify {
        /// The day of the charge.
        on: Date,
        /// How much of what.
        items: Vec<Part>,
    },
    /// Charge it now.
    Charge {
        /// What was announced.
        debit: DebitId,
        /// Which try it is, from 1.
        number: u32,
        /// How much of what: no more than was announced, and than is open.
        items: Vec<Part>,
    },
    /// It did not work: try again on another day.
    TryAgain {
        /// What was announced.
        debit: DebitId,
        /// When.
        on: Date,
        /// Why it did not.
        code: FailureCode,
        /// Whether the payer is told: not of what has nothing to do with them.
        tell: bool,
    },
    /// Do not try any more.
    GiveUp {
        /// What was announced.
        debit: DebitId,
        /// Why.
        reason: GiveUp,
    },
    /// It is over.
    Close {
        /// What was announced.
        debit: DebitId,
        /// How.
        state: DebitState,
    },
}

/// Decides what is done about a customer's autopay at one moment: the first thing to do, of several. Asked again after it was done,
/// it names the next.
///
/// - Nothing is charged before its day, outside of the business's hours, before the word of it was out for [`notice_days`], or
///   later than some days after: then it is announced anew, so that nothing is charged at once that piled up in an outage.
/// - What was paid meanwhile is not charged, nor what is held. While another payment of it may be made, it waits.
/// - A refusal that says never ends it; one that asks for the holder, or the last of [`TRIES_MAX`], gives the charge up.
pub fn decide(facts: &Facts<'_>, calendar: &Calendar, zone: Zone, now: Timestamp) -> Decision {
    let day = Day { calendar, zone, now, today: civil_date(now, zone), notice: notice_days(facts.method) };
    let done = facts.debits.iter().find_map(|debit| step(facts, debit, &day));
    done.or_else(|| announce(facts, &day)).unwrap_or_else(|| Decision::Nothing { until: until(facts, &day) })
}

/// A moment in the business's days.
struct Day<'a> {
    calendar: &'a Calendar,
    zone: Zone,
    now: Timestamp,
    today: Date,
    /// See [`notice_days`].
    notice: i64,
}

impl Day<'_> {
    fn is_open(&self) -> bool {
        self.calendar.is_open(self.now, self.zone)
    }

    /// This day, or the next on which the business works.
    fn business_day(&self, from: Date) -> Date {
        let days = (0..).map(|days| add_days(from, days)).take(Calendar::MOST_DAYS);
        days.into_iter().find(|day| self.calendar.is_business_day(*day)).unwrap_or(from)
    }

    /// The first day on which something due on this day is announced.
    fn announced_from(&self, due_on: Date) -> Date {
        add_days(self.business_day(due_on), -(self.notice + SLACK_DAYS))
    }
}

/// What is to be done about an announced charge now, if anything.
fn step(facts: &Facts<'_>, debit: &Debit, day: &Day<'_>) -> Option<Decision> {
    let close = |state| Some(Decision::Close { debit: debit.id, state });
    let give_up = |reason| Some(Decision::GiveUp { debit: debit.id, reason });
    match debit.last {
        Some(Tried::UnderWay) => return None,
        Some(Tried::Paid) => return close(DebitState::Collected),
        Some(Tried::Refused(code)) if code.again() == Again::Never => return give_up(GiveUp::Declined),
        Some(Tried::Refused(_)) | None => {}
    }
    let open: Vec<(Claim, Part)> =
        debit.items.iter().filter_map(|item| still_open(facts.owed, item)).collect();
    if open.is_empty() {
        return close(DebitState::CalledOff);
    }
    if let Some(Tried::Refused(code)) = debit.last {
        let again_on = |after: i64| day.business_day(add_days(day.today, after));
        return match code.again() {
            Again::WithHolder => give_up(GiveUp::NeedsBank),
            _ if debit.tries >= TRIES_MAX => give_up(GiveUp::TriedEnough),
            Again::Soon => Some(Decision::TryAgain { debit: debit.id, on: again_on(1), code, tell: false }),
            Again::Later | Again::Never => {
                let on = again_on(TRY_AGAIN_AFTER_DAYS.max(day.notice));
                Some(Decision::TryAgain { debit: debit.id, on, code, tell: true })
            }
        };
    }
    if day.today < debit.on {
        return None;
    }
    if day.today > add_days(debit.on, LATE_DAYS_MAX) {
        return close(DebitState::Lapsed);
    }
    match debit.told {
        Told::Never => return give_up(GiveUp::NotTold),
        Told::On(told_on) if add_days(told_on, day.notice) <= day.today => {}
        Told::Waiting | Told::On(_) => return None,
    }
    if !day.is_open() || open.iter().any(|(claim, _)| *claim == Claim::Busy) {
        return None;
    }
    let items: Vec<Part> =
        open.iter().filter(|(claim, _)| *claim == Claim::Free).map(|(_, part)| *part).collect();
    if !is_collectable(&items) {
        return close(DebitState::CalledOff);
    }
    Some(Decision::Charge { debit: debit.id, number: debit.tries + 1, items })
}

/// What is still open of something that was announced, and no more than was.
fn still_open(owed: &[Owed], item: &Part) -> Option<(Claim, Part)> {
    let owed = owed.iter().find(|owed| owed.receivable == item.receivable)?;
    let amount = item.amount.smaller(owed.open).ok().filter(|amount| amount.is_positive())?;
    Some((owed.claim, Part { receivable: item.receivable, amount }))
}

/// Whether all of it together is as much as the provider collects.
fn is_collectable(items: &[Part]) -> bool {
    let Some(first) = items.first() else { return false };
    let currency = first.amount.currency();
    let sum = Money::sum(currency, items.iter().map(|part| part.amount));
    sum.is_ok_and(|sum| sum.minor() >= currency.stripe_minimum_minor().max(1))
}

/// What can be announced: open, and neither announced before nor given up.
fn to_announce<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = &'a Owed> {
    facts.owed.iter().filter(|owed| {
        let announced = || facts.debits.iter().flat_map(|debit| &debit.items);
        owed.open.is_positive()
            && owed.claim != Claim::Held
            && !facts.given_up.contains(&owed.receivable)
            && !announced().any(|item| item.receivable == owed.receivable)
    })
}

/// The next announcement that is due, if one is: of everything that is charged on one day.
fn announce(facts: &Facts<'_>, day: &Day<'_>) -> Option<Decision> {
    if !day.is_open() {
        return None;
    }
    let soonest = add_days(day.today, day.notice);
    let due: Vec<(Date, &Owed)> = to_announce(facts)
        .filter(|owed| owed.claim == Claim::Free && day.announced_from(owed.due_on) <= day.today)
        .map(|owed| (day.business_day(owed.due_on.max(soonest)), owed))
        .collect();
    let days: BTreeSet<Date> = due.iter().map(|(on, _)| *on).collect();
    days.into_iter().find_map(|charged_on| {
        let items: Vec<Part> = due
            .iter()
            .filter(|(on, _)| *on == charged_on)
            .map(|(_, owed)| Part { receivable: owed.receivable, amount: owed.open })
            .collect();
        let mut on = charged_on;
        while facts.taken.contains(&on) {
            on = day.business_day(add_days(on, 1));
        }
        is_collectable(&items).then_some(Decision::Notify { on, items })
    })
}

/// When there may be something to do again.
fn until(facts: &Facts<'_>, day: &Day<'_>) -> Timestamp {
    let soon = day.now + TimeDelta::hours(1);
    let tomorrow = day.now + TimeDelta::days(1);
    let begins = |on: Date| {
        let opens = day.calendar.window(on, day.zone).map(|(opens, _)| opens);
        opens.unwrap_or_else(|| start_of_day(on, day.zone)).max(soon)
    };
    let debits = facts.debits.iter().map(|debit| begins(debit.on));
    let opens = day.calendar.next_open(day.now, day.zone).max(day.now + TimeDelta::minutes(1));
    let coming = to_announce(facts).map(|owed| {
        let from = day.announced_from(owed.due_on);
        if from > day.today {
            begins(from)
        } else if day.is_open() {
            soon
        } else {
            opens
        }
    });
    debits.chain(coming).fold(tomorrow, Timestamp::min)
}
