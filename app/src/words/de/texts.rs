//! What customers read, and how it is written, in German.

use domain::Language;
use domain::follow_up::Consequence;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording::template::Fault;
use domain::wording::{Case, Objection, Trouble, Variable};

use crate::words::TextsWords;

pub(super) const TEXTS: TextsWords = TextsWords {
    title: "Texte",
    intro: "Was Ihre Kunden lesen, in jeder Sprache und auf jedem Weg. Alles ist mitgeliefert; schreiben Sie neu, was Sie \
            mit eigenen Worten sagen möchten.",
    name: "Bezeichnung",
    tone: "Ton",
    built_in: "Mitgeliefert",
    own: "Eigener Text",
    back_to_built_in: "Zurück zum mitgelieferten Text",
    back_to_built_in_what: "Erinnerungen nutzen ab jetzt den mitgelieferten Text. Ihr eigener bleibt aufgezeichnet.",
    preview: "Vorschau",
    show: "Vorschau zeigen",
    try_out: "Zur Probe an mich schicken",
    try_out_hint: "Die Probe geht nur an Ihre eigene Adresse, mit erfundenen Rechnungen, und sagt, dass sie eine ist.",
    subject_hint: "Eine Zeile, die sagt, worum es geht.",
    body_hint: "Absätze, durch Leerzeilen getrennt. Anrede, Gruß und Fußzeile kommen von selbst dazu.",
    to_change: "Bevor dies gespeichert werden kann",
    variables: "Was eingesetzt werden kann",
    variables_intro: "Schreiben Sie es in doppelte geschweifte Klammern, wie {{ number }}.",
    variable: "Geschrieben",
    meaning: "Daraus wird",
    conditions: "Nur in manchen Fällen",
    conditions_hint: "Zwischen {% if several %} und {% endif %} steht, was nur bei mehreren Rechnungen gesagt wird, zwischen \
                      {% if overdue %} und {% endif %}, was nur nach der Fälligkeit gilt. Mit {% else %} beginnt, was sonst \
                      gesagt wird. Nach jeder Angabe kann so gefragt werden, wie {% if phone %}.",
    blocks_hint: "{{ invoices }} ist die Tabelle der Rechnungen und steht in einem eigenen Absatz; im Brief ist {{ bank }} das \
                  Konto für die Überweisung.",
    button_hint: "Ein Absatz in eckigen Klammern, wie [Jetzt bezahlen], ist die Schaltfläche.",
    as_html: "Wie der Empfänger es sieht",
    as_text: "Als Text",
    no_preview: "Dies lässt sich zeigen, sobald geändert ist, was daneben steht.",
    built_in_words: "Der mitgelieferte Text",
    samples: "Erfundene Rechnungen",
    your_invoices: "Ihre Rechnungen",
    own_since: |date| format!("Eigener Text seit {date}"),
    written_by: |name, date| match name {
        Some(name) => format!("Eigener Text, geschrieben von {name} am {date}"),
        None => format!("Eigener Text, geschrieben am {date}"),
    },
    text_name: |name| match name {
        "heads-up" => "Freundlicher Hinweis".to_owned(),
        "friendly" => "Freundliche Erinnerung".to_owned(),
        "help" => "Erinnerung mit Angebot zu helfen".to_owned(),
        "firm" => "Deutliche Erinnerung".to_owned(),
        "final-notice" => "Letzte Erinnerung".to_owned(),
        "call" => "Anruf".to_owned(),
        other => format!("„{other}“"),
    },
    channel: |channel| match channel {
        Channel::Email => "E-Mail",
        Channel::Sms => "SMS",
        Channel::Letter => "Brief",
        Channel::Call => "Worte für einen Anruf",
        Channel::Task => "Aufgabe",
        Channel::HandOff => "Übergabe",
    },
    tone_name: |tone| match tone {
        Tone::Friendly => "Freundlich",
        Tone::Polite => "Höflich",
        Tone::Firm => "Deutlich",
        Tone::Final => "Abschließend",
    },
    language: |language| match language {
        Language::English => "Englisch",
        Language::German => "Deutsch",
    },
    case: |case| match case {
        Case::Overdue => "Eine Rechnung, überfällig",
        Case::DueSoon => "Eine Rechnung, noch nicht fällig",
        Case::Several => "Mehrere Rechnungen, einige überfällig",
        Case::SeveralDueSoon => "Mehrere Rechnungen, noch nicht fällig",
    },
    variable_meaning: |variable| match variable {
        Variable::Several => "Nur zum Fragen: ob es um mehr als eine Rechnung geht",
        Variable::Overdue => "Nur zum Fragen: ob die früheste Fälligkeit vorbei ist",
        Variable::Sender => "Der Name Ihres Unternehmens",
        Variable::Recipient => "Der Name der Kontaktperson",
        Variable::Number => "Die Nummer der Rechnung; bei mehreren der am längsten fälligen",
        Variable::Title => "Wofür diese Rechnung war; kann leer sein",
        Variable::Count => "Wie viele Rechnungen",
        Variable::Due => "Die früheste Fälligkeit, wie „3. März“",
        Variable::WasDue => "Dasselbe in Worten, wie „war vor 12 Tagen fällig“ oder „ist morgen fällig“",
        Variable::Total => "Was von allen zusammen offen ist",
        Variable::Consequences => {
            "Was folgen kann, wenn Sie etwas erlaubt haben: „können wir …“ geht damit weiter"
        }
        Variable::Invoices => "Die Tabelle der Rechnungen",
        Variable::Bank => "Ihr Bankkonto, wenn Sie eines eingetragen haben",
        Variable::Link => "Die Adresse der Kundenseite",
        Variable::ReplyTo => "Ihre Antwortadresse",
        Variable::Phone => "Ihre Telefonnummer; kann leer sein",
    },
    trouble,
    place: |line, words| format!("Zeile {line}, „{words}“"),
    segments: |count| match count {
        1 => "1 Teil, wie Netze zählen".to_owned(),
        count => format!("{count} Teile, wie Netze zählen"),
    },
};

const fn announced(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::SuspendService => "an, dass Sie Ihre Leistung aussetzen",
        Consequence::FurtherFee => "eine weitere Gebühr an",
        Consequence::CollectionAgency => "ein Inkassounternehmen an",
        Consequence::LegalAction => "rechtliche Schritte an",
        Consequence::CreditReport => "eine Meldung an eine Auskunftei an",
    }
}

fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Misprint(fault) => match fault {
            Fault::UnknownVariable => "Unter diesem Namen lässt sich hier nichts einsetzen. Wählen Sie aus der Liste unten.",
            Fault::ConditionOnly => "Danach kann nur gefragt werden, wie in {% if several %}.",
            Fault::UnknownTag => "In geschweiften Klammern steht eine Angabe oder eine Bedingung: {{ number }} oder {% if several %}.",
            Fault::Unclosed => "Schließen Sie die Klammern in derselben Zeile.",
            Fault::UnclosedIf => "Ergänzen Sie das {% endif %}, mit dem dies endet.",
            Fault::NoIf => "Ergänzen Sie das {% if … %}, zu dem dies gehört, oder nehmen Sie es weg.",
            Fault::TooDeep => "Nehmen Sie diese Bedingung aus den anderen heraus.",
        }
        .to_owned(),
        Trouble::Objection(objection) => match objection {
            Objection::Debt => "Sagen Sie stattdessen „die Rechnung“ oder „der offene Betrag“.".to_owned(),
            Objection::NotEnabled(consequence) => {
                format!("Dies kündigt {}; Ihre Einstellungen erlauben das nicht.", announced(*consequence))
            }
            Objection::TooEarly(consequence) => {
                format!("Dies kündigt {}. Das gehört erst in deutliche und abschließende Texte.", announced(*consequence))
            }
            Objection::Posing => {
                "Sprechen Sie als das Unternehmen, das Sie sind, nicht als Agentur oder Kanzlei.".to_owned()
            }
            Objection::Exclamation => "Beenden Sie den Satz mit einem Punkt.".to_owned(),
            Objection::Shouting => "Schreiben Sie dies in kleinen Buchstaben.".to_owned(),
        },
        Trouble::BlockInSentence => {
            "Geben Sie {{ invoices }} und {{ bank }} einen eigenen Absatz, nicht im Betreff.".to_owned()
        }
        Trouble::NoInvoices => {
            "Ergänzen Sie {{ invoices }} genau einmal, in einem eigenen Absatz, für jeden Fall.".to_owned()
        }
        Trouble::NoButton => {
            "Eine E-Mail hat eine Schaltfläche, wie [Jetzt bezahlen] in einem eigenen Absatz; andere Texte haben keine."
                .to_owned()
        }
        Trouble::NoLink => "Ergänzen Sie {{ link }}, damit der Kunde die Rechnung sehen kann.".to_owned(),
        Trouble::TooManyWords { max } => {
            format!("Kürzen Sie dies auf {max} Wörter. Lange Texte werden nicht gelesen.")
        }
        Trouble::SubjectTooLong { max } => format!("Kürzen Sie den Betreff auf {max} Zeichen, ausgefüllt."),
        Trouble::TooManySegments { segments, max } => {
            format!("Kürzen Sie dies: Es braucht {segments} SMS statt höchstens {max}.")
        }
        Trouble::AmountNotAllowed => {
            "Nehmen Sie {{ total }} weg: Ihre Einstellungen sagen, dass SMS keine Beträge nennen.".to_owned()
        }
        Trouble::Empty => "Schreiben Sie für jeden Fall etwas: Hier bleibt nichts zu sagen.".to_owned(),
    }
}
