//! The business's own texts: the list, and one with its preview.

use app::console::texts::{self as texts, TextName, TextPage, TextPreview, TextRow, TextsPage};
use app::form::Form;
use app::frame::Frame;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording::{self, Part, Remark, Trouble, template};
use domain::{FieldErrors, FieldProblem, Language};

use crate::fixtures::instant;

use super::{Shown, owner, show, viewer};

/// What customers read.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let text = |name: &str, channel, language| TextName { name: name.to_owned(), channel, language };
    let rows = [Channel::Email, Channel::Sms].into_iter().flat_map(|channel| {
        [("friendly", Tone::Friendly), ("firm", Tone::Firm)].into_iter().flat_map(move |(name, tone)| {
            Language::ALL.iter().map(move |language| TextRow {
                text: text(name, channel, *language),
                tone,
                own_since: (name == "firm" && *language == Language::German)
                    .then(|| instant(2026, 2, 24, 9, 0)),
            })
        })
    });
    let list = TextsPage { rows: rows.collect() };
    let words = [
        ("version", "2"),
        ("subject", "Please settle invoice {{ number }}"),
        ("body", "Invoice {{ number }} {{ was_due }}.\n\n{{ invoices }}\n\n[Pay now]"),
        ("about", "several"),
    ];
    let own = TextPage {
        text: text("firm", Channel::Email, Language::English),
        tone: Tone::Firm,
        own: Some((Some("Mara Lind".to_owned()), instant(2026, 2, 24, 9, 0))),
        form: Form::filled(words),
        remarks: vec![],
        preview: Some(TextPreview {
            subject: Some("Please settle invoice 2026-014".to_owned()),
            text: "Hello Jane Miller,\n\nInvoice 2026-014 was due 12 days ago.\n".to_owned(),
            html_at: Some("/console/settings/texts/email/firm/en/preview".to_owned()),
            segments: None,
        }),
        invoices: vec![(
            "inv_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f".to_owned(),
            "2026-014 · Weber & Sohn".to_owned(),
        )],
        built_in: ("Please settle".to_owned(), "Invoice {{ number }}".to_owned()),
    };
    let typed = "Our lawyer writes about {{ nummer }} next.";
    let refused = TextPage {
        form: Form::filled([("version", "2"), ("subject", ""), ("body", typed)]).refused({
            let mut errors = FieldErrors::one("subject", FieldProblem::Required);
            errors.push("body", FieldProblem::TextRefused { places: 3 });
            errors
        }),
        remarks: vec![
            Remark::of_misprint(
                Part::Body,
                typed,
                template::misprints(typed, Channel::Email).into_iter().next().unwrap(),
            ),
            Remark::of_finding(
                Part::Body,
                typed,
                wording::check(typed, Language::English, Tone::Firm, &std::collections::BTreeSet::new())
                    .into_iter()
                    .next()
                    .unwrap(),
            ),
            Remark::on(Part::Body, Trouble::NoButton),
        ],
        preview: None,
        ..own.clone()
    };
    let sms = TextPage {
        text: text("friendly", Channel::Sms, Language::German),
        tone: Tone::Friendly,
        own: None,
        form: Form::filled([("version", "0"), ("body", "Rechnung {{ number }} {{ was_due }}: {{ link }}")]),
        preview: Some(TextPreview {
            subject: None,
            text: "Nordlicht Studio: Rechnung 2026-014 war gestern fällig: https://pay.example/l/x"
                .to_owned(),
            html_at: None,
            segments: Some(1),
        }),
        invoices: vec![],
        built_in: (String::new(), "Rechnung {{ number }}".to_owned()),
        ..own.clone()
    };
    let owner = owner();
    vec![
        show("console/texts", texts::list(frame, &owner, &list)),
        show("console/text", texts::page(frame, &owner, &own)),
        show("console/text-refused", texts::page(frame, &owner, &refused)),
        show("console/text-sms-viewer", texts::page(frame, &viewer(), &sms)),
    ]
}
