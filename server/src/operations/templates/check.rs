//! What is wrong with words that a business wants to say.

use std::collections::BTreeSet;

use domain::message::Channel;
use domain::sms;
use domain::wording::{self, Case, Part, Remark, Trouble, Variable, template};
use store::templates::Words;

use super::sample;
use super::{House, Shown};
use crate::delivery::brief;
use crate::delivery::compose::{self, Outline};
use crate::delivery::texts::{self, Text};

/// The most words of a mail's text, besides its table: what people read before they decide.
const MOST_WORDS: usize = 120;
/// The most words of a letter, or of what is suggested for a call.
const MOST_WORDS_ON_PAPER: usize = 200;
/// The most characters of a subject that mail programs show.
const MOST_IN_SUBJECT: usize = 100;

/// Everything that must be changed in these words before they may go out. First their form; if that is right, what
/// they say, as written and as filled in for one and for several invoices, before and after the due date.
pub fn remarks(words: &Words, shown: &Shown) -> Vec<Remark> {
    let channel = shown.key.channel;
    let subject = if texts::has_subject(channel) { words.subject.as_str() } else { "" };
    let parts = [(Part::Subject, subject), (Part::Body, words.body.as_str())];
    let misprints = parts.iter().flat_map(|(part, text)| {
        let found = template::misprints(text, channel);
        found.into_iter().map(|misprint| Remark::of_misprint(*part, text, misprint))
    });
    let mut remarks: Vec<Remark> = misprints.collect();
    if !remarks.is_empty() {
        return remarks;
    }

    let enabled = &shown.house.follow_up.consequences;
    for (part, text) in parts {
        let found = wording::check(text, shown.key.language, shown.tone, enabled);
        remarks.extend(found.into_iter().map(|finding| Remark::of_finding(part, text, finding)));
    }
    let text = Text { subject: subject.to_owned(), body: words.body.clone(), instead: None };
    if channel == Channel::Sms {
        if text.mentions(Variable::Total) && !shown.house.follow_up.sms.amounts {
            remarks.push(Remark::on(Part::Body, Trouble::AmountNotAllowed));
        }
        if !text.mentions(Variable::Link) {
            remarks.push(Remark::on(Part::Body, Trouble::NoLink));
        }
    }
    let said_as_written = !remarks.is_empty();
    // One remark of a kind is enough, in however many cases it shows.
    let mut filled: BTreeSet<(Part, Trouble)> = BTreeSet::new();
    for &case in Case::ALL {
        filled.extend(filled_in(&text, shown, case, said_as_written));
    }
    remarks.extend(filled.into_iter().map(|(part, trouble)| Remark::on(part, trouble)));
    remarks
}

/// What shows only when the words are filled in.
fn filled_in(text: &Text, shown: &Shown, case: Case, objected: bool) -> Vec<(Part, Trouble)> {
    let Shown { key, tone, house, .. } = shown;
    let scene = sample::neutral(house, key.language, case);
    let reminder = scene.reminder(text.clone(), house);
    let bank = scene.postal.bank.is_some();
    let outline =
        compose::outline(&reminder, key.channel, &scene.between, &sample::link(&house.base_url), bank);
    // Its form is right, so what does not render is a fault of ours; nothing goes out by it all the same.
    let Ok(outline) = outline else { return vec![(Part::Body, Trouble::Empty)] };
    let mut found = shape(&outline, key.channel);
    if !objected {
        let enabled = &house.follow_up.consequences;
        let body = outline.paragraphs.join("\n\n");
        for (part, text) in [(Part::Subject, &outline.subject), (Part::Body, &body)] {
            let objections = wording::check(text, key.language, *tone, enabled);
            found.extend(objections.into_iter().map(|finding| (part, Trouble::Objection(finding.objection))));
        }
    }
    if key.channel == Channel::Sms {
        found.extend(length_of_message(text, house, key.language, case).map(|trouble| (Part::Body, trouble)));
    }
    found
}

fn shape(outline: &Outline, channel: Channel) -> Vec<(Part, Trouble)> {
    let mut found = Vec::new();
    if outline.block_in_sentence {
        found.push((Part::Body, Trouble::BlockInSentence));
    }
    if texts::has_subject(channel) {
        if outline.subject.is_empty() {
            found.push((Part::Subject, Trouble::Empty));
        }
        if outline.subject.chars().count() > MOST_IN_SUBJECT {
            found.push((Part::Subject, Trouble::SubjectTooLong { max: MOST_IN_SUBJECT }));
        }
        if outline.tables != 1 {
            found.push((Part::Body, Trouble::NoInvoices));
        }
    }
    if outline.paragraphs.is_empty() {
        found.push((Part::Body, Trouble::Empty));
    }
    let wanted = usize::from(channel == Channel::Email);
    if outline.buttons.len() != wanted {
        found.push((Part::Body, Trouble::NoButton));
    }
    let max = if channel == Channel::Email { MOST_WORDS } else { MOST_WORDS_ON_PAPER };
    let words: usize = outline.paragraphs.iter().map(|paragraph| paragraph.split_whitespace().count()).sum();
    if words > max {
        found.push((Part::Body, Trouble::TooManyWords { max }));
    }
    found
}

/// A text message is measured as it will leave: with the business's own name, a link as long as a real one, and the way
/// out.
fn length_of_message(text: &Text, house: &House, language: domain::Language, case: Case) -> Option<Trouble> {
    let mut scene = sample::neutral(house, language, case);
    scene.between.sender = house.business.sender_name.to_string();
    let reminder = scene.reminder(text.clone(), house);
    let link = sample::link(&house.base_url);
    let message = brief::text_message(&reminder, &scene.between, &link, house.follow_up.sms.amounts).ok()?;
    let segments = sms::measure(&message).segments;
    (segments > sms::MAX_SEGMENTS).then_some(Trouble::TooManySegments { segments, max: sms::MAX_SEGMENTS })
}
