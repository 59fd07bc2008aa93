//! Tables: every bank has its own. The encoding, the separator and the header are found; what the columns mean is said once by
//! a person and remembered for that header.

use domain::bank::statement::BankEntry;
use domain::{Currency, Date, Money};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{ENTRIES_MAX, FileProblem, ROWS_NAMED_MAX, RowProblem, decoded, plain};

/// Banks put a few lines of their own above the header.
const HEADER_WITHIN: usize = 25;
/// The most columns of a table.
const COLUMNS_MAX: usize = 100;

/// A table as it stands in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What the columns are called.
    pub header: Vec<String>,
    /// The rows below, each with the row of the file it stands in, counted from 1.
    pub rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    /// What the columns' meaning is remembered under: the header, however it is spelt.
    pub fn header_hash(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for name in &self.header {
            digest.update(name.trim().to_lowercase().as_bytes());
            digest.update([0x1f]);
        }
        digest.finalize().into()
    }
}

/// Reads a table. The separator is the one by which the first lines fall into the most columns alike.
pub fn read(bytes: &[u8]) -> Result<Table, FileProblem> {
    let text = decoded(bytes);
    if text.trim().is_empty() {
        return Err(FileProblem::Empty);
    }
    let best = [b';', b',', b'\t', b'|']
        .into_iter()
        .map(|separator| {
            let rows = records(&text, separator, HEADER_WITHIN + 1);
            let widest = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
            let alike = rows.iter().filter(|(_, row)| row.len() == widest).count();
            (if widest < 2 { 0 } else { widest * alike }, separator)
        })
        .max_by_key(|(score, _)| *score)
        .filter(|(score, _)| *score > 0);
    let Some((_, separator)) = best else { return Err(FileProblem::UnknownFormat) };
    let mut rows = records(&text, separator, ENTRIES_MAX + HEADER_WITHIN + 1);
    // The header is the first line as wide as the table is; what stands above is the bank's own.
    let widest = rows.iter().take(HEADER_WITHIN).map(|(_, row)| row.len()).max().unwrap_or(0);
    let Some(at) = rows.iter().take(HEADER_WITHIN).position(|(_, row)| row.len() == widest) else {
        return Err(FileProblem::UnknownFormat);
    };
    if widest > COLUMNS_MAX {
        return Err(FileProblem::UnknownFormat);
    }
    let below = rows.split_off(at + 1);
    let header = rows.pop().map(|(_, row)| row).unwrap_or_default();
    if below.len() > ENTRIES_MAX {
        return Err(FileProblem::TooMany);
    }
    let filled = |row: &Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let rows: Vec<_> = below.into_iter().filter(|(_, row)| filled(row)).collect();
    if rows.is_empty() {
        return Err(FileProblem::Empty);
    }
    Ok(Table { header, rows })
}

/// The first rows of a text, each with the line it begins in.
fn records(text: &str, separator: u8, most: usize) -> Vec<(u64, Vec<String>)> {
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = ::csv::StringRecord::new();
    // The text is UTF-8 and comes from memory, so reading it cannot fail.
    while rows.len() < most && reader.read_record(&mut record).unwrap_or(false) {
        let line = record.position().map_or(0, ::csv::Position::line);
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
    rows
}

/// In which order a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// 31.03.2026
    DayFirst,
    /// 03/31/2026
    MonthFirst,
    /// 2026-03-31
    YearFirst,
}

impl DateOrder {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The stable name, as forms send it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "day_first",
            Self::MonthFirst => "month_first",
            Self::YearFirst => "year_first",
        }
    }

    /// The order of this stable name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == name)
    }
}

/// What the columns of a table mean, by their place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    /// The day it was booked.
    pub booked_on: usize,
    /// In which order that is written.
    pub date_order: DateOrder,
    /// What came in, or went out with a sign.
    pub amount: usize,
    /// What went out, where that has a column of its own.
    pub amount_out: Option<usize>,
    /// Whether cents stand behind a comma.
    pub decimal_comma: bool,
    /// The currency, where it is named.
    pub currency: Option<usize>,
    /// From whom or to whom.
    pub counterparty: Option<usize>,
    /// What it was for.
    pub remittance: Option<usize>,
    /// The bank's own reference.
    pub reference: Option<usize>,
    /// The account it stands on.
    pub account: Option<usize>,
}

/// Reads the entries of a table. All or nothing: rows that cannot be read are named, and then there are no entries.
pub fn entries(table: &Table, columns: &Columns, currency: Currency) -> Result<Vec<BankEntry>, FileProblem> {
    let mut read = Vec::with_capacity(table.rows.len());
    let mut problems = Vec::new();
    for (row, cells) in &table.rows {
        match entry(columns, currency, cells) {
            Ok(Some(entry)) => read.push(entry),
            Ok(None) => {}
            Err(column) => problems.push(RowProblem {
                row: *row,
                column: table.header.get(column).cloned().unwrap_or_default(),
                found: cells.get(column).map(|cell| plain(cell)).unwrap_or_default(),
            }),
        }
        if problems.len() == ROWS_NAMED_MAX {
            break;
        }
    }
    match (problems.is_empty(), read.is_empty()) {
        (false, _) => Err(FileProblem::Rows(problems)),
        (true, true) => Err(FileProblem::Empty),
        (true, false) => Ok(read),
    }
}

/// One row; the column that cannot be read otherwise. A row that moves nothing is no entry.
fn entry(columns: &Columns, currency: Currency, cells: &[String]) -> Result<Option<BankEntry>, usize> {
    let cell = |at: usize| cells.get(at).map(|cell| cell.trim()).unwrap_or_default();
    let text = |at: Option<usize>| at.map(|at| plain(cell(at))).unwrap_or_default();
    let booked_on = date(cell(columns.booked_on), columns.date_order).ok_or(columns.booked_on)?;
    let currency = match columns.currency {
        Some(at) if !cell(at).is_empty() => Currency::parse(cell(at)).map_err(|_| at)?,
        _ => currency,
    };
    let read = |at: usize| match cell(at) {
        "" => Ok(None),
        text => amount(text, columns.decimal_comma, currency).map(Some).ok_or(at),
    };
    let came = read(columns.amount)?;
    let went = columns.amount_out.map(read).transpose()?.flatten();
    let amount = match (came, went) {
        (Some(came), None) => came,
        // Of two columns one is filled; some banks write a zero into the other, and some a sign before what went out.
        (None, Some(went)) => outgoing(went),
        (Some(came), Some(went)) if came.is_zero() => outgoing(went),
        (Some(came), Some(went)) if went.is_zero() => came,
        _ => return Err(columns.amount),
    };
    if amount.is_zero() {
        return Ok(None);
    }
    Ok(Some(BankEntry {
        account: text(columns.account),
        booked_on,
        amount,
        reference: text(columns.reference),
        counterparty: text(columns.counterparty),
        remittance: text(columns.remittance),
        returned: false,
    }))
}

/// What stands in the column of what went out, with or without a sign.
fn outgoing(amount: Money) -> Money {
    if amount.is_negative() { amount } else { amount.negated() }
}

/// A date in figures, in this order, with whatever sign between them. Two figures of a year are of this century.
fn date(text: &str, order: DateOrder) -> Option<Date> {
    let text = text.split(['T', ' ']).next().unwrap_or_default();
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        match order {
            DateOrder::YearFirst => vec![&text[..4], &text[4..6], &text[6..]],
            _ => vec![&text[..2], &text[2..4], &text[4..]],
        }
    } else {
        text.split(['.', '/', '-']).collect()
    };
    let numbers: Vec<i32> = parts
        .iter()
        .map(|part| if part.len() <= 4 { part.parse::<u16>().ok().map(i32::from) } else { None })
        .collect::<Option<_>>()?;
    let [first, second, third] = numbers[..] else { return None };
    let (year, month, day) = match order {
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
        DateOrder::YearFirst => (first, second, third),
    };
    let year = if year < 100 { year + 2000 } else { year };
    let date = Date::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)?;
    (1990..2200).contains(&year).then_some(date)
}

/// An amount with its sign before or behind it. The separator of thousands is dropped only where it separates thousands.
fn amount(text: &str, decimal_comma: bool, currency: Currency) -> Option<Money> {
    let text: String =
        text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\'')).collect();
    let text =
        text.strip_suffix(currency.code()).or_else(|| text.strip_prefix(currency.code())).unwrap_or(&text);
    let text = text.trim_matches(|c| matches!(c, '€' | '$' | '£'));
    let signs = |c: char| matches!(c, '-' | '\u{2212}');
    let (negative, digits) = match (text.strip_prefix(signs), text.strip_suffix(signs)) {
        (Some(_), Some(_)) => return None,
        (Some(rest), None) | (None, Some(rest)) => (true, rest),
        (None, None) => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (point, thousands) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let (whole, cents) = digits.split_once(point).unwrap_or((digits, ""));
    let groups: Vec<&str> = whole.split(thousands).collect();
    let grouped = groups.len() == 1
        || (groups[0].len() <= 3
            && !groups[0].is_empty()
            && groups[1..].iter().all(|group| group.len() == 3));
    let figures = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let exponent = usize::try_from(currency.exponent()).ok()?;
    // Banks may write more places than a currency has, as long as they say nothing.
    let (kept, rest) = cents.split_at_checked(cents.len().min(exponent))?;
    let whole: String = groups.concat();
    if !grouped || whole.is_empty() || !figures(&whole) || !figures(kept) || !rest.bytes().all(|b| b == b'0')
    {
        return None;
    }
    let minor: i64 = format!("{whole}{kept:0<exponent$}").parse().ok()?;
    Money::new(if negative { -minor } else { minor }, currency).ok()
}

/// What the columns of this header probably mean: by the words that banks use. A person looks before it is used.
pub fn guessed(table: &Table) -> Columns {
    let names: Vec<String> = table.header.iter().map(|name| name.trim().to_lowercase()).collect();
    let find =
        |words: &[&str]| words.iter().find_map(|word| names.iter().position(|name| name.contains(word)));
    let booked_on =
        find(&["buchungstag", "buchungsdatum", "booking date", "booked", "datum", "date", "valuta"])
            .unwrap_or(0);
    let out = find(&["soll", "debit", "paid out", "money out", "withdrawal"]);
    let amount = find(&["haben", "credit", "paid in", "money in", "deposit"]).filter(|_| out.is_some());
    let amount = amount.or_else(|| find(&["betrag", "amount", "umsatz"])).unwrap_or(0);
    let sample =
        |at: usize| table.rows.iter().filter_map(move |(_, row)| row.get(at)).map(|cell| cell.trim());
    let decimal_comma = sample(amount).find_map(|cell| {
        let (comma, point) = (cell.rfind(','), cell.rfind('.'));
        (comma.is_some() || point.is_some()).then(|| comma > point)
    });
    let year_first = sample(booked_on).next().is_some_and(|cell| {
        cell.len() >= 5
            && cell.as_bytes()[..4].iter().all(u8::is_ascii_digit)
            && !cell.as_bytes()[4].is_ascii_digit()
    });
    let month_first = sample(booked_on).any(|cell| {
        cell.split('/').nth(1).and_then(|part| part.parse::<u32>().ok()).is_some_and(|part| part > 12)
    });
    Columns {
        booked_on,
        date_order: if year_first {
            DateOrder::YearFirst
        } else if month_first {
            DateOrder::MonthFirst
        } else {
            DateOrder::DayFirst
        },
        amount,
        amount_out: out.filter(|at| *at != amount),
        decimal_comma: decimal_comma.unwrap_or(false),
        currency: find(&["währung", "waehrung", "currency"]),
        counterparty: find(&[
            "beguenstigter",
            "begünstigter",
            "zahlungspflichtiger",
            "auftraggeber",
            "payer",
            "name",
            "counterparty",
            "partner",
        ]),
        remittance: find(&[
            "verwendungszweck",
            "reference",
            "description",
            "remittance",
            "details",
            "memo",
            "buchungstext",
        ]),
        reference: find(&["transaction id", "transaktions", "bank reference", "kundenreferenz"]),
        account: find(&["auftragskonto", "own account", "account number", "iban auftragskonto"]),
    }
}
