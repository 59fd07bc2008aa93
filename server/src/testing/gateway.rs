//! A payment provider in memory: its objects, its events, and every way in which a call to it can go wrong.
//!
//! Where the sandbox is a faithful Stripe over HTTP, this is the smallest thing that can be steered from a test: pay
//! now, settle in four days, lose the answer of the next call. It keeps the provider's promises that our code leans
//! on: a key answers the same thing twice, an expired session cannot be paid, an intent exists once.

mod back;
mod cash;
mod keeping;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::Country;
use domain::bank::BankAccount;
use domain::currency::Currency;
use domain::dispute::DisputeStage;
use domain::ids::{AttemptId, BusinessId, CustomerId};
use domain::money::Money;
use domain::payment::Method;
use domain::time::Timestamp;
use secrecy::SecretString;
use serde_json::json;

use self::keeping::Keeping;
use crate::env::Clock;
use crate::gateway::{
    Cash, Checkout, CheckoutStatus, Dispute, EventPage, Gateway, GatewayError, Gateways, Given, Intent,
    IntentStatus, KeptMethod, Mandate, NewCashPayment, NewCharge, NewCheckout, NewCustomer, NewRefund,
    NewSetup, ProviderEvent, Refund, Setup,
};

/// Events on one page; few, so that tests turn pages.
const PAGE: usize = 3;

/// The accounts of all businesses.
pub struct FakeGateways {
    clock: Arc<dyn Clock>,
    accounts: Mutex<HashMap<BusinessId, Arc<FakeGateway>>>,
    one_by_one: AtomicBool,
}

impl FakeGateways {
    /// A provider without accounts; each business gets one when it is first opened.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, accounts: Mutex::default(), one_by_one: AtomicBool::new(false) }
    }

    /// Has workers make one call after the other, so that a run is the same every time.
    pub fn ask_one_by_one(&self) {
        self.one_by_one.store(true, Ordering::SeqCst);
    }

    /// The account of `business`.
    pub fn account(&self, business: BusinessId) -> Arc<FakeGateway> {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(accounts.entry(business).or_insert_with(|| {
            let first = format!("acct_{}", business.uuid().as_simple());
            Arc::new(FakeGateway::new(Arc::clone(&self.clock), first))
        }))
    }
}

impl Gateways for FakeGateways {
    fn open(&self, business: BusinessId, _key: &SecretString) -> Arc<dyn Gateway> {
        self.account(business)
    }

    fn calls_at_once(&self) -> usize {
        if self.one_by_one.load(Ordering::SeqCst) { 1 } else { 4 }
    }
}

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The key is wrong, or revoked.
    WrongKey,
    /// The provider was not reached.
    NotSent,
    /// The request was lost on its way: no answer and no effect.
    LostRequest,
    /// The provider acted, but its answer was lost.
    LostAnswer,
    /// The provider says no, with this code.
    Refuse(&'static str),
}

/// One account.
pub struct FakeGateway {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    account: String,
    made: u64,
    checkouts: BTreeMap<String, Kept>,
    intents: BTreeMap<String, Intent>,
    refunds: BTreeMap<String, Refund>,
    disputes: BTreeMap<String, Dispute>,
    customers: BTreeMap<String, (BusinessId, CustomerId)>,
    cash: BTreeMap<String, Vec<Cash>>,
    meanwhile: Vec<(String, Money, String)>,
    keeping: Keeping,
    events: Vec<ProviderEvent>,
    by_key: HashMap<String, String>,
    faults: VecDeque<(&'static str, Fault)>,
    calls: Vec<&'static str>,
}

struct Kept {
    checkout: Checkout,
    customer: CustomerId,
    method: Method,
    keep: bool,
    created: Timestamp,
}

impl FakeGateway {
    fn new(clock: Arc<dyn Clock>, account: String) -> Self {
        Self { clock, state: Mutex::new(State { account, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next call of this name (`create_checkout`, `intent` …) go wrong; several faults are met in turn.
    pub fn fail_next(&self, call: &'static str, fault: Fault) {
        self.state().faults.push_back((call, fault));
    }

    /// From here on the key opens another account, where nothing of before is known.
    pub fn becomes_another(&self) {
        let mut state = self.state();
        *state = State { account: format!("{}another", state.account), ..State::default() };
    }

    /// Nothing goes wrong any more, for now.
    pub fn forget_faults(&self) {
        self.state().faults.clear();
    }

    /// The calls made so far, by name.
    pub fn calls(&self, call: &str) -> usize {
        self.state().calls.iter().filter(|made| **made == call).count()
    }

    /// The sessions that can be paid at this moment.
    pub fn open_checkouts(&self) -> Vec<Checkout> {
        let open = |kept: &&Kept| kept.checkout.status == CheckoutStatus::Open;
        self.state().checkouts.values().filter(open).map(|kept| kept.checkout.clone()).collect()
    }

    /// Whether a session can be paid at this moment.
    pub fn is_open(&self, checkout: &str) -> bool {
        let state = self.state();
        state.checkouts.get(checkout).is_some_and(|kept| kept.checkout.status == CheckoutStatus::Open)
    }

    /// The attempt that a session was made for.
    pub fn attempt_of(&self, checkout: &str) -> Option<AttemptId> {
        self.state().checkouts.get(checkout).and_then(|kept| kept.checkout.attempt)
    }

    /// What came of an intent.
    pub fn received(&self, intent: &str) -> Option<Money> {
        self.state().intents.get(intent).and_then(|intent| intent.amount_received)
    }

    /// All money that is here: what came, less what went back.
    ///
    /// # Panics
    /// If it is more than an amount can be.
    pub fn holds(&self, currency: Currency) -> Money {
        let state = self.state();
        let of = |money: &Money| money.currency() == currency;
        let came = state.intents.values().filter_map(|intent| intent.amount_received).filter(of);
        let went =
            state.refunds.values().filter(|refund| refund.effective).filter_map(|refund| refund.amount);
        let taken = state
            .disputes
            .values()
            .filter(|dispute| dispute.stage.is_some_and(DisputeStage::is_without_money))
            .filter_map(|dispute| dispute.amount);
        match Money::sum(currency, came.chain(went.chain(taken).filter(of).map(Money::negated))) {
            Ok(sum) => sum,
            Err(error) => panic!("{error}"),
        }
    }

    /// The customer pays an open session by card: the money is there at once. Returns the intent.
    ///
    /// # Panics
    /// If there is no such open session: paying what cannot be paid is a mistake of the test.
    pub fn pay(&self, checkout: &str) -> String {
        self.complete(checkout, IntentStatus::Succeeded)
    }

    /// The customer completes an open session by bank debit: the money is on its way.
    ///
    /// # Panics
    /// If there is no such open session.
    pub fn promise(&self, checkout: &str) -> String {
        self.complete(checkout, IntentStatus::Processing)
    }

    fn complete(&self, checkout: &str, status: IntentStatus) -> String {
        let mut state = self.state();
        let intent_id = state.next_id("pi");
        let Some(kept) = state.checkouts.get_mut(checkout) else { panic!("no session {checkout}") };
        assert_eq!(kept.checkout.status, CheckoutStatus::Open, "only an open session can be paid");
        let paid = status == IntentStatus::Succeeded;
        kept.checkout.status = CheckoutStatus::Complete;
        kept.checkout.paid = paid;
        kept.checkout.url = None;
        kept.checkout.intent = Some(intent_id.clone());
        let (method, keep) = (kept.method, kept.keep);
        let intent = Intent {
            id: intent_id.clone(),
            status,
            amount: kept.checkout.amount,
            amount_received: kept.checkout.amount.filter(|_| paid),
            livemode: kept.checkout.livemode,
            attempt: kept.checkout.attempt,
            business: kept.checkout.business,
            customer: Some(kept.customer),
            method: Some(kept.method),
            failure_code: None,
            remittance: None,
        };
        state.intents.insert(intent_id.clone(), intent);
        if keep {
            keeping::keep_paid_with(&mut state, &intent_id, method);
        }
        self.tell(&mut state, "checkout.session.completed", checkout);
        self.tell(
            &mut state,
            if paid { "payment_intent.succeeded" } else { "payment_intent.processing" },
            &intent_id,
        );
        intent_id
    }

    /// The bank delivers the money of a promised payment.
    ///
    /// # Panics
    /// If there is no such intent.
    pub fn settle(&self, intent: &str) {
        self.end(intent, IntentStatus::Succeeded, None);
    }

    /// The bank does not deliver.
    ///
    /// # Panics
    /// If there is no such intent.
    pub fn fail(&self, intent: &str, code: &str) {
        self.end(intent, IntentStatus::Waiting, Some(code));
    }

    fn end(&self, intent_id: &str, status: IntentStatus, code: Option<&str>) {
        let mut state = self.state();
        let Some(intent) = state.intents.get_mut(intent_id) else { panic!("no intent {intent_id}") };
        let settled = status == IntentStatus::Succeeded;
        intent.status = status;
        intent.failure_code = code.map(str::to_owned);
        intent.amount_received = intent.amount.filter(|_| settled);
        let mut session = None;
        for kept in state.checkouts.values_mut() {
            if kept.checkout.intent.as_deref() == Some(intent_id) {
                kept.checkout.paid = settled;
                session = Some(kept.checkout.id.clone());
            }
        }
        let (of_intent, of_session) = if settled {
            ("payment_intent.succeeded", "checkout.session.async_payment_succeeded")
        } else {
            ("payment_intent.payment_failed", "checkout.session.async_payment_failed")
        };
        self.tell(&mut state, of_intent, intent_id);
        if let Some(session) = session {
            self.tell(&mut state, of_session, &session);
        }
    }

    /// The session's time runs out.
    ///
    /// # Panics
    /// If there is no such session.
    pub fn run_out(&self, checkout: &str) {
        let mut state = self.state();
        let Some(kept) = state.checkouts.get_mut(checkout) else { panic!("no session {checkout}") };
        kept.checkout.status = CheckoutStatus::Expired;
        kept.checkout.url = None;
        self.tell(&mut state, "checkout.session.expired", checkout);
    }

    /// Money comes for an expired session all the same, as bank debits and races at the last second can.
    ///
    /// # Panics
    /// If there is no such session.
    pub fn pay_late(&self, checkout: &str) -> String {
        if let Some(kept) = self.state().checkouts.get_mut(checkout) {
            kept.checkout.status = CheckoutStatus::Open;
        }
        self.pay(checkout)
    }

    /// A payment made without us: at the provider's dashboard, or by another system.
    pub fn pay_from_elsewhere(&self, intent: Intent) {
        let mut state = self.state();
        let id = intent.id.clone();
        state.intents.insert(id.clone(), intent);
        self.tell(&mut state, "payment_intent.succeeded", &id);
    }

    /// Changes an intent behind our back, for tests of what must not be believed.
    ///
    /// # Panics
    /// If there is no such intent.
    pub fn change_intent(&self, intent: &str, change: impl FnOnce(&mut Intent)) {
        match self.state().intents.get_mut(intent) {
            Some(intent) => change(intent),
            None => panic!("no intent {intent}"),
        }
    }

    /// The provider keeps its events for 30 days only.
    pub fn forget_events(&self) {
        self.state().events.clear();
    }

    /// Every event so far, oldest first.
    pub fn told(&self) -> Vec<ProviderEvent> {
        self.state().events.clone()
    }

    fn tell(&self, state: &mut State, kind: &str, object_id: &str) {
        let id = state.next_id("evt");
        state.events.push(ProviderEvent {
            id,
            kind: kind.to_owned(),
            object_id: object_id.to_owned(),
            created: self.clock.machine_now(),
            livemode: false,
        });
    }

    /// Notes the call and meets the next fault that waits for it, if there is one.
    fn enter(&self, call: &'static str) -> Result<Option<Fault>, GatewayError> {
        let mut state = self.state();
        state.calls.push(call);
        let fault =
            state.faults.iter().position(|(name, _)| *name == call).and_then(|at| state.faults.remove(at));
        match fault.map(|(_, fault)| fault) {
            Some(Fault::WrongKey) => Err(GatewayError::Unauthorised),
            Some(Fault::NotSent) => Err(GatewayError::NotSent { reason: "fault".to_owned() }),
            Some(Fault::LostRequest) => Err(GatewayError::Unknown { reason: "fault".to_owned() }),
            Some(Fault::Refuse(code)) => {
                Err(GatewayError::Refused { code: code.to_owned(), param: None, message: "fault".to_owned() })
            }
            after => Ok(after),
        }
    }

    fn leave<T>(fault: Option<&Fault>, answer: T) -> Result<T, GatewayError> {
        if fault == Some(&Fault::LostAnswer) {
            return Err(GatewayError::Unknown { reason: "fault".to_owned() });
        }
        Ok(answer)
    }
}

impl State {
    fn next_id(&mut self, prefix: &str) -> String {
        self.made += 1;
        format!("{prefix}_fake{:06}", self.made)
    }
}

/// The body of the webhook that tells `event`, as the provider would send it.
pub fn webhook_body(event: &ProviderEvent) -> Vec<u8> {
    if event.object_id.starts_with("cus_") {
        // A cash balance has no id: it is its customer's.
        let body = json!({
            "id": event.id, "object": "event", "created": event.created.timestamp(), "livemode": event.livemode,
            "type": event.kind, "data": { "object": { "customer": event.object_id, "object": "cash_balance" } },
        });
        return body.to_string().into_bytes();
    }
    let object = match event.object_id.split('_').next() {
        Some("cs") => "checkout.session",
        Some("pi") => "payment_intent",
        Some("re") => "refund",
        Some("dp") => "dispute",
        Some("seti") => "setup_intent",
        Some("pm") => "payment_method",
        Some("mandate") => "mandate",
        _ => "unknown",
    };
    let body = json!({
        "id": event.id, "object": "event", "api_version": "2026-09-30.endive", "created": event.created.timestamp(),
        "livemode": event.livemode, "type": event.kind,
        "data": { "object": { "id": event.object_id, "object": object } },
    });
    body.to_string().into_bytes()
}

#[async_trait]
impl Gateway for FakeGateway {
    async fn account(&self) -> Result<Option<String>, GatewayError> {
        let fault = self.enter("account")?;
        Self::leave(fault.as_ref(), Some(self.state().account.clone()))
    }

    async fn create_customer(&self, new: NewCustomer, idempotency_key: &str) -> Result<String, GatewayError> {
        let fault = self.enter("create_customer")?;
        let mut state = self.state();
        let id = match state.by_key.get(idempotency_key) {
            Some(id) => id.clone(),
            None => cash::remote(new.customer),
        };
        state.by_key.insert(idempotency_key.to_owned(), id.clone());
        state.customers.insert(id.clone(), (new.business, new.customer));
        drop(state);
        Self::leave(fault.as_ref(), id)
    }

    async fn customer(&self, id: &str) -> Result<Option<(BusinessId, CustomerId)>, GatewayError> {
        let fault = self.enter("customer")?;
        let found = self.state().customers.get(id).copied();
        Self::leave(fault.as_ref(), found)
    }

    async fn create_checkout(
        &self,
        new: NewCheckout,
        idempotency_key: &str,
    ) -> Result<Checkout, GatewayError> {
        let fault = self.enter("create_checkout")?;
        let mut state = self.state();
        let known = state.by_key.get(idempotency_key).cloned();
        let id = if let Some(id) = known {
            id
        } else {
            let id = state.next_id("cs_test");
            let checkout = Checkout {
                id: id.clone(),
                url: Some(format!("https://checkout.example/{id}")),
                status: CheckoutStatus::Open,
                paid: false,
                intent: None,
                setup: None,
                amount: Some(new.amount),
                livemode: false,
                attempt: Some(new.attempt),
                business: Some(new.business),
            };
            let created = self.clock.machine_now();
            let kept = Kept { checkout, customer: new.customer, method: new.method, keep: new.keep, created };
            state.checkouts.insert(id.clone(), kept);
            state.by_key.insert(idempotency_key.to_owned(), id.clone());
            id
        };
        let answer =
            state.checkouts.get(&id).map(|kept| kept.checkout.clone()).ok_or(GatewayError::NotFound)?;
        drop(state);
        Self::leave(fault.as_ref(), answer)
    }

    async fn create_setup(&self, new: NewSetup, idempotency_key: &str) -> Result<Checkout, GatewayError> {
        let fault = self.enter("create_setup")?;
        Self::leave(fault.as_ref(), self.setup_page(&new, idempotency_key))
    }

    async fn setup(&self, id: &str) -> Result<Setup, GatewayError> {
        let fault = self.enter("setup")?;
        let answer = self.state().keeping.setup(id).ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn paid_with(&self, intent: &str) -> Result<Given, GatewayError> {
        let fault = self.enter("paid_with")?;
        let answer = self.state().keeping.paid_with(intent);
        Self::leave(fault.as_ref(), answer)
    }

    async fn kept_method(&self, id: &str) -> Result<KeptMethod, GatewayError> {
        let fault = self.enter("kept_method")?;
        let answer = self.state().keeping.method(id).ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn mandate(&self, id: &str) -> Result<Mandate, GatewayError> {
        let fault = self.enter("mandate")?;
        let answer = self.state().keeping.mandate(id).ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn detach_method(&self, id: &str) -> Result<(), GatewayError> {
        let fault = self.enter("detach_method")?;
        if !self.kept_methods().contains(&id.to_owned()) {
            return Err(GatewayError::Refused {
                code: "invalid_request_error".to_owned(),
                param: None,
                message: "it is not attached to a customer".to_owned(),
            });
        }
        self.let_method_go(id);
        Self::leave(fault.as_ref(), ())
    }

    async fn checkout(&self, id: &str) -> Result<Checkout, GatewayError> {
        let fault = self.enter("checkout")?;
        let answer =
            self.state().checkouts.get(id).map(|kept| kept.checkout.clone()).ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn expire_checkout(&self, id: &str) -> Result<Checkout, GatewayError> {
        let fault = self.enter("expire_checkout")?;
        let found = self.state().checkouts.get(id).map(|kept| kept.checkout.clone());
        match found {
            None => Err(GatewayError::NotFound),
            Some(checkout) if checkout.status != CheckoutStatus::Open => Err(GatewayError::Refused {
                code: "invalid_request_error".to_owned(),
                param: Some("session".to_owned()),
                message: "only open sessions can be expired".to_owned(),
            }),
            Some(mut checkout) => {
                self.run_out(id);
                checkout.status = CheckoutStatus::Expired;
                checkout.url = None;
                Self::leave(fault.as_ref(), checkout)
            }
        }
    }

    async fn checkouts_since(&self, from: Timestamp) -> Result<Vec<Checkout>, GatewayError> {
        let fault = self.enter("checkouts_since")?;
        let state = self.state();
        let mut found: Vec<_> = state.checkouts.values().filter(|kept| kept.created >= from).collect();
        found.sort_by_key(|kept| std::cmp::Reverse(kept.created));
        let answer = found.into_iter().map(|kept| kept.checkout.clone()).collect();
        drop(state);
        Self::leave(fault.as_ref(), answer)
    }

    async fn checkout_of_intent(&self, intent: &str) -> Result<Option<Checkout>, GatewayError> {
        let fault = self.enter("checkout_of_intent")?;
        let state = self.state();
        let found = state.checkouts.values().find(|kept| kept.checkout.intent.as_deref() == Some(intent));
        let answer = found.map(|kept| kept.checkout.clone());
        drop(state);
        Self::leave(fault.as_ref(), answer)
    }

    async fn charge(&self, new: NewCharge, idempotency_key: &str) -> Result<Intent, GatewayError> {
        let fault = self.enter("charge")?;
        let made = self.charge_kept(&new, idempotency_key);
        // A lost answer may be a refusal too.
        Self::leave(fault.as_ref(), ())?;
        made
    }

    async fn intent(&self, id: &str) -> Result<Intent, GatewayError> {
        let fault = self.enter("intent")?;
        let answer = self.state().intents.get(id).cloned().ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn funding_account(
        &self,
        _: &str,
        currency: Currency,
        _: Country,
    ) -> Result<BankAccount, GatewayError> {
        let fault = self.enter("funding_account")?;
        Self::leave(fault.as_ref(), cash::account(currency)?)
    }

    async fn cash(&self, customer: &str) -> Result<Vec<Cash>, GatewayError> {
        let fault = self.enter("cash")?;
        let answer = self.state().cash.get(customer).cloned().unwrap_or_default();
        Self::leave(fault.as_ref(), answer)
    }

    async fn collect_cash(&self, new: NewCashPayment, idempotency_key: &str) -> Result<Intent, GatewayError> {
        let fault = self.enter("collect_cash")?;
        let made = cash::pay(&mut self.state(), &new, idempotency_key)?;
        self.tell(&mut self.state(), "payment_intent.succeeded", &made.id);
        Self::leave(fault.as_ref(), made)
    }

    async fn create_refund(&self, new: NewRefund, idempotency_key: &str) -> Result<Refund, GatewayError> {
        let fault = self.enter("create_refund")?;
        let mut state = self.state();
        let id = if let Some(known) = state.by_key.get(idempotency_key).cloned() {
            known
        } else {
            let came = state.intents.get(&new.intent).and_then(|intent| intent.amount_received);
            let of_it = |refund: &&Refund| refund.effective && refund.intent.as_ref() == Some(&new.intent);
            let gone: i64 = state
                .refunds
                .values()
                .filter(of_it)
                .filter_map(|refund| refund.amount)
                .map(Money::minor)
                .sum();
            let contested = state.disputes.values().any(|dispute| {
                dispute.intent.as_ref() == Some(&new.intent)
                    && !matches!(dispute.stage, Some(DisputeStage::Inquiry))
            });
            if contested || came.is_none_or(|came| gone + new.amount.minor() > came.minor()) {
                return Err(GatewayError::Refused {
                    code: "charge_already_refunded".to_owned(),
                    param: None,
                    message: "there is not so much left of it".to_owned(),
                });
            }
            let id = self.refund_of(&mut state, &new.intent, new.amount, Some(new.refund));
            state.by_key.insert(idempotency_key.to_owned(), id.clone());
            id
        };
        let answer = state.refunds.get(&id).cloned().ok_or(GatewayError::NotFound)?;
        drop(state);
        Self::leave(fault.as_ref(), answer)
    }

    async fn refunds_of(&self, intent: &str) -> Result<Vec<Refund>, GatewayError> {
        let fault = self.enter("refunds_of")?;
        let of_it = |refund: &&Refund| refund.intent.as_deref() == Some(intent);
        let answer = self.state().refunds.values().filter(of_it).cloned().collect();
        Self::leave(fault.as_ref(), answer)
    }

    async fn refund(&self, id: &str) -> Result<Refund, GatewayError> {
        let fault = self.enter("refund")?;
        let answer = self.state().refunds.get(id).cloned().ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn dispute(&self, id: &str) -> Result<Dispute, GatewayError> {
        let fault = self.enter("dispute")?;
        let answer = self.state().disputes.get(id).cloned().ok_or(GatewayError::NotFound)?;
        Self::leave(fault.as_ref(), answer)
    }

    async fn intents_since(&self, _: Timestamp) -> Result<Vec<Intent>, GatewayError> {
        let fault = self.enter("intents_since")?;
        let answer = self.state().intents.values().cloned().collect();
        Self::leave(fault.as_ref(), answer)
    }

    async fn refunds_since(&self, _: Timestamp) -> Result<Vec<Refund>, GatewayError> {
        let fault = self.enter("refunds_since")?;
        let answer = self.state().refunds.values().cloned().collect();
        Self::leave(fault.as_ref(), answer)
    }

    async fn disputes_since(&self, _: Timestamp) -> Result<Vec<Dispute>, GatewayError> {
        let fault = self.enter("disputes_since")?;
        let answer = self.state().disputes.values().cloned().collect();
        Self::leave(fault.as_ref(), answer)
    }

    async fn events(&self, from: Timestamp, after: Option<&str>) -> Result<EventPage, GatewayError> {
        let fault = self.enter("events")?;
        let state = self.state();
        let since = state.events.iter().rev().filter(|event| event.created >= from);
        let mut rest: Vec<ProviderEvent> = match after {
            None => since.cloned().collect(),
            Some(after) => since.skip_while(|event| event.id != after).skip(1).cloned().collect(),
        };
        drop(state);
        let more = rest.len() > PAGE;
        rest.truncate(PAGE);
        let next = rest.last().filter(|_| more).map(|last| last.id.clone());
        Self::leave(fault.as_ref(), EventPage { events: rest, next })
    }
}

/// An intent of nobody we know, to be changed into whatever a test must not believe.
pub fn stray_intent(id: &str, amount: Money) -> Intent {
    Intent {
        id: id.to_owned(),
        status: IntentStatus::Succeeded,
        amount: Some(amount),
        amount_received: Some(amount),
        livemode: false,
        attempt: None::<AttemptId>,
        business: None,
        customer: None,
        method: Some(Method::Card),
        failure_code: None,
        remittance: None,
    }
}
