//! Methods that are kept for later at the provider in memory.

use std::collections::BTreeMap;

use domain::MethodSetupId;
use domain::payment::Method;
use domain::saved::ExpiryMonth;

use super::{FakeGateway, Kept, State};
use crate::gateway::{
    Checkout, CheckoutStatus, GatewayError, Given, Intent, IntentStatus, KeptMethod, Mandate, NewCharge,
    NewSetup, Setup, SetupStatus,
};

/// What was given, and what is left of it.
#[derive(Default)]
pub(super) struct Keeping {
    setups: BTreeMap<String, Setup>,
    /// What payments were paid with: the method and its mandate.
    paid_with: BTreeMap<String, (String, Option<String>)>,
    methods: BTreeMap<String, KeptMethod>,
    mandates: BTreeMap<String, Mandate>,
    /// The methods whose bank says no when they are charged, with its reason.
    declined: BTreeMap<String, &'static str>,
    /// How many charges were made without the holder.
    without_holder: usize,
}

impl Keeping {
    /// As it stands now, with its method and mandate as they stand now.
    pub(super) fn setup(&self, id: &str) -> Option<Setup> {
        let mut setup = self.setups.get(id)?.clone();
        setup.given.method = setup.given.method.and_then(|method| self.method(&method.id));
        setup.given.mandate = setup.given.mandate.and_then(|mandate| self.mandate(&mandate.id));
        Some(setup)
    }

    /// What a payment was paid with, as it stands now. What was not to be kept is not remembered.
    pub(super) fn paid_with(&self, intent: &str) -> Given {
        let Some((method, mandate)) = self.paid_with.get(intent) else { return Given::default() };
        Given { method: self.method(method), mandate: mandate.as_deref().and_then(|id| self.mandate(id)) }
    }

    pub(super) fn method(&self, id: &str) -> Option<KeptMethod> {
        self.methods.get(id).cloned()
    }

    pub(super) fn mandate(&self, id: &str) -> Option<Mandate> {
        self.mandates.get(id).cloned()
    }
}

impl FakeGateway {
    pub(super) fn setup_page(&self, new: &NewSetup, idempotency_key: &str) -> Checkout {
        let mut state = self.state();
        if let Some(known) = state.by_key.get(idempotency_key).and_then(|known| state.checkouts.get(known)) {
            return known.checkout.clone();
        }
        let (id, setup) = (state.next_id("cs_test"), state.next_id("seti"));
        let checkout = Checkout {
            id: id.clone(),
            url: Some(format!("https://checkout.example/{id}")),
            status: CheckoutStatus::Open,
            paid: false,
            intent: None,
            setup: Some(setup.clone()),
            amount: None,
            livemode: false,
            attempt: None,
            business: Some(new.business),
        };
        let kept = Kept {
            checkout: checkout.clone(),
            customer: new.customer,
            method: new.method,
            keep: false,
            created: self.clock.machine_now(),
        };
        let agreed = Setup {
            id: setup.clone(),
            status: SetupStatus::NotGiven,
            livemode: false,
            setup: Some(new.setup),
            given: Given::default(),
        };
        state.keeping.setups.insert(setup, agreed);
        state.checkouts.insert(id.clone(), kept);
        state.by_key.insert(idempotency_key.to_owned(), id);
        checkout
    }

    /// What a page for keeping a method was made for.
    pub fn setup_of(&self, checkout: &str) -> Option<MethodSetupId> {
        let state = self.state();
        let setup = state.checkouts.get(checkout)?.checkout.setup.as_ref()?;
        state.keeping.setups.get(setup)?.setup
    }

    /// The customer gives a method on a page for keeping one. Returns the provider's ids of it and of its mandate.
    ///
    /// # Panics
    /// If there is no such open page.
    pub fn give_method(&self, checkout: &str) -> (String, Option<String>) {
        let mut state = self.state();
        let Some(kept) = state.checkouts.get_mut(checkout) else { panic!("no page {checkout}") };
        assert_eq!(kept.checkout.status, CheckoutStatus::Open, "only an open page takes a method");
        kept.checkout.status = CheckoutStatus::Complete;
        kept.checkout.url = None;
        let (kind, setup_id) = (kept.method, kept.checkout.setup.clone().unwrap_or_default());
        let given = new_method(&mut state, kind);
        let (method, mandate) = (given.method.clone(), given.mandate.clone());
        let Some(setup) = state.keeping.setups.get_mut(&setup_id) else { panic!("{checkout} keeps nothing") };
        setup.status = SetupStatus::Succeeded;
        setup.given = given;
        self.tell(&mut state, "setup_intent.succeeded", &setup_id);
        self.tell(&mut state, "checkout.session.completed", checkout);
        (method.map(|method| method.id).unwrap_or_default(), mandate.map(|mandate| mandate.id))
    }

    /// The customer gives an account on a page for keeping one, and has to confirm it later: with a code from their statement.
    ///
    /// # Panics
    /// If there is no such page.
    pub fn give_unconfirmed(&self, checkout: &str) {
        let mut state = self.state();
        let Some(kept) = state.checkouts.get_mut(checkout) else { panic!("no page {checkout}") };
        kept.checkout.status = CheckoutStatus::Complete;
        kept.checkout.url = None;
        let setup_id = kept.checkout.setup.clone().unwrap_or_default();
        let Some(setup) = state.keeping.setups.get_mut(&setup_id) else { panic!("{checkout} keeps nothing") };
        setup.status = SetupStatus::UnderWay;
        self.tell(&mut state, "checkout.session.completed", checkout);
    }

    /// What a payment was paid with, if that was to be kept: the provider's ids of it and of its mandate.
    pub fn kept_of(&self, intent: &str) -> Option<(String, Option<String>)> {
        self.state().keeping.paid_with.get(intent).cloned()
    }

    /// From now on the bank of a method says no, with this code; or yes again.
    pub fn decline(&self, method: &str, code: Option<&'static str>) {
        let mut state = self.state();
        match code {
            Some(code) => state.keeping.declined.insert(method.to_owned(), code),
            None => state.keeping.declined.remove(method),
        };
    }

    /// How many of the charges of kept methods were made without their holder there.
    pub fn without_holder(&self) -> usize {
        self.state().keeping.without_holder
    }

    /// Charges a kept method: a card pays at once, a debit is on its way. The same key answers the same, also with a refusal.
    pub(super) fn charge_kept(&self, new: &NewCharge, idempotency_key: &str) -> Result<Intent, GatewayError> {
        let mut state = self.state();
        let refused = |code: &str| GatewayError::Refused {
            code: code.to_owned(),
            param: None,
            message: "the bank says no".to_owned(),
        };
        if let Some(known) = state.by_key.get(idempotency_key).and_then(|id| state.intents.get(id)) {
            return match &known.failure_code {
                Some(code) => Err(refused(code)),
                None => Ok(known.clone()),
            };
        }
        if !state.keeping.methods.get(&new.reference).is_some_and(|method| method.attached) {
            return Err(refused("resource_missing"));
        }
        let id = state.next_id("pi");
        state.keeping.without_holder += usize::from(!new.present);
        let code = state.keeping.declined.get(&new.reference).copied();
        let status = match code {
            Some(_) => IntentStatus::Waiting,
            None if new.method.settles_later() => IntentStatus::Processing,
            None => IntentStatus::Succeeded,
        };
        let intent = Intent {
            id: id.clone(),
            status,
            amount: Some(new.amount),
            amount_received: Some(new.amount).filter(|_| status == IntentStatus::Succeeded),
            livemode: false,
            attempt: Some(new.attempt),
            business: Some(new.business),
            customer: Some(new.customer),
            method: Some(new.method),
            failure_code: code.map(str::to_owned),
            remittance: None,
        };
        state.intents.insert(id.clone(), intent.clone());
        state.by_key.insert(idempotency_key.to_owned(), id.clone());
        let told = match status {
            IntentStatus::Succeeded => "payment_intent.succeeded",
            IntentStatus::Processing => "payment_intent.processing",
            _ => "payment_intent.payment_failed",
        };
        self.tell(&mut state, told, &id);
        code.map_or(Ok(intent), |code| Err(refused(code)))
    }

    /// A method is let go, at our word or in the provider's dashboard.
    ///
    /// # Panics
    /// If there is no such method.
    pub fn let_method_go(&self, method: &str) {
        let mut state = self.state();
        match state.keeping.methods.get_mut(method) {
            Some(method) => method.attached = false,
            None => panic!("no method {method}"),
        }
        self.tell(&mut state, "payment_method.detached", method);
    }

    /// The holder or their bank takes a mandate back.
    ///
    /// # Panics
    /// If there is no such mandate.
    pub fn end_mandate(&self, mandate: &str) {
        let mut state = self.state();
        match state.keeping.mandates.get_mut(mandate) {
            Some(mandate) => mandate.over = true,
            None => panic!("no mandate {mandate}"),
        }
        self.tell(&mut state, "mandate.updated", mandate);
    }

    /// The methods that can be charged at this moment.
    pub fn kept_methods(&self) -> Vec<String> {
        let state = self.state();
        state.keeping.methods.values().filter(|kept| kept.attached).map(|kept| kept.id.clone()).collect()
    }
}

/// A payment is paid with a method that is to be kept.
pub(super) fn keep_paid_with(state: &mut State, intent: &str, kind: Method) {
    let Given { method, mandate } = new_method(state, kind);
    let ids = (method.map(|method| method.id).unwrap_or_default(), mandate.map(|mandate| mandate.id));
    state.keeping.paid_with.insert(intent.to_owned(), ids);
}

fn new_method(state: &mut State, kind: Method) -> Given {
    let (id, mandate_id) = (state.next_id("pm"), state.next_id("mandate"));
    let card = kind == Method::Card;
    let method = KeptMethod {
        id: id.clone(),
        attached: true,
        method: Some(kind),
        label: if card { "visa".to_owned() } else { String::new() },
        last_digits: if card { "4242" } else { "3000" }.to_owned(),
        expires: ExpiryMonth::new(2034, 12).filter(|_| card),
    };
    let mandate = (!card).then_some(Mandate { id: mandate_id, over: false });
    state.keeping.methods.insert(id, method.clone());
    if let Some(mandate) = &mandate {
        state.keeping.mandates.insert(mandate.id.clone(), mandate.clone());
    }
    Given { method: Some(method), mandate }
}
