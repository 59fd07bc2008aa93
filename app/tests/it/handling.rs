//! The pages on which people have a say in following up, in every state.

use app::console;
use app::console::customer::CustomerPage;
use app::console::handling::{Draft, HoldRow};
use app::console::holds::HoldsPage;
use app::console::invoice::{Handling, InvoicePage, NotNow, Refusal};
use app::console::invoices::InvoicesPage;
use app::console::messages::{MessageRow, MessagesPage};
use app::console::parked::{ParkedPage, ParkedRow};
use app::console::today::{Asked, TaskRow, TodayPage};
use app::form::Form;
use app::frame::Frame;
use domain::alarm::Alarm;
use domain::hold::HoldKind;
use domain::message::{Channel, MessageKind, MessageState};
use domain::schedule::{Decision, HoldReason, ParkedReason, StepId};
use domain::task::TaskKind;
use domain::{FieldErrors, FieldProblem};

use crate::fixtures::{day, eur, id, instant, jpy};
use crate::gallery::{Shown, owner, show, viewer};

fn step(name: &str) -> StepId {
    StepId::parse(name).unwrap_or_else(|problem| panic!("{name}: {problem:?}"))
}

fn hold(number: u128, kind: HoldKind) -> HoldRow {
    HoldRow {
        id: id(number),
        kind,
        note: String::new(),
        until: Some(day(2026, 3, 20)),
        author: Some("Ada Brandt".to_owned()),
        placed_at: instant(2026, 3, 9, 14, 5),
        customer: id(40),
        customer_name: "Albers & Söhne Tischlerei".to_owned(),
        invoice: Some((id(1), "2026-014".to_owned())),
        wants_review: false,
    }
}

fn holds() -> Vec<HoldRow> {
    let disputed = HoldRow {
        note: "The second window was not delivered.".to_owned(),
        until: Some(day(2026, 3, 14)),
        wants_review: true,
        ..hold(90, HoldKind::Dispute)
    };
    let everything = HoldRow { invoice: None, until: None, ..hold(92, HoldKind::Manual) };
    let said = HoldRow { author: None, ..hold(93, HoldKind::AlreadyPaid) };
    vec![disputed, hold(91, HoldKind::Promise), everything, said]
}

fn refused(fields: &[(&str, &str)], name: &'static str, problem: FieldProblem) -> Form {
    Form::filled(fields.iter().copied()).refused(FieldErrors::one(name, problem))
}

fn late() -> Form {
    let latest = FieldProblem::DateBefore { earliest: day(2026, 3, 15) };
    refused(
        &[("hold_kind", "promise"), ("hold_until", "2026-03-01"), ("hold_note", "By Friday.")],
        "hold_until",
        latest,
    )
}

/// What the firm step would say.
fn draft() -> Draft {
    Draft {
        at: instant(2026, 3, 16, 8, 0),
        channel: Channel::Email,
        to: "Jörg Albers <joerg@albers.example>".to_owned(),
        subject: Some("Please settle invoice 2026-014 from Nordlicht Studio".to_owned()),
        text: "Hello Jörg Albers,\n\nInvoice 2026-014 was due 14 days ago, and €2,310.00 is still open."
            .to_owned(),
    }
}

/// What a person must do, one of each kind that is finished in its own way.
pub fn tasks() -> Vec<TaskRow> {
    let task = |number, kind, asked| TaskRow {
        id: id(number),
        kind,
        raised_at: instant(2026, 3, 14, 9, 0),
        due_at: None,
        amount: Some(eur(2_310_00)),
        customer: Some((id(41), "Hafenkontor Lüders".to_owned())),
        invoice: Some((id(12), "2026-008".to_owned())),
        asked,
    };
    let promised = refused(&[("call_outcome", "will_pay")], "call_until", FieldProblem::Required);
    vec![
        task(100, TaskKind::Call, Asked::Call(Form::new())),
        task(101, TaskKind::Call, Asked::Call(promised)),
        task(102, TaskKind::ApproveStep, Asked::Approve(step("firm"), Some(Box::new(draft())))),
        task(103, TaskKind::ReviewHold, Asked::Review(Box::new(holds().remove(0)), None)),
        task(104, TaskKind::PostLetter, Asked::Message(id(71))),
        task(105, TaskKind::FindContact, Asked::Done),
        TaskRow { amount: None, invoice: None, ..task(108, TaskKind::ReviewDraft, Asked::Draft(id(13))) },
        TaskRow {
            amount: None,
            invoice: None,
            ..task(109, TaskKind::RecurringMissed, Asked::Recurring(id(50)))
        },
        TaskRow {
            due_at: Some(instant(2026, 3, 23, 17, 0)),
            ..task(107, TaskKind::AnswerDispute, Asked::Done)
        },
        TaskRow {
            amount: None,
            customer: None,
            invoice: None,
            ..task(106, TaskKind::ReleaseParked, Asked::Done)
        },
    ]
}

fn messages() -> MessagesPage {
    let row = |number, state| MessageRow {
        id: id(number),
        kind: MessageKind::Reminder,
        channel: Channel::Email,
        state,
        subject: Some("Invoice 2026-014 from Nordlicht Studio, due 3 March".to_owned()),
        to: "Jörg Albers".to_owned(),
        at: instant(2026, 3, 10, 8, 0),
        parts: vec![(id(1), "2026-014".to_owned(), step("help"))],
        skipped: Vec::new(),
        outcome: None,
    };
    let grouped = MessageRow {
        parts: vec![
            (id(1), "2026-014".to_owned(), step("firm")),
            (id(2), "2026-016".to_owned(), step("friendly")),
        ],
        skipped: vec![step("friendly"), step("help")],
        channel: Channel::Letter,
        ..row(72, MessageState::Sent)
    };
    let cancelled = MessageRow {
        subject: None,
        outcome: Some("on hold: by_word".to_owned()),
        ..row(73, MessageState::Cancelled)
    };
    MessagesPage {
        rows: vec![row(70, MessageState::Queued), grouped, cancelled, row(74, MessageState::Expired)],
        state: None,
        channel: Some(Channel::Email),
        customer: Some((id(40), "Albers & Söhne Tischlerei".to_owned())),
        after: Some(id(74)),
    }
}

fn parked() -> ParkedPage {
    let row = |number, invoice: &str, open, foreseen| ParkedRow {
        receivable: id(number),
        invoice: (id(number + 1), invoice.to_owned()),
        customer: "Hafenkontor Lüders".to_owned(),
        due_on: day(2026, 2, 3),
        open,
        reason: ParkedReason::Restore,
        foreseen,
    };
    let foreseen = vec![
        (step("firm"), Channel::Email, instant(2026, 3, 16, 8, 0)),
        (step("call"), Channel::Call, instant(2026, 3, 24, 8, 0)),
    ];
    ParkedPage {
        rows: vec![
            row(110, "2026-003", eur(860_00), foreseen),
            row(120, "2026-005", jpy(148_000), Vec::new()),
        ],
        after: Some(id(120)),
    }
}

/// These pages in every state, from those of an invoice, a customer, the list and today as the gallery has them.
pub fn pages(
    frame: &Frame,
    invoice: InvoicePage,
    customer: CustomerPage,
    list: InvoicesPage,
    today: TodayPage,
) -> Vec<Shown> {
    let (owner, viewer) = (owner(), viewer());
    let sendable = InvoicePage {
        handling: Some(Handling { sendable: Some(step("firm")), ..Handling::default() }),
        refused: Some(Refusal::NotNow { reason: NotNow::Gap, at: Some(instant(2026, 3, 17, 8, 0)) }),
        ..invoice.clone()
    };
    let reason = HoldReason::ByWord { kind: HoldKind::Dispute, ends_at: None };
    let held = InvoicePage {
        next: Some(Decision::Hold { reason, recheck_at: instant(2026, 3, 16, 8, 0) }),
        handling: Some(Handling {
            holds: holds().into_iter().filter(|hold| hold.kind != HoldKind::Promise).collect(),
            hold_form: late(),
            refused_hold: Some((id(90), late())),
            ..Handling::default()
        }),
        ..invoice.clone()
    };
    let reason = HoldReason::AwaitingApproval { step: step("firm") };
    let waiting = InvoicePage {
        next: Some(Decision::Hold { reason, recheck_at: instant(2026, 3, 16, 8, 0) }),
        handling: Some(Handling {
            draft: Some(draft()),
            contact_form: refused(
                &[("contact_channel", "call"), ("contact_spoke", "yes"), ("contact_at", "2027-01-01T09:00")],
                "contact_at",
                FieldProblem::DateAfter { latest: day(2026, 3, 15) },
            ),
            ..Handling::default()
        }),
        ..invoice
    };
    let held_customer = CustomerPage { holds: holds(), hold_form: late(), ..customer };
    let ticked = late().refused(FieldErrors::one("invoices", FieldProblem::Required));
    let list = InvoicesPage { hold_form: ticked, ..list };
    let ringing = TodayPage {
        alarms: vec![
            Alarm::ClockBehind { record_at: instant(2026, 3, 16, 8, 0) },
            Alarm::NothingDecided { since: instant(2026, 3, 15, 6, 0) },
            Alarm::Undecidable { waiting: 2 },
            Alarm::RelayDown { waiting: 1 },
            Alarm::CapUsedUp { waiting: 1_240 },
            Alarm::NothingSent { since: instant(2026, 3, 15, 6, 0) },
        ],
        tasks: tasks(),
        ..today
    };
    let empty_holds = HoldsPage { rows: Vec::new(), refused: None };
    let all_holds = HoldsPage { rows: holds(), refused: Some((id(90), late())) };
    let no_messages = MessagesPage {
        rows: Vec::new(),
        state: Some(MessageState::Failed),
        channel: None,
        customer: None,
        after: None,
    };
    let nothing_parked = ParkedPage { rows: Vec::new(), after: None };
    vec![
        show("console/invoice-not-now", console::invoice::page(frame, &owner, &sendable)),
        show("console/invoice-held", console::invoice::page(frame, &owner, &held)),
        show("console/invoice-held-viewer", console::invoice::page(frame, &viewer, &held)),
        show("console/invoice-awaiting-approval", console::invoice::page(frame, &owner, &waiting)),
        show("console/customer-held", console::customer::page(frame, &owner, &held_customer)),
        show("console/invoices-hold-refused", console::invoices::page(frame, &owner, &list)),
        show("console/today-alarms-and-tasks", console::today::page(frame, &owner, &ringing)),
        show("console/today-alarms-and-tasks-viewer", console::today::page(frame, &viewer, &ringing)),
        show("console/holds", console::holds::page(frame, &owner, &all_holds)),
        show("console/holds-viewer", console::holds::page(frame, &viewer, &all_holds)),
        show("console/holds-none", console::holds::page(frame, &owner, &empty_holds)),
        show("console/messages", console::messages::page(frame, &owner, &messages())),
        show("console/messages-none", console::messages::page(frame, &owner, &no_messages)),
        show("console/parked", console::parked::page(frame, &owner, &parked())),
        show("console/parked-viewer", console::parked::page(frame, &viewer, &parked())),
        show("console/parked-none", console::parked::page(frame, &owner, &nothing_parked)),
    ]
}
