//! Bank transfers at Stripe: the account that it keeps for a customer, what came there, and paying with it.
//! (docs.stripe.com/payments/customer-balance)

use std::collections::HashMap;

use domain::bank::{AccountNumber, BankAccount, Bic};
use domain::{Country, Currency, Label, Name};
use miniserde::json::Value;
use stripe_core::cash_balance::RetrieveCashBalance;
use stripe_core::customer::{
    CreateFundingInstructionsCustomer, CreateFundingInstructionsCustomerBankTransfer,
    CreateFundingInstructionsCustomerBankTransferEuBankTransfer,
    CreateFundingInstructionsCustomerBankTransferType, CreateFundingInstructionsCustomerFundingType,
};
use stripe_core::customer_cash_balance_transaction::ListCustomerCustomerCashBalanceTransaction;
use stripe_core::payment_intent::{
    CreatePaymentIntent, CreatePaymentIntentPaymentMethodData, CreatePaymentIntentPaymentMethodDataType,
};

use super::shapes::{IntentShape, Page, REMITTANCE, at, money};
use super::{PAGE, StripeGateway, object_id, refused};
use crate::gateway::{Cash, GatewayError, Intent, NewCashPayment};
use stripe_core::PaymentIntentAllowedPaymentMethodTypes;

/// Where an account for euros can be, as Stripe has them, the customer's own country first. An IBAN of any of them is reached from
/// all of the SEPA.
const EURO_ACCOUNTS: [&str; 6] = ["DE", "BE", "ES", "FR", "IE", "NL"];

/// The most that a value of the metadata holds.
const REMITTANCE_MAX: usize = 500;

#[derive(miniserde::Deserialize)]
struct InstructionsShape {
    bank_transfer: TransferShape,
}

#[derive(miniserde::Deserialize)]
struct TransferShape {
    financial_addresses: Vec<Value>,
}

#[derive(miniserde::Deserialize)]
struct BalanceShape {
    available: Option<HashMap<String, i64>>,
}

#[derive(miniserde::Deserialize)]
#[cfg_attr(test, derive(Clone))]
struct MovedShape {
    id: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    currency: Option<String>,
    net_amount: Option<i64>,
    funded: Option<Value>,
}

impl StripeGateway {
    pub(super) async fn account_of(
        &self,
        customer: &str,
        currency: Currency,
        country: Country,
    ) -> Result<BankAccount, GatewayError> {
        use CreateFundingInstructionsCustomerBankTransferType as Kind;
        let (kind, asked_currency) = match currency.code() {
            "EUR" => (Kind::EuBankTransfer, stripe_types::Currency::EUR),
            "GBP" => (Kind::GbBankTransfer, stripe_types::Currency::GBP),
            "USD" => (Kind::UsBankTransfer, stripe_types::Currency::USD),
            _ => return Err(refused("currency_unsupported", "currency")),
        };
        let mut transfer = CreateFundingInstructionsCustomerBankTransfer::new(kind);
        if currency == Currency::EUR {
            let own = EURO_ACCOUNTS.into_iter().find(|code| *code == country.code());
            transfer.eu_bank_transfer =
                Some(CreateFundingInstructionsCustomerBankTransferEuBankTransfer::new(
                    own.unwrap_or(EURO_ACCOUNTS[0]),
                ));
        }
        let request = CreateFundingInstructionsCustomer::new(
            object_id(customer)?,
            transfer,
            asked_currency,
            CreateFundingInstructionsCustomerFundingType::BankTransfer,
        );
        // Asked again it answers the same: no idempotency key is needed.
        let found: InstructionsShape = self.read(&request).await?;
        let accounts = found.bank_transfer.financial_addresses;
        accounts
            .iter()
            .find_map(|address| account(address, currency))
            .ok_or_else(|| GatewayError::Unknown { reason: "no account that we can read".to_owned() })
    }

    pub(super) async fn cash_of(&self, customer: &str) -> Result<Vec<Cash>, GatewayError> {
        let customer = object_id(customer)?;
        // What comes between the two looks is told of by an event of its own.
        let balance: BalanceShape = self.read(&RetrieveCashBalance::new(customer)).await?;
        let available = balance.available.unwrap_or_default();
        if available.values().all(|amount| *amount <= 0) {
            return Ok(Vec::new());
        }
        let request = ListCustomerCustomerCashBalanceTransaction::new(customer).limit(PAGE);
        let moved: Page<MovedShape> = self.read(&request).await?;
        let cash = available.into_iter().filter(|(_, amount)| *amount > 0);
        // Money that cannot be read is asked about again, and then shown to a person, never passed over.
        let unread = || GatewayError::Unknown { reason: "a cash balance that we cannot read".to_owned() };
        cash.map(|(currency, amount)| read_cash(&moved.data, &currency, amount).ok_or_else(unread)).collect()
    }

    pub(super) async fn pay_with_cash(
        &self,
        new: NewCashPayment,
        idempotency_key: &str,
    ) -> Result<Intent, GatewayError> {
        let ours = new.amount.currency();
        let amount =
            ours.to_stripe_minor(new.amount.minor()).map_err(|_| refused("amount_unsupported", "amount"))?;
        let Ok(currency) = ours.code().to_ascii_lowercase().parse::<stripe_types::Currency>();
        let mut metadata = HashMap::from([
            ("business".to_owned(), new.business.to_string()),
            ("customer".to_owned(), new.customer.to_string()),
        ]);
        let words: String = new.remittance.chars().take(REMITTANCE_MAX).collect();
        if !words.trim().is_empty() {
            metadata.insert(REMITTANCE.to_owned(), words);
        }
        let kind = CreatePaymentIntentPaymentMethodDataType::CustomerBalance;
        let request = CreatePaymentIntent::new(amount, currency)
            .customer(new.provider_customer)
            .allowed_payment_method_types(vec![PaymentIntentAllowedPaymentMethodTypes::CustomerBalance])
            .payment_method_data(CreatePaymentIntentPaymentMethodData::new(kind))
            .confirm(true)
            .metadata(metadata);
        let made: IntentShape = self.make(&request, idempotency_key).await?;
        Ok(made.into())
    }
}

/// What lies there in a currency, and how it came: the newest moves that make it up. Payments use up what was transferred, and
/// returns what was refunded.
fn read_cash(moved: &[MovedShape], currency: &str, amount: i64) -> Option<Cash> {
    let of_it: Vec<&MovedShape> =
        moved.iter().filter(|moved| moved.currency.as_deref() == Some(currency)).collect();
    let last_moved = of_it.first()?.id.clone();
    let mut remittance = String::new();
    let (mut transferred, mut refunded) = (Part::default(), Part::default());
    for moved in of_it {
        let kind = moved.kind.as_deref().unwrap_or_default();
        let net = moved.net_amount.unwrap_or_default();
        let part = if REFUNDED.contains(&kind) { &mut refunded } else { &mut transferred };
        let is_left = part.take(net);
        let words = at(moved.funded.as_ref(), &["bank_transfer", "reference"]);
        if let Some(words) = words.filter(|words| is_left && !words.is_empty()) {
            remittance.push_str(words);
            remittance.push('\n');
        }
        if transferred.left + refunded.left >= amount {
            break;
        }
    }
    // Whatever nothing explains is not ours to use.
    let transferred = transferred.left.min(amount);
    Some(Cash {
        amount: money(Some(transferred), Some(currency))?,
        refunded: money(Some(amount - transferred), Some(currency))?,
        last_moved,
        remittance,
    })
}

/// What moves the money of refunds: into the account, out of it to the customer, and back from a bank that did not take it.
const REFUNDED: [&str; 3] = ["refunded_from_payment", "return_initiated", "return_canceled"];

/// Money that came one way, read from the newest move back.
#[derive(Default)]
struct Part {
    left: i64,
    /// What went out again and is still to be found among what came before.
    gone: i64,
}

impl Part {
    /// Takes one more move into account. Whether something of it is left.
    fn take(&mut self, net: i64) -> bool {
        let gone = self.gone.min(net.max(0));
        self.gone += net.min(0).abs() - gone;
        let left = net.max(0) - gone;
        self.left += left;
        left > 0
    }
}

fn account(address: &Value, currency: Currency) -> Option<BankAccount> {
    let text = |path: &[&str]| at(Some(address), path).filter(|text| !text.is_empty());
    let kind = text(&["type"])?;
    let (number, routing) = match kind {
        "iban" => ("iban", None),
        "sort_code" => ("account_number", Some("sort_code")),
        "aba" => ("account_number", Some("routing_number")),
        _ => return None,
    };
    let routing = routing.and_then(|field| text(&[kind, field])).and_then(|code| Label::parse(code).ok());
    Some(BankAccount {
        currency,
        holder: Name::parse(text(&[kind, "account_holder_name"])?).ok()?,
        number: AccountNumber::kept(text(&[kind, number])?, routing).ok()?,
        bic: text(&[kind, "bic"]).and_then(|code| Bic::parse(code).ok()),
        bank_name: text(&[kind, "bank_name"]).and_then(|name| Name::parse(name).ok()),
    })
}

#[cfg(test)]
mod tests {
    use domain::{Currency, Money};

    use super::{MovedShape, read_cash};

    fn moved(id: &str, kind: &str, net: i64, reference: &str) -> MovedShape {
        let funded = format!(r#"{{"bank_transfer":{{"reference":"{reference}"}}}}"#);
        MovedShape {
            id: id.to_owned(),
            kind: Some(kind.to_owned()),
            currency: Some("eur".to_owned()),
            net_amount: Some(net),
            funded: Some(miniserde::json::from_str(&funded).unwrap()),
        }
    }

    #[test]
    fn what_lies_there_is_told_by_the_newest_moves_that_make_it_up() {
        let history = [
            moved("ccsbtxn_4", "funded", 60, "second"),
            moved("ccsbtxn_3", "funded", 40, "first"),
            moved("ccsbtxn_2", "applied_to_payment", -500, ""),
            moved("ccsbtxn_1", "refunded_from_payment", 500, "long ago"),
        ];
        let euros = |minor| Money::new(minor, Currency::EUR).unwrap();
        let cash = read_cash(&history, "eur", 100).unwrap();
        assert_eq!((cash.amount, cash.refunded), (euros(100), euros(0)));
        assert_eq!((&cash.last_moved[..], &cash.remittance[..]), ("ccsbtxn_4", "second\nfirst\n"));
        // Of a refund is what transfers do not explain.
        let cash = read_cash(&history, "eur", 101).unwrap();
        assert_eq!((cash.amount, cash.refunded), (euros(100), euros(1)));
        assert_eq!(read_cash(&history, "usd", 100), None);
    }

    #[test]
    fn whichever_came_first_payments_use_up_transfers_and_never_refunds() {
        let euros = |minor| Money::new(minor, Currency::EUR).unwrap();
        let (transfer, refund) =
            (moved("ccsbtxn_t", "funded", 60, "words"), moved("ccsbtxn_r", "refunded_from_payment", 40, ""));
        for history in [[&transfer, &refund], [&refund, &transfer]] {
            let both = read_cash(&history.map(Clone::clone), "eur", 100).unwrap();
            assert_eq!((both.amount, both.refunded), (euros(60), euros(40)));
            let mut used = vec![moved("ccsbtxn_p", "applied_to_payment", -60, "")];
            used.extend(history.map(Clone::clone));
            let rest = read_cash(&used, "eur", 40).unwrap();
            assert_eq!((rest.amount, rest.refunded, &rest.remittance[..]), (euros(0), euros(40), ""));
            used.insert(0, moved("ccsbtxn_b", "return_initiated", -40, ""));
            used.insert(0, moved("ccsbtxn_n", "funded", 5, ""));
            assert_eq!(read_cash(&used, "eur", 5).unwrap().amount, euros(5));
        }
    }
}
