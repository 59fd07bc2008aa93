//! What is known of a customer when it is decided what they hear: facts gathered from the store, in `domain`'s words.
//!
//! Planner, outbox, lists and previews all ask with this, so that what is shown is what is done.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::TimeDelta;
use domain::calendar::Calendar;
use domain::follow_up::Consequence;
use domain::gate::{Gate, Reach, Recipient};
use domain::hold::{Hold, HoldKind, Standing};
use domain::invoice::Balance;
use domain::message::Channel;
use domain::payment::AttemptStatus;
use domain::rules::{self, RulePack};
use domain::schedule::{Case, Facts, HoldReason, Schedule, StepId};
use domain::statement::sending::StatementSettings;
use domain::{Date, Locale, ReceivableId, Timestamp, Zone, time};
use store::customers::{Contact, Customer};
use store::dossiers::{Dossier, Item as Filed};
use store::identity::Business;
use store::messages::Message;
use store::receivables::Receivable;

use super::house::House;
use crate::sabotage::{self, Fault};

/// How long a payer may stand at a Checkout before following up goes on.
const CHECKOUT_HOLDS_FOR: TimeDelta = TimeDelta::hours(1);

/// How far back contacts matter: the longest gap there is.
pub const CONTACTS_MATTER_FOR: TimeDelta = TimeDelta::days(Calendar::MAX_GAP_DAYS as i64 + 2);

/// A customer, with whatever bears on what they hear.
#[derive(Debug, Clone)]
pub struct Known {
    /// Whose customer.
    pub business: Business,
    /// Who owes.
    pub customer: Customer,
    /// Whom to write to: the first contact who receives invoices and takes mail, else the first who takes texts, else the first.
    pub contact: Option<Contact>,
    /// When the last of the customer's addresses was given up, in microseconds, and 0 while none was: what tells one search for
    /// somebody to write to from the next.
    pub unreachable_since: i64,
    /// Who would hear it, and what they heard before.
    pub recipient: Recipient,
    /// The rules for this customer.
    pub rules: &'static RulePack,
    /// The business's days and hours, with the holidays where the customer is.
    pub calendar: Arc<Calendar>,
    /// The schedule all of it follows.
    pub schedule: Arc<Schedule>,
    /// What a final notice may name.
    pub consequences: BTreeSet<Consequence>,
    /// Whether a hold stands on everything of the customer's.
    pub everything_is_held: bool,
    /// What the business set about statements.
    pub statements: StatementSettings,
    /// Whether this customer is sent them.
    pub wants_statements: bool,
    /// The receivables asked about.
    pub items: Vec<Item>,
}

/// One receivable of the customer.
#[derive(Debug, Clone)]
pub struct Item {
    /// Which.
    pub receivable: Receivable,
    /// Its invoice's number.
    pub number: String,
    /// What it was for; may be empty.
    pub title: String,
    /// Its sums.
    pub balance: Balance,
    /// What `decide` is asked with.
    pub facts: Facts,
    /// Holds whose date has come and that somebody has to look at.
    pub wants_review: Vec<Hold>,
}

impl Known {
    /// Reads a dossier. `asking` leaves one message out, and those planned in the same moment: the outbox asks about a message
    /// as if it had not been queued yet.
    pub fn new(house: &mut House, mut dossier: Dossier, asking: Option<&Message>, now: Timestamp) -> Self {
        dossier.contacts.iter_mut().for_each(sabotage::forget);
        let business = house.business.clone();
        let today = time::civil_date(now, business.time_zone);
        let calendar = house.calendar(dossier.customer.country, now);
        let schedule = house.schedule(&dossier.follow_up, dossier.group.as_ref());
        let approval_from = House::approval_from(&dossier.follow_up, dossier.group.as_ref());
        let grace_days = house.settings.promise_grace_days;

        let given_up = |contact: &Contact| {
            let suppressed = contact.email_suppressed.as_ref().map(|(since, _)| *since);
            suppressed.max(contact.email_opted_out_at)
        };
        let unreachable_since = dossier.contacts.iter().filter_map(given_up).max();
        let contact = whom_to_write_to(&dossier.contacts).cloned();
        let recipient = recipient(house, &dossier, contact.as_ref(), asking);

        let customer_wide = &dossier.holds;
        let items: Vec<Item> = dossier
            .items
            .into_iter()
            .map(|filed| {
                let holds = filed.holds.iter().chain(customer_wide);
                let wants_review = holds
                    .clone()
                    .filter(|hold| hold.standing(today, grace_days) == Standing::WantsReview)
                    .cloned()
                    .collect();
                let mut reasons = holds_by_fact(&filed, today);
                let holds = holds.filter(|_| !sabotage::is(Fault::IgnoresHoldsByWord));
                reasons.extend(holds.map(|hold| by_word(hold, grace_days, business.time_zone)));
                let asked = |message: Option<domain::MessageId>| {
                    asking.is_some_and(|asking| message == Some(asking.id))
                };
                let facts = Facts {
                    issued_on: filed.issued_on,
                    due_on: time::add_days(
                        filed.receivable.due_on,
                        -i64::from(sabotage::is(Fault::ADayEarly)),
                    ),
                    open: filed.balance.open,
                    written_off: filed.balance.written_off,
                    void: filed.void,
                    holds: reasons,
                    said: filed
                        .said
                        .into_iter()
                        .filter(|(message, _)| !asked(*message))
                        .map(|(_, said)| said)
                        .collect(),
                    approved: filed.approved,
                    approval_from: approval_from.filter(|_| !sabotage::is(Fault::IgnoresApproval)),
                    business_zone: business.time_zone,
                    brought_forward: asking.and_then(|asking| brought_forward(asking, filed.receivable.id)),
                };
                Item {
                    receivable: filed.receivable,
                    number: filed.number,
                    title: filed.title.map(|title| title.to_string()).unwrap_or_default(),
                    balance: filed.balance,
                    facts,
                    wants_review,
                }
            })
            .collect();
        let schedule = sabotage::followed(schedule, items.iter().map(|item| &item.facts.said[..]));
        Self {
            everything_is_held: customer_wide
                .iter()
                .any(|hold| hold.standing(today, grace_days) != Standing::Over),
            statements: house.settings.statements,
            wants_statements: house.settings.statements.wanted(dossier.follow_up.statements),
            rules: RulePack::of(dossier.customer.country, dossier.customer.kind),
            unreachable_since: unreachable_since.map_or(0, |since| since.timestamp_micros()),
            items,
            consequences: house.settings.consequences.clone(),
            business,
            customer: dossier.customer,
            contact,
            recipient,
            calendar,
            schedule,
        }
    }

    /// The same with a step that a person wants said now although its day has not come.
    #[must_use]
    pub fn bringing_forward(mut self, step: &StepId) -> Self {
        for item in &mut self.items {
            item.facts.brought_forward = Some(step.clone());
        }
        self
    }

    /// What stands between the business and this customer.
    pub fn gate(&self) -> Gate<'_> {
        Gate { calendar: &self.calendar, rules: self.rules, recipient: &self.recipient }
    }

    /// All receivables asked about, as `domain` decides about them.
    pub fn cases(&self) -> Vec<Case<'_>> {
        let case = |item: &Item| Case {
            receivable: item.receivable.id,
            schedule: &self.schedule,
            facts: item.facts.clone(),
        };
        self.items.iter().map(case).collect()
    }

    /// The receivable of this id, if it was asked about.
    pub fn item(&self, receivable: ReceivableId) -> Option<&Item> {
        self.items.iter().find(|item| item.receivable.id == receivable)
    }

    /// The contact's language, or the customer's.
    pub fn locale(&self) -> Locale {
        self.contact.as_ref().and_then(|contact| contact.locale).unwrap_or(self.customer.locale)
    }

    /// Where a message by this channel goes; empty for a letter, whose address stands on it.
    pub fn address(&self, channel: Channel) -> Option<String> {
        let contact = self.contact.as_ref()?;
        match channel {
            Channel::Email => contact.mailable().map(ToString::to_string),
            Channel::Sms => contact.textable().map(ToString::to_string),
            Channel::Letter => Some(String::new()),
            Channel::Call | Channel::Task | Channel::HandOff => None,
        }
    }
}

/// The key in a message's data under which stands which member had it sent before its day.
pub const SENT_BY: &str = "sent_by";

/// The step of this receivable that a person had said before its day, if this message is of that kind.
fn brought_forward(message: &Message, receivable: ReceivableId) -> Option<StepId> {
    message.data.get(SENT_BY)?;
    let part = message.parts.iter().find(|part| part.receivable == receivable)?;
    Some(part.said.step.clone())
}

/// The first contact who receives invoices and takes mail; else the first who takes texts; else the first who receives invoices.
fn whom_to_write_to(contacts: &[Contact]) -> Option<&Contact> {
    let mut receiving =
        contacts.iter().filter(|contact| contact.receives_invoices && contact.removed_at.is_none());
    let by_mail = receiving.clone().find(|contact| contact.mailable().is_some());
    let by_text = || receiving.clone().find(|contact| contact.textable().is_some());
    by_mail.or_else(by_text).or_else(|| receiving.next())
}

fn recipient(
    house: &House,
    dossier: &Dossier,
    contact: Option<&Contact>,
    asking: Option<&Message>,
) -> Recipient {
    let own_zone = contact.and_then(|contact| contact.time_zone);
    let candidates = || rules::candidate_zones(dossier.customer.country);
    let zones = match own_zone {
        None if dossier.follow_up.zone_unknown => candidates(),
        _ => Vec::new(),
    };
    let zones = if zones.is_empty() { vec![own_zone.unwrap_or(dossier.customer.time_zone)] } else { zones };
    let zones = if sabotage::is(Fault::WrongZone) { vec![house.business.time_zone] } else { zones };

    // Two currencies are two messages of one moment: the gap does not stand between them.
    let same_moment = |planned_at: Timestamp| asking.is_some_and(|asking| asking.created_at == planned_at);
    let written =
        dossier.chasing.iter().filter(|message| !same_moment(message.planned_at)).map(|message| message.at);
    let by_hand = dossier.manual.iter().map(|made| made.at);
    let by_hand = by_hand.filter(|_| !sabotage::is(Fault::CountsNoManualContact));
    let calls = dossier.manual.iter().filter(|made| made.channel == Channel::Call);
    Recipient {
        zones,
        email: reach_by_mail(&dossier.contacts),
        sms: reach_by_text(house, contact),
        letter: if dossier.customer.address.is_some() { Reach::Yes } else { Reach::NoAddress },
        last_chasing_contact: written.chain(by_hand).max().filter(|_| !sabotage::is(Fault::ForgetsTheGap)),
        calls: calls.clone().map(|made| made.at).collect(),
        last_conversation: calls.filter(|made| made.conversation).map(|made| made.at).max(),
    }
}

/// Whether mail leads to anybody who receives invoices, and if not, why: a person who opted out is not the same as an address
/// that does not work.
fn reach_by_mail(contacts: &[Contact]) -> Reach {
    let receiving =
        || contacts.iter().filter(|contact| contact.receives_invoices && contact.removed_at.is_none());
    if receiving().any(|contact| contact.mailable().is_some()) {
        Reach::Yes
    } else if receiving().any(|contact| contact.email_opted_out_at.is_some()) {
        Reach::OptedOut
    } else if receiving().any(|contact| contact.email_suppressed.is_some()) {
        Reach::Suppressed
    } else {
        Reach::NoAddress
    }
}

fn reach_by_text(house: &House, contact: Option<&Contact>) -> Reach {
    let textable = contact.is_some_and(|contact| contact.textable().is_some());
    if house.texts() && textable { Reach::Yes } else { Reach::NoConsent }
}

/// What the attempts in flight, disputes, payment plans, autopay and the quarantine say, the strongest first.
fn holds_by_fact(filed: &Filed, today: Date) -> Vec<HoldReason> {
    let mut holds: Vec<HoldReason> = filed
        .in_flight
        .iter()
        .filter(|_| !sabotage::is(Fault::IgnoresPaymentsUnderWay))
        .map(|(status, created_at)| match status {
            AttemptStatus::Processing => HoldReason::PaymentProcessing,
            AttemptStatus::Unknown => HoldReason::AttemptUnknown,
            _ => HoldReason::CheckoutOpen { until: *created_at + CHECKOUT_HOLDS_FOR },
        })
        .collect();
    holds.sort_by_key(|hold| match hold {
        HoldReason::PaymentProcessing => 0,
        HoldReason::AttemptUnknown => 1,
        _ => 2,
    });
    if filed.contested && !sabotage::is(Fault::IgnoresPaymentsUnderWay) {
        holds.insert(0, HoldReason::PaymentDisputed);
    }
    if filed.under_plan {
        holds.push(HoldReason::UnderPlan);
    }
    // Before it is due its customer is told in time; afterwards only what they were told holds it.
    let due_on = filed.receivable.due_on;
    if let Some(on) = filed.autopay.and_then(|told| told.or(Some(due_on).filter(|due_on| today <= *due_on))) {
        holds.push(HoldReason::Autopay { on });
    }
    let parked = filed.receivable.parked.filter(|_| !sabotage::is(Fault::IgnoresQuarantine));
    let parked = parked.map(|by| HoldReason::Parked { by });
    parked.into_iter().chain(holds).collect()
}

fn by_word(hold: &Hold, grace_days: u32, zone: Zone) -> HoldReason {
    let ends = |day: Date| time::start_of_day(day, zone);
    let ends_at = match hold.kind {
        HoldKind::Promise => hold.changes_on(grace_days).map(ends),
        _ => None,
    };
    HoldReason::ByWord { kind: hold.kind, ends_at }
}
