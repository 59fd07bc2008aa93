//! What customers read, and how it is written.

use domain::Language;
use domain::follow_up::Consequence;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording::template::Fault;
use domain::wording::{Case, Objection, Trouble, Variable};

use crate::words::TextsWords;

pub(super) const TEXTS: TextsWords = TextsWords {
    title: "Texts",
    intro: "What your customers read, in each language and on each channel. Everything is built in; write anew what you \
            want to say in your own words.",
    name: "Text",
    tone: "Tone",
    built_in: "Built in",
    own: "Your own",
    back_to_built_in: "Go back to the built-in words",
    back_to_built_in_what: "Reminders use the built-in words from now on. Yours stay on record.",
    preview: "Preview",
    show: "Preview",
    try_out: "Send it to me as a test",
    try_out_hint: "The test goes to your own address only, with made-up invoices, and says that it is a test.",
    subject_hint: "One line that names the matter.",
    body_hint: "Paragraphs, set apart by empty lines. Greeting, signature and footer are added by themselves.",
    to_change: "Before this can be saved",
    variables: "What can be filled in",
    variables_intro: "Write it in double braces, like {{ number }}.",
    variable: "Write",
    meaning: "It becomes",
    conditions: "Only in some cases",
    conditions_hint: "Between {% if several %} and {% endif %} stands what is said only about several invoices, between \
                      {% if overdue %} and {% endif %} what is said only after the due date. {% else %} begins what is said \
                      otherwise. Any variable can be asked for, like {% if phone %}.",
    blocks_hint: "{{ invoices }} is the table of invoices and stands in a paragraph of its own; in a letter, {{ bank }} is the \
                  account to transfer to.",
    button_hint: "A paragraph in square brackets, like [Pay now], is the button.",
    as_html: "As the recipient sees it",
    as_text: "As text",
    no_preview: "This can be shown once what is named beside it has changed.",
    built_in_words: "The built-in words",
    samples: "Made-up invoices",
    your_invoices: "Your invoices",
    own_since: |date| format!("Your own since {date}"),
    written_by: |name, date| match name {
        Some(name) => format!("Your own, written by {name} on {date}"),
        None => format!("Your own, written on {date}"),
    },
    text_name: |name| match name {
        "heads-up" => "Friendly heads-up".to_owned(),
        "friendly" => "Friendly reminder".to_owned(),
        "help" => "Reminder with an offer of help".to_owned(),
        "firm" => "Firm reminder".to_owned(),
        "final-notice" => "Final notice".to_owned(),
        "call" => "Call".to_owned(),
        other => format!("“{other}”"),
    },
    channel: |channel| match channel {
        Channel::Email => "E-mail",
        Channel::Sms => "Text message",
        Channel::Letter => "Letter",
        Channel::Call => "Words for a call",
        Channel::Task => "Task",
        Channel::HandOff => "Hand-off",
    },
    tone_name: |tone| match tone {
        Tone::Friendly => "Friendly",
        Tone::Polite => "Polite",
        Tone::Firm => "Firm",
        Tone::Final => "Final",
    },
    language: |language| match language {
        Language::English => "English",
        Language::German => "German",
    },
    case: |case| match case {
        Case::Overdue => "One invoice, overdue",
        Case::DueSoon => "One invoice, not yet due",
        Case::Several => "Several invoices, some overdue",
        Case::SeveralDueSoon => "Several invoices, not yet due",
    },
    variable_meaning: |variable| match variable {
        Variable::Several => "Only asked for: whether it is about more than one invoice",
        Variable::Overdue => "Only asked for: whether the earliest due date is past",
        Variable::Sender => "Your business's name",
        Variable::Recipient => "The contact's name",
        Variable::Number => "The number of the invoice; of several, the one due the longest",
        Variable::Title => "What that invoice was for; may be empty",
        Variable::Count => "How many invoices",
        Variable::Due => "The earliest due date, like “3 March”",
        Variable::WasDue => "The same in words, like “was due 12 days ago” or “is due tomorrow”",
        Variable::Total => "What is open of all of them",
        Variable::Consequences => "What may follow, if you enabled something: “we may …” goes on with it",
        Variable::Invoices => "The table of invoices",
        Variable::Bank => "Your bank account, if you entered one",
        Variable::Link => "The address of the customer's page",
        Variable::ReplyTo => "Your reply address",
        Variable::Phone => "Your phone number; may be empty",
    },
    trouble,
    place: |line, words| format!("Line {line}, “{words}”"),
    segments: |count| match count {
        1 => "1 part, as networks count".to_owned(),
        count => format!("{count} parts, as networks count"),
    },
};

const fn announced(consequence: Consequence) -> &'static str {
    match consequence {
        Consequence::SuspendService => "that you pause your service",
        Consequence::FurtherFee => "a further fee",
        Consequence::CollectionAgency => "a collection agency",
        Consequence::LegalAction => "legal action",
        Consequence::CreditReport => "a report to a credit agency",
    }
}

fn trouble(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Misprint(fault) => match fault {
            Fault::UnknownVariable => {
                "Nothing by this name can be filled in here. Choose one from the list below."
            }
            Fault::ConditionOnly => "This can only be asked for, as in {% if several %}.",
            Fault::UnknownTag => {
                "Braces hold a variable or a condition. Write {{ number }} or {% if several %}."
            }
            Fault::Unclosed => "Close the braces in the same line.",
            Fault::UnclosedIf => "Add the {% endif %} that ends this.",
            Fault::NoIf => "Add the {% if … %} that this belongs to, or take it away.",
            Fault::TooDeep => "Take this condition out of the others.",
        }
        .to_owned(),
        Trouble::Objection(objection) => match objection {
            Objection::Debt => "Say “the invoice” or “the open amount” instead.".to_owned(),
            Objection::NotEnabled(consequence) => {
                format!("This announces {}, which your settings do not allow.", announced(*consequence))
            }
            Objection::TooEarly(consequence) => {
                format!("This announces {}. Keep that for firm and final texts.", announced(*consequence))
            }
            Objection::Posing => "Speak as the business you are, not as an agency or a law firm.".to_owned(),
            Objection::Exclamation => "End the sentence with a full stop.".to_owned(),
            Objection::Shouting => "Write this in small letters.".to_owned(),
        },
        Trouble::BlockInSentence => {
            "Give {{ invoices }} and {{ bank }} a paragraph of their own, outside of the subject.".to_owned()
        }
        Trouble::NoInvoices => {
            "Add {{ invoices }} once, in a paragraph of its own, for every case.".to_owned()
        }
        Trouble::NoButton => {
            "An e-mail has one button, like [Pay now] in a paragraph of its own; other texts have none."
                .to_owned()
        }
        Trouble::NoLink => "Add {{ link }}, so that the customer can see the invoice.".to_owned(),
        Trouble::TooManyWords { max } => format!("Shorten this to {max} words. Long texts are not read."),
        Trouble::SubjectTooLong { max } => format!("Shorten the subject to {max} characters, filled in."),
        Trouble::TooManySegments { segments, max } => {
            format!("Shorten this: it takes {segments} text messages instead of {max} at most.")
        }
        Trouble::AmountNotAllowed => {
            "Take {{ total }} away: your settings say that text messages name no amounts.".to_owned()
        }
        Trouble::Empty => "Write something for every case: here nothing is left to say.".to_owned(),
    }
}
