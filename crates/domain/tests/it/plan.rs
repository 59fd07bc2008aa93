//! One customer at one moment: one message for each currency, and a forecast that is what then happens.

use domain::calendar::Calendar;
use domain::gate::Reach;
use domain::message::Channel;
use domain::schedule::{Case, Decision, Facts, Said, Schedule, Step, StepId, Tone, forecast, plan};
use domain::time::add_days;
use domain::{Currency, Money, ReceivableId, Timestamp};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::at;
use crate::schedule::{Known, any_calendar, any_facts, any_schedule, facts};

fn receivable(number: u128) -> ReceivableId {
    ReceivableId::from_uuid(uuid::Uuid::from_u128(number))
}

fn case(schedule: &Schedule, number: u128, facts: Facts) -> Case<'_> {
    Case { receivable: receivable(number), schedule, facts }
}

fn usd() -> Money {
    Money::new(500, Currency::from_code("USD").unwrap()).unwrap()
}

/// A message's currency and tone, and which step it says of which receivable.
type Told = (String, Tone, Vec<(u128, String)>);

#[test]
fn what_is_due_at_one_moment_is_one_message_in_the_tone_of_its_highest_step() {
    let schedule = Schedule::standard();
    let calendar = Calendar::standard();
    let known = facts("2026-03-03");
    let cases = [
        case(&schedule, 1, known.facts.clone()),
        case(&schedule, 2, facts("2026-03-16").facts.clone()),
        case(&schedule, 3, Facts { open: usd(), ..facts("2026-03-10").facts.clone() }),
        case(&schedule, 4, facts("2026-04-20").facts.clone()),
    ];
    let now = at("2026-03-17T09:00:00Z");
    let plan = plan(&cases, &known.gate(&calendar), now);
    let told: Vec<Told> = plan
        .messages
        .iter()
        .map(|group| {
            let parts =
                group.parts.iter().map(|part| (part.receivable.uuid().as_u128(), part.step.id.to_string()));
            (group.currency.code().to_owned(), group.tone, parts.collect())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("EUR".to_owned(), Tone::Firm, vec![(1, "firm".to_owned()), (2, "friendly".to_owned())]),
            ("USD".to_owned(), Tone::Polite, vec![(3, "help".to_owned())]),
        ]
    );
    assert!(plan.tasks.is_empty());
    // Every case has its next moment, and none of them lies within the gap.
    for (id, next) in &plan.next {
        let next = next.next_at().unwrap();
        assert!(next >= at("2026-03-20T00:00:00Z"), "{id}: {next}");
    }
}

#[test]
fn who_opted_out_is_called_and_a_colleagues_note_replaces_no_reminder() {
    let step = |name: &str, days, channel, tone| Step::new(StepId::parse(name).unwrap(), days, channel, tone);
    let schedule = Schedule::new(
        1,
        vec![
            step("mail", 1, Channel::Email, Tone::Friendly),
            step("note", 2, Channel::Task, Tone::Friendly),
            step("later", 9, Channel::Email, Tone::Polite),
        ],
    )
    .unwrap();
    let calendar = Calendar::standard();
    let mut known = facts("2026-03-05");
    // Saturday: the mail waits for Monday, the note does not wait, and does not pass the mail over.
    let saturday = at("2026-03-07T10:00:00Z");
    let first = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), saturday);
    assert_eq!(first.messages, []);
    assert_eq!(first.tasks.iter().map(|part| part.step.id.as_str()).collect::<Vec<_>>(), ["note"]);
    known.facts.said.push(Said::of(&first.tasks[0].step));
    let monday = at("2026-03-09T08:00:00Z");
    let second = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), monday);
    assert_eq!(second.messages[0].parts[0].step.id.as_str(), "mail");
    assert_eq!(second.messages[0].parts[0].skipped, []);

    known.recipient.email = Reach::OptedOut;
    let called = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), monday);
    assert_eq!((called.messages.len(), called.tasks[0].by), (0, Channel::Call));
    assert_eq!(called.tasks[0].step.id.as_str(), "mail");
}

#[test]
fn a_valued_customer_hears_the_firm_words_only_when_a_person_let_them() {
    let schedule = Schedule::standard();
    let calendar = Calendar::standard();
    let mut known = facts("2026-03-03");
    known.facts.approval_from = Some(Tone::Firm);
    let now = at("2026-03-17T09:00:00Z");
    let asked = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), now);
    assert!(asked.messages.is_empty());
    assert!(matches!(&asked.next[0].1, Decision::Hold { .. }));
    known.facts.approved.push(StepId::parse("firm").unwrap());
    let said = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), now);
    assert_eq!(said.messages[0].parts[0].step.id.as_str(), "firm");
}

#[test]
fn a_friendlier_schedule_does_not_make_the_tone_fall_back() {
    let friendly =
        |name: &str, days| Step::new(StepId::parse(name).unwrap(), days, Channel::Email, Tone::Friendly);
    let schedule = Schedule::new(1, vec![friendly("soft", 30)]).unwrap();
    let calendar = Calendar::standard();
    let mut known = facts("2026-03-03");
    let firm = Schedule::standard().steps()[3].clone();
    known.facts.said.push(Said::of(&firm));
    let now = at("2026-04-07T09:00:00Z");
    let said = plan(&[case(&schedule, 1, known.facts.clone())], &known.gate(&calendar), now);
    assert_eq!((said.messages[0].tone, said.messages[0].parts[0].step.tone), (Tone::Firm, Tone::Firm));
}

/// Lives the moments hour by hour, as a planner would.
fn live(
    mut cases: Vec<Case<'_>>,
    known: &Known,
    calendar: &Calendar,
    from: Timestamp,
    days: i64,
) -> Vec<(Timestamp, String)> {
    let mut known = known.clone();
    let mut told = Vec::new();
    for minutes in 0..days * 24 * 60 {
        let now = from + chrono::TimeDelta::minutes(minutes);
        // As many looks as something is said at this moment.
        loop {
            let done = plan(&cases, &known.gate(calendar), now);
            if done.messages.is_empty() && done.tasks.is_empty() {
                break;
            }
            if !done.messages.is_empty() {
                known.recipient.last_chasing_contact = Some(now);
            }
            for part in done.messages.iter().flat_map(|group| &group.parts).chain(&done.tasks) {
                let case = cases.iter_mut().find(|case| case.receivable == part.receivable).unwrap();
                case.facts.said.push(Said::of(&part.step));
                told.push((now, format!("{} {}", part.receivable, part.step.id)));
            }
        }
    }
    told.sort();
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// The forecast is what a planner that looks every minute then does, whatever waits for a person meanwhile.
    #[test]
    fn the_forecast_comes_true(
        schedule in any_schedule(), calendar in any_calendar(), mut known in any_facts(),
        others in proptest::collection::vec(0_i64..12, 0..3), approval_from in option::of(select(Tone::ALL)),
        email in select(&[Reach::Yes, Reach::Yes, Reach::OptedOut][..]), gaps in proptest::collection::vec(0_u32..9, 8),
    ) {
        let spaced = schedule.steps().iter().zip(gaps);
        let spaced = spaced.map(|(step, gap)| Step { minimum_gap_days: Some(gap), ..step.clone() });
        let schedule = Schedule::new(schedule.revision(), spaced.collect()).unwrap();
        known.facts.approval_from = approval_from;
        known.recipient.email = email;
        let mut cases = vec![case(&schedule, 1, known.facts.clone())];
        for (number, days) in (2..).zip(&others) {
            let due_on = add_days(known.facts.due_on, *days);
            cases.push(case(&schedule, number, Facts { due_on, ..known.facts.clone() }));
        }
        let from = domain::time::start_of_day(known.facts.due_on, known.facts.business_zone);
        let days = 10;
        let foreseen = forecast(cases.clone(), &known.gate(&calendar), from, from + chrono::TimeDelta::days(days));
        let parts = foreseen.messages.iter().flat_map(|(at, group)| group.parts.iter().map(move |part| (at, part)));
        let tasks = foreseen.tasks.iter().map(|(at, part)| (at, part));
        let mut told: Vec<(Timestamp, String)> = parts
            .chain(tasks)
            .map(|(at, part)| (*at, format!("{} {}", part.receivable, part.step.id)))
            .collect();
        told.sort();
        // Openings fall on whole minutes in every zone there is, so a look every minute misses none of them.
        prop_assert_eq!(told, live(cases, &known, &calendar, from, days));
    }
}
