//! One business, one customer and one invoice at every stage of its life.

use app::console::invoices::InvoiceRow;
use app::console::{EventFacts, TimelineEntry};
use app::frame::{Assets, Frame, IslandAssets};
use chrono::{NaiveDate, TimeZone as _, Utc};
use domain::event::{ActorKind, EventKind};
use domain::invoice::{
    Balance, InvoiceLine, InvoiceStatus, NetDays, Period, Quantity, Standing, TaxRate, Totals,
};
use domain::message::MessageKind;
use domain::payment::Method;
use domain::schedule::{Decision, DoneReason, HoldReason, StepId, WaitReason};
use domain::sheet::{CreditNoteSheet, Credited, InvoiceSheet, Party, Received};
use domain::time::{Date, Timestamp, Zone};
use domain::{Country, Currency, EmailAddress, Label, Locale, LongText, Money, Name, Phone, ShortText};
use uuid::Uuid;

/// The fifteenth of March 2026: twelve days after the invoice was due.
pub const TODAY: Date = NaiveDate::from_ymd_opt(2026, 3, 15).unwrap();

/// Where an invoice is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Draft,
    Open,
    DueSoon,
    PartlyPaid,
    Overdue,
    PartlyProcessing,
    Processing,
    Paid,
    WrittenOff,
    Credited,
    Void,
}

/// The frame of every page here.
pub fn frame(locale: Locale) -> Frame {
    Frame {
        locale,
        nonce: "c2FtcGxl".to_owned(),
        assets: Assets {
            stylesheet: "/assets/app-0a1b2c3d.css".to_owned(),
            icon: "/assets/favicon-4e5f6a7b.svg".to_owned(),
            touch_icon: None,
            islands: Some(IslandAssets {
                script: "/assets/hydrate-8c9d0e1f.js".to_owned(),
                wasm: "/assets/hydrate_bg-2a3b4c5d.wasm".to_owned(),
            }),
        },
    }
}

pub fn english() -> Frame {
    frame(Locale::EN_GB)
}

pub fn german() -> Frame {
    frame(Locale::DE_DE)
}

pub fn berlin() -> Zone {
    Zone::parse("Europe/Berlin").unwrap()
}

pub fn day(year: i32, month: u32, day: u32) -> Date {
    Date::from_ymd_opt(year, month, day).unwrap()
}

pub fn instant(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> Timestamp {
    Utc.with_ymd_and_hms(year, month, day, hour, minute, 0).unwrap()
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

pub fn jpy(minor: i64) -> Money {
    Money::new(minor, Currency::JPY).unwrap()
}

pub fn short(text: &str) -> ShortText {
    ShortText::parse(text).unwrap()
}

pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

/// An id of any kind, the same at every run.
pub fn id<T: From<Wrapped>>(number: u128) -> T {
    T::from(Wrapped(Uuid::from_u128(0x0198_c2f7_a1b2_7c3d_8e4f_0000_0000_0000 + number)))
}

/// A UUID on its way into a typed id.
pub struct Wrapped(Uuid);

macro_rules! wrapped {
    ($($kind:ident)+) => { $(
        impl From<Wrapped> for domain::$kind {
            fn from(Wrapped(uuid): Wrapped) -> Self { Self::from_uuid(uuid) }
        }
    )+ };
}

wrapped! {
    InvoiceId CustomerId ContactId MemberId MessageId TaskId LinkId ScheduleId GroupId HoldId ReceivableId TransferId
    BankStatementId BankEntryId BankUploadId CreditNoteId RecurringId SavedMethodId AutopayId
}

fn business() -> Party {
    Party {
        name: Name::parse("Nordlicht Studio").unwrap(),
        address: vec![short("Hafenstraße 12"), short("24103 Kiel")],
        country: Country::from_code("DE"),
        email: Some(EmailAddress::parse("hello@nordlicht.example").unwrap()),
        phone: Some(Phone::parse("+49 431 9876540").unwrap()),
        tax_number: Some(label("DE 123 456 789")),
    }
}

fn customer() -> Party {
    Party {
        name: Name::parse("Albers & Söhne Tischlerei").unwrap(),
        address: vec![short("Lange Reihe 7"), short("20099 Hamburg")],
        country: Country::from_code("DE"),
        email: None,
        phone: None,
        tax_number: None,
    }
}

fn line(
    description: &str,
    thousandths: i64,
    unit: Option<&str>,
    price: Money,
    basis_points: u32,
) -> InvoiceLine {
    InvoiceLine {
        description: short(description),
        detail: None,
        quantity: Quantity::from_thousandths(thousandths).unwrap(),
        unit: unit.map(label),
        unit_price: price,
        tax_rate: TaxRate::from_basis_points(basis_points).unwrap(),
        period: None,
        project: None,
    }
}

fn lines() -> Vec<InvoiceLine> {
    let mut planning = line("Planning and site visits", 6_500, Some("hours"), eur(92_00), 1900);
    planning.period = Period::new(day(2026, 2, 2), day(2026, 2, 13)).ok();
    planning.project = Some(label("Kitchen"));
    let mut worktop = line("Oak worktop, oiled", 1_000, Some("piece"), eur(756_18), 1900);
    worktop.detail = Some(LongText::parse("260 × 64 cm, 40 mm, from the sample of 28 January").unwrap());
    vec![planning, worktop, line("Delivery", 1_000, None, eur(107_52), 700)]
}

/// The invoice at a stage. It comes to 1726.54, or to what a stage makes of it.
pub fn sheet(stage: Stage) -> InvoiceSheet {
    let lines = lines();
    let totals = Totals::of(Currency::EUR, &lines).unwrap();
    let total = totals.total;
    let part = total.checked_sub(eur(1240_00)).unwrap();
    let zero = eur(0);
    let (paid, written_off, processing, standing) = match stage {
        Stage::Draft => (zero, zero, zero, Standing::Draft),
        Stage::Open => (zero, zero, zero, Standing::Open { due_in_days: 16 }),
        Stage::DueSoon => (zero, zero, zero, Standing::DueSoon { due_in_days: 2 }),
        Stage::PartlyPaid => (part, zero, zero, Standing::PartlyPaid { due_in_days: 16 }),
        Stage::Overdue => (part, zero, zero, Standing::Overdue { days: 12 }),
        Stage::PartlyProcessing => (part, zero, eur(500_00), Standing::Overdue { days: 12 }),
        Stage::Processing => (part, zero, eur(1240_00), Standing::Processing),
        Stage::Paid => (total, zero, zero, Standing::Paid),
        Stage::WrittenOff => (part, eur(1240_00), zero, Standing::WrittenOff),
        Stage::Credited => (zero, zero, zero, Standing::Credited),
        Stage::Void => (zero, zero, zero, Standing::Void),
    };
    let credited = if stage == Stage::Credited { total } else { zero };
    let mut received = Vec::new();
    if paid.is_positive() {
        received.push(Received { on: day(2026, 3, 5), method: Some(Method::SepaDebit), amount: part });
    }
    if stage == Stage::Paid {
        received.push(Received { on: day(2026, 3, 12), method: None, amount: eur(1240_00) });
    }
    let due_on = match stage {
        Stage::Open | Stage::PartlyPaid => day(2026, 3, 31),
        Stage::DueSoon => day(2026, 3, 17),
        _ => day(2026, 3, 3),
    };
    let draft = stage == Stage::Draft;
    InvoiceSheet {
        id: id(1),
        status: match stage {
            Stage::Draft => InvoiceStatus::Draft,
            Stage::Void => InvoiceStatus::Void,
            _ => InvoiceStatus::Issued,
        },
        standing,
        number: (!draft).then(|| label("2026-014")),
        title: Some(short("Kitchen renovation, March")),
        business: business(),
        customer: customer(),
        currency: Currency::EUR,
        issued_on: (!draft).then(|| domain::time::add_days(due_on, -14)),
        due_on: (!draft).then_some(due_on),
        terms: NetDays::FORTNIGHT,
        purchase_order: Some(label("PO-7781")),
        project: Some(label("Kitchen")),
        lines,
        totals,
        received,
        credit_notes: if credited.is_positive() {
            vec![Credited { id: id(51), number: label("CN-2026-002"), on: day(2026, 3, 6), amount: credited }]
        } else {
            Vec::new()
        },
        balance: Balance::new(total, paid, written_off, processing).unwrap().less_credited(credited).unwrap(),
        methods: vec![Method::SepaDebit, Method::Card, Method::BankTransfer],
    }
}

/// A credit note for part of that invoice.
pub fn credit_note_sheet() -> CreditNoteSheet {
    let sheet = sheet(Stage::Open);
    let totals = domain::credit_note::credit(&sheet.totals, eur(230_09)).unwrap();
    CreditNoteSheet {
        number: label("CN-2026-002"),
        issued_on: day(2026, 3, 6),
        invoice: sheet.id,
        invoice_number: label("2026-014"),
        reason: short("The worktop came with a scratch"),
        business: sheet.business,
        customer: sheet.customer,
        totals,
    }
}

/// A small invoice in a currency without decimal places and without tax.
pub fn yen_sheet() -> InvoiceSheet {
    let lines = vec![line("Translation, Japanese to English", 12_000, Some("pages"), jpy(4_200), 0)];
    let totals = Totals::of(Currency::JPY, &lines).unwrap();
    let total = totals.total;
    InvoiceSheet {
        currency: Currency::JPY,
        title: Some(short("Translation of the catalogue")),
        purchase_order: None,
        project: None,
        lines,
        totals,
        balance: Balance::new(total, jpy(0), jpy(0), jpy(0)).unwrap(),
        methods: vec![Method::Card],
        ..sheet(Stage::Open)
    }
}

/// A step that waits for its day.
pub fn step(name: &str, until: Timestamp) -> Decision {
    Decision::Wait { until, step: StepId::parse(name).unwrap(), reason: WaitReason::NotYet }
}

/// Invoices of every standing.
pub fn invoice_rows() -> Vec<InvoiceRow> {
    let row = |number: u128, name: &str, customer: &str, standing, due, open, next| InvoiceRow {
        id: id(number),
        number: (standing != Standing::Draft).then(|| name.to_owned()),
        title: Some("Kitchen renovation, March".to_owned()),
        customer: id(40),
        customer_name: customer.to_owned(),
        standing,
        due_on: due,
        total: eur(1726_54),
        open: eur(open),
        next,
    };
    let soon = instant(2026, 3, 17, 9, 0);
    let held = Decision::Hold { reason: HoldReason::PaymentProcessing, recheck_at: soon };
    let done = |reason| Some(Decision::Done { reason });
    vec![
        row(
            1,
            "2026-014",
            "Albers & Söhne Tischlerei",
            Standing::Overdue { days: 12 },
            Some(day(2026, 3, 3)),
            1240_00,
            Some(step("firm", soon)),
        ),
        row(
            12,
            "2026-008",
            "Hafenkontor Lüders",
            Standing::Overdue { days: 40 },
            Some(day(2026, 2, 3)),
            2310_00,
            done(DoneReason::AllSaid),
        ),
        row(
            13,
            "2026-017",
            "Mayfield Architects",
            Standing::DueSoon { due_in_days: 2 },
            Some(day(2026, 3, 17)),
            1726_54,
            Some(step("friendly", soon)),
        ),
        row(
            14,
            "2026-018",
            "Mayfield Architects",
            Standing::Processing,
            Some(day(2026, 3, 20)),
            1726_54,
            Some(held),
        ),
        row(
            15,
            "2026-019",
            "Café Morgenrot",
            Standing::Open { due_in_days: 16 },
            Some(day(2026, 3, 31)),
            1726_54,
            Some(step("heads-up", soon)),
        ),
        row(16, "", "Café Morgenrot", Standing::Draft, None, 1726_54, None),
        row(
            17,
            "2026-003",
            "Café Morgenrot",
            Standing::Paid,
            Some(day(2026, 2, 14)),
            0,
            done(DoneReason::Paid),
        ),
        row(
            18,
            "2026-002",
            "Café Morgenrot",
            Standing::Void,
            Some(day(2026, 2, 14)),
            0,
            done(DoneReason::Void),
        ),
    ]
}

/// What happened to the invoice, newest first.
pub fn story() -> Vec<TimelineEntry> {
    let entry = |at, kind, actor, name: Option<&str>, facts| TimelineEntry {
        at,
        kind,
        actor,
        actor_name: name.map(str::to_owned),
        facts,
    };
    let none = EventFacts::default;
    let invoices = vec![(id(1), "2026-014".to_owned())];
    let written = |step: &str| EventFacts {
        to: Some("joerg@albers.example".to_owned()),
        message: Some(id(70)),
        message_kind: Some(MessageKind::Reminder),
        step: StepId::parse(step).ok(),
        ..EventFacts::default()
    };
    vec![
        entry(
            instant(2026, 3, 10, 18, 42),
            EventKind::PortalOpened,
            ActorKind::Customer,
            Some("Jörg Albers"),
            EventFacts { invoices, ..none() },
        ),
        entry(instant(2026, 3, 10, 8, 0), EventKind::MessageSent, ActorKind::System, None, written("help")),
        entry(
            instant(2026, 3, 5, 11, 30),
            EventKind::PaymentApplied,
            ActorKind::Provider,
            None,
            EventFacts { amount: Some(eur(486_54)), method: Some(Method::SepaDebit), ..none() },
        ),
        entry(
            instant(2026, 3, 4, 19, 3),
            EventKind::AttemptFailed,
            ActorKind::Provider,
            None,
            EventFacts { failure: Some(domain::payment::FailureCode::Declined), ..none() },
        ),
        entry(
            instant(2026, 3, 4, 8, 0),
            EventKind::MessageUncertain,
            ActorKind::System,
            None,
            written("friendly"),
        ),
        entry(
            instant(2026, 2, 17, 9, 12),
            EventKind::InvoiceIssued,
            ActorKind::Member,
            Some("Jana Petersen"),
            EventFacts { amount: Some(eur(1726_54)), ..none() },
        ),
        entry(
            instant(2026, 2, 17, 9, 2),
            EventKind::InvoiceDrafted,
            ActorKind::Member,
            Some("Jana Petersen"),
            EventFacts { note: Some("As agreed on the phone.".to_owned()), ..none() },
        ),
    ]
}

/// The text part of a reminder.
pub fn text_mail() -> String {
    "Hello Jörg,\n\nInvoice 2026-014 (Kitchen renovation, March) was due on 3 March. €1,240.00 of it is open.\n\n\
     See and pay it here: [link lnk_0198c2f7a1b27c3d8e4f000000000033]\n\nAlready paid? Tell us.\n"
        .to_owned()
}
