//! Decimal numbers as whole numbers of their smallest step, read and written the way people do.
//!
//! Amounts, quantities and percentages share this: `12.5` hours with three decimal places is `12500`.

use crate::{FieldProblem, Locale};

/// How digits are set apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Separators {
    /// Between whole and fraction.
    pub decimal: char,
    /// Between groups of three digits; `None` for none.
    pub group: Option<char>,
    /// The least number of digits in front of the last group: 2 where `1000` but `10.000` is written.
    pub least_grouped: usize,
}

impl Separators {
    /// For machines: a dot and nothing else.
    pub(crate) const PLAIN: Self = Self { decimal: '.', group: None, least_grouped: 1 };
}

/// Characters that only ever set groups of digits apart: spaces of all widths in use and apostrophes.
const fn only_groups(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}' | '\'' | '\u{2019}')
}

/// Characters people and their keyboards use for minus.
const fn is_minus(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{2010}' | '\u{2011}' | '\u{2012}' | '\u{2013}' | '\u{2014}' | '\u{2212}' | '\u{ff0d}'
    )
}

/// Reads a number of at most `decimals` decimal places, not below zero and not above `max` steps.
///
/// Spaces and apostrophes only group. Where both dot and comma occur, the last of them is the decimal separator. One
/// that occurs several times groups. **A lone dot or comma** is the locale's decimal separator if it is that; if it is
/// the locale's grouping separator it groups where it stands before exactly three digits (`1,240` is one thousand two
/// hundred and forty to an English reader), and is taken for a decimal separator anywhere else (`12,50`), for which
/// there is only one sensible reading. So `1.240` means 1240 to a German reader; to an English one it has too many
/// decimal places for euros, and asking beats guessing.
///
/// Refused, each with its own problem: nothing, a sign, exponents, words, groups of any length but three, digits of
/// other scripts, too many decimal places, too large.
pub fn parse(text: &str, decimals: u32, max: i64, locale: Locale) -> Result<i64, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    let bracketed = text.starts_with('(') && text.ends_with(')');
    if bracketed || text.starts_with(is_minus) || text.ends_with(is_minus) {
        return Err(FieldProblem::Negative);
    }
    let known = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',') || only_groups(c);
    if !text.chars().all(known) {
        return Err(FieldProblem::NotANumber);
    }

    let decimal_at = decimal_position(text, locale);
    let (whole, fraction) = match decimal_at {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    };
    let mut digits = ungrouped(whole)?;
    let fraction_is_digits = fraction.bytes().all(|b| b.is_ascii_digit());
    if !fraction_is_digits || (decimal_at.is_some() && fraction.is_empty()) {
        return Err(FieldProblem::NotANumber);
    }
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if places > decimals {
        return Err(FieldProblem::TooManyDecimals { max: decimals });
    }
    digits.push_str(fraction);
    digits.extend(std::iter::repeat_n('0', (decimals - places) as usize));
    bounded(&digits, max)
}

/// Reads digits with at most one dot, for machines.
pub(crate) fn parse_plain(text: &str, decimals: u32, max: i64) -> Result<i64, FieldProblem> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(FieldProblem::NotANumber);
    }
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    if places > decimals {
        return Err(FieldProblem::TooManyDecimals { max: decimals });
    }
    let mut all = String::from(whole);
    all.push_str(fraction);
    all.extend(std::iter::repeat_n('0', (decimals - places) as usize));
    bounded(&all, max)
}

fn bounded(digits: &str, max: i64) -> Result<i64, FieldProblem> {
    if digits.is_empty() {
        return Err(FieldProblem::NotANumber);
    }
    // Only digits are left, so the one thing that can go wrong is size.
    match digits.parse::<i64>() {
        Ok(steps) if steps <= max => Ok(steps),
        _ => Err(FieldProblem::TooLarge),
    }
}

/// Where the decimal separator stands, if there is one. Whether what stands before it is grouped well is seen later.
fn decimal_position(text: &str, locale: Locale) -> Option<usize> {
    match (text.rfind('.'), text.rfind(',')) {
        (None, None) => None,
        (Some(dot), Some(comma)) => Some(dot.max(comma)),
        (Some(at), None) | (None, Some(at)) => {
            let separator = if text[at..].starts_with('.') { '.' } else { ',' };
            let groups = text.matches(separator).count() > 1
                || (separator != locale.data().decimal
                    && locale.data().groups_with(separator)
                    && groups_thousands(text, at));
            (!groups).then_some(at)
        }
    }
}

/// Whether a lone separator at `at` could set thousands apart: one to three digits before, exactly three after.
fn groups_thousands(text: &str, at: usize) -> bool {
    let (before, after) = (&text[..at], &text[at + 1..]);
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    after.len() == 3 && digits(after) && (1..=3).contains(&before.len()) && digits(before)
}

/// The digits of a whole number, its grouping checked: one kind of separator, every group after the first of three.
fn ungrouped(whole: &str) -> Result<String, FieldProblem> {
    let mut separator = None;
    let mut digits = String::new();
    let mut in_group = 0;
    for c in whole.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            in_group += 1;
            continue;
        }
        let first = separator.is_none();
        let fits = if first { (1..=3).contains(&in_group) } else { separator == Some(c) && in_group == 3 };
        if !fits {
            return Err(FieldProblem::NotANumber);
        }
        separator = Some(c);
        in_group = 0;
    }
    if separator.is_some() && in_group != 3 {
        return Err(FieldProblem::NotANumber);
    }
    Ok(digits)
}

/// Writes `steps` of 10^−`decimals` each. `trimmed` drops zeros at the end of the fraction.
pub(crate) fn format(steps: u64, decimals: u32, trimmed: bool, separators: &Separators) -> String {
    let unit = 10_u64.pow(decimals);
    let whole = (steps / unit).to_string();
    let mut text = String::with_capacity(whole.len() + 8);
    let grouped = whole.len() >= 3 + separators.least_grouped;
    for (at, digit) in whole.char_indices() {
        let behind = whole.len() - at;
        if let (true, Some(group)) = (grouped && at > 0 && behind.is_multiple_of(3), separators.group) {
            text.push(group);
        }
        text.push(digit);
    }
    let fraction = if decimals == 0 {
        String::new()
    } else {
        format!("{:0width$}", steps % unit, width = decimals as usize)
    };
    let fraction = if trimmed { fraction.trim_end_matches('0') } else { &fraction };
    if !fraction.is_empty() {
        text.push(separators.decimal);
        text.push_str(fraction);
    }
    text
}

/// Divides, rounding half away from zero: 5 ÷ 2 is 3, −5 ÷ 2 is −3. `divisor` is positive.
pub(crate) const fn divide_rounding(dividend: i128, divisor: i128) -> i128 {
    let half = divisor / 2;
    if dividend >= 0 { (dividend + half) / divisor } else { (dividend - half) / divisor }
}
