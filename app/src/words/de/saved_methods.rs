//! Zahlungswege, die ein Kunde für später hinterlegt.

use crate::portal::saved_methods::Told;
use crate::words::SavedMethodsWords;

pub(super) const SAVED_METHODS: SavedMethodsWords = SavedMethodsWords {
    title: "Hinterlegte Zahlungswege",
    none: "Es ist nichts hinterlegt.",
    remove: "Entfernen",
    another: "Einen Zahlungsweg hinterlegen",
    which: "Was möchten Sie hinterlegen?",
    leads_to_provider: "Die nächste Seite ist die von Stripe, dort geben Sie ihn ein. Abgebucht wird jetzt nichts.",
    go_on: "Weiter zu Stripe",
    of_customer: "Hinterlegte Zahlungswege",
    paid_at_once: "Hinterlegt. Wird abgebucht, wenn Sie auf den Knopf drücken, ohne weitere Seite. Einmal je Sitzung fragen wir \
                   vorher nach einem Code.",
    leads_to_either: "Mit einem hinterlegten Zahlungsweg wird jetzt abgebucht. Sonst ist die nächste Seite die von Stripe, dort \
                      sehen Sie den Betrag noch einmal.",
    while_paying: "Freiwillig, für Karten und Lastschriften. Bevor es weitergeht, fragen wir nach einem Code, der an den \
                   hinterlegten Kontakt geht.",
    pay_with_saved: "Mit Hinterlegtem zahlen",
    code_first: "Vorher fragen wir nach einem Code, der an den hinterlegten Kontakt geht.",
    intro: |business| {
        format!(
            "Bei Stripe für {business} hinterlegt. Von dem, was hier steht, wird nichts abgebucht, bevor Sie einer Abbuchung \
             zustimmen. Bevor Sie einen hinterlegen oder entfernen, fragen wir nach einem Code, der an den hinterlegten \
             Kontakt geht."
        )
    },
    consent: |business| {
        format!(
            "Ich erlaube {business}, diesen Zahlungsweg beim Zahlungsdienst Stripe zu hinterlegen und später damit abzubuchen, \
             wozu ich dann zustimme. Ich kann ihn unter „Hinterlegte Zahlungswege“ jederzeit entfernen."
        )
    },
    ending: |name, digits| {
        if digits.is_empty() { name.to_owned() } else { format!("{name}, endet auf {digits}") }
    },
    expires: |month| format!("Gültig bis {month}"),
    told: |told| match told {
        Told::Saved => ("Hinterlegt", "Abgebucht wurde nichts."),
        Told::NotSaved => (
            "Es wurde nichts hinterlegt",
            "Sie können es noch einmal versuchen oder einen anderen Zahlungsweg wählen.",
        ),
        Told::Checking => (
            "Wir prüfen noch",
            "Er steht hier, sobald Stripe und Ihre Bank ihn bestätigt haben; bei einem Bankkonto kann das Tage dauern. Falls Ihre \
             Bank Sie bittet, etwas zu bestätigen, tun Sie das bitte.",
        ),
        Told::Removed => {
            ("Entfernt", "Davon wird nichts mehr abgebucht, und Stripe wird gebeten, ihn zu löschen.")
        }
        Told::AutopayOn => (
            "Das automatische Bezahlen ist eingeschaltet",
            "Bevor etwas abgebucht wird, bekommen Sie eine E-Mail mit Betrag und Tag.",
        ),
        Told::AutopayOff => (
            "Das automatische Bezahlen ist abgeschaltet",
            "Es wird nichts mehr abgebucht, es sei denn, Sie zahlen selbst.",
        ),
        Told::NotReached => (
            "Stripe hat nicht geantwortet",
            "Es wurde nichts hinterlegt. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
        ),
    },
};
