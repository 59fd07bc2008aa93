//! Schedules, settings and what is going to be said, in every state.

use app::console::change::{self, BeforeAndAfter, ChangePage, ChangeRow, CustomerChange, Spoken};
use app::console::customer_terms::{self, CustomerTermsPage};
use app::console::following_up::{self, FollowingUpPage};
use app::console::groups::{self, GroupPage, GroupRow, GroupsPage};
use app::console::outlook::{self, Entry, Held, OutlookPage};
use app::console::schedule::{self, SchedulePage, StepText, fields_of};
use app::console::schedules::{self, Followers, ScheduleRow, SchedulesPage};
use app::form::Form;
use app::frame::Frame;
use domain::message::Channel;
use domain::schedule::{HoldReason, Schedule, Step, StepId, Tone};
use domain::{Country, FieldErrors, FieldProblem, ScheduleId};

use super::{Shown, owner, show, viewer};
use crate::fixtures::{day, eur, german, id, instant, text_mail};

fn step_id(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

/// A slow schedule, with whatever a step can have.
fn slow() -> Vec<Step> {
    vec![
        Step::new(step_id("friendly"), 3, Channel::Email, Tone::Friendly),
        Step {
            template: Some(step_id("help")),
            ..Step::new(step_id("second"), 14, Channel::Sms, Tone::Polite)
        },
        Step {
            minimum_gap_days: Some(10),
            needs_approval: true,
            ..Step::new(step_id("firm"), 30, Channel::Letter, Tone::Firm)
        },
        Step::new(step_id("look"), 45, Channel::Task, Tone::Firm),
    ]
}

fn form(revision: u32, steps: &[Step]) -> Form {
    let head = [("revision".to_owned(), revision.to_string()), ("steps".to_owned(), steps.len().to_string())];
    Form::filled(head.into_iter().chain(steps.iter().enumerate().flat_map(|(at, step)| fields_of(at, step))))
}

fn texts(steps: &[Step]) -> Vec<StepText> {
    let text = |step: &Step| {
        if step.channel.is_written() {
            let subject = (step.channel == Channel::Email)
                .then(|| "Invoice 2026-014 from Nordlicht Studio, due 3 March".to_owned());
            StepText { subject, text: Some(text_mail()) }
        } else {
            StepText::default()
        }
    };
    steps.iter().map(text).collect()
}

fn slow_page() -> SchedulePage {
    SchedulePage {
        schedule: Some(id(100)),
        name: Some("Slow and kind".to_owned()),
        saved: Some(slow()),
        form: Some(form(3, &slow())),
        open: 1,
        rename: Form::filled([("name", "Slow and kind")]),
        texts: texts(&slow()),
        sample: Some("2026-014".to_owned()),
        followers: Followers { everyone_else: false, groups: vec!["Old friends".to_owned()], customers: 2 },
        history: Some((3, Some("Jana Petersen".to_owned()), "3 March 2026".to_owned())),
        archived: false,
        theirs: None,
    }
}

fn schedule_pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let list = SchedulesPage {
        rows: vec![
            ScheduleRow {
                id: None,
                name: None,
                steps: Schedule::standard().steps().to_vec(),
                followers: Followers { everyone_else: true, ..Followers::default() },
                archived: false,
            },
            ScheduleRow {
                id: Some(id(100)),
                name: Some("Slow and kind".to_owned()),
                steps: slow(),
                followers: slow_page().followers,
                archived: false,
            },
            ScheduleRow {
                id: Some(id(101)),
                name: Some("Before".to_owned()),
                steps: slow(),
                followers: Followers::default(),
                archived: true,
            },
        ],
    };
    let standard = SchedulePage {
        schedule: None,
        name: None,
        saved: Some(Schedule::standard().steps().to_vec()),
        form: None,
        texts: texts(Schedule::standard().steps()),
        followers: Followers { everyone_else: true, ..Followers::default() },
        history: None,
        ..slow_page()
    };
    let to_read = SchedulePage { form: None, ..slow_page() };
    let new = SchedulePage {
        schedule: None,
        name: None,
        saved: None,
        form: Some(form(0, Schedule::standard().steps())),
        texts: texts(Schedule::standard().steps()),
        followers: Followers::default(),
        history: None,
        ..slow_page()
    };
    let mut errors = FieldErrors::one("steps.1.days", FieldProblem::DayTaken);
    errors.push("steps.2.tone", FieldProblem::FriendlierThanBefore { least: Tone::Polite });
    errors.push("steps.2.minimum_gap_days", FieldProblem::NumberOutOfRange { min: 0, max: 60 });
    let refused =
        SchedulePage { form: Some(form(3, &slow()).refused(errors)), archived: true, ..slow_page() };
    let conflict = SchedulePage { theirs: Some(Schedule::standard().steps().to_vec()), ..slow_page() };
    vec![
        show("console/schedules", schedules::page(frame, &owner, &list)),
        show("console/schedules-viewer", schedules::page(frame, &viewer(), &list)),
        show("console/schedule", schedule::page(frame, &owner, &slow_page())),
        show("console/schedule-viewer", schedule::page(frame, &viewer(), &to_read)),
        show("console/schedule-standard", schedule::page(frame, &owner, &standard)),
        show("console/schedule-new", schedule::page(frame, &owner, &new)),
        show("console/schedule-refused", schedule::page(frame, &owner, &refused)),
        show("console/schedule-conflict", schedule::page(frame, &owner, &conflict)),
        show("console/schedule-german", schedule::page(&german(), &owner, &slow_page())),
    ]
}

fn spoken(at: (u32, u32), by: Channel, tone: Tone) -> Spoken {
    Spoken { at: instant(2026, at.0, at.1, 8, 0), by, tone, instead_of: None }
}

/// What a slower schedule would do to one customer.
fn change_page() -> ChangePage {
    let row = |step: &str, before, after| ChangeRow {
        invoice: (id(1), "2026-014".to_owned()),
        step: step_id(step),
        before,
        after,
    };
    let raised = Spoken { instead_of: Some(Tone::Polite), ..spoken((3, 17), Channel::Email, Tone::Firm) };
    ChangePage {
        of: change::Of::Schedule("Slow and kind".to_owned()),
        action: "/console/schedules/sch_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f".to_owned(),
        form: form(3, &slow()),
        today: BeforeAndAfter { messages: (3, 1), tasks: (0, 0) },
        in_all: BeforeAndAfter { messages: (41, 28), tasks: (7, 1) },
        looked_at: 12,
        unchanged: 11,
        bounded: true,
        list_bounded: true,
        customers: vec![CustomerChange {
            id: id(40),
            name: "Albers & Söhne Tischlerei".to_owned(),
            rows: vec![
                row("firm", Some(spoken((3, 17), Channel::Email, Tone::Firm)), Some(raised)),
                row("call", Some(spoken((3, 24), Channel::Call, Tone::Firm)), None),
                row("second", None, Some(spoken((3, 26), Channel::Sms, Tone::Firm))),
                row(
                    "final-notice",
                    Some(spoken((4, 2), Channel::Email, Tone::Final)),
                    Some(spoken((4, 2), Channel::Email, Tone::Final)),
                ),
            ],
            counted: vec![(id(1), "2026-014".to_owned(), step_id("help"))],
        }],
    }
}

fn settings_pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let all: Vec<(ScheduleId, String)> = vec![(id(100), "Slow and kind".to_owned())];
    let typed = Form::filled([
        ("version", "2"),
        ("schedule", ""),
        ("open_days", "0"),
        ("open_days", "1"),
        ("open_days", "2"),
        ("open_days", "3"),
        ("open_days", "4"),
        ("opens", "09:00"),
        ("closes", "17:00"),
        ("keeps_holidays", "yes"),
        ("minimum_gap_days", "3"),
        ("promise_grace_days", "3"),
        ("consequences", "suspend_service"),
        ("sms_monthly_segments", "500"),
    ]);
    let settings =
        FollowingUpPage { form: typed, schedules: all.clone(), has_gateway: true, conflict: false };
    let mut errors = FieldErrors::one(
        "closes",
        FieldProblem::NeverOpen {
            country: Country::from_code("US").unwrap(),
            hours: Some((instant(2026, 3, 1, 8, 0).time(), instant(2026, 3, 1, 21, 0).time())),
        },
    );
    errors.push("open_days", FieldProblem::Required);
    let refused = FollowingUpPage {
        form: Form::filled([("opens", "04:00"), ("closes", "07:00")]).refused(errors),
        has_gateway: false,
        conflict: true,
        ..settings.clone()
    };
    let rows = vec![
        GroupRow {
            id: id(110),
            name: "Old friends".to_owned(),
            schedule: Some("Slow and kind".to_owned()),
            approval_from: Some(Tone::Firm),
            customers: 2,
        },
        GroupRow { id: id(111), name: "Trade".to_owned(), schedule: None, approval_from: None, customers: 1 },
    ];
    let groups = GroupsPage { rows, form: Form::new(), schedules: all.clone() };
    let no_groups = GroupsPage {
        rows: Vec::new(),
        form: Form::filled([("name", "Trade")]).refused(FieldErrors::one("name", FieldProblem::AlreadyTaken)),
        schedules: Vec::new(),
    };
    let group = GroupPage {
        id: id(110),
        name: "Old friends".to_owned(),
        form: Form::filled([
            ("version", "4".to_owned()),
            ("name", "Old friends".to_owned()),
            ("schedule", id::<ScheduleId>(100).to_string()),
            ("approval_from", "firm".to_owned()),
        ]),
        schedules: all.clone(),
        conflict: true,
    };
    let terms = CustomerTermsPage {
        customer: id(40),
        name: "Albers & Söhne Tischlerei".to_owned(),
        form: Form::filled([("version", "0"), ("zone_unknown", "yes")]),
        groups: vec![(id(110), "Old friends".to_owned())],
        schedules: all,
        conflict: false,
    };
    vec![
        show("console/following-up", following_up::page(frame, &owner, &settings)),
        show("console/following-up-viewer", following_up::page(frame, &viewer(), &settings)),
        show("console/following-up-refused", following_up::page(frame, &owner, &refused)),
        show("console/following-up-german", following_up::page(&german(), &owner, &settings)),
        show("console/groups", groups::list(frame, &owner, &groups)),
        show("console/groups-viewer", groups::list(frame, &viewer(), &groups)),
        show("console/groups-refused", groups::list(frame, &owner, &no_groups)),
        show("console/group", groups::page(frame, &owner, &group)),
        show("console/customer-terms", customer_terms::page(frame, &owner, &terms)),
    ]
}

fn outlook_page(of: outlook::Of) -> OutlookPage {
    let albers = (id(40), "Albers & Söhne Tischlerei".to_owned());
    OutlookPage {
        of,
        until: day(2026, 6, 13),
        entries: vec![
            Entry {
                at: instant(2026, 3, 17, 8, 0),
                by: Channel::Email,
                tone: Tone::Firm,
                customer: albers.clone(),
                parts: vec![
                    (id(1), "2026-014".to_owned(), step_id("firm")),
                    (id(21), "2026-009".to_owned(), step_id("friendly")),
                ],
                amount: eur(1_860_00),
            },
            Entry {
                at: instant(2026, 3, 24, 8, 0),
                by: Channel::Call,
                tone: Tone::Firm,
                customer: albers.clone(),
                parts: vec![(id(1), "2026-014".to_owned(), step_id("call"))],
                amount: eur(1_240_00),
            },
        ],
        held: vec![Held {
            customer: albers,
            invoice: (id(22), "2026-016".to_owned()),
            reason: HoldReason::AwaitingApproval { step: step_id("firm") },
        }],
        after: Some("2026-03-17 cust".to_owned()),
    }
}

/// All of them.
pub fn pages(frame: &Frame) -> Vec<Shown> {
    let owner = owner();
    let nothing = ChangePage { customers: Vec::new(), bounded: false, list_bounded: false, ..change_page() };
    let one = OutlookPage { after: None, ..outlook_page(outlook::Of::Invoice(id(1), "2026-014".to_owned())) };
    let empty = OutlookPage {
        entries: Vec::new(),
        held: Vec::new(),
        after: None,
        ..outlook_page(outlook::Of::Customer(id(40), "Albers & Söhne Tischlerei".to_owned()))
    };
    let mut shown = schedule_pages(frame);
    shown.extend(settings_pages(frame));
    shown.extend([
        show("console/change", change::page(frame, &owner, &change_page())),
        show("console/change-nothing", change::page(frame, &owner, &nothing)),
        show("console/change-german", change::page(&german(), &owner, &change_page())),
        show("console/outlook", outlook::page(frame, &owner, &outlook_page(outlook::Of::Everything))),
        show("console/outlook-invoice", outlook::page(frame, &owner, &one)),
        show("console/outlook-empty", outlook::page(frame, &owner, &empty)),
    ]);
    shown
}
