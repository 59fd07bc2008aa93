//! What people do about following up.

use domain::alarm::Alarm;
use domain::call::Outcome;
use domain::hold::HoldKind;
use domain::message::Channel;

use crate::console::invoice::NotNow;
use crate::words::HandlingWords;

pub(super) const HANDLING: HandlingWords = HandlingWords {
    hold: "Pausieren",
    hold_what: "Es geht nichts mehr dazu hinaus, bis die Pause endet. Der Kunde erfährt nichts davon.",
    hold_all: "Alles pausieren",
    hold_all_what: "Zu keiner Rechnung dieses Kunden geht mehr etwas hinaus, auch zu neuen nicht, bis die Pause endet.",
    until_hint: "Eine Zusage endet von selbst einige Tage nach ihrem Datum. Alles andere fragt Sie an dem Tag wieder.",
    place: "Erinnerungen pausieren",
    place_all: "Alles dieses Kunden pausieren",
    holds: "Pausen",
    no_holds: "Nichts ist pausiert. Dunlin bleibt an jeder offenen Rechnung.",
    end: "Pause beenden",
    hold_on: "Weiter pausieren",
    hold_on_until: "Weiter pausieren bis",
    everything: "Alle Rechnungen",
    wants_review: "Der Tag ist da",
    select_hint: "Haken Sie in der Liste Rechnungen an und pausieren Sie sie dann zusammen.",
    hold_selected: "Angehakte Rechnungen pausieren",
    approve: "Freigeben",
    approve_what: "Sie geht in der nächsten offenen Stunde am Ort des Kontakts hinaus.",
    read_draft: "Lesen, was sie sagt",
    send_now: "Jetzt senden",
    send_now_what: "Die nächste Stufe wird jetzt gesagt statt an ihrem Tag und gilt dann als gesagt. Zeiten, Mindestabstand und \
                    das, womit der Kunde einverstanden ist, gelten weiter.",
    contacted: "Ich habe mich gemeldet",
    contacted_what: "Das steht dann im Verlauf und zählt wie eine Erinnerung: Die nächste hält Abstand dazu.",
    now_hint: "Jetzt, wenn Sie nichts anderes angeben.",
    spoke: "Wir haben miteinander gesprochen",
    note_it: "Festhalten",
    call: "Wie ist es gelaufen?",
    call_until_hint: "Nötig, wenn sie zahlen wollen. Sonst gilt eine Woche oder zwei, falls Sie keinen Tag nennen.",
    call_finish: "Anruf abschließen",
    read_letter: "Brief lesen",
    read_message: "Nachricht ansehen",
    find: "Kontakte ansehen",
    messages: "Nachrichten",
    no_messages: "Hier sind keine Nachrichten. Was Dunlin sendet und was es nicht gesendet hat, steht auf dieser Seite.",
    any_channel: "Alle Wege",
    by_channel: "Nach Weg",
    why: "Warum",
    parked: "Freizugeben",
    parked_what: "Das kam durch einen Import oder aus einer Sicherung; Dunlin weiß nicht, was dazu schon gesagt wurde. Es geht \
                  nichts hinaus, bis Sie es freigeben. Daneben steht, was dann gesendet würde.",
    nothing_parked: "Nichts wartet auf eine Freigabe.",
    release: "Angehakte freigeben",
    release_all: "Alle auf dieser Seite freigeben",
    nothing_foreseen: "In den nächsten 90 Tagen nichts",
    see_parked: "Ansehen, was wartet",
    select: "Anhaken",
    see_holds: "Pausen",
    of_customer: "Nachrichten an diesen Kunden",
    kind: |kind| match kind {
        HoldKind::Dispute => "Etwas ist strittig",
        HoldKind::Promise => "Sie haben Zahlung zugesagt",
        HoldKind::AlreadyPaid => "Sie sagen, es ist bezahlt",
        HoldKind::Manual => "Ein anderer Grund",
    },
    standing: |kind| match kind {
        HoldKind::Dispute => "Strittig",
        HoldKind::Promise => "Zugesagt",
        HoldKind::AlreadyPaid => "Bezahlt, sagen sie",
        HoldKind::Manual => "Pausiert",
    },
    until: |date| format!("bis {date}"),
    by: |author, when| match author {
        Some(author) => format!("{author}, {when}"),
        None => format!("Der Kunde, {when}"),
    },
    channel: |channel| match channel {
        Channel::Email => "E-Mail",
        Channel::Sms => "SMS",
        Channel::Letter => "Brief",
        Channel::Call => "Anruf",
        Channel::Task => "Aufgabe",
        Channel::HandOff => "Abgabe",
    },
    made: |channel, spoke| match (channel, spoke) {
        (Channel::Call, Some(true)) => "Angerufen und miteinander gesprochen",
        (Channel::Call, _) => "Angerufen",
        (Channel::Email, _) => "Eine E-Mail geschrieben",
        (Channel::Sms, _) => "Eine SMS geschrieben",
        (Channel::Letter, _) => "Einen Brief geschickt",
        (Channel::Task | Channel::HandOff, _) => "Sich gemeldet",
    },
    outcome: |outcome| match outcome {
        Outcome::NoAnswer => "Niemand erreicht",
        Outcome::WillPay => "Sie zahlen bis zu einem Tag",
        Outcome::AlreadyPaid => "Sie sagen, es ist bezahlt",
        Outcome::NotReceived => "Sie haben sie nicht bekommen",
        Outcome::WrongPerson => "Falsche Person",
        Outcome::Disputes => "Sie bestreiten sie",
        Outcome::WantsPlan => "Sie möchten in Teilen zahlen",
        Outcome::Refuses => "Sie lehnen ab",
    },
    not_now: |reason, when| {
        let why = match reason {
            NotNow::Nothing => "Dazu gibt es gerade nichts zu sagen.",
            NotNow::Held => "Sie ist pausiert. Beenden Sie erst die Pause.",
            NotNow::OutsideHours => "Am Ort des Kontakts ist gerade keine Geschäftszeit.",
            NotNow::Gap => "Der Kunde hat erst vor Kurzem von Ihnen gehört.",
            NotNow::CallCap => "Die Regeln erlauben noch keinen weiteren Anruf.",
            NotNow::Nobody => "Es gibt niemanden, dem man schreiben kann.",
            NotNow::ByPerson => {
                "Die nächste Stufe ist Sache eines Menschen: ein Anruf oder eine Entscheidung."
            }
        };
        match when {
            Some(when) => format!("Nicht gesendet. {why} Es geht ab {when}."),
            None => format!("Nicht gesendet. {why}"),
        }
    },
    alarm: |alarm, locale| {
        match alarm {
        Alarm::ClockBehind { .. } => (
            "Die Uhr liegt hinter dem Verlauf",
            "Bis sie stimmt, wird nichts gesendet, denn was jetzt hinausgeht, könnte doppelt kommen. Stellen Sie die Uhr des Servers."
                .to_owned(),
        ),
        Alarm::NothingDecided { .. } => (
            "Es wird nichts entschieden",
            "Rechnungen warten seit mehr als einer Stunde auf eine Entscheidung. Starten Sie den Server neu und lesen Sie sein Protokoll."
                .to_owned(),
        ),
        Alarm::Undecidable { waiting } => (
            "Über manche Rechnungen lässt sich nicht entscheiden",
            format!(
                "{} wegen eines Fehlers liegen. Das Protokoll nennt die Kunden und was nicht stimmt; Dunlin versucht es weiter.",
                count(waiting, "1 Rechnung bleibt", "Rechnungen bleiben", locale)
            ),
        ),
        Alarm::RelayDown { waiting } => (
            "E-Mails gehen nicht hinaus",
            format!(
                "Der Mailserver vertröstet, {}. Prüfen Sie Adresse und Passwort; Dunlin versucht es weiter.",
                count(waiting, "1 Nachricht wartet", "Nachrichten warten", locale)
            ),
        ),
        Alarm::CapUsedUp { waiting } => (
            "Mehr Erinnerungen gehen in dieser Stunde nicht hinaus",
            format!(
                "{}; sie folgen in den nächsten Stunden. Dauert das zu lange, erhöhen Sie die Grenze in der Konfiguration.",
                count(waiting, "1 Nachricht wartet", "Nachrichten warten", locale)
            ),
        ),
        Alarm::NothingSent { .. } => (
            "Es wird nichts gesendet",
            "Nachrichten sind seit mehr als einer Stunde bereit, und keine ging hinaus. Starten Sie den Server neu und lesen Sie \
             sein Protokoll."
                .to_owned(),
        ),
    }
    },
    only_customer: |name| format!("An {name}"),
    foreseen: |step, channel, when| format!("{step} per {channel}, {when}"),
    skipped: |steps| format!("Übergangene frühere Stufen: {steps}"),
    draft: |channel, to, when| format!("{channel} an {to}. Nach der Freigabe geht sie hinaus: {when}."),
    on_record,
};

/// Why something was not sent, in the words of the record. What another program said is left as it is.
fn on_record(reason: &str) -> String {
    let known = match reason {
        "the contact is no longer the one to write to" => "Die Rechnungen bekommt jetzt ein anderer Kontakt.",
        "it can no longer go this way" => "Auf diesem Weg ist der Kontakt nicht mehr zu erreichen.",
        "it is no longer due" => "Sie war nicht mehr dran, als sie hinausgehen sollte.",
        "nothing of it applies any more" => "Nichts davon galt mehr, als sie hinausgehen sollte.",
        "on hold: by_word" => "Jemand hatte inzwischen eine Pause eingetragen.",
        "on hold: parked" => "Sie wartete inzwischen auf eine Freigabe.",
        "on hold: payment_processing" => "Eine Zahlung war inzwischen unterwegs.",
        "on hold: payment_disputed" => "Eine Zahlung wurde inzwischen bei der Bank angefochten.",
        "on hold: attempt_unknown" => {
            "Vielleicht war eine Zahlung unterwegs: Stripe hatte nicht geantwortet."
        }
        "on hold: checkout_open" => "Der Kunde war gerade beim Bezahlen.",
        "on hold: awaiting_approval" => "Sie brauchte inzwischen eine Freigabe.",
        "on hold: nobody_to_write_to" => "Es gab niemanden mehr, dem man schreiben konnte.",
        "on hold: never_open" => "Die Zeiten und die Regeln für diesen Kunden trafen sich nicht mehr.",
        "done: paid" => "Die Rechnung war inzwischen bezahlt.",
        "done: written_off" => "Der Rest war inzwischen ausgebucht.",
        "done: void" => "Die Rechnung war inzwischen zurückgenommen.",
        "done: all_said" => "Alle Stufen waren inzwischen gesagt.",
        "nothing more is sent to this address" => "An diese Adresse geht nichts mehr.",
        "the invitation was taken back, accepted, or is too old" => {
            "Die Einladung wurde zurückgenommen, angenommen oder ist zu alt."
        }
        "given to a person to post" => "Jemandem gegeben, der den Brief einwirft.",
        other => {
            let later = other.strip_prefix("the step ").is_some_and(|rest| rest.ends_with(" is due instead"));
            return if later {
                "Inzwischen war eine spätere Stufe dran.".to_owned()
            } else {
                other.to_owned()
            };
        }
    };
    known.to_owned()
}

fn count(number: u32, one: &str, many: &str, locale: domain::Locale) -> String {
    if number == 1 { one.to_owned() } else { format!("{} {many}", locale.integer(i64::from(number))) }
}
