//! The console's pages: today, invoices, customers, members, messages, and their forms.

use app::console;
use app::console::contact_form::ContactFormPage;
use app::console::customer::{ContactRow, CustomerPage};
use app::console::customer_form::CustomerFormPage;
use app::console::customers::{CustomerRow, CustomersPage};
use app::console::invoice::{Handling, InvoicePage as ConsoleInvoicePage, PortalLink, Refusal};
use app::console::invoice_form::InvoiceFormPage;
use app::console::invoices::InvoicesPage;
use app::console::members::{MemberRow, MemberStanding, MembersPage};
use app::console::message::{MessagePage, Spoken};
use app::console::settings::{GatewayKey, GatewaySettings, SettingsPage};
use app::console::today::{Asked, TaskRow, TodayPage, TroubledMessage};
use app::console::{Done, Signed};
use app::form::Form;
use app::frame::Frame;
use domain::invoice::{IssueError, StandingName, VoidError};
use domain::message::{Channel, MessageKind, MessageState};
use domain::payment::Method;
use domain::recurring::RecurringState;
use domain::role::Role;
use domain::schedule::StepId;
use domain::sms::ConsentSource;
use domain::task::TaskKind;
use domain::{FieldErrors, FieldProblem, Locale, Money};

use crate::fixtures::{
    Stage, berlin, day, eur, id, instant, invoice_rows, jpy, sheet, step, story, text_mail,
};

use crate::handling;

use super::{Shown, owner, show, viewer};

fn today_page() -> TodayPage {
    TodayPage {
        open: vec![eur(18_430_50), Money::new(2_150_00, domain::Currency::GBP).unwrap(), jpy(148_000)],
        overdue_amounts: vec![eur(6_240_00)],
        received: vec![eur(9_870_00)],
        tasks: vec![
            TaskRow {
                id: id(60),
                kind: TaskKind::Call,
                raised_at: instant(2026, 3, 14, 9, 0),
                due_at: None,
                amount: Some(eur(2_310_00)),
                customer: Some((id(41), "Hafenkontor Lüders".to_owned())),
                invoice: Some((id(12), "2026-008".to_owned())),
                asked: Asked::Call(Form::new()),
            },
            TaskRow {
                id: id(62),
                kind: TaskKind::PostLetter,
                raised_at: instant(2026, 3, 14, 9, 5),
                due_at: None,
                amount: Some(eur(410_00)),
                customer: Some((id(41), "Hafenkontor Lüders".to_owned())),
                invoice: Some((id(12), "2026-008".to_owned())),
                asked: Asked::Message(id(72)),
            },
            TaskRow {
                id: id(61),
                kind: TaskKind::UnappliedMoney,
                raised_at: instant(2026, 3, 13, 15, 20),
                due_at: None,
                amount: Some(eur(75_00)),
                customer: None,
                invoice: None,
                asked: Asked::Done,
            },
        ],
        alarms: Vec::new(),
        messages: vec![TroubledMessage {
            id: id(70),
            state: MessageState::Uncertain,
            kind: MessageKind::Reminder,
            subject: Some("Invoice 2026-011 from Nordlicht Studio, due 9 March".to_owned()),
            to: "buchhaltung@luders.example".to_owned(),
            at: instant(2026, 3, 12, 9, 4),
        }],
        overdue: invoice_rows().into_iter().take(3).collect(),
        upcoming: Some((7, instant(2026, 3, 16, 8, 0))),
        lacks_gateway: false,
    }
}

pub fn invoice(stage: Stage) -> ConsoleInvoicePage {
    ConsoleInvoicePage {
        sheet: sheet(stage),
        customer: id(40),
        version: 3,
        recurring: None,
        next: Some(step("firm", instant(2026, 3, 17, 9, 0))),
        handling: Some(Handling::default()),
        timeline: story(),
        links: vec![
            PortalLink {
                id: id(51),
                contact: Some("Jörg Albers".to_owned()),
                expires_at: instant(2026, 6, 8, 10, 0),
                opened_at: Some(instant(2026, 3, 10, 18, 42)),
            },
            PortalLink { id: id(52), contact: None, expires_at: instant(2026, 6, 1, 10, 0), opened_at: None },
        ],
        fresh_link: None,
        refused: None,
    }
}

/// Where people have a say in following up.
pub fn handling_pages(frame: &Frame) -> Vec<Shown> {
    let list = InvoicesPage {
        rows: invoice_rows(),
        state: None,
        search: String::new(),
        counts: vec![(StandingName::Overdue, 6)],
        after: None,
        hold_form: Form::new(),
    };
    handling::pages(frame, invoice(Stage::Overdue), customer(Form::new()), list, today_page())
}

pub fn pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let viewer = viewer();
    let calm = TodayPage {
        open: Vec::new(),
        overdue_amounts: Vec::new(),
        received: Vec::new(),
        tasks: Vec::new(),
        alarms: Vec::new(),
        messages: Vec::new(),
        overdue: Vec::new(),
        upcoming: None,
        lacks_gateway: true,
    };
    let counts = vec![
        (StandingName::Draft, 2),
        (StandingName::Open, 11),
        (StandingName::DueSoon, 3),
        (StandingName::PartlyPaid, 2),
        (StandingName::Overdue, 6),
        (StandingName::Processing, 1),
        (StandingName::Paid, 1214),
        (StandingName::Void, 1),
    ];
    let invoices = InvoicesPage {
        rows: invoice_rows(),
        state: None,
        search: String::new(),
        counts: counts.clone(),
        after: Some("inv 7&8".to_owned()),
        hold_form: Form::new(),
    };
    let nothing = InvoicesPage {
        rows: Vec::new(),
        state: Some(StandingName::Overdue),
        search: "garden & co".to_owned(),
        counts,
        after: None,
        hold_form: Form::new(),
    };
    let none_yet = InvoicesPage {
        rows: Vec::new(),
        state: None,
        search: String::new(),
        counts: Vec::new(),
        after: None,
        hold_form: Form::new(),
    };
    let overdue = invoice(Stage::Overdue);
    let draft = ConsoleInvoicePage {
        next: None,
        handling: None,
        timeline: story().into_iter().rev().take(1).collect(),
        links: Vec::new(),
        refused: Some(Refusal::Issue(IssueError::NoLines)),
        ..invoice(Stage::Draft)
    };
    let fresh = ConsoleInvoicePage {
        fresh_link: Some("https://pay.nordlicht.example/l/k7Qm2xVdR4s9".to_owned()),
        ..invoice(Stage::Overdue)
    };
    let not_voided = ConsoleInvoicePage {
        refused: Some(Refusal::Void(VoidError::PaymentInFlight)),
        ..invoice(Stage::PartlyProcessing)
    };
    let done = Signed { done: Some(Done::Issued), ..owner.clone() };
    vec![
        show("console/today", console::today::page(frame, &owner, &today_page())),
        show("console/today-calm", console::today::page(frame, &owner, &calm)),
        show("console/today-viewer", console::today::page(frame, &viewer, &today_page())),
        show("console/invoices", console::invoices::page(frame, &owner, &invoices)),
        show("console/invoices-nothing-found", console::invoices::page(frame, &owner, &nothing)),
        show("console/invoices-none-yet", console::invoices::page(frame, &viewer, &none_yet)),
        show("console/invoice", console::invoice::page(frame, &done, &overdue)),
        show("console/invoice-viewer", console::invoice::page(frame, &viewer, &overdue)),
        show("console/invoice-draft-refused", console::invoice::page(frame, &owner, &draft)),
        show("console/invoice-fresh-link", console::invoice::page(frame, &owner, &fresh)),
        show("console/invoice-not-voided", console::invoice::page(frame, &owner, &not_voided)),
        show("console/customers", console::customers::page(frame, &owner, &customers())),
        show("console/customer", console::customer::page(frame, &owner, &customer(Form::new()))),
        show("console/customer-viewer", console::customer::page(frame, &viewer, &customer(Form::new()))),
        show(
            "console/customer-fresh-link",
            console::customer::page(
                frame,
                &owner,
                &CustomerPage {
                    fresh_link: Some("https://pay.nordlicht.example/l/k7Qm2xVdR4s9".to_owned()),
                    ..customer(Form::new())
                },
            ),
        ),
        show("console/contact", console::contact::page(frame, &owner, &reached(false, false))),
        show("console/contact-agreed", console::contact::page(frame, &viewer, &reached(true, false))),
        show("console/contact-ended", console::contact::page(frame, &owner, &reached(true, true))),
        show("console/members", console::members::page(frame, &owner, &members())),
        show("console/members-viewer", console::members::page(frame, &viewer, &members())),
        show("console/message", console::message::page(frame, &owner, &message(MessageState::Sent))),
        show(
            "console/message-letter",
            console::message::page(
                frame,
                &owner,
                &MessagePage {
                    channel: Channel::Letter,
                    to: "Jörg Albers".to_owned(),
                    evidence: Some("given to a person to post".to_owned()),
                    ..message(MessageState::Sent)
                },
            ),
        ),
        show(
            "console/message-uncertain",
            console::message::page(frame, &owner, &message(MessageState::Uncertain)),
        ),
        show(
            "console/message-not-sent",
            console::message::page(
                frame,
                &owner,
                &MessagePage {
                    evidence: Some("nothing of it applies any more".to_owned()),
                    parts: vec![Spoken {
                        left_out: Some("done: paid".to_owned()),
                        ..message(MessageState::Queued).parts.remove(0)
                    }],
                    skipped: vec![StepId::parse("friendly").unwrap()],
                    sent_at_once: true,
                    state: MessageState::Cancelled,
                    ..message(MessageState::Queued)
                },
            ),
        ),
        show(
            "console/message-planned",
            console::message::page(frame, &owner, &message(MessageState::Queued)),
        ),
    ]
}

/// A contact who did not agree to texts, or did, or ended them.
fn reached(agreed: bool, ended: bool) -> console::contact::ContactPage {
    let since = instant(2026, 3, 2, 9, 30);
    let words = "You may text me about my invoices.".to_owned();
    console::contact::ContactPage {
        id: id(71),
        customer: (id(7), "Albers & Söhne GmbH".to_owned()),
        name: "Jörg Albers".to_owned(),
        email: Some("joerg@albers.example".to_owned()),
        mail_ended: ended.then_some(since),
        mail_suppressed: None,
        phone: Some("+4915112345678".to_owned()),
        texts: console::contact::Texts {
            consent: agreed.then_some((since, ConsentSource::WebForm, words)),
            ended: ended.then_some(since),
            suppressed: None,
            has_gateway: agreed,
        },
        form: Form::filled([("consent_date", "2026-03-15")]),
        version: 3,
    }
}

fn customers() -> CustomersPage {
    let row = |number, name: &str, open: Vec<Money>, overdue| CustomerRow {
        id: id(number),
        name: name.to_owned(),
        contact: Some("joerg@albers.example".to_owned()),
        open,
        overdue,
    };
    CustomersPage {
        rows: vec![
            row(40, "Albers & Söhne Tischlerei", vec![eur(1240_00)], 1),
            row(41, "Hafenkontor Lüders", vec![eur(2_310_00), jpy(148_000)], 2),
            row(42, "Mayfield Architects", Vec::new(), 0),
        ],
        search: String::new(),
        after: Some("Mayfield".to_owned()),
    }
}

fn customer(contact_form: Form) -> CustomerPage {
    CustomerPage {
        id: id(40),
        recurring: vec![super::recurring::row(1, RecurringState::Running)],
        recurring_after: None,
        party: sheet(Stage::Overdue).customer,
        consumer: false,
        locale: Locale::DE_DE,
        zone: berlin(),
        net_days: 14,
        preferred_method: Some(Method::SepaDebit),
        open: vec![eur(1240_00)],
        contacts: vec![
            ContactRow {
                id: id(80),
                name: "Jörg Albers".to_owned(),
                email: Some("joerg@albers.example".to_owned()),
                phone: Some("+49301234567".to_owned()),
                zone: berlin(),
                receives_invoices: true,
                suppressed: false,
            },
            ContactRow {
                id: id(81),
                name: "Anke Albers".to_owned(),
                email: Some("anke@albers.example".to_owned()),
                phone: None,
                zone: berlin(),
                receives_invoices: false,
                suppressed: true,
            },
        ],
        invoices: invoice_rows().into_iter().take(2).collect(),
        timeline: story(),
        contact_form,
        fresh_link: None,
        methods: super::of_portal::saved_methods(None).methods,
        autopay: vec![super::of_portal::autopay_row()],
        holds: Vec::new(),
        refused_hold: None,
        hold_form: Form::new(),
        contacted_form: Form::new(),
    }
}

fn contact(form: Form, conflict: bool) -> ContactFormPage {
    ContactFormPage {
        customer: id(40),
        customer_name: "Albers & Söhne Tischlerei".to_owned(),
        contact: id(80),
        form,
        conflict,
    }
}

fn members() -> MembersPage {
    let row = |number, name: Option<&str>, email: &str, role, standing, is_you| MemberRow {
        id: id(number),
        name: name.map(str::to_owned),
        email: email.to_owned(),
        role,
        standing,
        is_you,
    };
    MembersPage {
        rows: vec![
            row(
                90,
                Some("Jana Petersen"),
                "jana@nordlicht.example",
                Role::Owner,
                MemberStanding::Active,
                true,
            ),
            row(91, Some("Ole Friis"), "ole@nordlicht.example", Role::Viewer, MemberStanding::Active, false),
            row(92, None, "tom@nordlicht.example", Role::Clerk, MemberStanding::Invited, false),
            row(
                93,
                Some("Kim Boysen"),
                "kim@nordlicht.example",
                Role::Manager,
                MemberStanding::Disabled,
                false,
            ),
        ],
        grantable: Role::ALL.to_vec(),
        form: Form::filled([("role", "clerk")]),
    }
}

pub fn message(state: MessageState) -> MessagePage {
    let written = state != MessageState::Queued;
    MessagePage {
        id: id(70),
        kind: MessageKind::Reminder,
        state,
        channel: Channel::Email,
        arrived_at: None,
        from: "Nordlicht Studio <hello@nordlicht.example>".to_owned(),
        to: "Jörg Albers <joerg@albers.example>".to_owned(),
        subject: written.then(|| "Invoice 2026-014 from Nordlicht Studio, due 3 March".to_owned()),
        queued_at: instant(2026, 3, 10, 7, 58),
        sent_at: (state == MessageState::Sent).then(|| instant(2026, 3, 10, 8, 0)),
        evidence: (state == MessageState::Sent).then(|| "250 2.0.0 Ok: queued as 4Q7x".to_owned()),
        parts: vec![Spoken {
            invoice: id(1),
            number: "2026-014".to_owned(),
            step: StepId::parse("help").ok().map(|step| (step, 7)),
            left_out: None,
        }],
        skipped: Vec::new(),
        sent_at_once: false,
        text: written.then(text_mail),
        html: written.then(|| "<h1>Invoice 2026-014</h1><p>Due on 3 March.</p>".to_owned()),
    }
}

pub fn form_pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let draft = Form::filled([
        ("customer", id::<domain::CustomerId>(40).to_string().as_str()),
        ("title", "Kitchen renovation, March"),
        ("currency", "EUR"),
        ("net_days", "14"),
        ("lines.0.description", "Planning and site visits"),
        ("lines.0.quantity", "6.5"),
        ("lines.0.unit", "hour"),
        ("lines.0.unit_price", "95"),
        ("lines.0.tax_rate", "19"),
        ("lines.1.description", "Oak worktop"),
        ("lines.1.quantity", "one"),
        ("lines.1.unit_price", "-5"),
        ("lines.1.tax_rate", "19"),
        ("lines.1.period_from", "2026-03-01"),
        ("version", "3"),
    ]);
    let mut errors = FieldErrors::one("customer", FieldProblem::Required);
    errors.push("lines.1.quantity", FieldProblem::NotANumber);
    errors.push("lines.1.unit_price", FieldProblem::Negative);
    errors.push("lines.1.period_to", FieldProblem::DateBefore { earliest: day(2026, 3, 1) });
    let customers: Vec<(domain::CustomerId, String)> =
        vec![(id(40), "Albers & Söhne Tischlerei".to_owned()), (id(41), "Hafenkontor Lüders".to_owned())];
    let new = InvoiceFormPage {
        invoice: None,
        customers: customers.clone(),
        form: Form::filled([("currency", "EUR"), ("net_days", "14"), ("lines.0.quantity", "1")]),
        lines: 1,
        totals: None,
        conflict: false,
    };
    let edit = InvoiceFormPage {
        invoice: Some(id(1)),
        customers: customers.clone(),
        form: draft.clone(),
        lines: 2,
        totals: Some(sheet(Stage::Draft).totals),
        conflict: true,
    };
    let refused = InvoiceFormPage {
        invoice: None,
        customers,
        form: draft.refused(errors),
        lines: 2,
        totals: None,
        conflict: false,
    };
    let mut customer_errors = FieldErrors::one("name", FieldProblem::Required);
    customer_errors.push("contact_email", FieldProblem::EmailInvalid);
    let new_customer = CustomerFormPage {
        customer: None,
        form: Form::filled([
            ("kind", "company"),
            ("country", "DE"),
            ("net_days", "14"),
            ("time_zone", "Europe/Berlin"),
        ]),
        conflict: false,
    };
    let refused_customer = CustomerFormPage {
        form: Form::filled([("contact_email", "joerg at albers")]).refused(customer_errors),
        ..new_customer.clone()
    };
    let contact_refused = Form::filled([("contact_name", "Jörg"), ("contact_phone", "0171")])
        .refused(FieldErrors::one("contact_phone", FieldProblem::PhoneInvalid));
    let settings = |key: Option<GatewayKey>, webhook_secrets, form| SettingsPage {
        form,
        gateway: GatewaySettings {
            key,
            webhook_secrets,
            webhook_url: "https://pay.nordlicht.example/webhooks/stripe/biz_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f"
                .to_owned(),
        },
    };
    let business = Form::filled([
        ("business_name", "Nordlicht Studio"),
        ("address", "Hafenstraße 12\n24103 Kiel"),
        ("country", "DE"),
        ("time_zone", "Europe/Berlin"),
        ("sender_name", "Nordlicht Studio"),
        ("reply_to", "hello@nordlicht.example"),
        ("currency", "EUR"),
        ("net_days", "14"),
        ("locale", "en-GB"),
        ("methods", "card"),
        ("methods", "sepa_debit"),
    ]);
    let key = |live| Some(GatewayKey { live, ends_in: "4c7x".to_owned() });
    let bad_key = business.clone().refused(FieldErrors::one("stripe_key", FieldProblem::GatewayKeyLive));
    let settings_page =
        |name, who: &Signed, page: SettingsPage| show(name, console::settings::page(frame, who, &page));
    vec![
        show("console/invoice-new", console::invoice_form::page(frame, &owner, &new)),
        show("console/invoice-edit-conflict", console::invoice_form::page(frame, &owner, &edit)),
        show("console/invoice-new-refused", console::invoice_form::page(frame, &owner, &refused)),
        show("console/customer-new", console::customer_form::page(frame, &owner, &new_customer)),
        show("console/customer-new-refused", console::customer_form::page(frame, &owner, &refused_customer)),
        show(
            "console/contact-edit",
            console::contact_form::page(frame, &owner, &contact(Form::new(), false)),
        ),
        show(
            "console/contact-edit-conflict",
            console::contact_form::page(frame, &owner, &contact(contact_refused.clone(), true)),
        ),
        show(
            "console/customer-contact-refused",
            console::customer::page(frame, &owner, &customer(contact_refused)),
        ),
        settings_page("console/settings", &owner, settings(key(false), 1, business.clone())),
        settings_page("console/settings-nothing-set", &owner, settings(None, 0, bad_key)),
        settings_page("console/settings-viewer", &viewer(), settings(key(true), 2, business)),
    ]
}
