//! Bank statements.

use domain::bank::statement::Why;

use crate::words::BankStatementsWords;

pub(super) const BANK_STATEMENTS: BankStatementsWords = BankStatementsWords {
    title: "Bank statements",
    waiting: "Entries that wait for you",
    nothing_waits: "No entry waits.",
    files: "Imported files",
    import: "Import",
    import_hint: "A CSV file or a camt.053 file (XML) from your bank. What cannot be mistaken is booked at once, the rest waits for you. Importing a file twice changes nothing.",
    account_hint: "It counts where the file does not name a currency.",
    entries: "Entries of a bank statement",
    entries_hint: "What went out or came back is shown and not booked. Entries that stood in an earlier file are not repeated; of a long file the first 200 are shown.",
    columns: "What the columns mean",
    columns_hint: "Check how the first rows are read. It is remembered for this account's next file of this kind.",
    no_column: "No column",
    preview: "The first rows, as they would be read",
    look: "Look again",
    refused: "The file was not imported",
    empty: "No file was chosen, or it has no entries.",
    too_large: "A file can have 10 MB and 50,000 entries. Export a shorter period.",
    unknown_format: "This is neither a table (CSV) nor a camt.053 file.",
    unknown: "It is not clear what this pays",
    fits: "The invoice and the amount fit",
    same_money: "Probably the same money as a payment that is recorded already",
    booked: "Booked",
    recorded: "Was recorded before",
    set_aside: "Pays no invoice",
    went_out: "Went out",
    returned: "The bank took back an earlier entry",
    to_customer: "Payments of the customer",
    entry: "Entry of a bank statement",
    choose: "Choose an invoice, a customer or a payment",
    pays_hint: "Of a customer, what is due first is paid; the rest becomes credit. A payment that is recorded already is not booked again.",
    book: "Book it",
    same: "It is the same",
    other: "Something else …",
    pays_nothing: "Pays no invoice",
    take_up: "Decide anew",
    waiting_in_all: |count| format!("{count} entries wait in all. The others come when these are decided."),
    figures: |entries, fresh| match entries {
        1 => format!("1 entry, {fresh} new"),
        _ => format!("{entries} entries, {fresh} of them new"),
    },
    payment_of: |date, customer| format!("Payment of {date} from {customer}"),
    row: |row, column, found| {
        format!("Row {row}, column \u{201c}{column}\u{201d}: cannot read \u{201c}{found}\u{201d}.")
    },
    why: |why| match why {
        Why::OtherAmount => "Names an invoice, with another amount",
        Why::Several => "Names several invoices",
        Why::AmountAndName => "The amount and the name fit",
    },
    date_order: |order| match order {
        "month_first" => "Month, day, year",
        "year_first" => "Year, month, day",
        _ => "Day, month, year",
    },
    decimal: |sign| match sign {
        "comma" => "Comma: 1.240,00",
        _ => "Point: 1,240.00",
    },
};
