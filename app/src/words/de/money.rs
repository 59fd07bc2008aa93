//! Geld, das nicht über den Zahlungsanbieter kommt.

use domain::dispute::DisputeStage;
use domain::payment::Method;
use domain::refund::RefundState;

use super::shared::method_name;
use crate::words::MoneyWords;

pub(super) const MONEY: MoneyWords = MoneyWords {
    title: "Geld",
    waiting: "Geld, das auf Verwendung wartet",
    waiting_hint: "Guthaben bezahlt die nächste Rechnung des Kunden von selbst. Für das, was hier steht, gab es noch nichts zu bezahlen, oder jemand soll es sich erst ansehen.",
    nothing_waits: "Nichts wartet: Alles, was kam, ist verwendet.",
    record: "Zahlung erfassen",
    record_hint: "Bargeld, ein Scheck oder eine Überweisung auf Ihrem Konto. Der Kunde bekommt eine Bestätigung.",
    record_it: "Erfassen",
    more: "Ja, es kam mehr, als offen ist. Der Rest bleibt als Guthaben.",
    payments: "Zahlungen",
    no_payments: "Noch keine Zahlung.",
    take_back: "Zurücknehmen",
    take_back_what: "Was damit bezahlt wurde, ist wieder offen und wird weiterverfolgt. Die Zahlung bleibt als zurückgenommen verzeichnet.",
    gone: "Diese Zahlung lässt sich nicht zurücknehmen: Das ist schon geschehen, oder ein Teil wurde ausgezahlt.",
    under_review: "Ein Teil kam in anderer Höhe oder für etwas anderes als verlangt. Sehen Sie es sich an, bevor Sie es verwenden.",
    apply_to: "Für diese Rechnungen verwenden, die am längsten fällige zuerst:",
    apply: "Verwenden",
    pay_out: "Ausgezahlt",
    pay_out_what: "Halten Sie fest, was Sie zurücküberwiesen oder übergeben haben. Dunlin bewegt hier kein Geld.",
    books: "Die Bücher und Stripe",
    books_hint: "Einmal am Tag wird jede Zahlung, Erstattung und Anfechtung bei Stripe mit den Büchern verglichen. Was kein Webhook gemeldet hat, wird dabei gebucht.",
    compare: "Jetzt vergleichen",
    compared: "Verglichen",
    never_compared: "Noch nicht verglichen.",
    no_such: "nichts",
    refund: "Erstatten",
    refund_what: "Das Geld geht über Stripe den Weg zurück, den es kam. Was damit bezahlt war, ist um so viel wieder offen; soll es niemand mehr bezahlen, schreiben Sie es ab.",
    refund_it: "Zurückgeben",
    came_again: "ging zurück und kam wieder",
    write_off: "Den Rest abschreiben",
    write_off_what: "Niemand wird mehr danach gefragt. Es bleibt verzeichnet, dass es nicht bezahlt wurde.",
    cannot_write_off: "Jetzt lässt sich nichts abschreiben: Es ist nichts offen, oder eine Zahlung ist unterwegs.",
    small_balance: "Kleine Beträge",
    small_balance_hint: "Lässt eine Zahlung höchstens so viel offen, wird der Rest von selbst abgeschrieben. Leer: nie.",
    of_invoice: |number| format!("Geld zu Rechnung {number}"),
    of_customer: |name| format!("Geld von {name}"),
    write_off_amount: |amount| format!("{amount} abschreiben"),
    by: |name| format!("erfasst von {name}"),
    returned: |amount| format!("{amount} davon gingen zurück oder wurden zurückgenommen"),
    refund_state: |state, amount| match state {
        RefundState::Asked => format!("{amount}: Erstattung veranlasst, Stripe hat noch nicht geantwortet"),
        RefundState::Refused => format!("{amount}: Erstattung von Stripe abgelehnt"),
        RefundState::Pending => format!("{amount}: Erstattung unterwegs"),
        RefundState::Succeeded => format!("{amount}: erstattet"),
        RefundState::Failed => format!("{amount}: Erstattung fehlgeschlagen, es braucht einen anderen Weg"),
    },
    dispute: |stage| match stage {
        DisputeStage::Inquiry => "Die Bank des Zahlenden fragt danach",
        DisputeStage::InquiryClosed => "Die Frage der Bank ist erledigt",
        DisputeStage::Open => "Bei der Bank angefochten",
        DisputeStage::Lost => "Von der Bank des Zahlenden zurückgenommen",
        DisputeStage::Won => "Angefochten und für Sie entschieden",
    },
    drift: |count| match count {
        0 => "Sie stimmen überein: Abweichung 0",
        1 => "1 Abweichung",
        _ => "Mehrere Abweichungen",
    },
    found: |objects, healed| {
        format!("{objects} Zahlungen, Erstattungen und Anfechtungen verglichen, {healed} erst jetzt gebucht.")
    },
    differs: |there, here| format!("{there} bei Stripe, {here} in den Büchern"),
    came_by: |method| match method {
        Method::Manual => "Überweisung",
        other => method_name(other),
    },
};
