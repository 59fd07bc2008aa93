//! Every page in every state, as the server would render it. The tests read them, `examples/gallery.rs` writes them to
//! files so that people can look at them.

use app::console::contact_form::ContactFormPage;
use app::console::customer::{ContactRow, CustomerPage};
use app::console::customer_form::CustomerFormPage;
use app::console::customers::{CustomerRow, CustomersPage};
use app::console::invitation::InvitationPage;
use app::console::invoice::{Handling, InvoicePage as ConsoleInvoicePage, PortalLink, Refusal};
use app::console::invoice_form::InvoiceFormPage;
use app::console::invoices::InvoicesPage;
use app::console::members::{MemberRow, MemberStanding, MembersPage};
use app::console::message::{MessagePage, Spoken};
use app::console::settings::{GatewayKey, GatewaySettings, SettingsPage};
use app::console::setup::SetupPage;
use app::console::sign_in::{DemoAccount, SignInPage};
use app::console::texts::{self as texts, TextName, TextPage, TextPreview, TextRow, TextsPage};
use app::console::today::{Asked, TaskRow, TodayPage, TroubledMessage};
use app::console::{Demo, Done, Signed};
use app::form::Form;
use app::frame::Frame;
use app::portal::Access;
use app::portal::expired::ExpiredPage;
use app::portal::invoice::{InvoicePage, OtherInvoice};
use app::portal::open_invoices::{OpenInvoice, OpenInvoicesPage, PaidInvoice};
use app::portal::pay::{OwnAccount, PayPage, PayTrouble, Reference};
use app::portal::renewed::RenewedPage;
use app::portal::returned::{From, Outcome, PaidFor, ReturnedPage};
use app::problem::{self, Problem};
use app::{console, portal};
use domain::invoice::{Balance, IssueError, StandingName, VoidError};
use domain::message::{Channel, MessageKind, MessageState};
use domain::payment::{FailureCode, Method};
use domain::role::Role;
use domain::schedule::{StepId, Tone};
use domain::sms::ConsentSource;
use domain::task::TaskKind;
use domain::wording::{self, Part, Remark, Trouble, template};
use domain::{Currency, FieldErrors, FieldProblem, Language, Locale, Money};

use crate::fixtures::{
    Stage, TODAY, berlin, day, english, eur, frame, german, id, instant, invoice_rows, jpy, label, sheet,
    short, step, story, text_mail,
};
use crate::handling;

#[path = "gallery/following_up.rs"]
mod following_up;
#[path = "gallery/money.rs"]
mod money;
#[path = "gallery/paying.rs"]
mod paying;

/// One page in one state.
pub struct Shown {
    /// What it is called: `portal/invoice-overdue`.
    pub name: String,
    /// The document.
    pub html: String,
}

/// Every page in every state.
pub fn all() -> Vec<Shown> {
    let frame = english();
    let mut shown = Vec::new();
    shown.extend(portal_pages(&frame));
    shown.extend(pay_pages(&frame));
    shown.extend(paying::pages(&frame));
    shown.extend(door_pages(&frame));
    shown.extend(console_pages(&frame));
    shown.extend(handling_pages(&frame));
    shown.extend(form_pages(&frame));
    shown.extend(text_pages(&frame));
    shown.extend(following_up::pages(&frame));
    shown.extend(money::pages(&frame));
    shown.extend(problem_pages(&frame));
    shown.extend(all_in_german());
    shown
}

/// Everything that customers read once more in German, and of the rest a page of each kind.
fn all_in_german() -> Vec<Shown> {
    let frame = german();
    let theirs = [portal_pages(&frame), pay_pages(&frame), paying::pages(&frame)].into_iter().flatten();
    let samples = [
        "console/today",
        "console/invoices",
        "console/invoice",
        "console/customer-contact-refused",
        "console/customer-held",
        "console/invoice-not-now",
        "console/today-alarms-and-tasks",
        "console/bank-accounts",
        "console/money-of-customer",
        "console/bank-statements",
        "console/bank-statement-columns",
        "console/money-of-invoice-asked",
        "console/holds",
        "console/messages",
        "console/parked",
        "console/settings",
        "console/text-refused",
        "console/texts",
        "console/setup-refused",
        "problem/404",
        "problem/429",
    ];
    let others = [
        door_pages(&frame),
        console_pages(&frame),
        handling_pages(&frame),
        form_pages(&frame),
        text_pages(&frame),
        money::pages(&frame),
        problem_pages(&frame),
    ];
    let others = others.into_iter().flatten().filter(|shown| samples.contains(&shown.name.as_str()));
    theirs.chain(others).map(|shown| Shown { name: format!("{}-german", shown.name), ..shown }).collect()
}

pub fn show(name: &str, html: String) -> Shown {
    Shown { name: name.to_owned(), html }
}

fn link() -> Access {
    Access::Link { token: "k7Qm2xVd".to_owned() }
}

fn portal_pages(frame: &Frame) -> Vec<Shown> {
    let page = |stage: Stage, access: Access| InvoicePage {
        can_pay: !matches!(stage, Stage::Paid | Stage::Void | Stage::WrittenOff | Stage::Processing),
        sheet: sheet(stage),
        today: TODAY,
        access,
        settles_about: matches!(stage, Stage::Processing).then(|| day(2026, 3, 19)),
        others: Vec::new(),
        all_of: None,
    };
    let invoice = |name, stage, access| show(name, portal::invoice::page(frame, &page(stage, access)));
    let mut overdue = page(Stage::Overdue, Access::Session);
    overdue.others = vec![
        OtherInvoice {
            id: id(21),
            number: "2026-009".to_owned(),
            title: Some("Garden plan".to_owned()),
            due_on: day(2026, 3, 20),
            open: eur(620_00),
        },
        OtherInvoice {
            id: id(22),
            number: "2026-016".to_owned(),
            title: None,
            due_on: day(2026, 4, 1),
            open: eur(240_00),
        },
    ];
    overdue.all_of = Some(id(40));
    let mut linked = overdue.clone();
    linked.access = link();
    let mut phone_only = page(Stage::Open, link());
    phone_only.sheet.business.email = None;
    let mut yen = page(Stage::Open, link());
    yen.sheet = crate::fixtures::yen_sheet();
    let several = |access| OpenInvoicesPage {
        business: sheet(Stage::Overdue).business,
        customer_id: id(3),
        customer: "Albers & Söhne Tischlerei".to_owned(),
        today: TODAY,
        access,
        open: vec![
            open_invoice(1, "2026-014", Stage::Overdue),
            open_invoice(21, "2026-009", Stage::PartlyProcessing),
            open_invoice(22, "2026-016", Stage::Processing),
            OpenInvoice {
                title: None,
                balance: Balance::new(jpy(50_400), jpy(0), jpy(0), jpy(0)).unwrap(),
                ..open_invoice(23, "2026-019", Stage::Open)
            },
        ],
        paid: vec![PaidInvoice {
            id: id(24),
            number: "2026-003".to_owned(),
            title: Some("Garden plan".to_owned()),
            total: eur(620_00),
            paid_on: day(2026, 3, 2),
        }],
    };
    let one = OpenInvoicesPage {
        open: vec![open_invoice(1, "2026-014", Stage::Overdue)],
        paid: Vec::new(),
        ..several(link())
    };
    let none = OpenInvoicesPage { open: Vec::new(), ..several(Access::Session) };
    vec![
        show("portal/open-invoices", portal::open_invoices::page(frame, &several(Access::Session))),
        show("portal/open-invoices-by-link", portal::open_invoices::page(frame, &several(link()))),
        show("portal/open-invoices-one", portal::open_invoices::page(frame, &one)),
        show("portal/open-invoices-none", portal::open_invoices::page(frame, &none)),
        invoice("portal/invoice-open", Stage::Open, link()),
        invoice("portal/invoice-due-soon", Stage::DueSoon, link()),
        show("portal/invoice-overdue", portal::invoice::page(frame, &overdue)),
        show("portal/invoice-overdue-by-link", portal::invoice::page(frame, &linked)),
        invoice("portal/invoice-partly-paid", Stage::PartlyPaid, link()),
        invoice("portal/invoice-partly-processing", Stage::PartlyProcessing, Access::Session),
        invoice("portal/invoice-processing", Stage::Processing, Access::Session),
        invoice("portal/invoice-paid", Stage::Paid, Access::Session),
        invoice("portal/invoice-void", Stage::Void, link()),
        invoice("portal/invoice-written-off", Stage::WrittenOff, link()),
        show("portal/invoice-phone-only", portal::invoice::page(frame, &phone_only)),
        show("portal/invoice-yen", portal::invoice::page(frame, &yen)),
        show(
            "portal/expired",
            portal::expired::page(
                frame,
                &ExpiredPage {
                    business: "Nordlicht Studio".to_owned(),
                    token: "k7Qm2xVd".to_owned(),
                    masked_email: "j•••@studio.example".to_owned(),
                },
            ),
        ),
        show("portal/contact", portal::contact::page(frame, &contact_preferences(true, false))),
        show("portal/contact-ended", portal::contact::page(frame, &contact_preferences(false, true))),
        show(
            "portal/renewed",
            portal::renewed::page(
                frame,
                &RenewedPage {
                    business: "Nordlicht Studio".to_owned(),
                    masked_email: "j•••@studio.example".to_owned(),
                },
            ),
        ),
    ]
}

/// An open invoice among several.
fn open_invoice(number: u128, name: &str, stage: Stage) -> OpenInvoice {
    let sheet = sheet(stage);
    OpenInvoice {
        id: id(number),
        number: name.to_owned(),
        title: sheet.title.map(domain::ShortText::into_string),
        issued_on: sheet.issued_on.unwrap(),
        due_on: sheet.due_on.unwrap(),
        standing: sheet.standing,
        balance: sheet.balance,
        can_pay: stage != Stage::Processing,
    }
}

fn contact_preferences(mailed: bool, changed: bool) -> portal::contact::ContactPage {
    portal::contact::ContactPage {
        business: "Nordlicht Studio".to_owned(),
        here: "/u/k7Qm2xVd".to_owned(),
        email: Some("j•••@studio.example".to_owned()),
        mailed,
        texted: mailed.then(|| "+49•••78".to_owned()),
        changed,
    }
}

/// The pay page with nothing chosen yet.
pub fn pay_page() -> PayPage {
    PayPage {
        invoice: id(1),
        number: "2026-014".to_owned(),
        title: Some("Kitchen renovation, March".to_owned()),
        business: sheet(Stage::Overdue).business,
        due_on: day(2026, 3, 3),
        today: TODAY,
        offered: eur(1240_00),
        processing: eur(0),
        left: Some(eur(1240_00)),
        smallest: eur(10_00),
        methods: vec![Method::SepaDebit, Method::Card, Method::BankTransfer],
        first_is_agreed: true,
        own_account: Some(OwnAccount {
            account: money::bank_account(Currency::EUR, "DE89 3704 0044 0532 0130 00", None),
            references: vec![Reference::of_number("2026-014")],
        }),
        form: Form::new(),
        trouble: None,
    }
}

fn pay_pages(frame: &Frame) -> Vec<Shown> {
    let typed = [("method", "card"), ("share", "part"), ("amount", "1.500,00")];
    let problem = FieldProblem::AmountOutOfRange { min: eur(10_00), max: eur(1240_00) };
    let refused =
        PayPage { form: Form::filled(typed).refused(FieldErrors::one("amount", problem)), ..pay_page() };
    let second = PayPage {
        processing: eur(500_00),
        offered: eur(740_00),
        left: Some(eur(740_00)),
        own_account: None,
        ..pay_page()
    };
    let all_on_its_way = PayPage { processing: eur(1240_00), left: None, ..pay_page() };
    let trouble = |trouble| PayPage { trouble: Some(trouble), own_account: None, ..pay_page() };
    let transfer_only = PayPage { methods: Vec::new(), ..pay_page() };
    let part = PayPage { form: Form::filled([("share", "part"), ("amount", "500")]), ..pay_page() };
    let paid_for =
        |number: &str, part, open| PaidFor { number: number.to_owned(), part: eur(part), open: eur(open) };
    let returned = |outcome, open| ReturnedPage {
        invoices: vec![paid_for("2026-014", 1240_00, open)],
        from: From::Invoice { id: id(1), number: "2026-014".to_owned() },
        business: sheet(Stage::Overdue).business,
        outcome,
    };
    let several = |outcome, open| ReturnedPage {
        invoices: vec![paid_for("2026-014", 840_00, open), paid_for("2026-021", 400_00, 0)],
        from: From::All { customer: id(3), currency: Currency::EUR },
        ..returned(outcome, open)
    };
    let amount = eur(1240_00);
    let receipt_to = Some("j•••@studio.example".to_owned());
    let back = |name, outcome, open| show(name, portal::returned::page(frame, &returned(outcome, open)));
    vec![
        show("portal/pay", portal::pay::page(frame, &pay_page())),
        show("portal/pay-part", portal::pay::page(frame, &part)),
        show("portal/pay-refused", portal::pay::page(frame, &refused)),
        show("portal/pay-second-payment", portal::pay::page(frame, &second)),
        show("portal/pay-all-on-its-way", portal::pay::page(frame, &all_on_its_way)),
        show(
            "portal/returned-several-paid",
            portal::returned::page(
                frame,
                &several(Outcome::Paid { amount: eur(1240_00), receipt_to: receipt_to.clone() }, 400_00),
            ),
        ),
        show(
            "portal/returned-several-not-paid",
            portal::returned::page(frame, &several(Outcome::NotPaid { amount: eur(1240_00) }, 1240_00)),
        ),
        show("portal/pay-not-reached", portal::pay::page(frame, &trouble(PayTrouble::NotReached))),
        show("portal/pay-unknown", portal::pay::page(frame, &trouble(PayTrouble::Unknown))),
        show("portal/pay-method-refused", portal::pay::page(frame, &trouble(PayTrouble::Refused))),
        show("portal/pay-transfer-only", portal::pay::page(frame, &transfer_only)),
        back("portal/returned-paid", Outcome::Paid { amount, receipt_to: receipt_to.clone() }, 0),
        back("portal/returned-paid-in-part", Outcome::Paid { amount: eur(500_00), receipt_to }, 740_00),
        back(
            "portal/returned-processing",
            Outcome::Processing { amount, settles_about: Some(day(2026, 3, 19)) },
            1240_00,
        ),
        back("portal/returned-checking", Outcome::Checking { amount }, 1240_00),
        back(
            "portal/returned-failed",
            Outcome::Failed {
                amount,
                code: FailureCode::InsufficientFunds,
                other_methods: vec![Method::SepaDebit, Method::BankTransfer],
            },
            1240_00,
        ),
        back("portal/returned-not-paid", Outcome::NotPaid { amount }, 1240_00),
    ]
}

fn door_pages(frame: &Frame) -> Vec<Shown> {
    let mut errors = FieldErrors::one("email", FieldProblem::EmailInvalid);
    errors.push("password", FieldProblem::TooShort { min: 12 });
    errors.push("time_zone", FieldProblem::ZoneUnknown);
    let setup = [
        ("business_name", "Nordlicht Studio"),
        ("email", "jana"),
        ("time_zone", "Berlin"),
        ("currency", "EUR"),
    ];
    let signed_out = SignInPage { done: Some(Done::SignedOut), ..SignInPage::default() };
    let demo = DemoAccount {
        email: "owner@nordlicht.example".to_owned(),
        password: "look around gently".to_owned(),
    };
    let demo = SignInPage { demo: Some(demo), ..SignInPage::default() };
    let wrong = SignInPage {
        form: Form::filled([("email", "jana@nordlicht.example")])
            .refused(FieldErrors::one("password", FieldProblem::CredentialsWrong)),
        next: Some("/console/invoices".to_owned()),
        ..SignInPage::default()
    };
    let invitation = InvitationPage {
        token: "Zx81".to_owned(),
        business: "Nordlicht Studio".to_owned(),
        email: "tom@nordlicht.example".to_owned(),
        role: Role::Clerk,
        form: Form::new(),
    };
    vec![
        show("console/setup", console::setup::page(frame, &SetupPage::default())),
        show(
            "console/setup-refused",
            console::setup::page(frame, &SetupPage { form: Form::filled(setup).refused(errors) }),
        ),
        show("console/sign-in", console::sign_in::page(frame, &SignInPage::default())),
        show("console/sign-in-signed-out", console::sign_in::page(frame, &signed_out)),
        show("console/sign-in-demo", console::sign_in::page(frame, &demo)),
        show("console/sign-in-refused", console::sign_in::page(frame, &wrong)),
        show("console/invitation", console::invitation::page(frame, &invitation)),
    ]
}

/// The owner, in a demo.
pub fn owner() -> Signed {
    Signed {
        business: "Nordlicht Studio".to_owned(),
        member: "Jana Petersen".to_owned(),
        role: Role::Owner,
        zone: berlin(),
        today: TODAY,
        demo: Some(Demo { mailbox: Some("http://127.0.0.1:4243/".to_owned()), here: "/console".to_owned() }),
        done: None,
    }
}

/// Someone who only looks.
pub fn viewer() -> Signed {
    Signed { member: "Ole Friis".to_owned(), role: Role::Viewer, demo: None, ..owner() }
}

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

fn console_invoice(stage: Stage) -> ConsoleInvoicePage {
    ConsoleInvoicePage {
        sheet: sheet(stage),
        customer: id(40),
        version: 3,
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
fn handling_pages(frame: &Frame) -> Vec<Shown> {
    let list = InvoicesPage {
        rows: invoice_rows(),
        state: None,
        search: String::new(),
        counts: vec![(StandingName::Overdue, 6)],
        after: None,
        hold_form: Form::new(),
    };
    handling::pages(frame, console_invoice(Stage::Overdue), customer(Form::new()), list, today_page())
}

fn console_pages(frame: &Frame) -> Vec<Shown> {
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
    let overdue = console_invoice(Stage::Overdue);
    let draft = ConsoleInvoicePage {
        next: None,
        handling: None,
        timeline: story().into_iter().rev().take(1).collect(),
        links: Vec::new(),
        refused: Some(Refusal::Issue(IssueError::NoLines)),
        ..console_invoice(Stage::Draft)
    };
    let fresh = ConsoleInvoicePage {
        fresh_link: Some("https://pay.nordlicht.example/l/k7Qm2xVdR4s9".to_owned()),
        ..console_invoice(Stage::Overdue)
    };
    let not_voided = ConsoleInvoicePage {
        refused: Some(Refusal::Void(VoidError::PaymentInFlight)),
        ..console_invoice(Stage::PartlyProcessing)
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

fn message(state: MessageState) -> MessagePage {
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

fn form_pages(frame: &Frame) -> Vec<Shown> {
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

/// What customers read.
fn text_pages(frame: &Frame) -> Vec<Shown> {
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

fn problem_pages(frame: &Frame) -> Vec<Shown> {
    let problem = |name, problem| show(name, problem::page(frame, problem));
    vec![
        problem("problem/400", Problem::BadRequest),
        problem("problem/403", Problem::Forbidden),
        problem("problem/404", Problem::NotFound),
        problem("problem/405", Problem::MethodNotAllowed),
        problem("problem/408", Problem::TooSlow),
        problem("problem/409", Problem::Conflict),
        problem("problem/413", Problem::TooLarge),
        problem("problem/429", Problem::TooMany { retry_after_seconds: 540 }),
        problem("problem/500", Problem::Internal),
        problem("problem/503", Problem::Unavailable),
    ]
}

/// A page whose every free text tries to break out of its place.
pub fn hostile() -> Vec<Shown> {
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    let mut sheet = sheet(Stage::Overdue);
    sheet.title = Some(short(evil));
    sheet.number = Some(label("\"><b>7</b>"));
    sheet.business.name = domain::Name::parse(evil).unwrap();
    sheet.customer.name = domain::Name::parse(evil).unwrap();
    sheet.customer.address = vec![short(evil)];
    sheet.lines[0].description = short(evil);
    let invoice = InvoicePage {
        sheet: sheet.clone(),
        today: TODAY,
        access: Access::Link { token: evil.to_owned() },
        can_pay: true,
        settles_about: None,
        others: vec![OtherInvoice {
            id: id(21),
            number: evil.to_owned(),
            title: Some(evil.to_owned()),
            due_on: TODAY,
            open: eur(1_00),
        }],
        all_of: None,
    };
    let several = OpenInvoicesPage {
        business: sheet.business.clone(),
        customer_id: id(3),
        customer: evil.to_owned(),
        today: TODAY,
        access: Access::Link { token: evil.to_owned() },
        open: vec![OpenInvoice { title: Some(evil.to_owned()), ..open_invoice(1, evil, Stage::Overdue) }],
        paid: vec![PaidInvoice {
            id: id(24),
            number: evil.to_owned(),
            title: Some(evil.to_owned()),
            total: eur(1_00),
            paid_on: TODAY,
        }],
    };
    let form = Form::filled([("email", evil), ("amount", evil), ("method", evil)])
        .refused(FieldErrors::one("amount", FieldProblem::NotANumber));
    let pay = PayPage { number: evil.to_owned(), title: Some(evil.to_owned()), form, ..pay_page() };
    let mut told = console_invoice(Stage::Overdue);
    told.sheet = sheet;
    told.fresh_link = Some(evil.to_owned());
    told.timeline[0].facts.note = Some(evil.to_owned());
    told.timeline[0].facts.to = Some(evil.to_owned());
    told.timeline[0].actor_name = Some(evil.to_owned());
    let mut sent = message(MessageState::Sent);
    sent.subject = Some(evil.to_owned());
    sent.text = Some(evil.to_owned());
    sent.html = Some(evil.to_owned());
    let signed = Signed { business: evil.to_owned(), member: evil.to_owned(), ..owner() };
    let form = Form::filled([("email", evil)]).refused(FieldErrors::one("email", FieldProblem::EmailInvalid));
    let sign_in = SignInPage { form, next: Some(evil.to_owned()), ..SignInPage::default() };
    let frame = frame(Locale::EN_GB);
    vec![
        show("hostile/invoice", portal::invoice::page(&frame, &invoice)),
        show("hostile/open-invoices", portal::open_invoices::page(&frame, &several)),
        show("hostile/pay", portal::pay::page(&frame, &pay)),
        show("hostile/pay-several", portal::pay_several::page(&frame, &paying::hostile(evil))),
        show("hostile/console-invoice", console::invoice::page(&frame, &signed, &told)),
        show("hostile/message", console::message::page(&frame, &signed, &sent)),
        show("hostile/sign-in", console::sign_in::page(&frame, &sign_in)),
    ]
}
