//! Tables as files that spreadsheets open.

use axum::http::header;
use csv::{Terminator, WriterBuilder};

use super::problem::Problem;
use super::respond;
use super::routes::Answer;

/// What a spreadsheet takes for the start of a formula.
const BEGINS_A_FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A table as CSV (RFC 4180), to be kept under a name of ours.
pub fn csv(name: &str, rows: &[Vec<String>]) -> Answer {
    let table = write(rows).map_err(|error| {
        tracing::error!(%error, "a table could not be written");
        Problem::Internal
    })?;
    let mut response = respond::bytes("text/csv; charset=utf-8", table);
    respond::set(&mut response, header::CONTENT_DISPOSITION, &format!("attachment; filename=\"{name}\""));
    Ok(response)
}

fn write(rows: &[Vec<String>]) -> Result<Vec<u8>, csv::Error> {
    // Spreadsheets read UTF-8 only where a byte order mark says so.
    let mut table = "\u{feff}".as_bytes().to_vec();
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(&mut table);
    for row in rows {
        writer.write_record(row.iter().map(|cell| inert(cell)))?;
    }
    writer.flush()?;
    drop(writer);
    Ok(table)
}

/// What somebody typed must not run in somebody else's spreadsheet: an apostrophe before it makes it text. A number keeps its sign.
fn inert(cell: &str) -> String {
    let digits = cell.strip_prefix('-').unwrap_or_default();
    let is_number = !digits.is_empty() && digits.chars().all(|one| one.is_ascii_digit() || one == '.');
    if cell.starts_with(BEGINS_A_FORMULA) && !is_number { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_formulas_are_neutralised_on_export() {
        for formula in ["=1+1", "+1", "-A1", "-", "@SUM(1)", "\tx", "\r=1", "--1", "-1+cmd"] {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        for plain in ["-12.50", "2026-03-01", "Invoice 2026-014", ""] {
            assert_eq!(inert(plain), plain);
        }
        let row = ["=HYPERLINK(\"http://evil.example\",\"pay\")", "-1.00", "two\nlines"].map(str::to_owned);
        let table = String::from_utf8(write(&[row.to_vec()]).unwrap()).unwrap();
        assert_eq!(
            table,
            "\u{feff}\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"pay\"\")\",-1.00,\"two\nlines\"\r\n"
        );
    }
}
