//! Die Kontoübersicht eines Kunden.

use domain::statement::{Age, What};

use crate::console::statement::NotSent;
use crate::words::StatementWords;

pub(super) const STATEMENT: StatementWords = StatementWords {
    title: "Kontoübersicht",
    show: "Anzeigen",
    download: "Als Tabelle herunterladen (CSV)",
    mail: "Per E-Mail senden",
    mail_hint: "Sie geht zu den Geschäftszeiten des Kunden ab und hält Abstand zur letzten Erinnerung. Jede wird einmal gesendet.",
    mail_none: "In diesen Tagen gibt es nichts zu berichten, oder es gibt keine Adresse dafür.",
    send: "Diese Kontoübersicht senden",
    day: "Datum",
    invoice: "Rechnung",
    currency: "Währung",
    entries: "Was geschah, Tag für Tag",
    entry: "Vorgang",
    balance: "Saldo",
    nothing_happened: "In diesen Tagen geschah nichts.",
    credit: "Noch nicht verwendetes Guthaben",
    of: |customer| format!("Kontoübersicht für {customer}"),
    opening: |date| format!("Saldo vor dem {date}"),
    closing: |date| format!("Saldo am {date}"),
    open_on: |date| format!("Offen am {date}"),
    earlier: |entries| match entries {
        1 => "1 früherer Vorgang".to_owned(),
        entries => format!("{entries} frühere Vorgänge"),
    },
    not_sent: |reason| match reason {
        NotSent::NothingToTell => {
            "In diesen Tagen geschah nichts, und nichts ist offen. Es wurde nichts gesendet."
        }
        NotSent::Before => "Diese Kontoübersicht wurde schon gesendet oder ist unterwegs.",
        NotSent::Unreachable => "Es gibt keine Adresse, an die sie gehen könnte.",
    },
    days_overdue: |days| match days {
        1 => "seit 1 Tag überfällig".to_owned(),
        days => format!("seit {days} Tagen überfällig"),
    },
    what: |what, number| {
        let of = number.map(|number| format!(" {number}")).unwrap_or_default();
        match what {
            What::Invoice => format!("Rechnung{of}"),
            What::Void => format!("Rechnung{of} zurückgenommen"),
            What::CreditNote => format!("Gutschrift zu Rechnung{of}"),
            What::Payment => "Zahlung, vielen Dank".to_owned(),
            What::TakenBack => "Zahlung berichtigt".to_owned(),
            What::Refund => "Erstattung".to_owned(),
            What::Returned => "Zahlung von der Bank zurückgeholt".to_owned(),
            What::CameAgain => "Zahlung wieder eingegangen".to_owned(),
            What::PaidOut => "Guthaben ausgezahlt".to_owned(),
            What::WrittenOff => match number {
                Some(number) => format!("Rest der Rechnung {number} ausgebucht"),
                None => "Von uns ausgeglichen".to_owned(),
            },
            What::WriteOffUndone => match number {
                Some(number) => format!("Rest der Rechnung {number} wieder offen"),
                None => "Nicht mehr von uns ausgeglichen".to_owned(),
            },
        }
    },
    age: |age| match age {
        Age::NotDue => "Nicht überfällig",
        Age::UpTo30 => "1 bis 30 Tage überfällig",
        Age::UpTo60 => "31 bis 60 Tage überfällig",
        Age::UpTo90 => "61 bis 90 Tage überfällig",
        Age::Older => "Mehr als 90 Tage überfällig",
    },
};
