//! The business's pages.

use domain::invoice::{InvoiceStatus, IssueError, VoidError};
use domain::task::TaskKind;

use crate::console::Done;
use crate::console::invoice::Refusal;
use crate::words::{
    BankWords, ConsoleWords, CustomerWords, DemoWords, InvitationWords, InvoiceFormWords, MembersWords,
    SettingsWords, SetupWords, SignInWords, TodayWords,
};

pub(super) const CONSOLE: ConsoleWords = ConsoleWords {
    navigation: "Main",
    today: "Today",
    invoices: "Invoices",
    customers: "Customers",
    members: "Members",
    settings: "Settings",
    sign_out: "Sign out",
    invoice: "Invoice",
    customer: "Customer",
    state: "State",
    next: "Next",
    open: "Open",
    receives: "Invoices go to",
    draft_without_number: "Draft",
    new_invoice: "New invoice",
    new_customer: "New customer",
    no_invoices_yet: "No invoices yet. Write the first one, and Dunlin follows up on it.",
    no_customers_yet: "No customers yet. Add the first one, then write them an invoice.",
    nothing_found: "Nothing found. Try fewer words, or another state.",
    more: "Show more",
    all: "All",
    by_state: "By state",
    search: "Search",
    search_invoices: "Search by number, title or customer",
    search_customers: "Search by name or e-mail address",
    save: "Save",
    cancel: "Cancel",
    edit: "Edit",
    issue: "Issue this invoice",
    issue_what: "It gets its number and dates, can no longer be changed, and Dunlin starts to follow up on it.",
    void: "Void this invoice",
    void_what: "The customer owes nothing from it any more and hears no more about it. Its number stays used. \
                This cannot be undone.",
    discard: "Discard this draft",
    discard_what: "The draft is gone for good. Nobody but you has seen it.",
    portal_link: "Portal link",
    portal_links: "Portal links",
    mint_link: "Make a link to hand over",
    fresh_link: "Here is the link",
    fresh_link_hint: "Copy it now: it is shown this once. Whoever holds it can see and pay this invoice.",
    opened: "Opened",
    not_opened: "Not opened yet",
    valid_until: "valid until",
    revoke: "Revoke",
    done: |done| match done {
        Done::Saved => "Saved.",
        Done::Issued => "Issued. Dunlin follows up on it from here.",
        Done::Voided => "Voided. The customer hears no more about it.",
        Done::Discarded => "The draft is gone.",
        Done::Invited => "The invitation is on its way. It is good for 7 days.",
        Done::MemberChanged => "Changed.",
        Done::GatewaySet => "Saved. It is stored sealed and never shown again.",
        Done::LinkRevoked => "Revoked. The link opens nothing any more.",
        Done::TaskResolved => "Done.",
        Done::TestSent => "Sent to your own address.",
        Done::Held => "Held. Nothing more is sent about it until the hold ends.",
        Done::HoldEnded => "The follow-up goes on where it was.",
        Done::Approved => "Approved. It goes out in the next open hour.",
        Done::ContactNoted => "Noted. The next reminder keeps its distance from it.",
        Done::SentNow => "On its way.",
        Done::Released => "Released. Dunlin follows up from here.",
        Done::PaymentRecorded => "Recorded. The receipt is on its way.",
        Done::Refunded => "The refund is on its way. The customer gets a notice.",
        Done::RefundAsked => {
            "Stripe has not answered yet. It is asked again until it is clear, and never twice."
        }
        Done::PaymentTakenBack => "Taken back. What it paid for is open again.",
        Done::CreditUsed => "Used for the invoices.",
        Done::WrittenOff => "Written off. Nobody is asked for it any more.",
        Done::CreditNoteIssued => "Issued. The customer gets the credit note by mail.",
        Done::BankStatementImported => {
            "Imported. What could not be mistaken is booked; the rest waits below."
        }
        Done::TimeMoved => "Business time was moved on. Reminders that fell due are going out now.",
        Done::SignedOut => "You are signed out.",
    },
    refusal: |refusal| match refusal {
        Refusal::Issue(error) => match error {
            IssueError::NotADraft(InvoiceStatus::Void) => "It is void, so it cannot be issued.".to_owned(),
            IssueError::NotADraft(_) => "It is issued already.".to_owned(),
            IssueError::NoLines => "It has no lines yet. Edit it and add what it is for.".to_owned(),
            IssueError::TooManyLines => "It has too many lines. Split it into two invoices.".to_owned(),
            IssueError::NegativeLine => {
                "One of its lines is below zero. Edit it; a reduction is a lower price.".to_owned()
            }
            IssueError::NothingToPay => {
                "It comes to nothing. Edit it so that there is an amount to pay.".to_owned()
            }
            IssueError::Money(_) => {
                "Its amounts are larger than Dunlin calculates with. Split it.".to_owned()
            }
        },
        Refusal::Void(error) => match error {
            VoidError::NotIssued(InvoiceStatus::Void) => "It is void already.".to_owned(),
            VoidError::NotIssued(_) => "It was never issued. Discard the draft instead.".to_owned(),
            VoidError::PartlyPaid => "Money has come in for it already, so it cannot be voided.".to_owned(),
            VoidError::PaymentInFlight => {
                "A payment for it is under way. Wait until that is over, then look again.".to_owned()
            }
        },
        Refusal::NotNow { .. } => "It cannot be sent now.".to_owned(),
        Refusal::Changed => {
            "Someone else changed it meanwhile. This is how it is now; look at it, then try again.".to_owned()
        }
    },
    overdue_count: |count| if count == 1 { "1 overdue".to_owned() } else { format!("{count} overdue") },
};

pub(super) const TODAY: TodayWords = TodayWords {
    open: "Open",
    overdue: "Overdue",
    received: "Received in 30 days",
    tasks: "Needs you",
    messages: "Messages to look at",
    overdue_invoices: "Overdue invoices",
    nothing: "Nothing needs you.",
    finish: "Done",
    due: |when| format!("by {when}"),
    lacks_gateway: "Customers cannot pay online yet",
    lacks_gateway_body: "Dunlin collects through your own Stripe account. It needs a key for it.",
    set_up_gateway: "Set up Stripe",
    upcoming: |count, first| match count {
        1 => format!("1 reminder goes out next, {first}."),
        count => format!("{count} reminders go out next, the first {first}."),
    },
};

pub(super) fn task(kind: TaskKind) -> (&'static str, &'static str) {
    match kind {
        TaskKind::Call => {
            ("Call", "Writing has not helped. A call often does; say what was agreed on the invoice.")
        }
        TaskKind::HandOff => {
            ("Decide", "All reminders were said. Decide whether to hand this to an agency or lawyer.")
        }
        TaskKind::FollowUp => ("To do", "A step of the schedule asks for something inside the business."),
        TaskKind::ApproveStep => (
            "Approve a reminder",
            "For this customer a person looks before this is said. Approve it, or hold it.",
        ),
        TaskKind::ReviewHold => (
            "Look at a hold",
            "The date of a hold has come. It holds on until you end it or name a new date.",
        ),
        TaskKind::ReleaseParked => (
            "Release the follow-up",
            "Invoices came by import or from a backup. Nothing is sent about them until you have looked.",
        ),
        TaskKind::PostLetter => ("Post a letter", "It is written. Print it, post it, and tick it off here."),
        TaskKind::NeverOpen => (
            "Hours that never open",
            "Business hours and the rules for this customer leave no moment to write. Change the hours.",
        ),
        TaskKind::AnswerCustomer => ("Answer", "The customer wrote. Read it on the timeline and answer."),
        TaskKind::UnappliedMoney => {
            ("Money to match", "Money came in that matches no invoice. See whom it is from.")
        }
        TaskKind::PaymentMismatch => (
            "Payment to check",
            "A payment is not what was asked for. The money is booked, but to no invoice.",
        ),
        TaskKind::MoneyReturned => {
            ("Money went back", "A refund or dispute happened at Stripe. Look at it there.")
        }
        TaskKind::AnswerDispute => (
            "Answer a dispute",
            "A customer contests a payment with their bank. Answer it at Stripe in time, or the bank decides without you.",
        ),
        TaskKind::AutopayFailed => (
            "Automatic payment failed",
            "The customer's bank does not pay any more, or they could not be told. They were written to; see that they pay in another way.",
        ),
        TaskKind::FindContact => {
            ("Find a contact", "There is nobody to write to. Find the right person and add them.")
        }
        TaskKind::MessageUncertain => (
            "Did it arrive?",
            "The connection broke while a message was handed over. It is not sent again by itself.",
        ),
        TaskKind::MessageFailed => {
            ("Message refused", "The other mail server refused a message. Check the address.")
        }
        TaskKind::ReviewDraft => (
            "Issue a draft",
            "A recurring invoice left it for you. Look at it, then issue it or throw it away.",
        ),
        TaskKind::RecurringMissed => (
            "Decide about missed invoices",
            "Dates of a recurring invoice passed without one. Say which are still to be written.",
        ),
        TaskKind::RecurringFailed => (
            "Recurring invoice not written",
            "It could not be written and waits. See what keeps it, then let it try again.",
        ),
        TaskKind::EventStuck => {
            ("Stripe event stuck", "An event from Stripe could not be worked off. See the log.")
        }
    }
}

pub(super) const INVOICE_FORM: InvoiceFormWords = InvoiceFormWords {
    new: "New invoice",
    edit: "Edit draft",
    about: "What it is about",
    choose_customer: "Choose a customer",
    title_hint: "Customers see it first: \"Kitchen renovation, March\".",
    net_days_hint: "Counted from the issue date.",
    lines: "Lines",
    add_line: "Add another line",
    remove: "Remove",
    more: "Details, period, project",
    more_undated: "Details, project",
    save: "Save draft",
    not_sent_yet: "Saving sends nothing. You issue the invoice on its own page.",
    conflict: "Someone else saved meanwhile",
    conflict_body: "What you typed still stands below. Saving again replaces theirs with yours.",
    see_theirs: "See theirs in a new window",
    line: |number| format!("Line {number}"),
    units: &["hour", "day", "piece", "project", "month", "km"],
    comes_to: |net, tax, total| format!("{net} and {tax} tax come to {total}."),
};

pub(super) const CUSTOMER: CustomerWords = CustomerWords {
    new: "New customer",
    edit: "Edit customer",
    kind: "Kind",
    company: "Company",
    consumer: "Consumer",
    contacts: "Contacts",
    receives_invoices: "Receives invoices",
    suppressed: "Takes no mail",
    add_contact: "Add a contact",
    save_contact: "Save contact",
    edit_contact: "Edit contact",
    remove_contact: "Remove this contact",
    remove_contact_what: "Nothing more is sent to them. What was sent stays on record.",
    mint_link: "Make a link to all their open invoices",
    fresh_link_hint: "Copy it now: it is shown this once. Whoever holds it can see and pay all of this customer's invoices.",
    first_contact: "Who receives their invoices",
    first_contact_hint: "Reminders go to this person, at their time of day.",
    address_hint: "Street, place and postcode, a line each.",
    phone_hint: "With the country code, like +49 30 901820.",
    zone_hint: "Type the nearest large city, like Europe/Berlin. It decides at what hour mails arrive.",
    same_locale: "Like the customer",
    no_invoices: "No invoices yet.",
    no_agreed_method: "Nothing agreed",
    agreed_method_hint: "The pay page offers it first.",
    net_days_hint: "Left empty, it is what the settings say.",
    days: |days| if days == 1 { "1 day".to_owned() } else { format!("{days} days") },
};

pub(super) const MEMBERS: MembersWords = MembersWords {
    active: "Active",
    invited: "Invited",
    disabled: "No access",
    enable: "Give access again",
    disable: "Take access away",
    you: "(you)",
    change: "Change",
    invite: "Invite someone",
    invite_hint: "They get a mail with a link that is good for 7 days, and choose their own password.",
    send: "Send invitation",
    sign_out_everywhere: "Sign out everywhere",
    sign_out_everywhere_hint: "Ends all your sessions, on this device and others.",
    role_of: |name| format!("Role of {name}"),
};

pub(super) const SETTINGS: SettingsWords = SettingsWords {
    business: "Business",
    mail: "Mail",
    sender_hint: "Mails come from this name.",
    reply_hint: "Replies go to this address. A person should read them.",
    invoices: "Invoices",
    locale_hint: "For new customers. Your own pages follow your browser.",
    methods: "Companies may pay by",
    consumer_methods: "Consumers may pay by",
    transfer_kept: "Transfer to an account that Stripe keeps for each customer",
    methods_hint: "An invoice offers those of them that exist in its currency and the customer's country and are set up. What you \
                   switch off is no longer offered, on open invoices either.",
    stripe: "Stripe",
    key_none: "No key set: customers cannot pay online",
    key_hint: "A restricted key is enough. It is stored sealed and never shown again.",
    set_key: "Set key",
    webhook_none: "No webhook secret: payments show up within minutes instead of seconds",
    webhook_one: "Webhooks are verified",
    webhook_two: "Two secrets are accepted while Stripe changes over",
    webhook_url: "Endpoint for Stripe",
    webhook_hint: "Add it in the Stripe dashboard, then enter the signing secret it shows.",
    secret_hint: "A new secret is accepted beside the old one until you drop the old one.",
    set_secret: "Add secret",
    drop_old: "Drop the old secret",
    key_live: |ends_in| format!("Live key ending in {ends_in}: real money moves"),
    key_test: |ends_in| format!("Test key ending in {ends_in}: no real money moves"),
};

pub(super) const SETUP: SetupWords = SetupWords {
    title: "Set up Dunlin",
    body: "This makes your business and you its owner. It happens once; afterwards this page is locked.",
    business: "Business",
    owner: "You",
    your_name: "Your name",
    currency_hint: "For new invoices. Each can have its own.",
    zone_hint: "Due dates are days of this zone. Type the nearest large city, like Europe/Berlin.",
    locale_hint: "For new customers, unless you choose another for them.",
    password_hint: "At least 12 characters. A few words that do not belong together are good.",
    button: "Set up Dunlin",
};

pub(super) const SIGN_IN: SignInWords =
    SignInWords { title: "Sign in", button: "Sign in", demo: "This is a demo. Sign in with" };

pub(super) const INVITATION: InvitationWords = InvitationWords {
    button: "Join",
    title: |business| format!("Join {business}"),
    body: |role, meaning| format!("You are invited as {}: {meaning}.", role.to_lowercase()),
};

pub(super) const DEMO: DemoWords = DemoWords {
    label: "Demo",
    one_day: "Move on a day",
    one_week: "a week",
    one_month: "a month",
    one_week_asleep: "a week, switched off",
    mailbox: "Mailbox",
    bank_statement: "A sample (CSV), made of what is open now",
    date: |date| format!("business date {date}"),
};

pub(super) const BANK: BankWords = BankWords {
    title: "Bank accounts",
    intro: "Customers who choose bank transfer see the account of their invoice's currency, with a reference that finds \
            the invoice again.",
    none: "No account yet: bank transfer to you is not offered.",
    add: "Add or replace an account",
    add_hint: "One for each currency. An account that is there already is replaced.",
    routing_hint: "Only for an account without an IBAN.",
    remove: "Remove",
    remove_what: "Transfers in this currency are no longer offered. What is on its way arrives all the same.",
};
