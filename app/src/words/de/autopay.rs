//! Was von selbst abgebucht wird.

use crate::words::AutopayWords;

pub(super) const AUTOPAY: AutopayWords = AutopayWords {
    title: "Automatisch bezahlen",
    turn_on: "Einschalten",
    turn_off: "Abschalten",
    code_first: "Wir fragen nach einem Code, der an den hinterlegten Kontakt geht. Zum Abschalten braucht es keinen.",
    nothing_announced: "Im Augenblick ist nichts angekündigt.",
    paused: "Ausgesetzt",
    of_customer: "Automatisch bezahlen",
    what: |business| {
        format!(
            "Was fällig wird, kann sich von selbst bezahlen, über einen hinterlegten Zahlungsweg. {business} schreibt Ihnen einige \
             Tage vor jeder Abbuchung eine E-Mail."
        )
    },
    paused_body: |business| {
        format!("Im Augenblick bucht {business} nichts automatisch ab. Bitte zahlen Sie selbst.")
    },
    turn_on_with: |method| format!("Einschalten für: {method}"),
    since: |date| format!("Eingeschaltet seit {date}"),
    will_charge: |amount, date| format!("{amount} werden am {date} abgebucht"),
    consent: |business, method, days| {
        format!(
            "Ich erlaube {business}, den offenen Betrag meiner Rechnungen in der Währung dieses Zahlungswegs ({method}) abzubuchen, \
             jeweils am Tag der Fälligkeit oder am nächsten Geschäftstag. {business} teilt mir Betrag und Tag mindestens {days} \
             Tage vorher per E-Mail mit. Mehr als das wird nie abgebucht, und was ich anders zahle, gar nicht. Lehnt meine Bank \
             ab, darf es noch einmal versucht werden, höchstens dreimal insgesamt und nach einer weiteren E-Mail. Ich kann das \
             unter „Hinterlegte Zahlungswege“ jederzeit abschalten, auch durch eine Nachricht an {business}; es endet auch, wenn \
             ich diesen Zahlungsweg entferne."
        )
    },
};
