//! Bank transfers at the provider in memory: an account for each customer, and what came there.

use domain::bank::{AccountNumber, BankAccount, Iban};
use domain::money::Money;
use domain::payment::Method;
use domain::{BusinessId, Currency, CustomerId, Name};

use super::{FakeGateway, State};
use crate::gateway::{Cash, GatewayError, Intent, IntentStatus, NewCashPayment};

/// What the provider calls one of our customers.
pub(super) fn remote(customer: CustomerId) -> String {
    format!("cus_{}", customer.uuid().as_simple())
}

impl FakeGateway {
    /// A customer transfers money to the account that is kept for them, with these words.
    pub fn transfer_arrives(&self, customer: CustomerId, amount: Money, words: &str) {
        let mut state = self.state();
        lay(&mut state, &remote(customer), amount, words);
        self.tell(&mut state, "cash_balance.funds_available", &remote(customer));
    }

    /// The next time that a payment is to be made of what lies in this customer's account, more comes just before.
    pub fn transfer_arrives_meanwhile(&self, customer: CustomerId, amount: Money, words: &str) {
        self.state().meanwhile.push((remote(customer), amount, words.to_owned()));
    }

    /// This customer was made here once, whoever has forgotten it.
    pub fn made_for(&self, business: BusinessId, customer: CustomerId) {
        self.state().customers.insert(remote(customer), (business, customer));
    }

    /// A refund put money into a customer's account.
    pub fn refund_lies(&self, customer: CustomerId, amount: Money) {
        let customer = remote(customer);
        let mut state = self.state();
        let lies = moved(&mut state, &customer, amount.currency());
        lies.refunded = lies.refunded.checked_add(amount).unwrap_or(amount);
        self.tell(&mut state, "cash_balance.funds_available", &customer);
    }

    /// What lies in a customer's account, wherever from.
    pub fn lies(&self, customer: CustomerId) -> Vec<Money> {
        let state = self.state();
        let lies = state.cash.get(&remote(customer)).into_iter().flatten();
        lies.flat_map(|cash| [cash.amount, cash.refunded]).filter(|amount| amount.is_positive()).collect()
    }
}

/// Money comes into a customer's account. What comes together lies there together.
fn lay(state: &mut State, customer: &str, amount: Money, words: &str) {
    let lies = moved(state, customer, amount.currency());
    lies.amount = lies.amount.checked_add(amount).unwrap_or(amount);
    lies.remittance = [words, &lies.remittance].join("\n");
}

/// What lies there in this currency, moved by something new.
fn moved<'a>(state: &'a mut State, customer: &str, currency: Currency) -> &'a mut Cash {
    let last_moved = state.next_id("ccsbtxn");
    let lies = state.cash.entry(customer.to_owned()).or_default();
    let at = lies.iter().position(|cash| cash.amount.currency() == currency).unwrap_or_else(|| {
        let none = Money::zero(currency);
        lies.push(Cash {
            amount: none,
            refunded: none,
            last_moved: String::new(),
            remittance: String::new(),
        });
        lies.len() - 1
    });
    lies[at].last_moved = last_moved;
    &mut lies[at]
}

/// The account of a customer: all of them have one IBAN, because nothing goes there.
pub(super) fn account(currency: Currency) -> Result<BankAccount, GatewayError> {
    let iban = Iban::parse("DE89370400440532013000").map_err(|_| GatewayError::NotFound)?;
    let holder = Name::parse("Held for the customer").map_err(|_| GatewayError::NotFound)?;
    Ok(BankAccount { currency, holder, number: AccountNumber::Iban { iban }, bic: None, bank_name: None })
}

/// Makes a payment of all that lies there, if it is so much.
pub(super) fn pay(state: &mut State, new: &NewCashPayment, key: &str) -> Result<Intent, GatewayError> {
    if let Some(known) = state.by_key.get(key).and_then(|id| state.intents.get(id)) {
        return Ok(known.clone());
    }
    for (customer, amount, words) in std::mem::take(&mut state.meanwhile) {
        lay(state, &customer, amount, &words);
    }
    let lies = state.cash.entry(new.provider_customer.clone()).or_default();
    let Some(at) = lies.iter().position(|cash| cash.amount == new.amount) else {
        return Err(GatewayError::Refused {
            code: "balance_insufficient".to_owned(),
            param: None,
            message: "there is not so much in it".to_owned(),
        });
    };
    let rest =
        Cash { amount: Money::zero(new.amount.currency()), remittance: String::new(), ..lies[at].clone() };
    lies[at] = rest;
    lies.retain(|cash| !cash.refunded.is_zero());
    let id = state.next_id("pi");
    let made = Intent {
        id: id.clone(),
        status: IntentStatus::Succeeded,
        amount: Some(new.amount),
        amount_received: Some(new.amount),
        livemode: false,
        attempt: None,
        business: Some(new.business),
        customer: Some(new.customer),
        method: Some(Method::BankTransfer),
        failure_code: None,
        remittance: Some(new.remittance.clone()),
    };
    state.intents.insert(id.clone(), made.clone());
    state.by_key.insert(key.to_owned(), id);
    Ok(made)
}
