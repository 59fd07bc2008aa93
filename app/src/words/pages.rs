//! The phrases of the pages, by area. What each says stands in a language's folder; here stands what it is given.

use domain::alarm::Alarm;
use domain::bank::statement::Why;
use domain::call::Outcome;
use domain::dispute::DisputeStage;
use domain::event::{ActorKind, EventKind};
use domain::follow_up::Consequence;
use domain::hold::HoldKind;
use domain::invoice::StandingName;
use domain::message::{Channel, MessageKind, MessageState};
use domain::payment::{FailureCode, Method};
use domain::recurring::{Covers, Cycle, RecurringState};
use domain::refund::RefundState;
use domain::role::Role;
use domain::schedule::{Decision, DoneReason, HoldReason, Tone};
use domain::sms::ConsentSource;
use domain::statement::sending::StatementTerm;
use domain::statement::{Age, What};
use domain::task::TaskKind;
use domain::time::RelativeDay;
use domain::wording::{Case, Trouble, Variable};
use domain::{Country, Currency, FieldProblem, Language, Locale};

use crate::console::invoice::{NotNow, Refusal};
use crate::console::statement::NotSent;
use crate::console::{Done, EventFacts};
use crate::portal::pay::PayTrouble;
use crate::portal::saved_methods::Told as SavedTold;
use crate::problem::Problem;

/// Every phrase of one language.
pub struct Words {
    /// Around every page.
    pub frame: FrameWords,
    /// Around every form.
    pub form: FormWords,
    /// The label of a field, by the field's name: for a line's the last part of it. Empty for a name no form
    /// has.
    pub field_label: fn(name: &str) -> &'static str,
    /// What to do about a field.
    pub problem: fn(&FieldProblem, Locale) -> String,
    /// "in 3 days", "12 days ago".
    pub relative_day: fn(RelativeDay) -> String,
    /// "a, b and c".
    pub list: fn(&[&str]) -> String,
    /// How an invoice stands, in one or two words.
    pub standing: fn(StandingName) -> &'static str,
    /// A way to pay.
    pub method_name: fn(Method) -> &'static str,
    /// The same within a sentence.
    pub method_in_sentence: fn(Method) -> &'static str,
    /// What choosing it means.
    pub method_meaning: fn(Method) -> &'static str,
    /// Why a payment failed.
    pub failure: fn(FailureCode) -> &'static str,
    /// What a member is.
    pub role_name: fn(Role) -> &'static str,
    /// What that lets them do.
    pub role_meaning: fn(Role) -> &'static str,
    /// A country, as it stands in an address; `None` for those that the code stands for.
    pub country_name: fn(Country) -> Option<&'static str>,
    /// A language and region.
    pub locale_name: fn(Locale) -> &'static str,
    /// What needs a person: title, and what to do.
    pub task: fn(TaskKind) -> (&'static str, &'static str),
    /// A page that cannot be shown: title, and what to do.
    pub problem_page: fn(Problem) -> (String, String),
    /// The invoice itself.
    pub invoice: InvoiceWords,
    /// The customer's invoice page.
    pub portal: PortalWords,
    /// All open invoices of the customer.
    pub open_invoices: OpenInvoicesWords,
    /// Choosing how and how much.
    pub pay: PayWords,
    /// The same for several invoices at once.
    pub pay_several: PaySeveralWords,
    /// More than can still be paid: asked once.
    pub more_than_open: MoreThanOpenWords,
    /// Back from the provider.
    pub returned: ReturnedWords,
    /// A link that ended.
    pub expired: ExpiredWords,
    /// A fresh link on its way.
    pub renewed: RenewedWords,
    /// The code that proves who holds the link.
    pub code: CodeWords,
    /// What the customer keeps for later.
    pub saved_methods: SavedMethodsWords,
    /// What is charged by itself.
    pub autopay: AutopayWords,
    /// The business's pages.
    pub console: ConsoleWords,
    /// What needs a person.
    pub today: TodayWords,
    /// What is said next, and why.
    pub follow_up: FollowUpWords,
    /// What people do about following up.
    pub handling: HandlingWords,
    /// What happened.
    pub timeline: TimelineWords,
    /// Writing a draft.
    pub invoice_form: InvoiceFormWords,
    /// One customer.
    pub customer: CustomerWords,
    /// How a contact is reached.
    pub contact: ContactWords,
    /// The same, as they see it themselves.
    pub way_out: WayOutWords,
    /// The people of the business.
    pub members: MembersWords,
    /// The business's own data.
    pub settings: SettingsWords,
    /// The business's own bank accounts.
    pub bank: BankWords,
    /// Bank statements.
    pub bank_statements: BankStatementsWords,
    /// Recurring invoices.
    pub recurring: RecurringWords,
    /// Money that does not come through the provider.
    pub money: MoneyWords,
    /// A customer's statement.
    pub statement: StatementWords,
    /// Credit notes.
    pub credit_note: CreditNoteWords,
    /// What customers read.
    pub texts: TextsWords,
    /// Schedules and their steps.
    pub schedules: SchedulesWords,
    /// What a change would do, before it is saved.
    pub change: ChangeWords,
    /// What is going to be said.
    pub outlook: OutlookWords,
    /// How customers are followed up, beside the schedule.
    pub following_up: FollowingUpWords,
    /// One message.
    pub message: MessageWords,
    /// The first run.
    pub setup: SetupWords,
    /// Signing in.
    pub sign_in: SignInWords,
    /// Accepting an invitation.
    pub invitation: InvitationWords,
    /// The demo's bar.
    pub demo: DemoWords,
}

impl Words {
    /// Every plain text by its area and name, for whoever compares two languages.
    pub fn texts(&self) -> impl Iterator<Item = (String, &'static str)> + use<> {
        let areas = [
            ("frame", self.frame.texts()),
            ("form", self.form.texts()),
            ("invoice", self.invoice.texts()),
            ("portal", self.portal.texts()),
            ("open_invoices", self.open_invoices.texts()),
            ("pay", self.pay.texts()),
            ("pay_several", self.pay_several.texts()),
            ("more_than_open", self.more_than_open.texts()),
            ("returned", self.returned.texts()),
            ("expired", self.expired.texts()),
            ("renewed", self.renewed.texts()),
            ("code", self.code.texts()),
            ("saved_methods", self.saved_methods.texts()),
            ("autopay", self.autopay.texts()),
            ("console", self.console.texts()),
            ("today", self.today.texts()),
            ("follow_up", self.follow_up.texts()),
            ("handling", self.handling.texts()),
            ("timeline", self.timeline.texts()),
            ("invoice_form", self.invoice_form.texts()),
            ("customer", self.customer.texts()),
            ("contact", self.contact.texts()),
            ("way_out", self.way_out.texts()),
            ("members", self.members.texts()),
            ("settings", self.settings.texts()),
            ("bank", self.bank.texts()),
            ("bank_statements", self.bank_statements.texts()),
            ("recurring", self.recurring.texts()),
            ("money", self.money.texts()),
            ("statement", self.statement.texts()),
            ("credit_note", self.credit_note.texts()),
            ("texts", self.texts.texts()),
            ("schedules", self.schedules.texts()),
            ("change", self.change.texts()),
            ("outlook", self.outlook.texts()),
            ("following_up", self.following_up.texts()),
            ("message", self.message.texts()),
            ("setup", self.setup.texts()),
            ("sign_in", self.sign_in.texts()),
            ("invitation", self.invitation.texts()),
            ("demo", self.demo.texts()),
        ];
        areas.into_iter().flat_map(|(area, texts)| {
            texts.into_iter().map(move |(name, text)| (format!("{area}.{name}"), text))
        })
    }
}

/// Declares the phrases of an area: plain texts first, then those with something in them.
macro_rules! areas {
    ($($(#[$doc:meta])* $name:ident { $($text:ident,)* ; $($phrase:ident: $kind:ty,)* })+) => { $(
        $(#[$doc])*
        #[expect(missing_docs, reason = "the phrases in a language's folder say what they are")]
        pub struct $name { $(pub $text: &'static str,)* $(pub $phrase: $kind,)* }

        impl $name {
            /// The plain texts by their names.
            fn texts(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($text), self.$text),)*]
            }
        }
    )+ };
}

areas! {
    /// Around every page.
    FrameWords { skip_to_content, via, tagline, copy, copied, ; }

    /// Around every form.
    FormWords {
        optional, problems_title, problems_prefix, ;
        of_line: fn(label: &str, number: usize) -> String,
    }

    /// The invoice itself.
    InvoiceWords {
        sheet_label, lines_caption, from, to, number, issued_on, due_on, purchase_order, project, description, quantity,
        unit_price, amount, subtotal, total, written_off, terms, no_late_charge, ;
        numbered: fn(number: &str) -> String,
        tax_number: fn(number: &str) -> String,
        period: fn(from: &str, to: &str) -> String,
        tax: fn(rate: &str, net: &str) -> String,
        received: fn(on: &str, method: Option<&str>) -> String,
        payable_within: fn(days: u16) -> String,
        methods: fn(methods: &str) -> String,
    }

    /// The customer's invoice page.
    PortalWords {
        open_amount, paid_amount, total_amount, more_time, something_wrong, void_title, void_body, closed_title,
        closed_body, paid_title, nothing_to_do, see_all, everything,
        everything_body, ;
        due: fn(date_and_distance: &str) -> String,
        pay: fn(amount: &str) -> String,
        paid_of: fn(paid: &str, total: &str) -> String,
        paid_on: fn(date: &str) -> String,
        processing_title: fn(amount: &str) -> String,
        processing_body: fn(about: Option<&str>) -> String,
        other_invoices: fn(count: usize, total: Option<&str>) -> String,
        both_write_to: fn(business: &str) -> String,
        call_instead: fn(business: &str) -> String,
        more_time_subject: fn(number: &str) -> String,
        wrong_subject: fn(number: &str) -> String,
    }

    /// All open invoices of the customer.
    OpenInvoicesWords {
        title, open, recently_paid, nothing_title, nothing_body, see_invoice, more_time_subject, wrong_subject,
        yours, yours_body, arrange, contact_preferences, ;
        summary: fn(count: usize, overdue: usize) -> String,
        issued: fn(date: &str) -> String,
        paid_on: fn(date: &str) -> String,
        of_invoice: fn(number: &str) -> String,
        pay_together: fn(count: usize, amount: &str) -> String,
    }

    /// A customer's statement.
    StatementWords {
        title, show, download, mail, mail_hint, mail_none, send, entries, entry, day, invoice, currency, balance, nothing_happened, credit, ;
        of: fn(customer: &str) -> String,
        opening: fn(date: &str) -> String,
        closing: fn(date: &str) -> String,
        open_on: fn(date: &str) -> String,
        earlier: fn(entries: usize) -> String,
        not_sent: fn(NotSent) -> &'static str,
        days_overdue: fn(days: u32) -> String,
        what: fn(What, number: Option<&str>) -> String,
        age: fn(Age) -> &'static str,
    }

    /// Credit notes.
    CreditNoteWords {
        title, several, total, about, all_credited, hint, issue, ;
        numbered: fn(number: &str) -> String,
        of: fn(number: &str, date: &str) -> String,
        all_of_it: fn(left: &str) -> String,
    }

    /// Choosing how and how much.
    PayWords {
        how, agreed, leads_to_provider, own_bank, own_bank_meaning, own_bank_meaning_several, holder, iban, account, bic, bank, scan, scan_what, amount,
        reference, ;
        routing: fn(of: Currency) -> &'static str,
        title: fn(number: &str) -> String,
        heading: fn(number: &str) -> String,
        back: fn(number: &str) -> String,
        second_payment: fn(left: Option<&str>) -> String,
        trouble: fn(PayTrouble) -> (&'static str, &'static str),
    }

    /// The same for several invoices at once.
    PaySeveralWords {
        title, back, which, only_a_part, part_hint, transfer_how, transfer_then, transfer_then_one, transfer_kept, ;
        only_by: fn(methods: &str) -> String,
        part_of: fn(number: &str) -> String,
        transfer_title: fn(amount: &str) -> String,
    }

    /// More than can still be paid: asked once.
    MoreThanOpenWords {
        title, chosen, open, on_its_way, over, change, ;
        body: fn(excess: &str) -> String,
    }

    /// Back from the provider.
    ReturnedWords {
        paid, processing, checking, failed, not_paid, checking_title, failed_title, not_paid_title, no_reminders,
        nothing_taken, not_paid_body, look_again, try_again, see_all, ;
        paid_title: fn(amount: &str) -> String,
        processing_title: fn(amount: &str) -> String,
        processing_body: fn(about: Option<&str>) -> String,
        checking_body: fn(amount: &str) -> String,
        left_open: fn(number: &str, open: &str) -> String,
        all_paid: fn(number: &str) -> String,
        receipt_to: fn(masked: &str) -> String,
        other_ways: fn(methods: &str) -> String,
        see_invoice: fn(number: &str) -> String,
    }

    /// A link that ended.
    ExpiredWords {
        title, ;
        body: fn(business: &str) -> String,
        button: fn(masked: &str) -> String,
        not_yours: fn(business: &str) -> String,
    }

    /// A fresh link on its way.
    RenewedWords { state, title, no_mail, ; body: fn(masked: &str) -> String, }

    /// The code that proves who holds the link.
    CodeWords {
        title, hint, go_on, nothing_came, nothing_came_body, again, by_mail, by_text, nobody_subject, ;
        sent: fn(masked: &str, minutes: i64) -> String,
        wait: fn(seconds: u32) -> String,
        nobody: fn(business: &str) -> String,
    }

    /// What the customer keeps for later.
    SavedMethodsWords {
        title, none, remove, another, which, leads_to_provider, go_on, of_customer, while_paying, paid_at_once,
        leads_to_either, pay_with_saved, code_first, ;
        intro: fn(business: &str) -> String,
        consent: fn(business: &str) -> String,
        ending: fn(name: &str, digits: &str) -> String,
        expires: fn(month: &str) -> String,
        told: fn(SavedTold) -> (&'static str, &'static str),
    }

    /// What is charged by itself.
    AutopayWords {
        title, turn_on, turn_off, code_first, nothing_announced, paused, of_customer, ;
        what: fn(business: &str) -> String,
        paused_body: fn(business: &str) -> String,
        turn_on_with: fn(method: &str) -> String,
        since: fn(date: &str) -> String,
        will_charge: fn(amount: &str, date: &str) -> String,
        consent: fn(business: &str, method: &str, days: i64) -> String,
    }

    /// The business's pages.
    ConsoleWords {
        navigation, today, invoices, customers, members, settings, sign_out, invoice, customer, state, next, open,
        receives, draft_without_number, new_invoice, new_customer, no_invoices_yet, no_customers_yet, nothing_found,
        more, all, by_state, search, search_invoices, search_customers, save, cancel, edit, issue, issue_what, void,
        void_what, discard, discard_what, portal_link, portal_links, mint_link, fresh_link, fresh_link_hint, opened,
        not_opened, valid_until, revoke, ;
        done: fn(Done) -> &'static str,
        refusal: fn(&Refusal) -> String,
        overdue_count: fn(u32) -> String,
    }

    /// What needs a person.
    TodayWords {
        open, overdue, received, tasks, messages, overdue_invoices, nothing, finish, lacks_gateway, lacks_gateway_body,
        set_up_gateway, ;
        due: fn(when: &str) -> String,
        upcoming: fn(count: u32, first: &str) -> String,
    }

    /// What is said next, and why.
    FollowUpWords {
        ;
        step: fn(id: &str) -> &'static str,
        now: fn(step: &str) -> String,
        later: fn(step: &str, when: &str) -> String,
        held: fn(&HoldReason) -> &'static str,
        done: fn(DoneReason) -> &'static str,
        because: fn(&Decision) -> &'static str,
    }

    /// What people do about following up.
    HandlingWords {
        hold, hold_what, hold_all, hold_all_what, until_hint, place, place_all, holds, no_holds, end, hold_on, hold_on_until,
        everything, wants_review, select_hint, hold_selected, approve, approve_what, read_draft, send_now, send_now_what, contacted,
        contacted_what, now_hint, spoke, note_it, call, call_until_hint, call_finish, read_letter, read_message, find,
        messages, no_messages, any_channel, by_channel, why, parked, parked_what, nothing_parked, release, release_all,
        nothing_foreseen, see_parked, select, see_holds, of_customer, ;
        kind: fn(HoldKind) -> &'static str,
        standing: fn(HoldKind) -> &'static str,
        until: fn(date: &str) -> String,
        by: fn(author: Option<&str>, when: &str) -> String,
        channel: fn(Channel) -> &'static str,
        made: fn(Channel, spoke: Option<bool>) -> &'static str,
        outcome: fn(Outcome) -> &'static str,
        not_now: fn(&NotNow, when: Option<&str>) -> String,
        alarm: fn(Alarm, Locale) -> (&'static str, String),
        only_customer: fn(name: &str) -> String,
        foreseen: fn(step: &str, channel: &str, when: &str) -> String,
        skipped: fn(steps: &str) -> String,
        draft: fn(channel: &str, to: &str, when: &str) -> String,
        on_record: fn(reason: &str) -> String,
    }

    /// What happened.
    TimelineWords {
        title, empty, read_message, sms_gateway, ;
        event: fn(EventKind, &EventFacts, Locale) -> String,
        actor: fn(ActorKind) -> &'static str,
    }

    /// Writing a draft.
    InvoiceFormWords {
        new, edit, about, choose_customer, title_hint, net_days_hint, lines, add_line, remove, more, more_undated, save,
        not_sent_yet,
        conflict, conflict_body, see_theirs, ;
        line: fn(number: usize) -> String,
        units: &'static [&'static str],
        comes_to: fn(net: &str, tax: &str, total: &str) -> String,
    }

    /// One customer.
    CustomerWords {
        new, edit, kind, company, consumer, contacts, receives_invoices, suppressed, add_contact, save_contact,
        edit_contact, remove_contact, remove_contact_what, mint_link, fresh_link_hint, first_contact, first_contact_hint, address_hint, phone_hint,
        zone_hint, same_locale, no_invoices, no_agreed_method, agreed_method_hint, net_days_hint, ;
        days: fn(u16) -> String,
    }

    /// How a contact is reached.
    ContactWords {
        intro, mail, texts, allowed, ended, suppressed, not_agreed, no_email, mail_ended, mail_suppressed, end_mail,
        end_mail_hint, resume_mail, no_phone, texts_ended, texts_suppressed, not_agreed_body, no_gateway, end_texts,
        agreed_at, agreed_how, record_consent, consent_hint, consent_text_hint, save_consent, ;
        source: fn(ConsentSource) -> &'static str,
    }

    /// How the reader is contacted.
    WayOutWords {
        title, mail, texts, end_mail, resume_mail, end_texts, changed, changed_body, invoices_stay, ;
        mailed: fn(address: &str) -> String,
        not_mailed: fn(address: &str) -> String,
        instead: fn(business: &str) -> String,
        texted: fn(number: &str) -> String,
    }

    /// The people of the business.
    MembersWords {
        active, invited, disabled, enable, disable, you, change, invite, invite_hint, send, sign_out_everywhere,
        sign_out_everywhere_hint, ;
        role_of: fn(name: &str) -> String,
    }

    /// The business's own data.
    SettingsWords {
        business, mail, sender_hint, reply_hint, invoices, locale_hint, methods, consumer_methods, methods_hint, transfer_kept, stripe, key_none, key_hint, set_key, webhook_none,
        webhook_one, webhook_two, webhook_url, webhook_hint, secret_hint, set_secret, drop_old, ;
        key_live: fn(ends_in: &str) -> String,
        key_test: fn(ends_in: &str) -> String,
    }

    /// The business's own bank accounts.
    BankWords { title, intro, none, add, add_hint, routing_hint, remove, remove_what, ; }

    /// Bank statements.
    BankStatementsWords {
        title, waiting, nothing_waits, files, import, import_hint, account_hint, entries, entries_hint, columns, columns_hint,
        no_column, preview, look, refused, empty, too_large, unknown_format, unknown, fits, same_money, booked, recorded,
        set_aside, went_out, returned, to_customer, entry, choose, pays_hint, book, same, other, pays_nothing, take_up, ;
        waiting_in_all: fn(count: i64) -> String,
        figures: fn(entries: i64, fresh: i64) -> String,
        payment_of: fn(date: &str, customer: &str) -> String,
        row: fn(row: u64, column: &str, found: &str) -> String,
        why: fn(Why) -> &'static str,
        date_order: fn(order: &str) -> &'static str,
        decimal: fn(sign: &str) -> &'static str,
    }

    /// Invoices that are written again and again.
    RecurringWords {
        title, one, new, edit, none, each, rhythm, when, every_hint, first_on_hint, month_end, ends_hint, as_draft, as_draft_hint, placeholders, each_covers, save, show_dates, from_now_on, starts, comes, nothing_comes, written, nothing_written, on, skipped, draft_gone, review, look, over, pause, pause_what, resume, resume_what, end, end_what, try_again, failed, failed_body, missed, missed_body, missed_none, decide, changed, not_written, conflict_body, of_invoice, ;
        state: fn(RecurringState) -> &'static str,
        cycle: fn(Cycle) -> &'static str,
        covers: fn(Covers) -> &'static str,
        told: fn(cycle: Cycle, every: u8, day: &str, month_end: bool) -> String,
        until: fn(date: &str) -> String,
        times: fn(count: u32) -> String,
    }

    /// Money that does not come through the provider.
    MoneyWords {
        title, waiting, waiting_hint, nothing_waits, record, record_hint, record_it, more, payments, no_payments, take_back,
        take_back_what, gone, under_review, apply_to, apply, pay_out, pay_out_what, write_off, write_off_what,
        cannot_write_off, small_balance, small_balance_hint, refund, refund_what, refund_it, came_again, books, books_hint, compare, compared, never_compared,
        no_such, ;
        of_invoice: fn(number: &str) -> String,
        of_customer: fn(name: &str) -> String,
        write_off_amount: fn(amount: &str) -> String,
        by: fn(name: &str) -> String,
        returned: fn(amount: &str) -> String,
        drift: fn(count: u32) -> &'static str,
        found: fn(objects: usize, healed: usize) -> String,
        differs: fn(there: &str, here: &str) -> String,
        refund_state: fn(RefundState, amount: &str) -> String,
        dispute: fn(DisputeStage) -> &'static str,
        came_by: fn(Method) -> &'static str,
    }

    /// What customers read.
    TextsWords {
        title, intro, name, tone, built_in, own, back_to_built_in, back_to_built_in_what, preview, show, try_out,
        try_out_hint, subject_hint, body_hint, to_change, variables, variables_intro, variable, meaning, conditions,
        conditions_hint, blocks_hint, button_hint, as_html, as_text, no_preview, built_in_words, samples, your_invoices, ;
        own_since: fn(date: &str) -> String,
        written_by: fn(name: Option<&str>, date: &str) -> String,
        text_name: fn(name: &str) -> String,
        channel: fn(Channel) -> &'static str,
        tone_name: fn(Tone) -> &'static str,
        language: fn(Language) -> &'static str,
        case: fn(Case) -> &'static str,
        variable_meaning: fn(Variable) -> &'static str,
        trouble: fn(&Trouble) -> String,
        place: fn(line: usize, words: &str) -> String,
        segments: fn(count: u32) -> String,
    }

    /// Schedules and their steps.
    SchedulesWords {
        title, standard, standard_hint, new, copy, line, due_date, before, after, choose_step, add, remove,
        of_its_tone, needs_approval, approval_hint, gap_hint, when_hint, look, what_changes, what_changes_hint,
        create, create_hint, text, no_text, archived, archive, archive_what, restore, rename, steps, day, channel, tone,
        followed_by, nobody, everyone_else, conflict, conflict_body, ;
        step: fn(number: usize) -> String,
        of_step: fn(label: &str, number: usize) -> String,
        channel_name: fn(Channel) -> &'static str,
        tone_name: fn(Tone) -> &'static str,
        offset: fn(days: i32) -> String,
        short_offset: fn(days: i32) -> String,
        revision: fn(number: u32) -> String,
        saved_by: fn(name: Option<&str>, when: &str) -> String,
        text_about: fn(invoice: &str) -> String,
        gap: fn(days: u32) -> String,
        customers: fn(count: u32) -> String,
    }

    /// What a change would do, before it is saved.
    ChangeWords {
        title, nothing, before, after, today, days, said_before, said_after, not_said, added, dropped, changed,
        same, what, counted, counted_hint, raised_hint, save_schedule, save, go_on, bounded, shown_bounded, unsaved, ;
        of_schedule: fn(name: &str) -> String,
        of_group: fn(name: &str) -> String,
        of_customer: fn(name: &str) -> String,
        messages: fn(count: u32) -> String,
        tasks: fn(count: u32) -> String,
        looked_at: fn(customers: u32) -> String,
        unchanged: fn(customers: u32) -> String,
        raised: fn(instead_of: &str) -> String,
    }

    /// What is going to be said.
    OutlookWords {
        title, hint, when, how, whom, about, nothing, held, held_hint, next_page, bounded, local_time, ;
        of_customer: fn(name: &str) -> String,
        of_invoice: fn(number: &str) -> String,
        until: fn(date: &str) -> String,
    }

    /// How customers are followed up, beside the schedule.
    FollowingUpWords {
        title, hint, hours, hours_hint, open_days, keeps_holidays, holidays_hint, contacts, gap_hint, grace_hint,
        consequences, consequences_hint, texts, no_gateway, no_gateway_body, sms_enabled, sms_enabled_hint, sms_amounts, sms_amounts_hint,
        segments_hint, standard_schedule, schedule_hint, groups, groups_hint, no_groups, new_group, add_group,
        of_group, of_business, no_approval, approval_hint, no_group, terms, terms_hint, zone_unknown,
        zone_unknown_hint, follows, statements, statements_enabled, statements_hint, statements_day_hint,
        statements_of_business, statements_term_hint, autopay, autopay_enabled, autopay_hint, ;
        consequence: fn(Consequence) -> &'static str,
        approval_from: fn(Tone) -> &'static str,
        statements_term: fn(StatementTerm) -> &'static str,
    }

    /// One message.
    MessageWords {
        what, from, to, decided_at, sent_at, arrived_at, when, about, evidence, why_not, as_text, as_html,
        open_to_print, not_written_yet, waited_too_long, sent_at_once, ;
        said: fn(step: &str, offset_days: i32) -> String,
        left_out: fn(reason: &str) -> String,
        kind: fn(MessageKind) -> &'static str,
        state: fn(MessageState) -> &'static str,
        state_meaning: fn(MessageState) -> Option<&'static str>,
    }

    /// The first run.
    SetupWords {
        title, body, business, owner, your_name, currency_hint, zone_hint, locale_hint, password_hint, button, ;
    }

    /// Signing in.
    SignInWords { title, button, demo, ; }

    /// Accepting an invitation.
    InvitationWords {
        button, ;
        title: fn(business: &str) -> String,
        body: fn(role: &str, meaning: &str) -> String,
    }

    /// The demo's bar.
    DemoWords { label, one_day, one_week, one_month, one_week_asleep, mailbox, bank_statement, ; date: fn(date: &str) -> String, }
}
