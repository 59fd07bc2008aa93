//! The business's pages: what needs a person, and everything that was said, sent and paid.

use domain::call::Outcome;
use domain::event::{ActorKind, EventKind};
use domain::hold::{HoldEnd, HoldKind};
use domain::message::{Channel, MessageKind};
use domain::payment::{FailureCode, Method};
use domain::role::{Permission, Role};
use domain::schedule::StepId;
use domain::time::{self, Timestamp, Zone};
use domain::{Date, InvoiceId, Locale, MessageId, Money};
use leptos::prelude::*;

use crate::components::{Look, mark, notice};
use crate::form::hidden;
use crate::frame::{Frame, Head, Scripts, document};
use crate::words::Words;

pub mod bank_accounts;
pub mod bank_statements;
pub mod change;
pub mod contact;
pub mod contact_form;
pub mod credit_note;
pub mod customer;
pub mod customer_form;
pub mod customer_terms;
pub mod customers;
pub mod following_up;
pub mod groups;
pub mod handling;
pub mod holds;
pub mod invitation;
pub mod invoice;
pub mod invoice_form;
pub mod invoices;
pub mod members;
pub mod message;
pub mod messages;
pub mod money;
pub mod outlook;
pub mod parked;
pub mod recurring;
pub mod recurring_form;
pub mod schedule;
pub mod schedules;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod statement;
mod steps;
pub mod texts;
mod timeline;
pub mod today;

/// Who is signed in, and what stands around every page of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The business.
    pub business: String,
    /// The member's name.
    pub member: String,
    /// What they may do.
    pub role: Role,
    /// The business's zone, in which times are shown.
    pub zone: Zone,
    /// Today there.
    pub today: Date,
    /// In demo mode, the bar that moves business time.
    pub demo: Option<Demo>,
    /// What was just done, told once after the redirect.
    pub done: Option<Done>,
}

impl Signed {
    /// Whether the member may do that.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission)
    }
}

/// What the demo's bar needs. The date it shows is [`Signed::today`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// Where the mails of the demo can be read.
    pub mailbox: Option<String>,
    /// The page to come back to.
    pub here: String,
}

/// What was done before the redirect to a page; the page says so once. The address carries the name: `?done=saved`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// What was typed is kept.
    Saved,
    /// A draft became an invoice.
    Issued,
    /// An invoice was taken back.
    Voided,
    /// A draft was thrown away.
    Discarded,
    /// An invitation is on its way.
    Invited,
    /// A member's role or access was changed.
    MemberChanged,
    /// The payment provider's key or a webhook secret was set or taken away.
    GatewaySet,
    /// A portal link was taken back.
    LinkRevoked,
    /// Something that waited for a person is finished.
    TaskResolved,
    /// A text that a member tries out is on its way to them.
    TestSent,
    /// The follow-up is held.
    Held,
    /// A hold ended.
    HoldEnded,
    /// A step was approved.
    Approved,
    /// A contact somebody made was noted.
    ContactNoted,
    /// The next step was said at once.
    SentNow,
    /// What was parked is followed up from now on.
    Released,
    /// A payment was written down.
    PaymentRecorded,
    /// A payment was taken back.
    PaymentTakenBack,
    /// A payment is on its way back.
    Refunded,
    /// A payment is to go back, and the provider has not answered yet.
    RefundAsked,
    /// Credit was applied.
    CreditUsed,
    /// What was open was given up.
    WrittenOff,
    /// An invoice was made smaller.
    CreditNoteIssued,
    /// A bank statement was imported.
    BankStatementImported,
    /// Business time was moved on.
    TimeMoved,
    /// Signed out, here or everywhere.
    SignedOut,
}

impl Done {
    /// Everything that can have been done.
    pub const ALL: &'static [Self] = &[
        Self::Saved,
        Self::Issued,
        Self::Voided,
        Self::Discarded,
        Self::Invited,
        Self::MemberChanged,
        Self::GatewaySet,
        Self::LinkRevoked,
        Self::TaskResolved,
        Self::TestSent,
        Self::Held,
        Self::HoldEnded,
        Self::Approved,
        Self::ContactNoted,
        Self::SentNow,
        Self::Released,
        Self::PaymentRecorded,
        Self::PaymentTakenBack,
        Self::Refunded,
        Self::RefundAsked,
        Self::CreditUsed,
        Self::WrittenOff,
        Self::CreditNoteIssued,
        Self::BankStatementImported,
        Self::TimeMoved,
        Self::SignedOut,
    ];

    /// The name in the address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Issued => "issued",
            Self::Voided => "voided",
            Self::Discarded => "discarded",
            Self::Invited => "invited",
            Self::MemberChanged => "member",
            Self::GatewaySet => "gateway",
            Self::LinkRevoked => "link-revoked",
            Self::TaskResolved => "task",
            Self::TestSent => "test-sent",
            Self::Held => "held",
            Self::HoldEnded => "hold-ended",
            Self::Approved => "approved",
            Self::ContactNoted => "contact-noted",
            Self::SentNow => "sent-now",
            Self::Released => "released",
            Self::PaymentRecorded => "payment",
            Self::PaymentTakenBack => "taken-back",
            Self::Refunded => "refunded",
            Self::RefundAsked => "refund-asked",
            Self::CreditUsed => "credit",
            Self::WrittenOff => "written-off",
            Self::CreditNoteIssued => "credit-note",
            Self::BankStatementImported => "bank-statement",
            Self::TimeMoved => "time",
            Self::SignedOut => "signed-out",
        }
    }

    /// What an address names. Anything else is ignored: the address is anyone's to write.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|done| done.name() == name)
    }
}

/// One thing that happened, in whatever channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub actor: ActorKind,
    /// Their name, where there is one.
    pub actor_name: Option<String>,
    /// What else is known of it.
    pub facts: EventFacts,
}

/// What is known of something that happened; each kind of event has some of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFacts {
    /// How much.
    pub amount: Option<Money>,
    /// How it was paid, or to be paid.
    pub method: Option<Method>,
    /// Why a payment failed.
    pub failure: Option<FailureCode>,
    /// Who was written to, as a name or an address.
    pub to: Option<String>,
    /// The way it concerns.
    pub channel: Option<Channel>,
    /// The message, to look at it.
    pub message: Option<MessageId>,
    /// What the message was for.
    pub message_kind: Option<MessageKind>,
    /// The step it spoke of.
    pub step: Option<StepId>,
    /// The invoices it is about, where the timeline is about more than one.
    pub invoices: Vec<(InvoiceId, String)>,
    /// Why the follow-up is held.
    pub hold: Option<HoldKind>,
    /// Why it goes on.
    pub hold_end: Option<HoldEnd>,
    /// The day something lasts to.
    pub until: Option<Date>,
    /// Whether a call became a conversation.
    pub spoke: Option<bool>,
    /// How a call went.
    pub call: Option<Outcome>,
    /// A word of whoever did it.
    pub note: Option<String>,
}

/// The parts of the console, as its navigation names them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Today,
    Invoices,
    Customers,
    Money,
    Messages,
    Members,
    Settings,
}

impl Section {
    const ALL: [Self; 7] = [
        Self::Today,
        Self::Invoices,
        Self::Customers,
        Self::Money,
        Self::Messages,
        Self::Members,
        Self::Settings,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Today => "/console",
            Self::Invoices => "/console/invoices",
            Self::Customers => "/console/customers",
            Self::Money => money::PATH,
            Self::Messages => "/console/messages",
            Self::Members => "/console/members",
            Self::Settings => "/console/settings",
        }
    }

    const fn name(self, words: &Words) -> &'static str {
        match self {
            Self::Today => words.console.today,
            Self::Invoices => words.console.invoices,
            Self::Customers => words.console.customers,
            Self::Money => words.money.title,
            Self::Messages => words.handling.messages,
            Self::Members => words.console.members,
            Self::Settings => words.console.settings,
        }
    }
}

/// The parts of the settings, as their tabs name them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingsTab {
    Business,
    Bank,
    FollowingUp,
    Schedules,
    Texts,
    Groups,
}

/// The way between the parts of the settings.
pub(crate) fn settings_tabs(current: SettingsTab, words: &'static Words) -> AnyView {
    let tabs = [
        (SettingsTab::Business, "/console/settings", words.settings.business),
        (SettingsTab::Bank, bank_accounts::PATH, words.bank.title),
        (SettingsTab::FollowingUp, "/console/settings/following-up", words.following_up.title),
        (SettingsTab::Schedules, "/console/schedules", words.schedules.title),
        (SettingsTab::Texts, "/console/settings/texts", words.texts.title),
        (SettingsTab::Groups, "/console/groups", words.following_up.groups),
    ];
    let links = tabs.map(|(tab, href, name)| {
        let current = (tab == current).then_some("page");
        view! { <a href=href aria-current=current>{name}</a> }
    });
    view! { <nav class="tabs" aria-label=words.console.settings>{links.into_iter().collect_view()}</nav> }
        .into_any()
}

/// A page of the console for someone signed in. `refused` says in the tab that something is wrong.
pub(crate) fn page<V: IntoView + 'static>(
    frame: &Frame,
    signed: &Signed,
    section: Section,
    title: &str,
    refused: bool,
    content: impl FnOnce() -> V,
) -> String {
    let words = frame.words();
    let prefix = if refused { words.form.problems_prefix } else { "" };
    let head = Head {
        title: format!("{prefix}{title} · {} · Dunlin", signed.business),
        body_class: "console",
        scripts: Scripts::Copy,
    };
    let links = Section::ALL.map(|linked| {
        let current = (linked == section).then_some("page");
        view! { <li><a href=linked.path() aria-current=current>{linked.name(words)}</a></li> }
    });
    let Signed { business, member, role, .. } = signed.clone();
    let demo = signed.demo.as_ref().map(|demo| demo_bar(demo, signed.today, words, frame.locale));
    let done = signed.done.map(|done| {
        view! { <div role="status">{notice(Look::Done, (words.console.done)(done), ())}</div> }
    });
    document(frame, head, move || {
        view! {
            <div class="top">
                {demo}
                <header class="masthead">
                    <a class="home" href="/console">{mark()}<span>{business}</span></a>
                    <nav aria-label=words.console.navigation><ul>{links.into_iter().collect_view()}</ul></nav>
                    <form class="who" method="post" action="/sign-out">
                        <span class="small soft"><b>{member}</b><span>{(words.role_name)(role)}</span></span>
                        <button class="button plain">{words.console.sign_out}</button>
                    </form>
                </header>
            </div>
            <main id="content">{done}{content()}</main>
            <footer class="foot"><span>{words.frame.tagline}</span></footer>
        }
    })
}

/// A page of the console for someone who is not signed in.
pub(crate) fn door<V: IntoView + 'static>(
    frame: &Frame,
    title: &str,
    refused: bool,
    content: impl FnOnce() -> V,
) -> String {
    let words = frame.words();
    let prefix = if refused { words.form.problems_prefix } else { "" };
    let head =
        Head { title: format!("{prefix}{title} · Dunlin"), body_class: "door", scripts: Scripts::None };
    document(frame, head, move || {
        view! {
            <header class="letterhead">{mark()}<span class="from">"Dunlin"</span></header>
            <main id="content" class="narrow">{content()}</main>
            <footer class="foot"><span>{words.frame.tagline}</span></footer>
        }
    })
}

/// "Demo · business date Tuesday 3 March 2026": moves business time on, and leads to the mailbox.
fn demo_bar(demo: &Demo, today: Date, words: &'static Words, locale: Locale) -> AnyView {
    let step = |days: &'static str, asleep: bool, label: &'static str| {
        view! {
            <form method="post" action="/demo/advance">
                {hidden("days", days)}
                {asleep.then(|| hidden("asleep", "yes"))}
                {hidden("back", demo.here.clone())}
                <button class="button plain">{label}</button>
            </form>
        }
    };
    let mailbox = demo.mailbox.clone().map(|href| view! { <a href=href>{words.demo.mailbox}</a> });
    view! {
        <aside class="demo" aria-label=words.demo.label>
            <p><strong>{words.demo.label}</strong>" · "{(words.demo.date)(&locale.date_full(today))}</p>
            <div class="moves">
                {step("1", false, words.demo.one_day)}
                {step("7", false, words.demo.one_week)}
                {step("30", false, words.demo.one_month)}
                {step("7", true, words.demo.one_week_asleep)}
                {mailbox}
            </div>
        </aside>
    }
    .into_any()
}

/// A moment in the business's zone: "3 Mar 2026, 14:05".
pub(crate) fn moment(at: Timestamp, zone: Zone, locale: Locale) -> String {
    let local = time::local(at, zone);
    format!("{}, {}", locale.date_medium(local.date()), locale.time(local.time()))
}

/// A moment of these days: "Tue 3 Mar 10:00".
pub(crate) fn moment_near(at: Timestamp, zone: Zone, locale: Locale) -> String {
    let local = time::local(at, zone);
    format!("{} {}", locale.date_weekday_short(local.date()), locale.time(local.time()))
}

/// A moment as an element that machines read too.
pub(crate) fn moment_view(at: Timestamp, zone: Zone, locale: Locale) -> AnyView {
    let machine = at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    view! { <time datetime=machine>{moment(at, zone, locale)}</time> }.into_any()
}
