//! What portal and console share.

use domain::invoice::StandingName;
use domain::payment::{FailureCode, Method};
use domain::role::Role;
use domain::time::RelativeDay;
use domain::{Country, Locale};

use crate::problem::Problem;
use crate::words::{FormWords, FrameWords};

pub(super) const FRAME: FrameWords = FrameWords {
    skip_to_content: "Zum Inhalt springen",
    via: "mit Dunlin",
    copy: "Kopieren",
    copied: "Kopiert",
    tagline: "Dunlin. Bleibt freundlich an Rechnungen dran.",
};

pub(super) const FORM: FormWords = FormWords {
    optional: "(freiwillig)",
    problems_title: "Bitte prüfen Sie Ihre Eingaben",
    problems_prefix: "Bitte prüfen: ",
    of_line: |label, number| format!("{label} (Position {number})"),
};

pub(super) fn relative_day(day: RelativeDay) -> String {
    match day {
        RelativeDay::DaysAgo(days) => format!("vor {days} Tagen"),
        RelativeDay::Yesterday => "gestern".to_owned(),
        RelativeDay::Today => "heute".to_owned(),
        RelativeDay::Tomorrow => "morgen".to_owned(),
        RelativeDay::InDays(days) => format!("in {days} Tagen"),
    }
}

pub(super) fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [firsts @ .., last] => format!("{} und {last}", firsts.join(", ")),
    }
}

pub(super) fn standing(name: StandingName) -> &'static str {
    match name {
        StandingName::Draft => "Entwurf",
        StandingName::Open => "Offen",
        StandingName::DueSoon => "Bald fällig",
        StandingName::PartlyPaid => "Teilweise bezahlt",
        StandingName::Overdue => "Überfällig",
        StandingName::Processing => "Zahlung läuft",
        StandingName::Paid => "Bezahlt",
        StandingName::Credited => "Gutgeschrieben",
        StandingName::WrittenOff => "Ausgebucht",
        StandingName::Void => "Storniert",
    }
}

pub(super) fn method_name(method: Method) -> &'static str {
    match method {
        Method::Card => "Karte",
        Method::SepaDebit => "SEPA-Lastschrift",
        Method::UsBankAccount => "Lastschrift (ACH)",
        Method::BacsDebit => "Lastschrift (Bacs)",
        Method::BankTransfer => "Überweisung",
        Method::Manual => "Überweisung auf unser Konto",
        Method::Cash => "Bar",
        Method::Cheque => "Scheck",
    }
}

/// The same within a sentence: nouns are written alike everywhere.
pub(super) fn method_in_sentence(method: Method) -> &'static str {
    method_name(method)
}

pub(super) fn method_meaning(method: Method) -> &'static str {
    match method {
        Method::Card => "Kredit- oder Debitkarte, Apple Pay oder Google Pay. Sofort bezahlt.",
        Method::SepaDebit => "Von jedem Konto in Euro. Dauert 2 bis 5 Tage, kostet Sie nichts.",
        Method::UsBankAccount => {
            "Von einem Konto in den Vereinigten Staaten. Dauert 2 bis 4 Tage, kostet Sie nichts."
        }
        Method::BacsDebit => {
            "Von einem Konto im Vereinigten Königreich. Dauert 4 bis 7 Tage, kostet Sie nichts."
        }
        Method::BankTransfer => {
            "Wir zeigen Ihnen die Angaben, Sie überweisen von Ihrer Bank. Dauert 1 bis 3 Tage."
        }
        Method::Manual => "Wir zeigen Ihnen unser Konto, Sie überweisen von Ihrer Bank. Dauert 1 bis 3 Tage.",
        Method::Cash => "Uns übergeben.",
        Method::Cheque => "Uns geschickt oder übergeben.",
    }
}

pub(super) fn failure(code: FailureCode) -> &'static str {
    match code {
        FailureCode::Declined => {
            "Die Bank hat die Zahlung abgelehnt. Uns nennt sie den Grund nicht; Ihnen wird sie ihn sagen."
        }
        FailureCode::InsufficientFunds => "Auf dem Konto war nicht genug Geld.",
        FailureCode::Blocked => "Die Bank nimmt davon keine Zahlungen mehr an.",
        FailureCode::AuthenticationFailed => "Die Prüfung durch die Bank wurde nicht abgeschlossen.",
        FailureCode::DebitReturned => "Die Bank hat die Lastschrift zurückgegeben.",
        FailureCode::Refused => "Die Zahlung ließ sich nicht beginnen. Das lag nicht an Ihnen.",
        FailureCode::Canceled => "Die Zahlung wurde abgebrochen.",
        FailureCode::Other => "Die Zahlung hat nicht geklappt.",
    }
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Inhaber",
        Role::Manager => "Leitung",
        Role::Clerk => "Büro",
        Role::Viewer => "Nur Einsicht",
    }
}

pub(super) fn role_meaning(role: Role) -> &'static str {
    match role {
        Role::Owner => "alles, auch Zahlungsschlüssel und weitere Inhaber",
        Role::Manager => "alles Tägliche, auch Stornieren und Einladen",
        Role::Clerk => "Kunden und Rechnungen",
        Role::Viewer => "sieht alles, ändert nichts",
    }
}

/// The countries most invoices cross. The rest are named by their code, which is what an address needs.
pub(super) fn country_name(country: Country) -> Option<&'static str> {
    Some(match country.code() {
        "AE" => "Vereinigte Arabische Emirate",
        "AR" => "Argentinien",
        "AT" => "Österreich",
        "AU" => "Australien",
        "BE" => "Belgien",
        "BG" => "Bulgarien",
        "BR" => "Brasilien",
        "CA" => "Kanada",
        "CH" => "Schweiz",
        "CL" => "Chile",
        "CN" => "China",
        "CY" => "Zypern",
        "CZ" => "Tschechien",
        "DE" => "Deutschland",
        "DK" => "Dänemark",
        "EE" => "Estland",
        "EG" => "Ägypten",
        "ES" => "Spanien",
        "FI" => "Finnland",
        "FR" => "Frankreich",
        "GB" => "Vereinigtes Königreich",
        "GR" => "Griechenland",
        "HK" => "Hongkong",
        "HR" => "Kroatien",
        "HU" => "Ungarn",
        "IE" => "Irland",
        "IL" => "Israel",
        "IN" => "Indien",
        "IS" => "Island",
        "IT" => "Italien",
        "JP" => "Japan",
        "KE" => "Kenia",
        "KR" => "Südkorea",
        "LI" => "Liechtenstein",
        "LT" => "Litauen",
        "LU" => "Luxemburg",
        "LV" => "Lettland",
        "MA" => "Marokko",
        "MT" => "Malta",
        "MX" => "Mexiko",
        "MY" => "Malaysia",
        "NG" => "Nigeria",
        "NL" => "Niederlande",
        "NO" => "Norwegen",
        "NZ" => "Neuseeland",
        "PL" => "Polen",
        "PT" => "Portugal",
        "RO" => "Rumänien",
        "SE" => "Schweden",
        "SG" => "Singapur",
        "SI" => "Slowenien",
        "SK" => "Slowakei",
        "TH" => "Thailand",
        "TR" => "Türkei",
        "TW" => "Taiwan",
        "UA" => "Ukraine",
        "US" => "Vereinigte Staaten",
        "ZA" => "Südafrika",
        _ => return None,
    })
}

pub(super) fn locale_name(locale: Locale) -> &'static str {
    match locale.tag() {
        "en-GB" => "Englisch (Vereinigtes Königreich)",
        "en-US" => "Englisch (Vereinigte Staaten)",
        "en-IE" => "Englisch (Irland)",
        "de-DE" => "Deutsch (Deutschland)",
        "de-AT" => "Deutsch (Österreich)",
        "de-CH" => "Deutsch (Schweiz)",
        "fr-FR" => "Französisch (Frankreich)",
        "nl-NL" => "Niederländisch (Niederlande)",
        "es-ES" => "Spanisch (Spanien)",
        tag => tag,
    }
}

pub(super) fn problem_page(problem: Problem) -> (String, String) {
    let (title, body) = match problem {
        Problem::BadRequest => (
            "Damit konnten wir nichts anfangen",
            "Die Adresse oder das Formular war nicht vollständig. Gehen Sie zurück, laden Sie die Seite neu und versuchen \
             Sie es noch einmal.",
        ),
        Problem::Forbidden => (
            "Das geht hier nicht",
            "Entweder gehört es nicht zu Ihrer Rolle, oder das Formular kam von einer anderen Seite. Gehen Sie zurück, \
             laden Sie die Seite neu und versuchen Sie es noch einmal; oder fragen Sie, wem das Unternehmen gehört.",
        ),
        Problem::NotFound => (
            "Hier ist nichts",
            "Wenn Sie über einen Link in einer E-Mail kamen, prüfen Sie, ob er vollständig ist: Manche Mailprogramme \
             teilen lange Links. Sonst bitten Sie den Absender um einen neuen.",
        ),
        Problem::MethodNotAllowed => (
            "So lässt sich diese Seite nicht öffnen",
            "Sie nimmt nur ein Formular entgegen, das eine andere Seite zeigt. Gehen Sie zurück und verwenden Sie jene Seite.",
        ),
        Problem::TooSlow => (
            "Das hat zu lange gedauert",
            "Die Verbindung scheint langsam zu sein. Gehen Sie zurück und versuchen Sie es noch einmal.",
        ),
        Problem::Conflict => (
            "Jemand war schneller",
            "Was Sie ändern wollten, wurde inzwischen geändert. Gehen Sie zurück, laden Sie die Seite neu und sehen Sie \
             es sich erst an.",
        ),
        Problem::TooLarge => (
            "Das ist mehr, als hineinpasst",
            "Was Sie gesendet haben, ist zu groß. Gehen Sie zurück, kürzen Sie es und senden Sie es noch einmal.",
        ),
        Problem::TooMany { retry_after_seconds } => {
            let wait = match retry_after_seconds {
                0..=60 => "eine Minute".to_owned(),
                seconds => format!("{} Minuten", seconds.div_ceil(60)),
            };
            return (
                "Zu viele Versuche".to_owned(),
                format!(
                    "Damit niemand etwas erraten kann, ist hier für eine Weile Pause. Warten Sie {wait} und versuchen \
                     Sie es dann noch einmal."
                ),
            );
        }
        Problem::Internal => (
            "Bei uns ist etwas schiefgegangen",
            "Es lag nicht an Ihnen. Es steht in unserem Protokoll, und wir sehen es uns an. Gehen Sie zurück und versuchen \
             Sie es noch einmal; ob Ihre Angaben angekommen sind, ist nicht sicher, also sehen Sie vorher nach.",
        ),
        Problem::Unavailable => (
            "Gerade nicht erreichbar",
            "Wir können im Augenblick nicht antworten. Es wurde nichts geändert. Bitte versuchen Sie es in ein paar Minuten \
             noch einmal.",
        ),
    };
    (title.to_owned(), body.to_owned())
}
