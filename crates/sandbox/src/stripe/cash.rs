//! Cash balances: the account that Stripe keeps for a customer to transfer to, what has come there, and paying with it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::account::Scene;
use super::error::ApiError;
use super::lists::{Page, page};
use super::money;
use super::parameters::Params;

/// Money that came into a customer's cash balance, or left it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CashTransaction {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) customer: String,
    pub(crate) currency: String,
    /// What it added; less than nothing where money was used.
    pub(crate) net: i64,
    pub(crate) ending: i64,
    pub(crate) why: CashMoves,
}

/// Why money moved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CashMoves {
    /// A bank transfer came, with what its sender wrote.
    Funded(String),
    /// A `PaymentIntent` was paid with it.
    AppliedToPayment(String),
}

impl CashTransaction {
    fn shown(&self) -> Value {
        let mut shown = json!({
            "id": self.id, "object": "customer_cash_balance_transaction", "created": self.created, "livemode": false,
            "customer": self.customer, "customer_account": null, "currency": self.currency,
            "net_amount": self.net, "ending_balance": self.ending,
        });
        let (kind, details) = match &self.why {
            CashMoves::Funded(reference) => {
                let kind = transfer_kind(&self.currency);
                let mut transfer = json!({ "type": kind, "reference": reference });
                transfer[kind] = json!({ "sender_name": "Sandbox payer" });
                ("funded", json!({ "bank_transfer": transfer }))
            }
            CashMoves::AppliedToPayment(intent) => {
                ("applied_to_payment", json!({ "payment_intent": intent }))
            }
        };
        shown["type"] = json!(kind);
        shown[kind] = details;
        shown
    }
}

// Stripe: the transfer's type goes with the currency (funding instructions)
fn transfer_kind(currency: &str) -> &'static str {
    match currency {
        "gbp" => "gb_bank_transfer",
        "usd" => "us_bank_transfer",
        "jpy" => "jp_bank_transfer",
        "mxn" => "mx_bank_transfer",
        _ => "eu_bank_transfer",
    }
}

/// What is in a customer's balance, by currency; only what is more than nothing.
fn available(scene: &Scene<'_>, customer: &str) -> BTreeMap<String, i64> {
    let mut available = BTreeMap::new();
    for moved in scene.account.cash.newest_first().filter(|moved| moved.customer == customer) {
        *available.entry(moved.currency.clone()).or_insert(0) += moved.net;
    }
    available.retain(|_, amount| *amount > 0);
    available
}

fn balance(scene: &Scene<'_>, customer: &str) -> Value {
    let available = available(scene, customer);
    json!({
        "object": "cash_balance", "customer": customer, "customer_account": null, "livemode": false,
        "available": if available.is_empty() { Value::Null } else { json!(available) },
        "settings": {"reconciliation_mode": "automatic", "using_merchant_default": true},
    })
}

fn known(scene: &Scene<'_>, customer: &str) -> Result<(), ApiError> {
    match scene.account.customers.get(customer) {
        Some(_) => Ok(()),
        None => Err(ApiError::no_such("customer", customer, "customer")),
    }
}

fn moved(scene: &mut Scene<'_>, customer: &str, currency: &str, net: i64, why: CashMoves) {
    let before = available(scene, customer).get(currency).copied().unwrap_or_default();
    let transaction = CashTransaction {
        id: scene.entropy.id("ccsbtxn"),
        created: scene.now,
        customer: customer.to_owned(),
        currency: currency.to_owned(),
        net,
        ending: before + net,
        why,
    };
    let shown = scene.account.cash.add(transaction).shown();
    scene.emit("customer_cash_balance_transaction.created", shown);
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, customer: &str, _: &Params) -> Result<Value, ApiError> {
    known(scene, customer)?;
    Ok(balance(scene, customer))
}

pub(crate) fn transactions(
    scene: &mut Scene<'_>,
    customer: &str,
    params: &Params,
) -> Result<Value, ApiError> {
    known(scene, customer)?;
    let url = format!("/v1/customers/{customer}/cash_balance_transactions");
    page(
        &scene.account.cash,
        params,
        &Page { url: &url, kind: "customer_cash_balance_transaction" },
        |moved| moved.customer == customer,
        CashTransaction::shown,
    )
}

/// `POST /v1/test_helpers/customers/{id}/fund_cash_balance`: a bank transfer comes.
pub(crate) fn fund_call(scene: &mut Scene<'_>, customer: &str, params: &Params) -> Result<Value, ApiError> {
    let currency = money::currency(params.text("currency").unwrap_or_default(), "currency")?;
    let amount = params.int("amount").unwrap_or_default();
    fund(scene, customer, &currency, amount, params.text("reference").unwrap_or_default())?;
    let last = scene.account.cash.newest_first().next();
    last.map(CashTransaction::shown).ok_or_else(|| ApiError::invalid("Nothing came."))
}

/// A bank transfer comes.
pub(crate) fn fund(
    scene: &mut Scene<'_>,
    customer: &str,
    currency: &str,
    amount: i64,
    reference: &str,
) -> Result<(), ApiError> {
    known(scene, customer)?;
    if amount < 1 {
        return Err(ApiError::parameter("amount", "This value must be greater than or equal to 1."));
    }
    moved(scene, customer, currency, amount, CashMoves::Funded(reference.to_owned()));
    // Stripe: told when money is left after open payments were reconciled, of which the sandbox has none (customer balance,
    // reconciliation)
    let shown = balance(scene, customer);
    scene.emit("cash_balance.funds_available", shown);
    Ok(())
}

/// Takes what a payment costs out of a customer's balance, if there is so much.
pub(crate) fn take(scene: &mut Scene<'_>, customer: &str, currency: &str, amount: i64, intent: &str) -> bool {
    let there = available(scene, customer).get(currency).copied().unwrap_or_default();
    if there < amount {
        return false;
    }
    moved(scene, customer, currency, -amount, CashMoves::AppliedToPayment(intent.to_owned()));
    true
}

/// `POST /v1/customers/{id}/funding_instructions`: where to transfer to, the same whenever it is asked.
pub(crate) fn instructions(
    scene: &mut Scene<'_>,
    customer: &str,
    params: &Params,
) -> Result<Value, ApiError> {
    params.only(&["bank_transfer", "currency", "expand", "funding_type"])?;
    known(scene, customer)?;
    let currency = money::currency(params.text("currency").unwrap_or_default(), "currency")?;
    let kind = params.text("bank_transfer.type").unwrap_or_default();
    let wanted = transfer_kind(&currency);
    if kind != wanted {
        return Err(ApiError::parameter(
            "bank_transfer[type]",
            format!("Transfers in {currency} are of the type {wanted}."),
        ));
    }
    let country = params.text("bank_transfer.eu_bank_transfer.country");
    let digits = digits_of(customer);
    let holder = &scene.account.name;
    let (country, address) = match (wanted, country) {
        ("eu_bank_transfer", Some(country @ ("BE" | "DE" | "ES" | "FR" | "IE" | "NL"))) => (
            country,
            json!({"type": "iban", "supported_networks": ["sepa"], "iban": {
                "account_holder_name": holder, "bic": "SANDDEFFXXX", "country": "DE", "iban": german_iban(&digits),
            }}),
        ),
        ("eu_bank_transfer", _) => {
            return Err(ApiError::parameter(
                "bank_transfer[eu_bank_transfer][country]",
                "Invalid country: must be one of BE, DE, ES, FR, IE, or NL.",
            ));
        }
        ("gb_bank_transfer", _) => (
            "GB",
            json!({"type": "sort_code", "supported_networks": ["bacs", "fps"], "sort_code": {
                "account_holder_name": holder, "account_number": &digits[..8], "sort_code": "108800",
            }}),
        ),
        ("us_bank_transfer", _) => (
            "US",
            json!({"type": "aba", "supported_networks": ["ach", "domestic_wire_us"], "aba": {
                "account_holder_name": holder, "account_number": &digits[..10], "bank_name": "Sandbox Bank",
                "routing_number": "110000000",
            }}),
        ),
        _ => return Err(ApiError::not_acted_out("bank_transfer")),
    };
    let shown = json!({
        "object": "funding_instructions", "currency": currency, "funding_type": "bank_transfer", "livemode": false,
        "bank_transfer": {"country": country, "financial_addresses": [address], "type": wanted},
    });
    if let Some(customer) = scene.account.customers.get_mut(customer)
        && !customer.transfers_in.contains(&currency)
    {
        customer.transfers_in.push(currency);
    }
    Ok(shown)
}

/// Ten digits that are this customer's alone, as good as.
fn digits_of(customer: &str) -> String {
    let hash = Sha256::digest(customer.as_bytes());
    hash.iter().take(10).map(|byte| char::from(b'0' + byte % 10)).collect()
}

/// A German IBAN with right check digits (ISO 13616).
fn german_iban(account: &str) -> String {
    let bban = format!("37040044{account}");
    // D is 13, E is 14; the check digits are 00 while they are reckoned.
    let rest =
        format!("{bban}131400").bytes().fold(0_u32, |rest, digit| (rest * 10 + u32::from(digit - b'0')) % 97);
    format!("DE{:02}{bban}", 98 - rest)
}

#[cfg(test)]
mod tests {
    use super::german_iban;

    #[test]
    fn check_digits_are_right() {
        assert_eq!(german_iban("0532013000"), "DE89370400440532013000");
    }
}
