//! Statements by mail: every month once, about the month before, in their hour, apart from reminders, and by a member's hand.

use chrono::Duration;
use domain::hold::HoldKind;
use domain::message::{MessageKind, MessageState};
use domain::payment::Method;
use domain::schedule::ParkedReason;
use domain::{FieldProblem, Role};
use futures_util::future::join_all;
use sandbox::ParsedMail;
use server::env::Principal;
use server::operations::consent::{self, Change};
use server::operations::customers::{self, CustomerInput};
use server::operations::follow_up::holds::{self, HoldInput, On};
use server::operations::follow_up::quarantine;
use server::operations::follow_up::settings::{
    self, FollowUpError, SettingsInput, StatementsInput, TermsInput,
};
use server::operations::payments::by_hand::{self, For, PaymentInput};
use server::operations::statements::sending::{self, NotSent, Sent};
use server::operations::statements::{self, StatementError, Wanted};
use server::workers;
use store::conformance;
use store::testing::TestStore;

use crate::follow_up::{FollowUp, contact, customer_in, invoice_due_in};
use crate::shop::payer;
use crate::support::with_role;

/// A shop in Dublin on 3 March 2026 with an invoice over 100.00 EUR that was paid at once, and one that is due in a year: so no
/// reminder is due in these stories unless they bring one about.
async fn begin(store: &TestStore) -> FollowUp {
    let it = FollowUp::begin(store, "Europe/Dublin").await;
    pay(&it, "frm_of_the_first", For::Invoice(it.invoice)).await;
    invoice_due_in(&it.shop, it.shop.customer, 365).await;
    it
}

async fn pay(it: &FollowUp, form: &str, invoice: For) {
    let input = PaymentInput {
        form: form.to_owned(),
        amount: "100".to_owned(),
        currency: "EUR".to_owned(),
        method: Method::Cash.as_str().to_owned(),
        ..PaymentInput::default()
    };
    by_hand::record_payment(it.env(), &it.shop.owner, invoice, &input).await.unwrap();
}

async fn send_on(it: &FollowUp, day: &str) -> Result<(), FollowUpError> {
    let (found, _) = settings::show(it.env(), &it.shop.owner).await?;
    let input = SettingsInput {
        statements: StatementsInput { enabled: true, day: day.to_owned() },
        ..SettingsInput::from(&found.value)
    };
    settings::save(it.env(), &it.shop.owner, found.version, &input).await
}

async fn set(it: &FollowUp, statements: &str) {
    let (env, owner, customer) = (it.env(), &it.shop.owner, it.shop.customer);
    let version = settings::terms(env, owner, customer).await.unwrap().terms.version;
    let input = TermsInput { statements: statements.to_owned(), ..TermsInput::default() };
    settings::save_terms(env, owner, customer, version, &input).await.unwrap();
}

async fn look(it: &FollowUp) -> Sent {
    workers::statements::run_once(it.env()).await.unwrap()
}

/// Both workers.
async fn tick(it: &FollowUp) -> Sent {
    let sent = look(it).await;
    it.deliver().await;
    sent
}

/// The first days of the statements that arrived, as their button names them.
fn arrived(it: &FollowUp) -> Vec<String> {
    let from = |mail: &ParsedMail| {
        let link = mail.links().into_iter().find(|link| link.contains("/statement?"))?;
        Some(link.split("period_from=").nth(1)?.split('&').next()?.to_owned())
    };
    it.mails().iter().filter_map(from).collect()
}

/// What became of the statements that were queued, oldest first.
async fn states(it: &FollowUp) -> Vec<MessageState> {
    let mut found = it.customer_messages().await;
    found.reverse();
    let statements = found.iter().filter(|message| message.kind == MessageKind::Statement);
    statements.map(|message| message.state).collect()
}

conformance! {
    async fn a_thousand_ticks_of_eight_workers_send_a_months_statement_once(store: TestStore) {
        let it = begin(&store).await;
        send_on(&it, "1").await.unwrap();
        let february = Sent { begun: 1, left_out: 1, ..Sent::default() };
        assert_eq!(look(&it).await, february, "nothing happened then, and of the month that runs nothing is told");

        // Midnight in Dublin, two days after the clocks went forward.
        it.at("2026-03-31T22:59:59Z");
        assert_eq!(look(&it).await, Sent::default());
        it.at("2026-03-31T23:00:00Z");
        let ran = join_all((0..8).map(|_| look(&it))).await;
        assert_eq!(ran.iter().map(|sent| sent.begun).sum::<usize>(), 1);
        assert_eq!(ran.iter().map(|sent| (sent.queued, sent.left_out)).max(), Some((0, 0)), "it waits for the morning");
        it.at("2026-04-01T08:00:00Z");
        let ran = join_all((0..8).map(|_| look(&it))).await;
        assert_eq!(ran.iter().map(|sent| sent.queued).sum::<usize>(), 1);
        for _ in 0..1000 {
            assert_eq!(look(&it).await, Sent::default());
        }
        join_all((0..8).map(|_| it.deliver())).await;
        assert_eq!(arrived(&it), ["2026-03-01"]);

        it.at("2026-05-01T10:00:00Z");
        assert_eq!(tick(&it).await.queued, 1, "something is still open");
        assert_eq!(arrived(&it), ["2026-03-01", "2026-04-01"]);
        it.shop.assert_sound().await;
    }

    async fn its_mail_tells_the_month_and_its_button_opens_the_page(store: TestStore) {
        let it = begin(&store).await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-04-01T08:00:00Z");
        tick(&it).await;
        let mail = it.mails().pop().unwrap();
        let text = mail.text.clone().unwrap();
        for told in [
            "Balance before 1 March 2026: €0.00", "3 March 2026  Invoice 2026-001: €100.00", "Payment, thank you: -€100.00",
            "Balance on 31 March 2026: €100.00", "€100.00 was open",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        let raw = String::from_utf8_lossy(&it.shop.world.mailer.mails().pop().unwrap().raw).into_owned();
        assert!(raw.contains("List-Unsubscribe: ") && raw.contains("List-Unsubscribe-Post: "), "a way out");
        let kept = it.customer_messages().await[0].body_text.clone().unwrap();
        assert!(kept.contains("[link lnk_"), "{kept}");

        let link = mail.links().into_iter().find(|link| link.contains("/statement?")).unwrap();
        let token = link.split("/l/").nth(1).unwrap().split('/').next().unwrap();
        let wanted = Wanted { currency: "EUR".to_owned(), from: "2026-03-01".to_owned(), to: "2026-03-31".to_owned() };
        let (customer, shown) = statements::by_link(it.env(), token, &wanted).await.unwrap().unwrap();
        assert_eq!(customer, it.shop.customer);
        let session = payer(it.env(), it.shop.business, customer, server::env::PortalScope::Customer);
        assert_eq!(shown, statements::for_customer(it.env(), &session, customer, &wanted).await.unwrap());
        it.later(Duration::days(91));
        assert!(statements::by_link(it.env(), token, &wanted).await.unwrap().is_none(), "expired");
        let unknown = statements::by_link(it.env(), "nothing", &wanted).await;
        assert!(matches!(unknown, Err(StatementError::NotFound)));
    }

    async fn after_weeks_of_downtime_only_the_newest_month_is_sent(store: TestStore) {
        let it = begin(&store).await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-06-05T10:00:00Z");
        tick(&it).await;
        assert_eq!(arrived(&it), ["2026-05-01"]);
        it.at("2026-07-13T10:00:00Z");
        assert_eq!(tick(&it).await, Sent::default(), "June's is too late by now");
        it.at("2026-08-05T10:00:00Z");
        tick(&it).await;
        assert_eq!(arrived(&it), ["2026-05-01", "2026-07-01"]);

        // Queued, and the outbox is down.
        it.at("2026-09-01T10:00:00Z");
        assert_eq!(look(&it).await.queued, 1);
        it.at("2026-09-20T10:00:00Z");
        it.deliver().await;
        assert_eq!(arrived(&it).len(), 2);
        assert_eq!(states(&it).await.last(), Some(&MessageState::Cancelled));
    }

    async fn after_a_restore_the_month_is_closed_and_what_was_imported_waits_for_its_release(store: TestStore) {
        let it = begin(&store).await;
        // Nothing of theirs is open or still to be decided about, so nothing of theirs is parked.
        let settled = customer_in(&it.shop, "Europe/Dublin", "ada@settled.example").await;
        let paid = invoice_due_in(&it.shop, settled, 10).await;
        pay(&it, "frm_of_the_settled", For::Invoice(paid)).await;
        it.plan().await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-04-01T07:00:00Z");
        assert_eq!(look(&it).await.begun, 1);
        quarantine::park_everything(it.env(), &Principal::Operator, ParkedReason::Restore).await.unwrap();
        it.later(Duration::hours(3));
        for _ in 0..12 {
            it.later(Duration::days(1));
            tick(&it).await;
        }
        assert_eq!(arrived(&it).len(), 0, "it may have been sent since the backup");

        it.at("2026-05-01T10:00:00Z");
        assert_eq!(tick(&it).await.put_off, 1, "nobody has looked at what is open");
        let listed = quarantine::list(it.env(), &it.shop.owner, None).await.unwrap();
        let ids: Vec<_> = listed.rows.iter().map(|row| row.receivable).collect();
        quarantine::release(it.env(), &it.shop.owner, &ids).await.unwrap();
        it.later(Duration::hours(1));
        tick(&it).await;
        assert_eq!(arrived(&it), ["2026-04-01"]);
    }

    async fn who_opted_out_of_mail_gets_none_be_it_at_the_last_moment(store: TestStore) {
        let it = begin(&store).await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-04-01T10:00:00Z");
        assert_eq!(look(&it).await.queued, 1);
        let mut tx = it.env().store.read().await.unwrap();
        let contacts = store::customers::contacts(&mut tx, it.shop.business, it.shop.customer).await.unwrap();
        drop(tx);
        consent::change(it.env(), &it.shop.owner, contacts[0].id, Change::EndMail).await.unwrap();
        it.deliver().await;
        it.at("2026-05-01T10:00:00Z");
        let sent = tick(&it).await;
        assert_eq!((sent.left_out, arrived(&it).len()), (1, 0));
        assert_eq!(states(&it).await, [MessageState::Cancelled]);
        assert_eq!(it.tasks().await, [""; 0], "no letter and no call: it asks for nothing");
    }

    async fn who_is_sent_them_is_the_businesss_word_unless_the_customer_has_their_own(store: TestStore) {
        let it = begin(&store).await;
        it.at("2026-04-01T10:00:00Z");
        assert_eq!(tick(&it).await, Sent::default(), "off unless switched on");
        set(&it, "always").await;
        assert_eq!(tick(&it).await.queued, 1);
        set(&it, "never").await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-05-01T10:00:00Z");
        let sent = tick(&it).await;
        assert_eq!((sent.begun, sent.queued, sent.left_out), (1, 0, 0), "they have no turn");
        set(&it, "").await;
        let input = HoldInput { kind: HoldKind::Manual.to_string(), ..HoldInput::default() };
        holds::place(it.env(), &it.shop.owner, &On::Customer(it.shop.customer), &input).await.unwrap();
        it.at("2026-06-02T10:00:00Z");
        assert_eq!(tick(&it).await.left_out, 1, "nobody wants them written to");
        assert_eq!(arrived(&it), ["2026-03-01"]);

        let FollowUpError::Fields(errors) = send_on(&it, "29").await.unwrap_err() else { panic!() };
        assert!(matches!(errors.of("statements_day"), Some(FieldProblem::NumberOutOfRange { .. })));
        assert!(send_on(&it, "0").await.is_err());
    }

    async fn a_statement_is_in_its_readers_language(store: TestStore) {
        let mut it = begin(&store).await;
        let input = CustomerInput {
            name: "Bäckerei Morgenrot".to_owned(),
            kind: "company".to_owned(),
            country: "DE".to_owned(),
            locale: "de-DE".to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            ..CustomerInput::default()
        };
        let german = contact("lena@morgenrot.example");
        it.shop.customer = customers::create(it.env(), &it.shop.owner, input, german).await.unwrap();
        invoice_due_in(&it.shop, it.shop.customer, 365).await;
        set(&it, "always").await;
        it.at("2026-04-01T10:00:00Z");
        tick(&it).await;
        let mail = it.mails().pop().unwrap();
        assert_eq!(mail.subject, "Ihre Kontoübersicht von Fieldnote Studio, 1. März 2026 bis 31. März 2026");
        let text = mail.text.unwrap();
        assert!(text.contains("Saldo am 31. März 2026: 100,00"), "{text}");
    }

    async fn a_reminder_goes_first_and_never_on_the_day_of_a_statement(store: TestStore) {
        let it = begin(&store).await;
        // Due on Tuesday, 31 March: a word is due on the day after it, and on 7 April.
        invoice_due_in(&it.shop, it.shop.customer, 28).await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-04-01T08:00:00Z");
        assert_eq!(look(&it).await.put_off, 1);
        let mut said = Vec::new();
        for _ in 0..12 {
            let before = it.customer_messages().await.len();
            look(&it).await;
            it.tick().await;
            look(&it).await;
            it.deliver().await;
            let messages = it.customer_messages().await;
            let new = messages.len() - before;
            let day = it.env().business_now().date_naive();
            let kinds: Vec<_> = messages.iter().take(new).map(|message| message.kind).collect();
            said.extend(kinds.iter().filter(|kind| **kind != MessageKind::Receipt).map(|kind| format!("{day} {kind}")));
            it.later(Duration::days(1));
        }
        assert_eq!(said, ["2026-04-01 reminder", "2026-04-07 reminder", "2026-04-10 statement"]);
        assert_eq!(arrived(&it), ["2026-03-01"]);
    }

    async fn what_was_paid_before_the_hand_over_is_not_told_as_open(store: TestStore) {
        let it = begin(&store).await;
        send_on(&it, "1").await.unwrap();
        it.at("2026-05-01T10:00:00Z");
        assert_eq!(look(&it).await.queued, 1);
        pay(&it, "frm_of_the_second", For::Customer(it.shop.customer)).await;
        it.deliver().await;
        assert_eq!(states(&it).await, [MessageState::Cancelled], "nothing happened in April, and nothing is open now");
        it.at("2026-06-02T10:00:00Z");
        tick(&it).await;
        assert_eq!(arrived(&it), ["2026-05-01"], "the payment happened in May");
        it.at("2026-07-01T10:00:00Z");
        assert_eq!(tick(&it).await.left_out, 1, "nothing happened, and nothing is open");
    }

    async fn a_member_reads_it_and_has_it_sent_once_in_its_hour(store: TestStore) {
        let it = begin(&store).await;
        let (env, owner, customer) = (it.env(), &it.shop.owner, it.shop.customer);
        // Sunday.
        it.at("2026-03-08T10:00:00Z");
        let wanted = Wanted { from: "2026-03-01".to_owned(), to: "2026-03-08".to_owned(), ..Wanted::default() };
        let shown = statements::of_customer(env, owner, customer, &wanted).await.unwrap();
        let draft = sending::draft(env, owner, customer, &shown.statement).await.unwrap().unwrap();
        assert_eq!(draft.to, "Jo Reed <jo@marsh.example>");
        assert!(draft.text.contains("Balance on 8 March 2026: €100.00"), "{}", draft.text);

        let viewer = with_role(owner, Role::Viewer);
        assert!(matches!(sending::send_now(env, &viewer, customer, &wanted).await, Err(StatementError::NotPermitted(_))));
        assert_eq!(sending::send_now(env, owner, customer, &wanted).await.unwrap(), Ok(()));
        assert_eq!(sending::send_now(env, owner, customer, &wanted).await.unwrap(), Err(NotSent::Before));
        it.deliver().await;
        assert_eq!(arrived(&it).len(), 0, "not on a Sunday");
        it.at("2026-03-09T10:00:00Z");
        it.deliver().await;
        assert_eq!(arrived(&it), ["2026-03-01"]);
        let sent = &it.customer_messages().await[0];
        assert_eq!(sent.body_text.as_deref().map(|text| text.lines().count()), Some(draft.text.lines().count()));

        let before = Wanted { from: "2026-02-01".to_owned(), to: "2026-02-28".to_owned(), ..Wanted::default() };
        assert_eq!(sending::send_now(env, owner, customer, &before).await.unwrap(), Err(NotSent::NothingToTell));
        let wrong = Wanted { from: "soon".to_owned(), ..Wanted::default() };
        assert!(matches!(sending::send_now(env, owner, customer, &wrong).await, Err(StatementError::Fields(_))));
    }
}
