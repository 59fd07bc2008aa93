//! What a change would do, told before it is made.

use domain::calendar::Calendar;
use domain::customer::CustomerKind;
use domain::message::Channel;
use domain::rules::{self, RulePack};
use domain::schedule::{
    Case, Difference, Said, Schedule, Step, StepId, Tone, Word, compare, counted_as_said, forecast, words,
};
use domain::time::{add_days, local};
use domain::{Country, ReceivableId, gate};
use proptest::prelude::*;
use uuid::Uuid;

use crate::schedule::{Known, facts, id};
use crate::{at, zone};

fn receivable(number: u128) -> ReceivableId {
    ReceivableId::from_uuid(Uuid::from_u128(number))
}

fn step(name: &str, offset_days: i32, tone: Tone) -> Step {
    Step::new(id(name), offset_days, Channel::Email, tone)
}

fn schedule(steps: Vec<Step>) -> Schedule {
    Schedule::new(1, steps).unwrap()
}

fn foreseen(known: &Known, schedule: &Schedule) -> Vec<Word> {
    let case = Case { receivable: receivable(1), schedule, facts: known.facts.clone() };
    let calendar = Calendar::standard();
    let (from, until) = (at("2026-03-05T11:00:00Z"), at("2026-06-03T00:00:00Z"));
    words(&forecast(vec![case], &known.gate(&calendar), from, until), schedule)
}

/// `+ Tue 10 Mar help`: what is added, dropped (-), changed (>) or as it was ( ).
fn told(differences: &[Difference]) -> Vec<String> {
    let day = |word: &Word| local(word.at, zone("Europe/Berlin")).format("%a %d %b").to_string();
    differences
        .iter()
        .map(|difference| match difference {
            Difference::Same(word) => format!("  {} {}", day(word), word.step),
            Difference::Added(word) => format!("+ {} {}", day(word), word.step),
            Difference::Dropped(word) => format!("- {} {}", day(word), word.step),
            Difference::Changed { before, after } => {
                format!("> {} {} {} {}", day(before), day(after), after.step, after.tone)
            }
        })
        .collect()
}

#[test]
fn a_change_is_told_step_by_step() {
    let mut known = facts("2026-03-03");
    known.said = vec![Said::of(&step("friendly", 1, Tone::Friendly))];
    let before = schedule(vec![
        step("friendly", 1, Tone::Friendly),
        step("help", 7, Tone::Polite),
        step("firm", 14, Tone::Firm),
    ]);
    let after = schedule(vec![
        step("friendly", 1, Tone::Friendly),
        step("help", 10, Tone::Firm),
        step("firm", 14, Tone::Firm),
        step("last", 21, Tone::Final),
    ]);
    let differences = compare(foreseen(&known, &before), foreseen(&known, &after));
    assert_eq!(
        told(&differences),
        ["> Tue 10 Mar Fri 13 Mar help firm", "  Tue 17 Mar firm", "+ Tue 24 Mar last"]
    );
    let back = compare(foreseen(&known, &after), foreseen(&known, &before));
    assert_eq!(
        told(&back),
        ["> Fri 13 Mar Tue 10 Mar help polite", "  Tue 17 Mar firm", "- Tue 24 Mar last"]
    );
}

#[test]
fn steps_that_an_edit_puts_before_the_last_one_said_count_as_said() {
    let said = [Said::of(&step("firm", 14, Tone::Firm))];
    let edited = schedule(vec![
        step("early", 3, Tone::Friendly),
        step("firm", 10, Tone::Firm),
        step("later", 20, Tone::Firm),
    ]);
    assert_eq!(counted_as_said(&edited, &said), [id("early")]);
    assert_eq!(counted_as_said(&edited, &[]), Vec::<StepId>::new());
}

#[test]
fn a_friendlier_schedule_does_not_make_the_tone_fall_back() {
    let mut known = facts("2026-03-03");
    known.said = vec![Said::of(&step("old", 1, Tone::Firm))];
    let friendly = schedule(vec![step("again", 14, Tone::Friendly)]);
    let words = foreseen(&known, &friendly);
    assert_eq!(words.len(), 1);
    assert_eq!((words[0].tone, words[0].instead_of), (Tone::Firm, Some(Tone::Friendly)));
}

#[test]
fn hours_that_never_meet_the_rules_are_seen_before_they_are_saved() {
    let noon = at("2026-03-05T12:00:00Z");
    let us = RulePack::of(Country::from_code("US").unwrap(), CustomerKind::Consumer);
    let hours = |opens: u32, closes: u32| {
        let hour = |hour| chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
        Calendar::new([true; 7], hour(opens), hour(closes), std::collections::BTreeSet::new(), 3).unwrap()
    };
    let new_york = [zone("America/New_York")];
    assert!(gate::ever_opens(&hours(9, 17), us, &new_york, noon));
    assert!(!gate::ever_opens(&hours(5, 8), us, &new_york, noon), "before the rules' hours begin");
    let anywhere = rules::candidate_zones(Country::from_code("US").unwrap());
    assert!(gate::ever_opens(&hours(9, 17), us, &anywhere, noon));
    assert!(!gate::ever_opens(&hours(9, 12), us, &anywhere, noon), "noon in New York is morning in Honolulu");
}

proptest! {
    /// Whatever is edited: each receivable and step stands once, what is not changed is the same, and both sides can be
    /// read off the differences again.
    #[test]
    fn differences_are_both_sides_and_nothing_else(
        before in proptest::collection::btree_set(-5_i32..60, 1..8),
        after in proptest::collection::btree_set(-5_i32..60, 1..8),
        said in proptest::option::of(0_usize..8),
    ) {
        let steps = |days: &std::collections::BTreeSet<i32>| {
            schedule(days.iter().map(|day| step(&format!("day{}", day + 5), *day, Tone::Polite)).collect())
        };
        let (before, after) = (steps(&before), steps(&after));
        let mut known = facts("2026-03-03");
        known.issued_on = add_days(known.due_on, -30);
        if let Some(step) = said.and_then(|said| before.steps().get(said)) {
            known.said = vec![Said::of(step)];
        }
        let (before, after) = (foreseen(&known, &before), foreseen(&known, &after));
        let differences = compare(before.clone(), after.clone());
        let mut again: Vec<Word> = differences.iter().filter_map(Difference::before).cloned().collect();
        again.sort_by_key(|word| word.at);
        // What stays the same is told with its new words; only the tone asked for could differ, and here none does.
        prop_assert_eq!(again, before.clone());
        let mut again: Vec<Word> = differences.iter().filter_map(Difference::after).cloned().collect();
        again.sort_by_key(|word| word.at);
        prop_assert_eq!(again, after);
        prop_assert!(!compare(before.clone(), before).iter().any(Difference::is_one));
    }
}
