//! Kontoauszüge der Bank.

use domain::bank::statement::Why;

use crate::words::BankStatementsWords;

pub(super) const BANK_STATEMENTS: BankStatementsWords = BankStatementsWords {
    title: "Bankauszüge",
    waiting: "Umsätze, die auf Sie warten",
    nothing_waits: "Kein Umsatz wartet.",
    files: "Importierte Dateien",
    import: "Importieren",
    import_hint: "Eine CSV-Datei oder eine camt.053-Datei (XML) Ihrer Bank. Was eindeutig ist, wird gleich gebucht, der Rest wartet auf Sie. Eine Datei zweimal zu importieren ändert nichts.",
    account_hint: "Es zählt, wo die Datei keine Währung nennt.",
    entries: "Umsätze eines Bankauszugs",
    entries_hint: "Was abging oder zurückkam, wird gezeigt und nicht gebucht. Umsätze, die schon in einer früheren Datei standen, stehen hier nicht noch einmal; von einer langen Datei werden die ersten 200 gezeigt.",
    columns: "Was die Spalten bedeuten",
    columns_hint: "Prüfen Sie, wie die ersten Zeilen gelesen werden. Für die nächste Datei dieser Art von diesem Konto wird es gemerkt.",
    no_column: "Keine Spalte",
    preview: "Die ersten Zeilen, so wie sie gelesen würden",
    look: "Noch einmal ansehen",
    refused: "Die Datei wurde nicht importiert",
    empty: "Es wurde keine Datei gewählt, oder sie hat keine Umsätze.",
    too_large: "Eine Datei kann 10 MB und 50.000 Umsätze haben. Exportieren Sie einen kürzeren Zeitraum.",
    unknown_format: "Das ist weder eine Tabelle (CSV) noch eine camt.053-Datei.",
    unknown: "Es ist nicht klar, was damit bezahlt ist",
    fits: "Rechnung und Betrag passen",
    same_money: "Wahrscheinlich dasselbe Geld wie eine Zahlung, die schon erfasst ist",
    booked: "Gebucht",
    recorded: "War schon erfasst",
    set_aside: "Bezahlt keine Rechnung",
    went_out: "Abgang",
    returned: "Die Bank hat einen früheren Umsatz zurückgenommen",
    to_customer: "Zahlungen des Kunden",
    entry: "Umsatz eines Bankauszugs",
    choose: "Rechnung, Kunden oder Zahlung wählen",
    pays_hint: "Bei einem Kunden wird bezahlt, was zuerst fällig ist; der Rest wird Guthaben. Eine Zahlung, die schon erfasst ist, wird nicht noch einmal gebucht.",
    book: "Buchen",
    same: "Es ist dasselbe",
    other: "Etwas anderes …",
    pays_nothing: "Bezahlt keine Rechnung",
    take_up: "Neu entscheiden",
    waiting_in_all: |count| {
        format!("Insgesamt warten {count} Umsätze. Die anderen kommen, wenn diese entschieden sind.")
    },
    figures: |entries, fresh| match entries {
        1 => format!("1 Umsatz, davon {fresh} neu"),
        _ => format!("{entries} Umsätze, davon {fresh} neu"),
    },
    payment_of: |date, customer| format!("Zahlung vom {date} von {customer}"),
    row: |row, column, found| format!("Zeile {row}, Spalte „{column}“: „{found}“ ist nicht lesbar."),
    why: |why| match why {
        Why::OtherAmount => "Nennt eine Rechnung, mit anderem Betrag",
        Why::Several => "Nennt mehrere Rechnungen",
        Why::AmountAndName => "Betrag und Name passen",
    },
    date_order: |order| match order {
        "month_first" => "Monat, Tag, Jahr",
        "year_first" => "Jahr, Monat, Tag",
        _ => "Tag, Monat, Jahr",
    },
    decimal: |sign| match sign {
        "comma" => "Komma: 1.240,00",
        _ => "Punkt: 1,240.00",
    },
};
