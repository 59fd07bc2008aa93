//! What must be true of texts and letters in particular.

use std::collections::BTreeMap;

use chrono::Datelike;
use domain::Timestamp;
use domain::message::{MessageKind, MessageState, Purpose};
use domain::time::local;
use store::messages::Message;
use store::{Tx, testing};

use super::super::people::{Shop, Texts};
use super::super::{Broken, Life, Truth};
use super::{Story, within};

/// What the gateway says of numbers that take no texts.
const DEAD: [&str; 4] = ["21211", "21614", "30005", "30006"];

/// What it says of a number whose owner told it to stop.
const TOLD_TO_STOP: &str = "21610";

impl Story<'_> {
    /// No text asked for money without consent at the moment it left, none after a stop, none to a number that takes none.
    pub(super) fn check_texts(&self) -> Result<(), Broken> {
        for text in self.texts.iter().filter(|text| text.kind.purpose() == Purpose::Chasing) {
            let Some(at) = text.handed_over_at else { continue };
            // By the wrong clock nobody can tell what was before what.
            if within(&self.life.wrong_clock, at) {
                continue;
            }
            let broken = |truth, what: &str| {
                let (id, number) = (text.id, &text.to_address);
                Err(Broken::truth(truth, format!("{id} left at {at} to {number}, {what}")))
            };
            let wish = self.payer.texts.before(at);
            match wish {
                Some(Texts::Agreed) => {}
                Some(Texts::Ended) => return broken(Truth::Stopped, "which had said stop"),
                None | Some(Texts::Unasked) => return broken(Truth::Consent, "which nobody had agreed to"),
            }
            if let Some(since) = self.gateway_said(&text.to_address, at, &[TOLD_TO_STOP])
                && !self.payer.texts.was_since(since, at, Texts::Agreed)
            {
                return broken(Truth::Stopped, "whose owner had told the gateway to stop");
            }
            if self.gateway_said(&text.to_address, at, &DEAD).is_some() {
                return broken(Truth::DeadAddress, "which takes no texts");
            }
        }
        Ok(())
    }

    /// When the gateway last said one of these of a number, before a moment.
    fn gateway_said(&self, number: &str, before: Timestamp, codes: &[&str]) -> Option<Timestamp> {
        let failed = self.texts.iter().filter(|text| {
            text.state == MessageState::Failed
                && text.to_address == number
                && text.outcome.as_ref().is_some_and(|said| codes.iter().any(|code| said.contains(code)))
        });
        failed.filter_map(|text| text.finished_at).filter(|at| *at < before).max()
    }
}

/// No text that asks for money left in a month that was used up. `texts` are all of one business.
pub(super) fn check_what_texts_cost(
    life: &Life,
    shop: &Shop,
    texts: &[Message],
    most: u32,
) -> Result<(), Broken> {
    let mut costs: Vec<(Timestamp, u32, Option<&Message>)> = Vec::new();
    for text in texts {
        let chasing = text.kind.purpose() == Purpose::Chasing;
        costs.extend(text.handed_over_at.map(|at| {
            let checked = Some(text).filter(|_| chasing && !within(&life.wrong_clock, at));
            (at, text.segments.unwrap_or_default(), checked)
        }));
    }
    costs.sort_by_key(|(at, ..)| *at);
    let mut used: BTreeMap<(i32, u32), u32> = BTreeMap::new();
    for (at, segments, text) in costs {
        let there = local(at, shop.zone);
        let month = used.entry((there.year(), there.month())).or_default();
        *month += segments;
        if let Some(text) = text.filter(|_| *month > most) {
            let what = format!("{} left at {at} as the {month}th part of a text, of {most}", text.id);
            return Err(Broken::truth(Truth::TextCap, what));
        }
    }
    Ok(())
}

/// Whoever said stop was told once that there will be no more, and nobody else was.
pub(super) fn check_last_words(life: &Life, texts: &[Message]) -> Result<(), Broken> {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for text in texts.iter().filter(|text| text.kind == MessageKind::TextsEnded) {
        let times = told.entry(&text.to_address).or_default();
        *times += 1;
        let asked = life.stops.get(&text.to_address).copied().unwrap_or_default();
        if *times > asked {
            let what = format!("{} was told {times} times that this was the last text", text.to_address);
            return Err(Broken::truth(Truth::Stopped, format!("{what}, and said stop {asked} times")));
        }
    }
    Ok(())
}

/// Each letter that counts as sent is one task, no letter is in between, and nobody posts what is not sent.
pub(super) async fn check_letters(tx: &mut Tx) -> Result<(), Broken> {
    let wrong =
        "SELECT 'a letter that is ' || message.state || ' is ' || CAST(COUNT(task.id) AS TEXT) || ' tasks'
                 FROM message LEFT JOIN task ON task.kind = 'post_letter' AND task.subject_id = message.id
                 WHERE message.channel = 'letter'
                 GROUP BY message.id, message.state
                 HAVING COUNT(task.id) <> CASE WHEN message.state = 'sent' THEN 1 ELSE 0 END
                    OR message.state IN ('handing_over', 'uncertain')";
    match testing::look(tx, wrong).await?.first() {
        Some(what) => Err(Broken::truth(Truth::Posted, what.clone())),
        None => Ok(()),
    }
}
