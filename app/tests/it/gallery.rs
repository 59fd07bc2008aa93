//! Every page in every state, as the server would render it. The tests read them, `examples/gallery.rs` writes them to
//! files so that people can look at them.

use app::console::invitation::InvitationPage;
use app::console::setup::SetupPage;
use app::console::sign_in::{DemoAccount, SignInPage};
use app::console::{Demo, Done, Signed};
use app::form::Form;
use app::frame::Frame;
use app::portal::Access;
use app::portal::invoice::{InvoicePage, OtherInvoice};
use app::portal::open_invoices::{OpenInvoice, OpenInvoicesPage, PaidInvoice};
use app::portal::pay::PayPage;
use app::problem::{self, Problem};
use app::{console, portal};
use domain::message::MessageState;
use domain::role::Role;
use domain::{FieldErrors, FieldProblem, Locale};

use crate::fixtures::{Stage, TODAY, berlin, english, eur, frame, german, id, label, sheet, short};

#[path = "gallery/following_up.rs"]
mod following_up;
#[path = "gallery/money.rs"]
mod money;
#[path = "gallery/console.rs"]
mod of_console;
#[path = "gallery/portal.rs"]
mod of_portal;
#[path = "gallery/texts.rs"]
mod of_texts;
#[path = "gallery/paying.rs"]
mod paying;
#[path = "gallery/recurring.rs"]
mod recurring;
#[path = "gallery/statement.rs"]
mod statement;

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
    shown.extend(of_portal::pages(&frame));
    shown.extend(of_portal::pay_pages(&frame));
    shown.extend(paying::pages(&frame));
    shown.extend(door_pages(&frame));
    shown.extend(of_console::pages(&frame));
    shown.extend(of_console::handling_pages(&frame));
    shown.extend(of_console::form_pages(&frame));
    shown.extend(of_texts::pages(&frame));
    shown.extend(following_up::pages(&frame));
    shown.extend(money::pages(&frame));
    shown.extend(statement::pages(&frame));
    shown.extend(recurring::pages(&frame));
    shown.extend(problem_pages(&frame));
    shown.extend(all_in_german());
    shown
}

/// Everything that customers read once more in German, and of the rest a page of each kind.
fn all_in_german() -> Vec<Shown> {
    let frame = german();
    let theirs = [
        of_portal::pages(&frame),
        of_portal::pay_pages(&frame),
        paying::pages(&frame),
        statement::pages(&frame),
    ]
    .into_iter()
    .flatten();
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
        "console/money-of-invoice-credited",
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
        of_console::pages(&frame),
        of_console::handling_pages(&frame),
        of_console::form_pages(&frame),
        of_texts::pages(&frame),
        money::pages(&frame),
        recurring::pages(&frame),
        problem_pages(&frame),
    ];
    let others = others.into_iter().flatten().filter(|shown| samples.contains(&shown.name.as_str()));
    theirs.chain(others).map(|shown| Shown { name: format!("{}-german", shown.name), ..shown }).collect()
}

pub fn show(name: &str, html: String) -> Shown {
    Shown { name: name.to_owned(), html }
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
        open: vec![OpenInvoice {
            title: Some(evil.to_owned()),
            ..of_portal::open_invoice(1, evil, Stage::Overdue)
        }],
        paid: vec![PaidInvoice {
            id: id(24),
            number: evil.to_owned(),
            title: Some(evil.to_owned()),
            paid: eur(1_00),
            paid_on: TODAY,
        }],
    };
    let form = Form::filled([("email", evil), ("amount", evil), ("method", evil)])
        .refused(FieldErrors::one("amount", FieldProblem::NotANumber));
    let pay =
        PayPage { number: evil.to_owned(), title: Some(evil.to_owned()), form, ..of_portal::pay_page() };
    let mut told = of_console::invoice(Stage::Overdue);
    told.sheet = sheet;
    told.fresh_link = Some(evil.to_owned());
    told.timeline[0].facts.note = Some(evil.to_owned());
    told.timeline[0].facts.to = Some(evil.to_owned());
    told.timeline[0].actor_name = Some(evil.to_owned());
    let mut sent = of_console::message(MessageState::Sent);
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
        show("hostile/statement", portal::statement::page(&frame, &statement::hostile(evil))),
        show("hostile/pay", portal::pay::page(&frame, &pay)),
        show("hostile/pay-several", portal::pay_several::page(&frame, &paying::hostile(evil))),
        show("hostile/console-invoice", console::invoice::page(&frame, &signed, &told)),
        show("hostile/message", console::message::page(&frame, &signed, &sent)),
        show("hostile/recurring", console::recurring::page(&frame, &signed, &recurring::hostile(evil))),
        show("hostile/sign-in", console::sign_in::page(&frame, &sign_in)),
    ]
}
