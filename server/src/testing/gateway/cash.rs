//! Bank transfers at the provider in memory: an account for each customer, and what came there.

use domain::bank::{AccountNumber, BankAccount, Iban};
use domain::money::Money;
use domain::payment::Method;
use domain::{Currency, CustomerId, Name};

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

    /// A refund put money into a customer's account.
    pub fn refund_lies(&self, customer: CustomerId, amount: Money) {
        let customer = remote(customer);
        let mut state = self.state();
        let last_moved = state.next_id("ccsbtxn");
        let cash = Cash { amount, last_moved, remittance: String::new(), only_transfers: false };
        state.cash.entry(customer.clone()).or_default().push(cash);
        self.tell(&mut state, "cash_balance.funds_available", &customer);
    }

    /// What lies in a customer's account.
    pub fn lies(&self, customer: CustomerId) -> Vec<Money> {
        let state = self.state();
        state.cash.get(&remote(customer)).into_iter().flatten().map(|cash| cash.amount).collect()
    }
}

/// Money comes into a customer's account. What comes together lies there together.
fn lay(state: &mut State, customer: &str, amount: Money, words: &str) {
    let last_moved = state.next_id("ccsbtxn");
    let lies = state.cash.entry(customer.to_owned()).or_default();
    if let Some(cash) = lies.iter_mut().find(|cash| cash.amount.currency() == amount.currency()) {
        cash.amount = cash.amount.checked_add(amount).unwrap_or(amount);
        cash.last_moved = last_moved;
        cash.remittance = format!("{words}\n{}", cash.remittance);
    } else {
        lies.push(Cash { amount, last_moved, remittance: words.to_owned(), only_transfers: true });
    }
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
    lies.remove(at);
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
