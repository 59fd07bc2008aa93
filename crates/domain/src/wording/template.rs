//! What may stand in a text that a business writes itself.
//!
//! Variables, `{{ number }}`, and conditions on them, `{% if several %}…{% elif overdue %}…{% else %}…{% endif %}`;
//! nothing that computes, repeats or includes. So rendering a text takes no longer than copying it, and nobody can
//! write one that never ends.

use serde::{Deserialize, Serialize};

use super::Variable;
use crate::message::Channel;

/// What is wrong with the form of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A name that is none of the variables of this channel.
    UnknownVariable,
    /// A variable that only answers yes or no, where something is to be filled in.
    ConditionOnly,
    /// Braces that are neither a variable nor a condition.
    UnknownTag,
    /// Braces that are opened and never closed.
    Unclosed,
    /// An `if` without its `endif`.
    UnclosedIf,
    /// An `else`, `elif` or `endif` without its `if`.
    NoIf,
    /// Conditions within conditions, too many.
    TooDeep,
}

/// A place in a text whose form is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misprint {
    /// What is wrong.
    pub fault: Fault,
    /// The braces and what stands in them.
    pub words: String,
    /// Where they begin: bytes from the start of the text.
    pub at: usize,
}

/// How many conditions may stand within each other.
const MAX_DEPTH: usize = 5;

/// What a pair of braces holds.
enum Tag<'a> {
    Fill(&'a str),
    If(&'a str),
    Elif(&'a str),
    Else,
    Endif,
}

/// Everything that is wrong with the form of a text, in the order in which it stands there.
pub fn misprints(source: &str, channel: Channel) -> Vec<Misprint> {
    let mut found = Vec::new();
    // Where each open `if` stands, and whether its `else` has come.
    let mut open: Vec<(usize, &str, bool)> = Vec::new();
    let mut at = 0;
    while let Some(start) = source[at..].find(['{', '}']).map(|start| at + start) {
        let rest = &source[start..];
        let Some(length) = length(rest) else {
            let words = rest.lines().next().unwrap_or_default().chars().take(40).collect();
            let opens = rest.starts_with("{{") || rest.starts_with("{%");
            let fault = if opens { Fault::Unclosed } else { Fault::UnknownTag };
            found.push(Misprint { fault, words, at: start });
            at = start + if opens { 2 } else { 1 };
            continue;
        };
        let words = &rest[..length];
        at = start + length;
        let fault = match read(words) {
            None => Some(Fault::UnknownTag),
            Some(Tag::Fill(name)) => match known(name, channel) {
                Some(variable) if variable.is_condition() => Some(Fault::ConditionOnly),
                Some(_) => None,
                None => Some(Fault::UnknownVariable),
            },
            Some(Tag::If(name)) => {
                open.push((start, words, false));
                match known(name, channel) {
                    None => Some(Fault::UnknownVariable),
                    Some(_) if open.len() > MAX_DEPTH => Some(Fault::TooDeep),
                    Some(_) => None,
                }
            }
            Some(Tag::Elif(name)) => match open.last() {
                Some((.., false)) if known(name, channel).is_some() => None,
                Some((.., false)) => Some(Fault::UnknownVariable),
                _ => Some(Fault::NoIf),
            },
            Some(Tag::Else) => match open.last_mut() {
                Some((.., seen @ false)) => {
                    *seen = true;
                    None
                }
                _ => Some(Fault::NoIf),
            },
            Some(Tag::Endif) => open.pop().is_none().then_some(Fault::NoIf),
        };
        found.extend(fault.map(|fault| Misprint { fault, words: words.to_owned(), at: start }));
    }
    found.extend(open.into_iter().map(|(at, words, _)| Misprint {
        fault: Fault::UnclosedIf,
        words: words.to_owned(),
        at,
    }));
    found.sort_by_key(|misprint| misprint.at);
    found
}

/// How long the tag is that this begins with; `None` if it begins with none that ends in its line.
fn length(rest: &str) -> Option<usize> {
    let end = match rest.get(..2)? {
        "{{" => "}}",
        "{%" => "%}",
        _ => return None,
    };
    let line = rest.lines().next()?;
    line.find(end).map(|found| found + end.len())
}

fn read(tag: &str) -> Option<Tag<'_>> {
    let inner = tag.get(2..tag.len().checked_sub(2)?)?;
    if inner.contains(['{', '}', '%']) {
        return None;
    }
    let words: Vec<&str> = inner.split_whitespace().collect();
    match (tag.starts_with("{{"), words.as_slice()) {
        (true, [name]) => Some(Tag::Fill(name)),
        (false, ["if", name] | ["if", "not", name]) => Some(Tag::If(name)),
        (false, ["elif", name] | ["elif", "not", name]) => Some(Tag::Elif(name)),
        (false, ["else"]) => Some(Tag::Else),
        (false, ["endif"]) => Some(Tag::Endif),
        _ => None,
    }
}

fn known(name: &str, channel: Channel) -> Option<Variable> {
    Variable::from_name(name).filter(|variable| variable.is_on(channel))
}
