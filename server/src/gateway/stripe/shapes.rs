//! The shapes of answers: only what we read. Everything that is not an id is optional, and an unknown value is a value of its own,
//! never an error.

use std::collections::HashMap;

use chrono::DateTime;
use domain::currency::Currency;
use domain::dispute::DisputeStage;
use domain::ids::{BusinessId, CustomerId};
use domain::money::Money;
use domain::payment::Method;
use domain::saved::ExpiryMonth;
use miniserde::json::Value;

use crate::gateway::{
    Checkout, CheckoutStatus, Dispute, Given, Intent, IntentStatus, KeptMethod, Mandate, ProviderEvent,
    Refund, Setup, SetupStatus,
};

/// One page of a list.
#[derive(miniserde::Deserialize)]
pub(super) struct AccountShape {
    pub id: String,
}

#[derive(miniserde::Deserialize)]
pub(super) struct Page<T> {
    pub data: Vec<T>,
    pub has_more: bool,
}

#[derive(miniserde::Deserialize)]
pub(super) struct CustomerShape {
    pub id: String,
    pub metadata: Option<HashMap<String, String>>,
}

impl CustomerShape {
    /// Whom it was made for.
    pub(super) fn owner(&self) -> Option<(BusinessId, CustomerId)> {
        named(self.metadata.as_ref(), "business").zip(named(self.metadata.as_ref(), "customer"))
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct CheckoutShape {
    pub id: String,
    pub url: Option<String>,
    pub status: Option<String>,
    pub payment_status: Option<String>,
    pub payment_intent: Option<Value>,
    pub setup_intent: Option<Value>,
    pub amount_total: Option<i64>,
    pub currency: Option<String>,
    pub livemode: bool,
    pub metadata: Option<HashMap<String, String>>,
}

impl From<CheckoutShape> for Checkout {
    fn from(shape: CheckoutShape) -> Self {
        Self {
            status: match shape.status.as_deref() {
                Some("open") => CheckoutStatus::Open,
                Some("complete") => CheckoutStatus::Complete,
                Some("expired") => CheckoutStatus::Expired,
                _ => CheckoutStatus::Other,
            },
            paid: shape.payment_status.as_deref() == Some("paid"),
            intent: shape.payment_intent.as_ref().and_then(id_of),
            setup: shape.setup_intent.as_ref().and_then(id_of),
            amount: money(shape.amount_total, shape.currency.as_deref()),
            livemode: shape.livemode,
            attempt: named(shape.metadata.as_ref(), "attempt"),
            business: named(shape.metadata.as_ref(), "business"),
            id: shape.id,
            url: shape.url,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct IntentShape {
    pub id: String,
    pub status: Option<String>,
    pub amount: Option<i64>,
    pub amount_received: Option<i64>,
    pub currency: Option<String>,
    pub livemode: bool,
    pub metadata: Option<HashMap<String, String>>,
    pub latest_charge: Option<Value>,
    pub payment_method_types: Option<Vec<String>>,
    pub last_payment_error: Option<Value>,
}

impl From<IntentShape> for Intent {
    fn from(shape: IntentShape) -> Self {
        let currency = shape.currency.as_deref();
        let used = at(shape.latest_charge.as_ref(), &["payment_method_details", "type"]);
        let only = shape.payment_method_types.as_deref().and_then(|types| match types {
            [only] => Some(only.as_str()),
            _ => None,
        });
        let failure = shape.last_payment_error.as_ref();
        Self {
            status: match shape.status.as_deref() {
                Some(
                    "requires_payment_method"
                    | "requires_confirmation"
                    | "requires_action"
                    | "requires_capture",
                ) => IntentStatus::Waiting,
                Some("processing") => IntentStatus::Processing,
                Some("succeeded") => IntentStatus::Succeeded,
                Some("canceled") => IntentStatus::Canceled,
                _ => IntentStatus::Other,
            },
            amount: money(shape.amount, currency),
            amount_received: money(shape.amount_received, currency),
            livemode: shape.livemode,
            attempt: named(shape.metadata.as_ref(), "attempt"),
            business: named(shape.metadata.as_ref(), "business"),
            customer: named(shape.metadata.as_ref(), "customer"),
            method: used.or(only).and_then(method),
            failure_code: at(failure, &["decline_code"])
                .or_else(|| at(failure, &["code"]))
                .map(str::to_owned),
            remittance: named(shape.metadata.as_ref(), REMITTANCE),
            id: shape.id,
        }
    }
}

/// Under which name a payment's metadata keep what the senders of a bank transfer wrote.
pub(super) const REMITTANCE: &str = "remittance";

#[derive(miniserde::Deserialize)]
pub(super) struct SetupShape {
    pub id: String,
    pub status: Option<String>,
    pub livemode: bool,
    pub metadata: Option<HashMap<String, String>>,
    /// Expanded.
    pub payment_method: Option<MethodShape>,
    /// Expanded.
    pub mandate: Option<MandateShape>,
}

impl From<SetupShape> for Setup {
    fn from(shape: SetupShape) -> Self {
        Self {
            status: match shape.status.as_deref() {
                Some("succeeded") => SetupStatus::Succeeded,
                Some("requires_action" | "processing") => SetupStatus::UnderWay,
                _ => SetupStatus::NotGiven,
            },
            livemode: shape.livemode,
            setup: named(shape.metadata.as_ref(), "setup"),
            given: Given {
                method: shape.payment_method.map(KeptMethod::from),
                mandate: shape.mandate.map(Mandate::from),
            },
            id: shape.id,
        }
    }
}

/// What a payment was paid with: its method, and the charge that names the mandate, both expanded.
#[derive(miniserde::Deserialize)]
pub(super) struct PaidWithShape {
    pub payment_method: Option<MethodShape>,
    pub latest_charge: Option<Value>,
}

impl PaidWithShape {
    /// The mandate's id, which stands under the method's name.
    pub(super) fn mandate(&self) -> Option<&str> {
        let kind = self.payment_method.as_ref()?.kind.as_deref()?;
        at(self.latest_charge.as_ref(), &["payment_method_details", kind, "mandate"])
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct MandateShape {
    pub id: String,
    pub status: Option<String>,
}

impl From<MandateShape> for Mandate {
    fn from(shape: MandateShape) -> Self {
        Self { over: shape.status.as_deref() == Some("inactive"), id: shape.id }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct MethodShape {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub customer: Option<Value>,
    pub card: Option<FaceShape>,
    pub sepa_debit: Option<FaceShape>,
    pub us_bank_account: Option<FaceShape>,
    pub bacs_debit: Option<FaceShape>,
}

/// What may be seen of a card or account.
#[derive(miniserde::Deserialize)]
pub(super) struct FaceShape {
    pub brand: Option<String>,
    pub bank_name: Option<String>,
    pub last4: Option<String>,
    pub exp_year: Option<u16>,
    pub exp_month: Option<u8>,
}

impl From<MethodShape> for KeptMethod {
    fn from(shape: MethodShape) -> Self {
        let face = shape.card.or(shape.sepa_debit).or(shape.us_bank_account).or(shape.bacs_debit);
        let (year, month) = face.as_ref().map_or((None, None), |face| (face.exp_year, face.exp_month));
        let last_digits = face.as_ref().and_then(|face| face.last4.clone()).unwrap_or_default();
        Self {
            attached: shape.customer.as_ref().and_then(id_of).is_some(),
            method: shape.kind.as_deref().and_then(method),
            label: face.and_then(|face| face.brand.or(face.bank_name)).unwrap_or_default(),
            last_digits: last_digits.chars().take(4).collect(),
            expires: year.zip(month).and_then(|(year, month)| ExpiryMonth::new(year, month)),
            id: shape.id,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct RefundShape {
    pub id: String,
    pub payment_intent: Option<Value>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub status: Option<String>,
    pub metadata: Option<HashMap<String, String>>,
}

impl From<RefundShape> for Refund {
    fn from(shape: RefundShape) -> Self {
        Self {
            intent: shape.payment_intent.as_ref().and_then(id_of),
            amount: money(shape.amount, shape.currency.as_deref()),
            effective: matches!(shape.status.as_deref(), Some("pending" | "succeeded" | "requires_action")),
            succeeded: shape.status.as_deref() == Some("succeeded"),
            refund: named(shape.metadata.as_ref(), "refund"),
            id: shape.id,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct DisputeShape {
    pub id: String,
    pub payment_intent: Option<Value>,
    pub amount: Option<i64>,
    pub currency: Option<String>,
    pub status: Option<String>,
    pub evidence_details: Option<EvidenceShape>,
}

#[derive(miniserde::Deserialize)]
pub(super) struct EvidenceShape {
    pub due_by: Option<i64>,
}

impl From<DisputeShape> for Dispute {
    fn from(shape: DisputeShape) -> Self {
        let status = shape.status.as_deref();
        let waits = matches!(status, Some("needs_response" | "warning_needs_response"));
        let due_by = shape.evidence_details.and_then(|details| details.due_by).filter(|_| waits);
        Self {
            intent: shape.payment_intent.as_ref().and_then(id_of),
            amount: money(shape.amount, shape.currency.as_deref()),
            stage: match status {
                Some("warning_needs_response" | "warning_under_review") => Some(DisputeStage::Inquiry),
                Some("warning_closed" | "prevented") => Some(DisputeStage::InquiryClosed),
                Some("needs_response" | "under_review") => Some(DisputeStage::Open),
                Some("lost") => Some(DisputeStage::Lost),
                Some("won") => Some(DisputeStage::Won),
                _ => None,
            },
            answer_by: due_by.and_then(|due_by| DateTime::from_timestamp(due_by, 0)),
            id: shape.id,
        }
    }
}

#[derive(miniserde::Deserialize)]
pub(super) struct EventShape {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub created: i64,
    pub livemode: bool,
    pub data: EventDataShape,
}

#[derive(miniserde::Deserialize)]
pub(super) struct EventDataShape {
    pub object: Value,
}

impl EventShape {
    /// `None` for an event about something without an id (an account's balance): it points at nothing we could fetch. What a
    /// customer's cash balance is known by is the customer.
    pub(super) fn read(self) -> Option<ProviderEvent> {
        let object = &self.data.object;
        Some(ProviderEvent {
            object_id: id_of(object).or_else(|| at(Some(object), &["customer"]).map(str::to_owned))?,
            created: DateTime::from_timestamp(self.created, 0)?,
            id: self.id,
            kind: self.kind,
            livemode: self.livemode,
        })
    }
}

/// The id of something that is either an id or, expanded, an object with one.
pub(super) fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(id) => Some(id.clone()),
        Value::Object(_) => at(Some(value), &["id"]).map(str::to_owned),
        _ => None,
    }
}

/// The text at a path of objects.
pub(super) fn at<'value>(value: Option<&'value Value>, path: &[&str]) -> Option<&'value str> {
    let mut here = value?;
    for key in path {
        let Value::Object(object) = here else { return None };
        here = object.get(*key)?;
    }
    match here {
        Value::String(text) => Some(text),
        _ => None,
    }
}

/// What Stripe calls an amount, in our minor units; `None` for a currency we do not know.
pub(super) fn money(amount: Option<i64>, currency: Option<&str>) -> Option<Money> {
    let currency = Currency::from_code(&currency?.to_ascii_uppercase())?;
    Money::new(currency.from_stripe_minor(amount?).ok()?, currency).ok()
}

fn method(stripe: &str) -> Option<Method> {
    match stripe {
        "card" => Some(Method::Card),
        "sepa_debit" => Some(Method::SepaDebit),
        "us_bank_account" => Some(Method::UsBankAccount),
        "bacs_debit" => Some(Method::BacsDebit),
        "customer_balance" => Some(Method::BankTransfer),
        _ => None,
    }
}

fn named<Id: std::str::FromStr>(metadata: Option<&HashMap<String, String>>, key: &str) -> Option<Id> {
    metadata?.get(key)?.parse().ok()
}
