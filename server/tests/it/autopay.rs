//! What is due is charged by itself: announced before, once, and only as its customer agreed.

use chrono::Duration;
use domain::event::EventKind;
use domain::hold::HoldKind;
use domain::message::{MessageKind, MessageState};
use domain::payment::{AttemptStatus, Method};
use domain::schedule::{HoldReason, ParkedReason};
use domain::task::TaskKind;
use domain::{InvoiceId, Role};
use futures_util::future::join_all;
use server::delivery::HandOver;
use server::env::{Env, Principal};
use server::operations::autopay::{self, Ran};
use server::operations::follow_up::holds::{self, HoldInput, On};
use server::operations::follow_up::quarantine;
use server::operations::follow_up::settings::{self, SettingsInput};
use server::operations::payments::saved::{self, SavedError};
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;
use store::saved_methods::SavedMethod;
use store::testing::TestStore;

use crate::follow_up::{instant, parsed};
use crate::money;
use crate::saved_methods::{Keeper, consent};
use crate::shop::euros;
use crate::support::with_role;

/// A customer of a shop in Dublin, on Tuesday, 3 March 2026, who has what is due charged to what they keep. An invoice of theirs is due
/// on Tuesday the 17th, which is Saint Patrick's Day: so it is charged on the 18th, and a card's charge announced from Friday the 13th on.
struct Charged {
    keeper: Keeper,
    method: SavedMethod,
    invoice: InvoiceId,
}

/// A business lets its customers have what is due charged by itself, or does not.
pub async fn enable(env: &Env, owner: &Principal, enabled: bool) {
    let (found, _) = settings::show(env, owner).await.unwrap();
    let input = SettingsInput { autopay: enabled, ..SettingsInput::from(&found.value) };
    settings::save(env, owner, found.version, &input).await.unwrap();
}

impl Charged {
    async fn begins(store: &TestStore, method: Method) -> Self {
        let keeper = Keeper::begins(store).await;
        enable(keeper.shop.env(), &keeper.shop.owner, true).await;
        let method = keeper.keeps(method).await;
        let invoice = keeper.shop.invoice(100).await;
        let it = Self { keeper, method, invoice };
        it.turn_on(&it.keeper.holder).await.unwrap();
        it
    }

    async fn turn_on(&self, by: &Principal) -> Result<(), SavedError> {
        let (env, customer) = (self.keeper.shop.env(), self.keeper.shop.customer);
        autopay::turn_on(env, by, customer, self.method.id, &consent("I allow it to be charged.")).await
    }

    async fn turn_off(&self, by: &Principal) -> Result<(), SavedError> {
        let (env, customer) = (self.keeper.shop.env(), self.keeper.shop.customer);
        let standing = autopay::offered(env, &self.keeper.shop.owner, customer).await.unwrap().standing;
        autopay::turn_off(env, by, customer, standing[0].autopay.id).await
    }

    async fn is_on(&self) -> bool {
        let (env, customer) = (self.keeper.shop.env(), self.keeper.shop.customer);
        !autopay::offered(env, &self.keeper.shop.owner, customer).await.unwrap().standing.is_empty()
    }

    fn at(&self, moment: &str) {
        self.keeper.shop.world.clock.set_machine(instant(moment));
    }

    /// All that works by itself, once.
    async fn tick(&self) -> Ran {
        let env = self.keeper.shop.env();
        workers::sweep::run_once(env).await.unwrap();
        workers::planner::run_once(env).await.unwrap();
        let ran = workers::autopay::run_once(env).await.unwrap();
        workers::planner::run_once(env).await.unwrap();
        workers::outbox::run_once(env).await.unwrap();
        ran
    }

    /// The same, every other hour from now to this moment.
    async fn until(&self, moment: &str) {
        let end = instant(moment);
        while self.keeper.shop.env().business_now() < end {
            let left = end - self.keeper.shop.env().business_now();
            self.keeper.shop.world.clock.advance(left.min(Duration::hours(2)));
            self.tick().await;
        }
    }

    /// The mails of this kind that left, oldest first.
    async fn told(&self, kind: MessageKind) -> usize {
        let mails = self.keeper.shop.mails().await;
        mails.iter().filter(|mail| mail.kind == kind && mail.state == MessageState::Sent).count()
    }

    fn charges(&self) -> usize {
        self.keeper.shop.provider().without_holder()
    }

    fn taken(&self) -> domain::Money {
        self.keeper.shop.provider().holds(domain::Currency::EUR)
    }

    /// The provider has something to tell that ends it: nothing is charged, both sides hear of it, and it is followed up.
    async fn ended_by_others(&self) {
        self.keeper.shop.hear().await;
        assert!(!self.is_on().await);
        self.until("2026-03-20T12:00:00Z").await;
        assert_eq!((self.charges(), self.told(MessageKind::AutopayEnded).await), (0, 1));
        assert_eq!(self.tasks().await, [TaskKind::AutopayFailed]);
        assert!(self.told(MessageKind::Reminder).await > 0);
        self.keeper.shop.assert_sound().await;
    }

    /// Nobody knows what came of the charge.
    async fn charge_unknown(&self, fault: Fault) {
        self.until("2026-03-18T08:00:00Z").await;
        self.keeper.shop.provider().fail_next("charge", fault);
        self.at("2026-03-18T09:30:00Z");
        workers::autopay::run_once(self.keeper.shop.env()).await.unwrap();
        assert_eq!(self.keeper.shop.states(self.invoice).await, [AttemptStatus::Unknown]);
    }

    async fn tasks(&self) -> Vec<TaskKind> {
        self.keeper.shop.tasks().await.iter().map(|task| task.kind).collect()
    }
}

conformance! {
    async fn what_is_due_is_announced_in_time_and_charged_once_by_64_workers(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-13T08:00:00Z").await;
        assert_eq!(it.told(MessageKind::AutopayNotice).await, 0);
        assert!(matches!(it.keeper.shop.held(it.invoice).await, Some(HoldReason::Autopay { .. })));
        it.until("2026-03-13T11:00:00Z").await;
        assert_eq!(it.told(MessageKind::AutopayNotice).await, 1);
        let mail = parsed(it.keeper.shop.world.mailer.mails().last().unwrap());
        assert!(mail.subject.contains("€100.00") && mail.subject.contains("18 March 2026"), "{}", mail.subject);
        it.until("2026-03-18T08:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::Reminder).await), (0, 0));
        it.at("2026-03-18T09:30:00Z");
        let env = it.keeper.shop.env();
        let ran = join_all((0..64).map(|_| workers::autopay::run_once(env))).await;
        assert_eq!(ran.iter().filter_map(|ran| ran.as_ref().ok()).map(|ran| ran.charged).sum::<usize>(), 1);
        it.keeper.shop.hear().await;
        it.until("2026-03-25T09:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (1, euros(100)));
        assert_eq!(it.keeper.shop.balance(it.invoice).await.paid, euros(100));
        assert_eq!((it.told(MessageKind::AutopayNotice).await, it.told(MessageKind::Receipt).await), (1, 1));
        assert_eq!(it.told(MessageKind::Reminder).await, 0);
        it.keeper.shop.assert_sound().await;
    }

    async fn one_charge_covers_what_is_due_on_one_day(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        let second = it.keeper.shop.invoice(60).await;
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!((it.charges(), it.taken(), it.told(MessageKind::AutopayNotice).await), (1, euros(160), 1));
        for invoice in [it.invoice, second] {
            assert!(it.keeper.shop.balance(invoice).await.open.is_zero());
        }
        it.keeper.shop.assert_sound().await;
    }

    async fn paid_in_between_is_not_charged_and_partly_paid_only_the_rest(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        let second = it.keeper.shop.invoice(60).await;
        it.until("2026-03-16T09:00:00Z").await;
        money::record(&it.keeper.shop, it.invoice, &money::payment("frm_of_all", "100")).await.unwrap();
        money::record(&it.keeper.shop, second, &money::payment("frm_of_a_part", "25")).await.unwrap();
        it.until("2026-03-20T09:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (1, euros(35)));
        assert_eq!(it.keeper.shop.credit_cents().await, 0);
        it.keeper.shop.assert_sound().await;
    }

    async fn switched_off_between_notice_and_charge_is_not_charged_but_followed_up(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-16T09:00:00Z").await;
        assert_eq!(it.told(MessageKind::AutopayNotice).await, 1);
        it.turn_off(&it.keeper.holder).await.unwrap();
        it.until("2026-03-20T12:00:00Z").await;
        assert_eq!(it.charges(), 0);
        assert!(it.told(MessageKind::Reminder).await > 0);
        assert_eq!(it.told(MessageKind::AutopayEnded).await, 0, "they did it themselves");
        assert_eq!(it.keeper.told(EventKind::AutopayEnded).await, 1);
        it.keeper.shop.assert_sound().await;
    }

    async fn a_soft_decline_is_tried_three_times_with_word_between_and_then_followed_up(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.keeper.shop.provider().decline(&it.method.reference, Some("insufficient_funds"));
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayFailed).await), (1, 1));
        let mail = parsed(it.keeper.shop.world.mailer.mails().last().unwrap());
        assert!(mail.text.unwrap().contains("23 March 2026"), "the next try is named");
        it.until("2026-03-23T08:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::Reminder).await), (1, 0));
        it.until("2026-03-23T12:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayFailed).await), (2, 2));
        it.until("2026-03-31T12:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayFailed).await), (3, 3), "the third is the last");
        assert!(it.tasks().await.contains(&TaskKind::AutopayFailed));
        assert!(it.told(MessageKind::Reminder).await > 0);
        assert!(it.is_on().await, "for what comes next");
        it.keeper.shop.assert_sound().await;
    }

    async fn never_again_after_a_hard_decline(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.keeper.shop.provider().decline(&it.method.reference, Some("lost_card"));
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!((it.charges(), it.is_on().await), (1, false));
        assert_eq!(it.told(MessageKind::AutopayEnded).await, 1);
        assert_eq!(it.tasks().await, [TaskKind::AutopayFailed]);
        it.keeper.shop.provider().decline(&it.method.reference, None);
        it.until("2026-03-31T12:00:00Z").await;
        assert_eq!(it.charges(), 1);
        assert!(it.told(MessageKind::Reminder).await > 0);
        it.keeper.shop.assert_sound().await;
    }

    async fn a_bank_that_wants_its_holder_gets_them_by_mail(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.keeper.shop.provider().decline(&it.method.reference, Some("authentication_required"));
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayConfirm).await), (1, 1));
        assert_eq!(it.told(MessageKind::AutopayFailed).await, 0);
        assert_eq!(it.keeper.shop.held(it.invoice).await, None, "nothing holds it any more");
        it.until("2026-03-31T12:00:00Z").await;
        assert_eq!((it.charges(), it.is_on().await), (1, true));
        it.keeper.shop.assert_sound().await;
    }

    async fn a_mandate_that_ends_takes_it_along(store: TestStore) {
        let it = Charged::begins(&store, Method::SepaDebit).await;
        it.until("2026-03-11T12:00:00Z").await;
        assert_eq!(it.told(MessageKind::AutopayNotice).await, 1);
        it.keeper.shop.provider().end_mandate(it.method.mandate.as_ref().unwrap());
        it.ended_by_others().await;
    }

    async fn a_method_that_is_let_go_takes_it_along(store: TestStore) {
        let it = Charged::begins(&store, Method::SepaDebit).await;
        it.until("2026-03-11T12:00:00Z").await;
        it.keeper.shop.provider().let_method_go(&it.method.reference);
        it.ended_by_others().await;
    }

    async fn a_debit_that_comes_back_is_not_charged_again(store: TestStore) {
        let it = Charged::begins(&store, Method::SepaDebit).await;
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!(it.keeper.shop.states(it.invoice).await, [AttemptStatus::Processing]);
        let intent = it.keeper.shop.attempts(it.invoice).await[0].payment.clone().unwrap();
        it.keeper.shop.provider().fail(&intent, "debit_not_authorized");
        it.keeper.shop.hear().await;
        it.until("2026-03-31T12:00:00Z").await;
        assert_eq!((it.charges(), it.is_on().await), (1, false));
        assert_eq!(it.told(MessageKind::AutopayEnded).await, 1);
        it.keeper.shop.assert_sound().await;
    }

    async fn after_weeks_of_downtime_it_is_announced_anew_and_charged_once(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-13T09:00:00Z").await;
        it.at("2026-04-20T07:00:00Z");
        it.until("2026-04-20T12:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayNotice).await), (0, 2));
        it.until("2026-05-08T12:00:00Z").await;
        assert_eq!((it.charges(), it.taken(), it.told(MessageKind::AutopayNotice).await), (1, euros(100), 2));
        it.keeper.shop.assert_sound().await;
    }

    async fn a_clock_that_jumps_charges_nothing_twice_and_nothing_early(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-13T09:00:00Z").await;
        it.at("2025-03-17T10:00:00Z");
        assert!(workers::autopay::run_once(it.keeper.shop.env()).await.unwrap().clock_is_behind);
        it.at("2027-03-17T10:00:00Z");
        it.tick().await;
        assert_eq!(it.charges(), 0, "its day is long past");
        it.until("2027-04-02T12:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (1, euros(100)));
        it.keeper.shop.assert_sound().await;
    }

    async fn after_a_restore_nothing_is_charged_until_it_is_released(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-13T09:00:00Z").await;
        let env = it.keeper.shop.env();
        quarantine::park_everything(env, &Principal::Operator, ParkedReason::Restore).await.unwrap();
        it.until("2026-03-30T09:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayNotice).await), (0, 1));
        let listed = quarantine::list(env, &it.keeper.shop.owner, None).await.unwrap();
        quarantine::release(env, &it.keeper.shop.owner, &[listed.rows[0].receivable]).await.unwrap();
        it.until("2026-03-30T14:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayNotice).await), (0, 2), "announced anew");
        it.until("2026-04-09T14:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (1, euros(100)));
    }

    async fn what_is_on_hold_is_neither_announced_nor_charged(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.until("2026-03-13T09:00:00Z").await;
        let hold = HoldInput { kind: HoldKind::Dispute.as_str().to_owned(), note: "The hours are wrong".to_owned(),
            ..HoldInput::default() };
        holds::place(it.keeper.shop.env(), &it.keeper.shop.owner, &On::Invoices(vec![it.invoice]), &hold).await.unwrap();
        it.until("2026-03-31T09:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayNotice).await), (0, 1));
    }

    async fn nobody_is_charged_who_could_not_be_told(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        let refused = HandOver::Refused { reply: "552 too full".to_owned(), address_is_bad: false };
        it.keeper.shop.world.mailer.answer_next(refused);
        it.until("2026-03-18T09:00:00Z").await;
        assert_eq!((it.charges(), it.told(MessageKind::AutopayNotice).await), (0, 0));
        assert!(it.tasks().await.contains(&TaskKind::AutopayFailed));
        assert_eq!(it.keeper.shop.held(it.invoice).await, None);
    }

    async fn a_lost_answer_is_found_out_and_charged_once(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.charge_unknown(Fault::LostAnswer).await;
        it.until("2026-03-19T08:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (1, euros(100)));
        assert_eq!(it.keeper.shop.balance(it.invoice).await.paid, euros(100));
        it.keeper.shop.assert_sound().await;
    }

    async fn what_nobody_knows_of_is_not_asked_for_again_once_it_is_off(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.charge_unknown(Fault::LostRequest).await;
        it.turn_off(&it.keeper.holder).await.unwrap();
        it.until("2026-03-19T08:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (0, euros(0)));
        assert_eq!(it.keeper.shop.states(it.invoice).await, [AttemptStatus::Expired]);
        it.keeper.shop.assert_sound().await;
    }

    async fn what_nobody_knows_of_is_not_asked_for_again_once_less_is_open(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        it.charge_unknown(Fault::LostRequest).await;
        money::record(&it.keeper.shop, it.invoice, &money::payment("frm_of_a_part", "25")).await.unwrap();
        it.until("2026-03-18T12:00:00Z").await;
        assert_eq!((it.charges(), it.taken()), (0, euros(0)));
        it.until("2026-03-20T12:00:00Z").await;
        assert_eq!((it.charges(), it.taken(), it.keeper.shop.credit_cents().await), (1, euros(75), 0));
        it.keeper.shop.assert_sound().await;
    }

    async fn only_the_customer_turns_it_on_with_a_code_and_anybody_there_turns_it_off(store: TestStore) {
        let it = Charged::begins(&store, Method::Card).await;
        let (env, owner) = (it.keeper.shop.env(), it.keeper.shop.owner.clone());
        let clerk = with_role(&owner, Role::Viewer);
        assert!(matches!(it.turn_off(&clerk).await, Err(SavedError::NotPermitted(_))));
        it.turn_off(&owner).await.unwrap();
        assert!(!it.is_on().await);
        it.tick().await;
        assert_eq!(it.told(MessageKind::AutopayEnded).await, 1, "the business did, so they hear of it");
        assert!(matches!(it.turn_on(&owner).await, Err(SavedError::NotPermitted(_))));
        assert!(matches!(it.turn_on(&it.keeper.shop.payer).await, Err(SavedError::NotProven)));
        it.turn_on(&it.keeper.holder).await.unwrap();
        it.turn_on(&it.keeper.holder).await.unwrap();
        assert_eq!(it.keeper.told(EventKind::AutopayAgreed).await, 2, "twice on is on");
        enable(env, &owner, false).await;
        it.until("2026-03-20T12:00:00Z").await;
        assert_eq!(it.charges(), 0, "the business does not charge by itself now");
        assert!(it.told(MessageKind::Reminder).await > 0);
        it.turn_off(&it.keeper.holder).await.unwrap();
        assert!(matches!(it.turn_on(&it.keeper.holder).await, Err(SavedError::NotOffered)));
        saved::remove(env, &it.keeper.holder, it.keeper.shop.customer, it.method.id).await.unwrap();
        assert!(matches!(it.turn_on(&it.keeper.holder).await, Err(SavedError::NotFound)));
    }
}
