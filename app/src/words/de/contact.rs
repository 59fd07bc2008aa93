//! Wie eine Kontaktperson erreicht wird: aus Sicht des Unternehmens und aus ihrer eigenen.

use domain::sms::ConsentSource;

use crate::words::{CodeWords, ContactWords, WayOutWords};

pub(super) const CONTACT: ContactWords = ContactWords {
    intro: "So ist diese Kontaktperson wegen Rechnungen zu erreichen. Was Sie hier ändern, steht im Verlauf.",
    mail: "E-Mail",
    texts: "SMS",
    allowed: "Erlaubt",
    ended: "Beendet",
    suppressed: "Kommt nicht an",
    not_agreed: "Nicht vereinbart",
    no_email: "Es gibt keine E-Mail-Adresse. Tragen Sie eine bei der Kontaktperson ein.",
    mail_ended: "Sie möchte keine E-Mails zu Rechnungen. Stattdessen gibt es einen Brief oder einen Anruf.",
    mail_suppressed: "Der Mailserver kennt diese Adresse nicht. Ändern Sie die Adresse, um wieder zu schreiben.",
    end_mail: "Sie möchte keine E-Mails mehr",
    end_mail_hint: "Stattdessen gibt es einen Brief oder einen Anruf.",
    resume_mail: "Sie möchte wieder E-Mails",
    no_phone: "Es gibt keine Telefonnummer. Tragen Sie eine bei der Kontaktperson ein.",
    texts_ended: "Sie möchte keine SMS.",
    texts_suppressed: "Das Mobilfunknetz meldet, dass diese Nummer keine SMS annimmt.",
    not_agreed_body: "SMS brauchen ihr Einverständnis. Bis es festgehalten ist, geht stattdessen eine E-Mail.",
    no_gateway: "Diese Installation hat noch keinen SMS-Dienst. Deshalb geht nichts als SMS hinaus.",
    end_texts: "Sie möchte keine SMS mehr",
    agreed_at: "Einverstanden seit",
    agreed_how: "Auf welchem Weg",
    record_consent: "Sie ist mit SMS einverstanden",
    consent_hint: "Halten Sie es so fest, wie Sie es auf Nachfrage zeigen würden: wann, wie und mit welchen Worten.",
    consent_text_hint: "Der Satz, dem zugestimmt wurde, oder was gesagt wurde.",
    save_consent: "Einverständnis festhalten",
    source: |source| match source {
        ConsentSource::Contract => "Im Vertrag oder Auftrag",
        ConsentSource::WebForm => "In einem Formular im Web",
        ConsentSource::Writing => "Per E-Mail oder Brief",
        ConsentSource::Phone => "Am Telefon",
        ConsentSource::InPerson => "Persönlich",
        ConsentSource::TextMessage => "Durch eine eigene SMS",
    },
};

pub(super) const WAY_OUT: WayOutWords = WayOutWords {
    title: "So erreichen wir Sie",
    mail: "E-Mail",
    texts: "SMS",
    end_mail: "Keine E-Mails zu Rechnungen mehr",
    resume_mail: "Wieder per E-Mail schreiben",
    end_texts: "Keine SMS mehr",
    changed: "Geändert",
    changed_body: "Das gilt ab sofort.",
    invoices_stay: "Ihre Rechnungen bleiben, wie sie sind, und die Links darauf funktionieren weiter.",
    mailed: |address| format!("Wir schreiben an {address}, wenn eine Rechnung offen ist."),
    not_mailed: |address| format!("Wir schreiben nicht mehr an {address}, wenn eine Rechnung offen ist."),
    instead: |business| format!("Ohne E-Mail schickt {business} einen Brief oder ruft an."),
    texted: |number| format!("Wir schicken SMS an {number}, wenn eine Rechnung offen ist."),
};

pub(super) const CODE: CodeWords = CodeWords {
    title: "Code eingeben",
    hint: "Sechs Ziffern. Sie können sie einfügen.",
    go_on: "Weiter",
    nothing_came: "Nichts angekommen?",
    nothing_came_body: "Es kann eine Minute dauern. Sehen Sie auch im Spam-Ordner nach. Nur der neueste Code gilt.",
    again: "Noch einmal senden",
    by_mail: "Stattdessen per E-Mail senden",
    by_text: "Stattdessen per SMS senden",
    nobody_subject: "Wir brauchen einen anderen Kontakt für unsere Rechnungen",
    sent: |masked, minutes| {
        format!(
            "Wir haben einen Code an {masked} geschickt. Er gilt {minutes} Minuten. Danach geht es weiter, wo Sie waren."
        )
    },
    wait: |seconds| match seconds {
        1 => "In einer Sekunde kann ein neuer Code gesendet werden.".to_owned(),
        seconds => format!("In {seconds} Sekunden kann ein neuer Code gesendet werden."),
    },
    nobody: |business| {
        format!(
            "Dafür senden wir einen Code an den hinterlegten Kontakt, und es gibt keinen, der einen bekommen kann. {business} hilft weiter."
        )
    },
};
