//! Following up: nothing twice, nothing early, nothing missed, whatever the clocks do.

use std::collections::BTreeSet;

use chrono::{NaiveTime, TimeDelta};
use domain::calendar::{Calendar, CalendarError};
use domain::gate::{Gate, Reach, Recipient};
use domain::hold::HoldKind;
use domain::message::Channel;
use domain::rules;
use domain::schedule::{
    self, Decision, DoneReason, Facts, HoldReason, ParkedReason, Said, Schedule, ScheduleError, Step, StepId,
    Tone, WaitReason,
};
use domain::time::{add_days, civil_date, local, start_of_day};
use domain::{Currency, Date, Money, Timestamp, Zone};
use proptest::prelude::*;
use proptest::sample::select;

use crate::time::jumps;
use crate::{at, date, zone};

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

pub fn id(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

fn step(name: &str, offset_days: i32, tone: Tone) -> Step {
    Step::new(id(name), offset_days, Channel::Email, tone)
}

/// What is known of a receivable and of whoever owes it.
#[derive(Clone, Debug)]
pub struct Known {
    pub facts: Facts,
    pub recipient: Recipient,
}

impl std::ops::Deref for Known {
    type Target = Facts;
    fn deref(&self) -> &Facts {
        &self.facts
    }
}

impl std::ops::DerefMut for Known {
    fn deref_mut(&mut self) -> &mut Facts {
        &mut self.facts
    }
}

impl Known {
    pub fn contact_zone(&self) -> Zone {
        self.recipient.zones[0]
    }

    pub fn gate<'a>(&'a self, calendar: &'a Calendar) -> Gate<'a> {
        Gate { calendar, rules: &rules::GENERAL, recipient: &self.recipient }
    }
}

/// Somebody in this zone who takes mail.
pub fn recipient(zone: Zone) -> Recipient {
    Recipient {
        zones: vec![zone],
        email: Reach::Yes,
        sms: Reach::NoConsent,
        letter: Reach::NoAddress,
        last_chasing_contact: None,
        calls: vec![],
        last_conversation: None,
    }
}

/// An open invoice, issued two weeks before it is due, of a business and a contact in Berlin.
pub fn facts(due_on: &str) -> Known {
    let facts = Facts {
        issued_on: add_days(date(due_on), -14),
        due_on: date(due_on),
        open: eur(1000),
        written_off: eur(0),
        void: false,
        holds: vec![],
        said: vec![],
        approved: vec![],
        approval_from: None,
        brought_forward: None,
        business_zone: zone("Europe/Berlin"),
    };
    Known { facts, recipient: recipient(zone("Europe/Berlin")) }
}

fn decide(schedule: &Schedule, known: &Known, calendar: &Calendar, now: Timestamp) -> Decision {
    schedule::decide(schedule, &known.facts, &known.gate(calendar), now)
}

/// What a planner does with a decision to send: the step counts as said, and writing is a contact.
fn note(known: &mut Known, step: &Step, now: Timestamp) {
    known.said.push(Said::of(step));
    if step.channel.is_written() {
        known.recipient.last_chasing_contact = Some(now);
    }
}

struct Sent {
    at: Timestamp,
    step: Step,
    day: Date,
    skipped: Vec<StepId>,
}

/// Decides at each of these moments, in order, and does as decided.
fn run(
    schedule: &Schedule,
    facts: &mut Known,
    calendar: &Calendar,
    moments: impl IntoIterator<Item = Timestamp>,
) -> Vec<Sent> {
    let mut sent = Vec::new();
    for now in moments {
        if let Decision::Send { step, day, skipped, .. } = decide(schedule, facts, calendar, now) {
            note(facts, &step, now);
            sent.push(Sent { at: now, step, day, skipped });
        }
    }
    sent
}

fn hourly(from: Timestamp, days: i64) -> impl Iterator<Item = Timestamp> {
    (0..days * 24).map(move |hours| from + TimeDelta::hours(hours))
}

fn story(sent: &[Sent], contact_zone: Zone) -> Vec<String> {
    sent.iter()
        .map(|sent| format!("{} {}", local(sent.at, contact_zone).format("%a %d %b %H:%M"), sent.step.id))
        .collect()
}

#[test]
fn the_standard_schedule_as_a_customer_in_berlin_lives_it() {
    // Due on Tuesday, 3 March 2026. The weekend moves the heads-up to Monday, and the gap moves what follows it.
    let mut facts = facts("2026-03-03");
    let sent =
        run(&Schedule::standard(), &mut facts, &Calendar::standard(), hourly(at("2026-02-17T00:00:00Z"), 90));
    assert_eq!(
        story(&sent, facts.contact_zone()),
        [
            "Mon 02 Mar 09:00 heads-up",
            "Thu 05 Mar 09:00 friendly",
            "Tue 10 Mar 09:00 help",
            "Tue 17 Mar 09:00 firm",
            "Tue 24 Mar 09:00 call",
            "Thu 02 Apr 09:00 final-notice",
            "Fri 17 Apr 09:00 hand-off",
        ]
    );
    assert_eq!(
        decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-05-20T10:00:00Z")),
        Decision::Done { reason: DoneReason::AllSaid }
    );
}

#[test]
fn the_day_is_the_businesss_and_the_hour_the_contacts() {
    let mut facts = facts("2026-03-04");
    facts.business_zone = zone("America/Los_Angeles");
    facts.recipient.zones[0] = zone("Asia/Tokyo");
    facts.said = vec![Said { step: id("heads-up"), offset_days: -3, tone: None, internal: false }];
    // The day after, 5 March, begins in Los Angeles at 17:00 in Tokyo, when the contact's hours are over.
    let moments = hourly(at("2026-03-04T00:00:00Z"), 4);
    let sent = run(&Schedule::standard(), &mut facts, &Calendar::standard(), moments);
    assert_eq!(story(&sent, facts.contact_zone()), ["Fri 06 Mar 09:00 friendly"]);
    assert_eq!(sent[0].day, date("2026-03-05"));
}

#[test]
fn after_an_outage_only_the_latest_step_is_said() {
    let mut facts = facts("2026-03-03");
    let back = at("2026-03-19T10:00:00Z");
    let sent = run(&Schedule::standard(), &mut facts, &Calendar::standard(), (0..1000).map(|_| back));
    assert_eq!(sent.len(), 1, "a thousand ticks at one instant are one");
    assert_eq!(sent[0].step.id, id("firm"));
    assert_eq!(sent[0].skipped, [id("heads-up"), id("friendly"), id("help")]);
    // What was skipped stays unsaid: the next is the call.
    let next = decide(&Schedule::standard(), &facts, &Calendar::standard(), back);
    let expected =
        Decision::Wait { until: at("2026-03-24T08:00:00Z"), step: id("call"), reason: WaitReason::NotYet };
    assert_eq!(next, expected);
}

#[test]
fn a_step_from_before_the_invoice_is_never_said() {
    let mut facts = facts("2026-03-03");
    facts.issued_on = date("2026-03-02");
    let decision = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-02T10:00:00Z"));
    let until = at("2026-03-04T08:00:00Z");
    assert_eq!(decision, Decision::Wait { until, step: id("friendly"), reason: WaitReason::NotYet });

    // One from the very day of issue is.
    facts.issued_on = date("2026-02-28");
    let decision = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-02T10:00:00Z"));
    assert!(matches!(decision, Decision::Send { step, .. } if step.id == id("heads-up")));
}

#[test]
fn nothing_is_said_about_what_is_settled_void_or_held() {
    let due = at("2026-03-19T10:00:00Z");
    let decided = |change: &dyn Fn(&mut Known)| {
        let mut facts = facts("2026-03-03");
        change(&mut facts);
        decide(&Schedule::standard(), &facts, &Calendar::standard(), due)
    };
    let done = |reason| Decision::Done { reason };
    assert_eq!(decided(&|facts| facts.open = eur(0)), done(DoneReason::Paid));
    assert_eq!(decided(&|facts| facts.open = eur(-5)), done(DoneReason::Paid), "paid too much");
    assert_eq!(
        decided(&|facts| (facts.open, facts.written_off) = (eur(0), eur(300))),
        done(DoneReason::WrittenOff)
    );
    assert_eq!(decided(&|facts| facts.void = true), done(DoneReason::Void));

    let held_by = |reason, recheck_at| Decision::Hold { reason, recheck_at: at(recheck_at) };
    let hold = |reason: &HoldReason| decided(&|facts: &mut Known| facts.holds = vec![reason.clone()]);
    let word = |kind, ends_at| HoldReason::ByWord { kind, ends_at };
    for (reason, recheck_at) in [
        (HoldReason::Parked { by: ParkedReason::Import }, "2026-03-20T10:00:00Z"),
        (HoldReason::PaymentProcessing, "2026-03-20T10:00:00Z"),
        (HoldReason::AttemptUnknown, "2026-03-19T11:00:00Z"),
        (HoldReason::CheckoutOpen { until: at("2026-03-19T10:40:00Z") }, "2026-03-19T10:40:00Z"),
        (word(HoldKind::Dispute, None), "2026-03-20T10:00:00Z"),
        (word(HoldKind::Promise, Some(at("2026-03-19T23:00:00Z"))), "2026-03-19T23:00:00Z"),
    ] {
        assert_eq!(hold(&reason), held_by(reason, recheck_at));
    }
    // What is over by itself holds no longer, whether or not anybody noticed.
    for over in [
        HoldReason::CheckoutOpen { until: at("2026-03-19T10:00:00Z") },
        word(HoldKind::Promise, Some(at("2026-03-19T09:00:00Z"))),
    ] {
        assert!(matches!(hold(&over), Decision::Send { .. }));
    }
    let nobody = HoldReason::NobodyToWriteTo;
    for reach in [Reach::NoAddress, Reach::Suppressed] {
        let decided = decided(&|facts| facts.recipient.email = reach);
        assert_eq!(decided, held_by(nobody.clone(), "2026-03-20T10:00:00Z"));
    }
}

#[test]
fn a_call_needs_no_address() {
    let mut facts = facts("2026-03-03");
    facts.recipient.email = Reach::NoAddress;
    let decision = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-25T10:00:00Z"));
    assert!(matches!(decision, Decision::Send { step, .. } if step.channel == Channel::Call));
}

#[test]
fn partly_paid_is_still_followed_up() {
    let mut facts = facts("2026-03-03");
    facts.open = eur(1);
    let decision = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-04T10:00:00Z"));
    assert!(matches!(decision, Decision::Send { step, .. } if step.id == id("friendly")));
}

#[test]
fn a_contact_by_any_road_is_followed_by_quiet_days() {
    let mut facts = facts("2026-03-03");
    facts.recipient.last_chasing_contact = Some(at("2026-03-10T07:30:00Z"));
    let decision = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-10T09:00:00Z"));
    let until = at("2026-03-13T08:00:00Z");
    assert_eq!(decision, Decision::Wait { until, step: id("help"), reason: WaitReason::MinimumGap });
    let sunday = decide(&Schedule::standard(), &facts, &Calendar::standard(), at("2026-03-15T12:00:00Z"));
    let until = at("2026-03-16T08:00:00Z");
    assert_eq!(sunday, Decision::Wait { until, step: id("help"), reason: WaitReason::OutsideHours });
}

#[test]
fn an_edited_schedule_repeats_nothing() {
    let mut facts = facts("2026-03-03");
    facts.said = vec![
        Said { step: id("help"), offset_days: 7, tone: None, internal: false },
        Said { step: id("friendly"), offset_days: 1, tone: None, internal: false },
    ];
    let wednesday = at("2026-03-18T10:00:00Z");

    // A step slipped in before the last one said counts as said; one after it is said.
    let edited = Schedule::new(
        2,
        vec![
            step("friendly", 1, Tone::Friendly),
            step("between", 4, Tone::Friendly),
            step("help", 7, Tone::Polite),
            step("new", 10, Tone::Polite),
        ],
    )
    .unwrap();
    let Decision::Send { step: new, skipped, .. } = decide(&edited, &facts, &Calendar::standard(), wednesday)
    else {
        panic!("the new step is due");
    };
    assert_eq!((new.id, skipped), (id("new"), vec![]));

    // Moved to later, it was said all the same. Removed, it counts where it stood.
    let moved =
        Schedule::new(3, vec![step("early", 8, Tone::Friendly), step("help", 12, Tone::Polite)]).unwrap();
    let all_said = Decision::Done { reason: DoneReason::AllSaid };
    assert_eq!(decide(&moved, &facts, &Calendar::standard(), wednesday), all_said);
    let removed = Schedule::new(4, vec![step("other", 5, Tone::Polite)]).unwrap();
    assert_eq!(decide(&removed, &facts, &Calendar::standard(), wednesday), all_said);
}

#[test]
fn a_list_of_steps_has_to_make_sense() {
    let (friendly, firm) = (step("a", 1, Tone::Friendly), step("b", 5, Tone::Firm));
    assert!(Schedule::new(1, vec![friendly.clone(), firm.clone()]).is_ok());
    assert_eq!(Schedule::new(1, vec![]), Err(ScheduleError::StepCount));
    assert_eq!(
        Schedule::new(1, vec![friendly.clone(), step("a", 2, Tone::Firm)]),
        Err(ScheduleError::SameId(id("a")))
    );
    assert_eq!(
        Schedule::new(1, vec![friendly, step("b", 1, Tone::Firm)]),
        Err(ScheduleError::NotLater(id("b")))
    );
    assert_eq!(
        Schedule::new(1, vec![firm, step("c", 9, Tone::Polite)]),
        Err(ScheduleError::Friendlier(id("c")))
    );
    assert_eq!(Schedule::new(1, vec![step("a", 1001, Tone::Firm)]), Err(ScheduleError::TooFar(id("a"))));
    let standard = Schedule::standard();
    assert_eq!(
        Schedule::new(1, standard.steps().to_vec()).unwrap(),
        standard,
        "the standard one keeps its own rules"
    );
    let json = serde_json::to_string(&standard).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), standard);
}

#[test]
fn a_calendar_that_never_opens_is_an_error_not_silence() {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    let make =
        |days, opens, closes, gap| Calendar::new(days, hour(opens), hour(closes), BTreeSet::new(), gap);
    assert_eq!(make([false; 7], 9, 17, 3), Err(CalendarError::NoDays));
    assert_eq!(make([true; 7], 17, 9, 3), Err(CalendarError::NoHours));
    assert_eq!(make([true; 7], 9, 9, 3), Err(CalendarError::NoHours));
    assert_eq!(make([true; 7], 9, 17, 61), Err(CalendarError::GapTooLong));
    let many: BTreeSet<Date> = (0..201).map(|days| add_days(date("2026-01-01"), days)).collect();
    assert_eq!(Calendar::new([true; 7], hour(9), hour(17), many, 3), Err(CalendarError::TooManyHolidays));

    let standard = Calendar::standard();
    let json = serde_json::to_string(&standard).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&json).unwrap(), standard);
    assert!(serde_json::from_str::<Calendar>(&json.replace("true", "false")).is_err());
}

#[test]
fn hours_include_their_first_instant_and_not_their_last() {
    let (calendar, berlin) = (Calendar::standard(), zone("Europe/Berlin"));
    let open = |moment| calendar.is_open(at(moment), berlin);
    assert!(!open("2026-03-03T07:59:59.999999Z") && open("2026-03-03T08:00:00Z"));
    assert!(open("2026-03-03T15:59:59.999999Z") && !open("2026-03-03T16:00:00Z"));
    assert!(!open("2026-03-07T10:00:00Z"), "Saturday");
    assert_eq!(calendar.next_open(at("2026-03-03T10:00:00Z"), berlin), at("2026-03-03T10:00:00Z"));
    assert_eq!(calendar.next_open(at("2026-03-06T16:00:00Z"), berlin), at("2026-03-09T08:00:00Z"));
}

#[test]
fn holidays_are_left_out_however_many_there_are() {
    let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    // Every Monday for years, and Monday is the only business day.
    let mondays: BTreeSet<Date> = (0..200).map(|weeks| add_days(date("2026-03-02"), weeks * 7)).collect();
    let only_mondays = [true, false, false, false, false, false, false];
    let calendar = Calendar::new(only_mondays, hour(9), hour(17), mondays, 3).unwrap();
    let opens = calendar.next_open(at("2026-03-01T00:00:00Z"), Zone::UTC);
    assert_eq!(civil_date(opens, Zone::UTC), add_days(date("2026-03-02"), 200 * 7));
}

/// Every jump of every zone's clocks in two years: a step due on that very day is said once, on that day or the next
/// that has any hours, and the moment named is the first that is all right.
#[test]
fn clock_jumps_neither_swallow_nor_double_a_step() {
    let always = Calendar::new(
        [true; 7],
        NaiveTime::MIN,
        NaiveTime::from_hms_opt(23, 59, 0).unwrap(),
        BTreeSet::new(),
        0,
    )
    .unwrap();
    let schedule = Schedule::new(1, vec![step("only", 0, Tone::Friendly)]).unwrap();
    let mut seen = 0;
    for zone in Zone::all() {
        for (jump, before, after) in jumps(zone, at("2023-01-01T00:00:00Z"), at("2025-01-01T00:00:00Z")) {
            seen += 1;
            let mut facts = facts("2024-01-01");
            facts.due_on = local(jump, zone).date();
            facts.issued_on = add_days(facts.due_on, -14);
            (facts.business_zone, facts.recipient.zones[0]) = (zone, zone);

            // A calendar of only the hour that is left out or repeated, on all days.
            let edge = (jump.naive_utc() + before.min(after)).time();
            let late = edge.overflowing_add_signed(TimeDelta::minutes(59)).0;
            let that_hour = Calendar::new([true; 7], edge, late, BTreeSet::new(), 0);
            for calendar in std::iter::once(&always).chain(that_hour.as_ref().ok()) {
                let mut facts = facts.clone();
                let eve = jump - TimeDelta::days(3);
                let Decision::Wait { until, .. } = decide(&schedule, &facts, calendar, eve) else {
                    panic!("{zone}: it is not due yet")
                };
                assert!(civil_date(until, zone) >= facts.due_on, "{zone}");
                assert!(civil_date(until, zone) <= add_days(facts.due_on, 1), "{zone}");
                let a_moment_before = decide(&schedule, &facts, calendar, until - TimeDelta::microseconds(1));
                assert!(
                    matches!(a_moment_before, Decision::Wait { until: same, .. } if same == until),
                    "{zone}"
                );
                let ticks = (0..96).map(|quarter_hours| until + TimeDelta::minutes(15 * quarter_hours));
                let sent = run(&schedule, &mut facts, calendar, ticks);
                assert_eq!(sent.iter().map(|sent| sent.at).collect::<Vec<_>>(), [until], "{zone}");
            }
        }
    }
    assert!(seen > 800, "the world's clocks jump often: {seen}");
}

pub fn any_zone() -> impl Strategy<Value = Zone> {
    select(Zone::all().collect::<Vec<_>>())
}

pub fn any_calendar() -> impl Strategy<Value = Calendar> {
    let holidays = proptest::collection::btree_set(0_i64..400, 0..20);
    (any::<[bool; 7]>(), 0_u32..1439, 1_u32..1440, holidays, 0_u32..8).prop_filter_map(
        "a calendar that opens",
        |(days, opens, length, holidays, gap)| {
            let minute = |minute: u32| NaiveTime::from_hms_opt(minute / 60, minute % 60, 0);
            let holidays = holidays.into_iter().map(|days| add_days(date("2024-01-01"), days)).collect();
            Calendar::new(days, minute(opens)?, minute((opens + length).min(1439))?, holidays, gap).ok()
        },
    )
}

pub fn any_schedule() -> impl Strategy<Value = Schedule> {
    let steps = proptest::collection::btree_map(-10_i32..60, (select(Channel::ALL), select(Tone::ALL)), 1..8);
    steps.prop_map(|steps| {
        let mut tone = Tone::Friendly;
        let steps = steps.into_iter().map(|(offset_days, (channel, least))| {
            tone = tone.max(least);
            Step::new(id(&format!("s{}", offset_days + 10)), offset_days, channel, tone)
        });
        Schedule::new(1, steps.collect()).unwrap()
    })
}

pub fn any_facts() -> impl Strategy<Value = Known> {
    (any_zone(), any_zone(), 0_i64..300, 0_i64..40).prop_map(
        |(business_zone, contact_zone, due, net_days)| {
            let due_on = add_days(date("2024-01-15"), due);
            let issued_on = add_days(due_on, -net_days);
            let known = facts("2024-01-15");
            Known {
                facts: Facts { due_on, issued_on, business_zone, ..known.facts },
                recipient: recipient(contact_zone),
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// However the ticks fall, with outages of days or weeks between them.
    #[test]
    fn never_twice_never_early_never_friendlier(
        schedule in any_schedule(), calendar in any_calendar(), mut facts in any_facts(),
        pauses in proptest::collection::vec(prop_oneof![9 => 1_i64..600, 1 => 600_i64..40_000], 1..150),
    ) {
        let mut now = start_of_day(facts.issued_on, facts.business_zone);
        let moments: Vec<Timestamp> = pauses.iter().map(|minutes| { now += TimeDelta::minutes(*minutes); now }).collect();
        let sent = run(&schedule, &mut facts, &calendar, moments);

        let mut last: Option<(&Sent, Option<Date>)> = None;
        for this in &sent {
            let there = civil_date(this.at, facts.contact_zone());
            if this.step.channel.is_internal() {
                continue;
            }
            prop_assert!(there >= this.day, "not before its day where the contact is");
            prop_assert!(civil_date(this.at, facts.business_zone) >= this.day, "nor where the business is");
            prop_assert_eq!(this.day, add_days(facts.due_on, i64::from(this.step.offset_days)));
            prop_assert!(this.day >= facts.issued_on);
            prop_assert!(calendar.is_open(this.at, facts.contact_zone()));
            let mut contact = None;
            if let Some((before, last_contact)) = last {
                prop_assert!(this.step.offset_days > before.step.offset_days, "each step once, in order");
                prop_assert!(this.step.tone >= before.step.tone);
                contact = last_contact;
                if let Some(contact) = contact.filter(|_| this.step.channel.is_contact()) {
                    prop_assert!(there >= add_days(contact, i64::from(calendar.minimum_gap_days())));
                }
            }
            let contact = if this.step.channel.is_written() { Some(there) } else { contact };
            last = Some((this, contact));
        }
        // What was skipped was never said, before or after.
        for skipped in sent.iter().flat_map(|sent| &sent.skipped) {
            prop_assert!(sent.iter().all(|sent| sent.step.id != *skipped));
        }
    }

    /// Waking exactly when told misses nothing: every step is said or was skipped for a later one, and the end is reached.
    #[test]
    fn waking_when_told_reaches_the_end(schedule in any_schedule(), calendar in any_calendar(), mut facts in any_facts()) {
        let mut now = start_of_day(facts.issued_on, facts.business_zone);
        let mut accounted = BTreeSet::new();
        let mut decisions = 0;
        loop {
            decisions += 1;
            prop_assert!(decisions <= 3 * schedule.steps().len() + 1, "bounded");
            match decide(&schedule, &facts, &calendar, now) {
                Decision::Send { step, skipped, .. } => {
                    note(&mut facts, &step, now);
                    accounted.insert(step.id);
                    accounted.extend(skipped);
                }
                Decision::Wait { until, step, .. } => {
                    prop_assert!(until > now);
                    let just_before = decide(&schedule, &facts, &calendar, until - TimeDelta::microseconds(1));
                    prop_assert_eq!(just_before.next_at(), Some(until));
                    // At that moment that step is said, or one that came due while it waited.
                    let then = decide(&schedule, &facts, &calendar, until);
                    let Decision::Send { step: said, .. } = then else {
                        return Err(TestCaseError::fail(format!("told to wait until {until} for {step}, then {then:?}")));
                    };
                    let offset = |id: &StepId| schedule.step(id).unwrap().offset_days;
                    prop_assert!(offset(&said.id) >= offset(&step));
                    now = until;
                }
                Decision::Hold { reason, .. } => return Err(TestCaseError::fail(format!("{reason:?}"))),
                Decision::Done { reason } => {
                    prop_assert_eq!(reason, DoneReason::AllSaid);
                    break;
                }
            }
        }
        for step in schedule.steps().iter().filter(|step| step.day(facts.due_on) >= facts.issued_on) {
            prop_assert!(accounted.contains(&step.id), "{} was missed", step.id);
        }
    }

    /// With the standard schedule and calendar, anywhere in the world, a planner that ticks hourly says every step.
    #[test]
    fn the_standard_schedule_skips_nothing(due in 0_i64..5000, business_zone in any_zone(), contact_zone in any_zone()) {
        let due_on = add_days(date("2020-01-01"), due);
        let known = facts("2020-01-15");
        let mut facts = Known {
            facts: Facts { due_on, issued_on: add_days(due_on, -14), business_zone, ..known.facts },
            recipient: recipient(contact_zone),
        };
        let from = start_of_day(facts.issued_on, business_zone);
        let sent = run(&Schedule::standard(), &mut facts, &Calendar::standard(), hourly(from, 75));
        prop_assert_eq!(sent.len(), Schedule::standard().steps().len());
        prop_assert!(sent.iter().all(|sent| sent.skipped.is_empty()));
        for sent in &sent {
            // At most a weekend, the gap and the far side of the world late.
            let zone = if sent.step.channel.is_internal() { business_zone } else { contact_zone };
            let late = (civil_date(sent.at, zone) - sent.day).num_days();
            prop_assert!((0..=6).contains(&late), "{} is {late} days late", sent.step.id);
        }
    }
}

/// What a planner sees that asks again exactly when it was told to: how long until each next look, and what was sent.
fn looks(
    schedule: &Schedule,
    known: &Known,
    calendar: &Calendar,
    from: Timestamp,
) -> Vec<(Timestamp, Decision)> {
    let mut known = known.clone();
    let mut now = from;
    let mut looks = Vec::new();
    for _ in 0..20 {
        let decision = decide(schedule, &known, calendar, now);
        if let Decision::Send { step, .. } = &decision {
            note(&mut known, step, now);
        }
        let next = decision.next_at();
        looks.push((now, decision.clone()));
        match (decision, next) {
            (Decision::Send { .. }, _) => {}
            (_, Some(next)) => now = next,
            (_, None) => break,
        }
    }
    looks
}

/// A hand-off must not come hours late because the letter before it was never approved.
#[test]
fn what_waits_for_a_person_does_not_delay_the_step_after_it() {
    let letter = Step { needs_approval: true, ..step("letter", 20, Tone::Final) };
    let agency = Step::new(id("agency"), 22, Channel::HandOff, Tone::Final);
    let schedule = Schedule::new(1, vec![letter, agency]).unwrap();
    let known = facts("2026-03-02");
    // The approval is asked for on a Monday at half past nine, and then again and again a day later.
    let looks = looks(&schedule, &known, &Calendar::standard(), at("2026-03-23T08:30:00Z"));
    let sent = looks.iter().find_map(|(at, decision)| match decision {
        Decision::Send { step, skipped, .. } => Some((*at, step.id.clone(), skipped.clone())),
        _ => None,
    });
    assert_eq!(sent, Some((at("2026-03-24T08:00:00Z"), id("agency"), vec![id("letter")])));
}

/// What waits for a long gap is passed over by a later step that need not wait, and the answer says so from the start.
#[test]
fn what_waits_longer_than_until_the_next_steps_day_is_passed_over() {
    let patient = Step { minimum_gap_days: Some(30), ..step("patient", 5, Tone::Polite) };
    let schedule = Schedule::new(1, vec![patient, step("brisk", 10, Tone::Polite)]).unwrap();
    let mut known = facts("2026-03-02");
    known.recipient.last_chasing_contact = Some(at("2026-03-04T09:00:00Z"));
    let decision = decide(&schedule, &known, &Calendar::standard(), at("2026-03-09T09:00:00Z"));
    let Decision::Wait { until, step, reason } = decision else { panic!("{decision:?}") };
    assert_eq!((until, step, reason), (at("2026-03-12T08:00:00Z"), id("brisk"), WaitReason::NotYet));
}

#[test]
fn a_step_that_is_brought_forward_passes_everything_but_its_day() {
    let (schedule, calendar) = (Schedule::standard(), Calendar::standard());
    let known = facts("2026-03-13");
    let mut wanted = known.clone();
    wanted.facts.brought_forward = Some(id("heads-up"));
    let (monday, sunday) = (at("2026-03-09T10:00:00Z"), at("2026-03-08T10:00:00Z"));
    let waits_for = |known: &Known, now| match decide(&schedule, known, &calendar, now) {
        Decision::Wait { reason, .. } => Some(reason),
        _ => None,
    };
    assert_eq!(waits_for(&known, monday), Some(WaitReason::NotYet));
    assert!(matches!(decide(&schedule, &wanted, &calendar, monday), Decision::Send { .. }));
    assert_eq!(waits_for(&wanted, sunday), Some(WaitReason::OutsideHours));
    // Only the next step can be: what comes before it has not been said.
    wanted.facts.brought_forward = Some(id("help"));
    assert_eq!(waits_for(&wanted, monday), Some(WaitReason::NotYet));
}
