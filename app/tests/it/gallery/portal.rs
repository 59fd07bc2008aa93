//! What a customer sees: their invoices, and the ways to pay.

use app::form::Form;
use app::frame::Frame;
use app::portal;
use app::portal::Access;
use app::portal::autopay::{AutopayPage, AutopayRow, AutopaySection};
use app::portal::code::CodePage;
use app::portal::expired::ExpiredPage;
use app::portal::invoice::{InvoicePage, OtherInvoice};
use app::portal::open_invoices::{OpenInvoice, OpenInvoicesPage, PaidInvoice};
use app::portal::pay::{OwnAccount, PayPage, PayTrouble, Reference};
use app::portal::renewed::RenewedPage;
use app::portal::returned::{From, Outcome, PaidFor, ReturnedPage};
use app::portal::saved_methods::{ConsentBox, SavedMethodRow, SavedMethodsPage, Told};
use domain::invoice::Balance;
use domain::message::Channel;
use domain::payment::{FailureCode, Method};
use domain::saved::ExpiryMonth;
use domain::{Currency, FieldErrors, FieldProblem};

use crate::fixtures::{Stage, TODAY, credit_note_sheet, day, eur, id, jpy, sheet};

use super::{Shown, show};

pub fn link() -> Access {
    Access::Link { token: "k7Qm2xVd".to_owned() }
}

pub fn pages(frame: &Frame) -> Vec<Shown> {
    let page = |stage: Stage, access: Access| InvoicePage {
        can_pay: !matches!(
            stage,
            Stage::Paid | Stage::Void | Stage::WrittenOff | Stage::Credited | Stage::Processing
        ),
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
            paid: eur(620_00),
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
        invoice("portal/invoice-credited", Stage::Credited, Access::Session),
        invoice("portal/invoice-credited-by-link", Stage::Credited, link()),
        show("portal/credit-note", portal::credit_note::page(frame, &credit_note_sheet())),
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
        show("portal/code", portal::code::page(frame, &code_page())),
        show("portal/code-wrong", portal::code::page(frame, &wrong_code())),
        show("portal/code-nobody", portal::code::page(frame, &CodePage { sent_to: None, ..code_page() })),
        show("portal/saved-methods", portal::saved_methods::page(frame, &saved_methods(None))),
        show("portal/autopay", portal::saved_methods::page(frame, &with_autopay())),
        show("portal/autopay-on", portal::autopay::page(frame, &turning_on(frame))),
        show("portal/saved-methods-none", {
            let refused = FieldErrors::one("agreed", FieldProblem::Required);
            let form = Form::filled([("method", "card")]).refused(refused);
            let none = SavedMethodsPage { methods: Vec::new(), form, ..saved_methods(Some(Told::NotSaved)) };
            portal::saved_methods::page(frame, &none)
        }),
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

/// One that is charged by itself, with a charge announced, and one that could be.
fn with_autopay() -> SavedMethodsPage {
    let saved = saved_methods(Some(Told::AutopayOn));
    let offers = saved.methods[1..].to_vec();
    SavedMethodsPage { autopay: AutopaySection { rows: vec![autopay_row()], offers, paused: true }, ..saved }
}

/// Turning it on, without having ticked the box.
fn turning_on(frame: &Frame) -> AutopayPage {
    let SavedMethodsPage { business, customer, methods, .. } = saved_methods(None);
    let method = methods[0].clone();
    let text = portal::autopay::consent(frame.locale, business.name.as_str(), &method, 3);
    let form = Form::new().refused(FieldErrors::one("agreed", FieldProblem::Required));
    AutopayPage { business, customer, method, consent: ConsentBox { text, version: "00ff".to_owned() }, form }
}

/// A card that is charged by itself.
pub fn autopay_row() -> AutopayRow {
    AutopayRow {
        id: id(33),
        method: saved_methods(None).methods[0].clone(),
        since: day(2026, 2, 3),
        charges: vec![(day(2026, 3, 19), eur(119_000))],
    }
}

/// An open invoice among several.
pub fn open_invoice(number: u128, name: &str, stage: Stage) -> OpenInvoice {
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

pub fn saved_methods(told: Option<Told>) -> SavedMethodsPage {
    SavedMethodsPage {
        autopay: AutopaySection::default(),
        business: sheet(Stage::Overdue).business,
        customer: id(3),
        methods: vec![
            SavedMethodRow {
                id: id(31),
                method: Method::Card,
                label: "visa".to_owned(),
                last_digits: "4242".to_owned(),
                expires: ExpiryMonth::new(2034, 12),
            },
            SavedMethodRow {
                id: id(32),
                method: Method::SepaDebit,
                label: String::new(),
                last_digits: "3000".to_owned(),
                expires: None,
            },
        ],
        offered: vec![Method::Card, Method::SepaDebit],
        consent: consent_box(),
        form: Form::new(),
        told,
    }
}

/// The words beside the box by which a way to pay is kept.
pub fn consent_box() -> ConsentBox {
    ConsentBox {
        text: "I allow Fieldnote Studio to keep this way to pay.".to_owned(),
        version: "0f1e2d3c".to_owned(),
    }
}

fn code_page() -> CodePage {
    CodePage {
        business: sheet(Stage::Overdue).business,
        action: "/c/cust_1/contact".to_owned(),
        carried: Form::filled([("method", "pm_1"), ("note", "as agreed")]),
        errors: FieldErrors::new(),
        sent_to: Some("j•••@studio.example".to_owned()),
        ways: vec![Channel::Email, Channel::Sms],
        channel: Channel::Email,
        wait_seconds: Some(28),
        minutes: 10,
    }
}

fn wrong_code() -> CodePage {
    CodePage {
        errors: FieldErrors::one("code", FieldProblem::CodeWrong { left: 2 }),
        sent_to: Some("+49•••78".to_owned()),
        channel: Channel::Sms,
        wait_seconds: None,
        ..code_page()
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
        saved: Vec::new(),
        saved_after_code: false,
        entry: "drf_1".to_owned(),
        first_is_agreed: true,
        own_account: Some(OwnAccount {
            account: super::money::bank_account(Currency::EUR, "DE89 3704 0044 0532 0130 00", None),
            references: vec![Reference::of_number("2026-014")],
        }),
        consent: Some(consent_box()),
        form: Form::new(),
        trouble: None,
    }
}

pub fn pay_pages(frame: &Frame) -> Vec<Shown> {
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
    let with_saved = PayPage { saved: saved_methods(None).methods, ..pay_page() };
    let after_code = PayPage { saved_after_code: true, ..pay_page() };
    let transfer_only = PayPage { methods: Vec::new(), consent: None, ..pay_page() };
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
        show("portal/pay-with-saved", portal::pay::page(frame, &with_saved)),
        show("portal/pay-with-saved-after-code", portal::pay::page(frame, &after_code)),
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
