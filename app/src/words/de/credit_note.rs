//! Gutschriften.

use crate::words::CreditNoteWords;

pub(super) const CREDIT_NOTE: CreditNoteWords = CreditNoteWords {
    title: "Gutschrift",
    several: "Gutschriften",
    total: "Gutgeschrieben",
    about: "Zu",
    all_credited: "Alles davon wurde gutgeschrieben",
    hint: "Um so viel weniger ist mit der Rechnung zu zahlen, samt anteiliger Steuer. Was darüber hinaus schon bezahlt ist, wird Guthaben des Kunden. Der Kunde bekommt die Gutschrift per E-Mail; zurücknehmen lässt sie sich nicht.",
    issue: "Gutschrift ausstellen",
    numbered: |number| format!("Gutschrift {number}"),
    of: |number, date| format!("Gutschrift {number} vom {date}"),
    all_of_it: |left| format!("Mit Steuer, höchstens {left}. Leer: alles davon."),
};
