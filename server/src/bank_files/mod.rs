//! Files that banks give out, read into entries.
//!
//! A file is bytes of a stranger: bounded in size, depth and number of entries, never trusted, and refused as a whole when one
//! row of it cannot be read, with the row and what is wrong with it, so that nothing is half imported.

pub mod camt;
pub mod csv;

use std::collections::HashMap;

use domain::bank::statement::{BankEntry, StatementFormat};
use encoding_rs::WINDOWS_1252;
use sha2::{Digest as _, Sha256};

/// The largest file.
pub const FILE_MAX_BYTES: usize = 10 * 1024 * 1024;
/// The most entries of a file.
pub const ENTRIES_MAX: usize = 50_000;
/// How many unreadable rows are named.
pub const ROWS_NAMED_MAX: usize = 20;
/// The longest text kept of a field, in characters; banks send less.
const TEXT_MAX: usize = 500;

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileProblem {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// More than fits.
    #[error("the file is too large")]
    TooLarge,
    /// More entries than fit.
    #[error("the file has too many entries")]
    TooMany,
    /// Neither CSV nor camt.053.
    #[error("the file is neither CSV nor camt.053")]
    UnknownFormat,
    /// XML that is broken, nested too deep, or has what no bank sends (a document type).
    #[error("the file is no readable XML: {at}")]
    BrokenXml {
        /// At which byte.
        at: u64,
    },
    /// Rows that cannot be read; at most [`ROWS_NAMED_MAX`] are named.
    #[error("{} row(s) cannot be read", .0.len())]
    Rows(Vec<RowProblem>),
}

/// What is wrong with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The row of the file, or the number of the entry, counted from 1.
    pub row: u64,
    /// Which column, as the file's header or the format names it.
    pub column: String,
    /// What stands there.
    pub found: String,
}

/// Tells the kind by the first character that is no space.
pub fn format_of(bytes: &[u8]) -> Result<StatementFormat, FileProblem> {
    if bytes.len() > FILE_MAX_BYTES {
        return Err(FileProblem::TooLarge);
    }
    let mark = encoding_rs::Encoding::for_bom(bytes).map_or(0, |(_, mark)| mark);
    let text = &bytes[mark..];
    // Of UTF-16 every other byte is nothing.
    match text.iter().find(|byte| !(byte.is_ascii_whitespace() || mark == 2 && **byte == 0)) {
        None => Err(FileProblem::Empty),
        Some(b'<') => Ok(StatementFormat::Camt),
        Some(0) => Err(FileProblem::UnknownFormat),
        Some(_) if text.starts_with(b"%PDF") || text.starts_with(b"PK\x03\x04") => {
            Err(FileProblem::UnknownFormat)
        }
        Some(_) => Ok(StatementFormat::Csv),
    }
}

/// Gives every entry the key under which it is kept once, whichever file it comes in: the bank's reference where it gives one, else
/// what stands there. Of twins (the same payer paid the same twice in a day) the second is told from the first by its place among
/// them, which is the same in every file.
pub fn keyed(entries: &[BankEntry]) -> Vec<(String, &BankEntry)> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    entries
        .iter()
        .map(|entry| {
            let what = content_key(entry);
            let nth = seen.entry(what.clone()).or_insert(0);
            *nth += 1;
            (format!("{what}:{nth}"), entry)
        })
        .collect()
}

fn content_key(entry: &BankEntry) -> String {
    let day = entry.booked_on.to_string();
    let amount = format!("{} {}", entry.amount.minor(), entry.amount.currency().code());
    let mut digest = Sha256::new();
    let told: [&str; 4] = [&entry.account, &entry.reference, &day, &amount];
    // What the bank calls it tells it apart; without that, everything that stands there does.
    let words: [&str; 2] =
        if entry.reference.is_empty() { [&entry.counterparty, &entry.remittance] } else { ["", ""] };
    for part in told.iter().chain(&words) {
        digest.update(part.as_bytes());
        digest.update([0x1f]);
    }
    hex::encode(&digest.finalize()[..16])
}

/// UTF-8, with or without a mark, UTF-16 by its mark, or what Windows writes in the west of Europe: in that, every byte means something.
fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, mark)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned();
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    }
}

/// A text of a file as it is kept: in one line, without control characters, bounded.
fn plain(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined.chars().filter(|c| !c.is_control()).take(TEXT_MAX).collect()
}
