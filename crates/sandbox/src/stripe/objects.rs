//! Stripe's objects as the sandbox keeps them, and how each is shown.
//!
//! An object keeps only what the sandbox acts on; `shown` adds the rest of the resource's fields as Stripe sends them for
//! an object that does not use them. To add a resource: a struct here with `Stored`, its calls in a file beside, one line
//! in `calls.rs` and its name in `parameters/generate.py`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::cash::CashTransaction;
use super::instruments::{Instrument, Method, by_number};

/// Free key-value pairs.
pub(crate) type Metadata = Map<String, Value>;

/// What can lie on a [`Shelf`].
pub(crate) trait Stored {
    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// Objects of one kind, found by id and listed in the order of their making.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Shelf<T> {
    rows: Vec<T>,
    #[serde(skip)]
    positions: HashMap<String, usize>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), positions: HashMap::new() }
    }
}

impl<T: Stored> Shelf<T> {
    pub(crate) fn add(&mut self, row: T) -> &T {
        let position = self.rows.len();
        self.positions.insert(row.id().to_owned(), position);
        self.rows.push(row);
        &self.rows[position]
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.positions.get(id).map(|&position| &self.rows[position])
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.positions.get(id).map(|&position| &mut self.rows[position])
    }

    /// Newest first, as Stripe lists.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().rev()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Rebuilds the index, which a snapshot does not carry.
    pub(crate) fn reindex(&mut self) {
        self.positions =
            self.rows.iter().enumerate().map(|(position, row)| (row.id().to_owned(), position)).collect();
    }
}

macro_rules! stored {
    ($($kind:ty),*) => {$(
        impl Stored for $kind {
            fn id(&self) -> &str {
                &self.id
            }
            fn created(&self) -> i64 {
                self.created
            }
        }
    )*};
}
stored!(Customer, Session, Intent, PaymentMethod, Charge, Refund, Dispute, Event, CashTransaction);

/// Somebody who pays.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Customer {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) address: Value,
    pub(crate) preferred_locales: Vec<String>,
    pub(crate) metadata: Metadata,
    /// The currencies in which there is an account for their bank transfers.
    #[serde(default)]
    pub(crate) transfers_in: Vec<String>,
}

impl Customer {
    pub(crate) fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "customer", "created": self.created, "livemode": false,
            "name": self.name, "email": self.email, "phone": self.phone, "description": self.description,
            "address": self.address, "preferred_locales": self.preferred_locales, "metadata": self.metadata,
            "balance": 0, "currency": null, "default_source": null, "delinquent": false, "discount": null,
            "invoice_prefix": self.id.get(4..12).unwrap_or_default().to_ascii_uppercase(),
            "invoice_settings": {
                "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null,
            },
            "next_invoice_sequence": 1, "shipping": null, "tax_exempt": "none", "test_clock": null,
        })
    }
}

/// Where a Checkout Session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// May be paid.
    Open,
    /// The payer has done their part; the money may still be on its way.
    Complete,
    /// Ended without a payment.
    Expired,
}

/// Whether a session's money has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// Not, or not yet.
    Unpaid,
    /// Yes.
    Paid,
    /// There is none: the session keeps a method for later.
    NoPaymentRequired,
}

/// One thing on the bill of a session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LineItem {
    pub(crate) id: String,
    pub(crate) price: String,
    pub(crate) product: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) unit_amount: i64,
    pub(crate) quantity: i64,
    pub(crate) metadata: Metadata,
}

impl LineItem {
    pub(crate) fn total(&self) -> i64 {
        self.unit_amount.saturating_mul(self.quantity)
    }

    pub(crate) fn shown(&self, session: &Session) -> Value {
        json!({
            "id": self.id, "object": "item", "amount_discount": 0, "amount_subtotal": self.total(), "amount_tax": 0,
            "amount_total": self.total(), "currency": session.currency, "description": self.name,
            "metadata": self.metadata, "adjustable_quantity": null, "quantity": self.quantity,
            "price": {
                "id": self.price, "object": "price", "active": false, "billing_scheme": "per_unit",
                "created": session.created, "currency": session.currency, "custom_unit_amount": null,
                "livemode": false, "lookup_key": null, "metadata": {}, "nickname": null, "product": self.product,
                "recurring": null, "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null,
                "type": "one_time", "unit_amount": self.unit_amount,
                "unit_amount_decimal": self.unit_amount.to_string(),
            },
        })
    }
}

/// A Checkout Session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) expires_at: i64,
    pub(crate) status: SessionStatus,
    pub(crate) payment_status: PaymentStatus,
    pub(crate) currency: String,
    pub(crate) line_items: Vec<LineItem>,
    pub(crate) methods: Vec<Method>,
    pub(crate) success_url: String,
    pub(crate) cancel_url: Option<String>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) customer: Option<String>,
    pub(crate) customer_creation: Option<String>,
    pub(crate) customer_email: Option<String>,
    pub(crate) customer_details: Option<Value>,
    pub(crate) locale: Option<String>,
    pub(crate) submit_type: Option<String>,
    pub(crate) metadata: Metadata,
    pub(crate) intent: Option<String>,
    /// In setup mode.
    #[serde(default)]
    pub(crate) setup_intent: Option<String>,
    /// `payment_intent_data`, for the `PaymentIntent` made at the first try.
    pub(crate) intent_data: Map<String, Value>,
}

impl Session {
    pub(crate) fn total(&self) -> i64 {
        self.line_items.iter().map(LineItem::total).sum()
    }

    pub(crate) fn address(&self, base_url: &str) -> String {
        format!("{base_url}/checkout/{}", self.id)
    }

    pub(crate) fn shown(&self, base_url: &str) -> Value {
        let methods: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        // Stripe: `url` is null once the session is no longer open (Checkout Session object)
        let url = (self.status == SessionStatus::Open).then(|| self.address(base_url));
        let sets_up = self.setup_intent.is_some();
        // Stripe: a Session in setup mode has no amounts (Checkout Session object)
        let total = (!sets_up).then(|| self.total());
        json!({
            "id": self.id, "object": "checkout.session", "created": self.created, "expires_at": self.expires_at,
            "livemode": false, "mode": if sets_up { "setup" } else { "payment" }, "status": self.status,
            "payment_status": self.payment_status,
            "amount_subtotal": total, "amount_total": total, "currency": self.currency,
            "payment_intent": self.intent, "payment_method_types": methods, "url": url,
            "success_url": self.success_url, "cancel_url": self.cancel_url,
            "client_reference_id": self.client_reference_id, "customer": self.customer,
            "customer_creation": self.customer_creation, "customer_email": self.customer_email,
            "customer_details": self.customer_details, "locale": self.locale, "submit_type": self.submit_type,
            "metadata": self.metadata,
            "adaptive_pricing": {"enabled": false}, "after_expiration": null, "allow_promotion_codes": null,
            "automatic_tax": {"enabled": false, "liability": null, "provider": null, "status": null},
            "billing_address_collection": null, "client_secret": null, "collected_information": null,
            "consent": null, "consent_collection": null, "currency_conversion": null, "custom_fields": [],
            "custom_text": {
                "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null,
            },
            "customer_account": null, "discounts": [], "invoice": null,
            "invoice_creation": {"enabled": false, "invoice_data": {
                "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": null,
                "metadata": {}, "rendering_options": null,
            }},
            "origin_context": null, "payment_link": null, "payment_method_collection": "if_required",
            "payment_method_configuration_details": null, "payment_method_options": {}, "permissions": null,
            "phone_number_collection": {"enabled": false}, "recovered_from": null,
            "saved_payment_method_options": null, "setup_intent": self.setup_intent, "shipping_address_collection": null,
            "shipping_cost": null, "shipping_options": [], "subscription": null,
            "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page", "wallet_options": null,
        })
    }
}

/// Where a `PaymentIntent` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum IntentStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Succeeded,
    Canceled,
}

impl IntentStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::Processing => "processing",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }
}

/// A `PaymentIntent`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_received: i64,
    pub(crate) currency: String,
    pub(crate) status: IntentStatus,
    pub(crate) client_secret: String,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) methods: Vec<Method>,
    pub(crate) payment_method: Option<String>,
    pub(crate) latest_charge: Option<String>,
    pub(crate) last_payment_error: Value,
    pub(crate) next_action: Value,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<String>,
    pub(crate) metadata: Metadata,
    /// The Checkout Session it was made for, which Stripe does not show.
    pub(crate) session: Option<String>,
}

impl Intent {
    pub(crate) fn shown(&self) -> Value {
        let methods: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        json!({
            "id": self.id, "object": "payment_intent", "created": self.created, "livemode": false,
            "amount": self.amount, "amount_capturable": 0, "amount_received": self.amount_received,
            "currency": self.currency, "status": self.status, "client_secret": self.client_secret,
            "customer": self.customer, "description": self.description, "receipt_email": self.receipt_email,
            "statement_descriptor": self.statement_descriptor, "setup_future_usage": self.setup_future_usage,
            "payment_method_types": methods, "payment_method": self.payment_method,
            "latest_charge": self.latest_charge, "last_payment_error": self.last_payment_error,
            "next_action": self.next_action, "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason, "metadata": self.metadata,
            "allowed_payment_method_types": null, "amount_details": {"tip": {}}, "application": null,
            "application_fee_amount": null, "automatic_payment_methods": null, "capture_method": "automatic_async",
            "confirmation_method": "automatic", "customer_account": null, "excluded_payment_method_types": null,
            "on_behalf_of": null, "payment_method_configuration_details": null, "payment_method_options": {},
            "processing": null, "review": null, "shipping": null, "source": null,
            "statement_descriptor_suffix": null, "transfer_data": null, "transfer_group": null,
        })
    }
}

/// A card or account, once used; kept for later if it belongs to a customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) customer: Option<String>,
    pub(crate) instrument: Instrument,
    pub(crate) email: Option<String>,
    pub(crate) name: Option<String>,
    /// Whether its holder has agreed to off-session use, with 3-D Secure where the card wants it.
    pub(crate) set_up: bool,
}

fn billing_details(email: Option<&str>, name: Option<&str>) -> Value {
    json!({
        "address": {
            "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null,
        },
        "email": email, "name": name, "phone": null, "tax_id": null,
    })
}

impl PaymentMethod {
    pub(crate) fn shown(&self) -> Value {
        let kind = self.instrument.method().as_str();
        let mut shown = json!({
            "id": self.id, "object": "payment_method", "created": self.created, "livemode": false,
            "customer": self.customer, "customer_account": null, "metadata": {}, "type": kind,
            "allow_redisplay": "unspecified",
            "billing_details": billing_details(self.email.as_deref(), self.name.as_deref()),
        });
        shown[kind] = match &self.instrument {
            Instrument::Card(number) => {
                let (brand, last4) = card_face(number);
                json!({
                    "brand": brand, "last4": last4, "country": "US", "display_brand": brand, "exp_month": 12,
                    "exp_year": 2034, "fingerprint": format!("sandbox{last4}"), "funding": "credit",
                    "checks": {
                        "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass",
                    },
                    "generated_from": null, "networks": {"available": [brand], "preferred": null},
                    "regulated_status": "unregulated", "three_d_secure_usage": {"supported": true}, "wallet": null,
                })
            }
            Instrument::Debit(..) | Instrument::BankTransfer => self.details(),
        };
        shown
    }

    /// What a charge says about it, without the `type`.
    fn details(&self) -> Value {
        match &self.instrument {
            Instrument::Card(number) => {
                let (brand, last4) = card_face(number);
                json!({
                    "amount_authorized": null, "authorization_code": null, "brand": brand,
                    "checks": {
                        "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass",
                    },
                    "country": "US", "exp_month": 12, "exp_year": 2034,
                    "fingerprint": format!("sandbox{last4}"), "funding": "credit", "installments": null,
                    "last4": last4, "mandate": null, "network": brand, "network_token": {"used": false},
                    "network_transaction_id": null, "regulated_status": "unregulated", "three_d_secure": null,
                    "transaction_link_id": null, "wallet": null,
                })
            }
            Instrument::Debit(Method::SepaDebit, _) => json!({
                "bank_code": "37040044", "branch_code": "", "country": "DE", "fingerprint": "sandbox3000",
                "generated_from": {"charge": null, "setup_attempt": null}, "last4": "3000",
            }),
            Instrument::Debit(Method::UsBankAccount, _) => json!({
                "account_holder_type": "company", "account_type": "checking", "bank_name": "STRIPE TEST BANK",
                "fingerprint": "sandbox6789", "last4": "6789", "routing_number": "110000000",
                "financial_connections_account": null, "networks": null, "status_details": null,
            }),
            Instrument::Debit(..) => {
                json!({"fingerprint": "sandbox2345", "last4": "2345", "sort_code": "108800"})
            }
            Instrument::BankTransfer => json!({}),
        }
    }
}

fn card_face(number: &str) -> (&'static str, String) {
    let last4 = number.get(number.len().saturating_sub(4)..).unwrap_or_default().to_owned();
    (by_number(number).map_or("visa", |card| card.brand), last4)
}

/// Where a Charge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChargeStatus {
    Pending,
    Succeeded,
    Failed,
}

/// One try to take the money of a `PaymentIntent`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) status: ChargeStatus,
    pub(crate) intent: String,
    pub(crate) method: PaymentMethod,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) failure: Option<(String, String, Option<String>)>,
    pub(crate) balance_transaction: Option<String>,
    pub(crate) disputed: bool,
    /// Of a debit whose account is kept.
    #[serde(default)]
    pub(crate) mandate: Option<String>,
    pub(crate) metadata: Metadata,
}

impl Charge {
    /// Money that could still be given back.
    pub(crate) fn unrefunded(&self) -> i64 {
        self.amount - self.amount_refunded
    }

    pub(crate) fn shown(&self, base_url: &str) -> Value {
        let paid = self.status == ChargeStatus::Succeeded;
        let captured = if self.status == ChargeStatus::Failed { 0 } else { self.amount };
        let kind = self.method.instrument.method().as_str();
        let mut details = Map::new();
        let mut used = self.method.details();
        if let Some(mandate) = &self.mandate {
            used["mandate"] = json!(mandate);
        }
        details.insert(kind.to_owned(), used);
        details.insert("type".to_owned(), json!(kind));
        let failure = self.failure.as_ref();
        let outcome = match failure {
            None => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "approved_by_network", "reason": null, "risk_level": "normal",
                "seller_message": "Payment complete.", "type": "authorized",
            }),
            Some((code, _, decline_code)) => json!({
                "advice_code": null, "network_advice_code": null, "network_decline_code": null,
                "network_status": "declined_by_network", "reason": decline_code.as_ref().unwrap_or(code),
                "risk_level": "normal", "seller_message": "The bank returned a decline.",
                "type": "issuer_declined",
            }),
        };
        json!({
            "id": self.id, "object": "charge", "created": self.created, "livemode": false,
            "amount": self.amount, "amount_captured": captured, "amount_refunded": self.amount_refunded,
            "balance_transaction": self.balance_transaction,
            "billing_details": billing_details(self.method.email.as_deref(), self.method.name.as_deref()),
            "calculated_statement_descriptor": self.statement_descriptor, "captured": captured > 0,
            "currency": self.currency, "customer": self.customer, "description": self.description,
            "disputed": self.disputed, "failure_balance_transaction": null,
            "failure_code": failure.map(|(code, _, _)| code),
            "failure_message": failure.map(|(_, message, _)| message),
            "fraud_details": {}, "metadata": self.metadata, "outcome": outcome, "paid": paid,
            "payment_intent": self.intent, "payment_method": self.method.id, "payment_method_details": details,
            "receipt_email": self.receipt_email, "receipt_number": null,
            "receipt_url": paid.then(|| format!("{base_url}/receipts/{}", self.id)),
            "refunded": self.amount_refunded == self.amount, "status": self.status,
            "statement_descriptor": self.statement_descriptor, "application": null, "application_fee": null,
            "application_fee_amount": null, "on_behalf_of": null, "radar_options": {}, "review": null,
            "shipping": null, "source": null, "source_transfer": null, "statement_descriptor_suffix": null,
            "transfer_data": null, "transfer_group": null,
        })
    }
}

/// Where a Refund is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

/// Money given back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: RefundStatus,
    pub(crate) charge: String,
    pub(crate) intent: String,
    pub(crate) reason: Option<String>,
    pub(crate) method: Method,
    pub(crate) balance_transaction: Option<String>,
    pub(crate) metadata: Metadata,
}

impl Refund {
    pub(crate) fn shown(&self) -> Value {
        let kind = self.method.as_str();
        let mut destination = json!({ "type": kind });
        destination[kind] = if self.method == Method::Card {
            json!({"reference": null, "reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"})
        } else {
            json!({})
        };
        let mut shown = json!({
            "id": self.id, "object": "refund", "created": self.created, "amount": self.amount,
            "currency": self.currency, "status": self.status, "charge": self.charge,
            "payment_intent": self.intent, "reason": self.reason, "metadata": self.metadata,
            "balance_transaction": self.balance_transaction, "destination_details": destination,
            "receipt_number": null, "source_transfer_reversal": null, "transfer_reversal": null,
        });
        if self.status == RefundStatus::Failed {
            shown["failure_reason"] = json!("lost_or_stolen_card");
            shown["failure_balance_transaction"] = json!(null);
        }
        shown
    }
}

/// Where a Dispute is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeStatus {
    /// The payer's bank asks; no money has moved, and the business may answer.
    WarningNeedsResponse,
    /// The bank asked, and thinks about the answer.
    WarningUnderReview,
    /// The bank asked, and let it rest.
    WarningClosed,
    /// The money was withdrawn, and the business may answer.
    NeedsResponse,
    /// The bank thinks about the answer.
    UnderReview,
    /// Decided for the business: the money comes back.
    Won,
    /// Decided for the payer: the money stays gone.
    Lost,
}

/// A payment the payer's bank has taken back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Dispute {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) status: DisputeStatus,
    pub(crate) charge: String,
    pub(crate) intent: String,
    pub(crate) reason: String,
    pub(crate) method: Method,
    /// What was withdrawn, and perhaps reinstated: id, amount, when.
    #[serde(default)]
    pub(crate) moved: Vec<(String, i64, i64)>,
    #[serde(default)]
    pub(crate) submissions: u32,
}

impl DisputeStatus {
    /// Whether it was decided, or let rest.
    pub(crate) fn is_over(self) -> bool {
        matches!(self, Self::WarningClosed | Self::Won | Self::Lost)
    }

    /// Whether the bank only asks, and has taken nothing.
    pub(crate) fn is_inquiry(self) -> bool {
        matches!(self, Self::WarningNeedsResponse | Self::WarningUnderReview | Self::WarningClosed)
    }
}

/// What Stripe takes for a dispute, whoever wins it.
// Stripe: the dispute fee of an account in euros (disputes, fees)
const DISPUTE_FEE: i64 = 2000;

impl Dispute {
    pub(crate) fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "dispute", "created": self.created, "livemode": false,
            "amount": self.amount, "currency": self.currency, "status": self.status, "charge": self.charge,
            "payment_intent": self.intent, "reason": self.reason,
            "balance_transactions": self.moved.iter().map(|moved| self.balance_transaction(moved)).collect::<Vec<_>>(),
            "enhanced_eligibility_types": [], "evidence": {"enhanced_evidence": {}},
            "evidence_details": {
                "due_by": if self.method.is_debit() { None } else { Some(self.created + 9 * 86_400) },
                "enhanced_eligibility": {}, "has_evidence": self.submissions > 0,
                "past_due": false, "submission_count": self.submissions,
            },
            "is_charge_refundable": self.status.is_inquiry() && !self.status.is_over(), "metadata": {},
            "payment_method_details": {"type": self.method.as_str()},
        })
    }

    /// Money that left or came back, with the fee that Stripe takes when it leaves.
    fn balance_transaction(&self, (id, amount, created): &(String, i64, i64)) -> Value {
        let fee = if *amount < 0 { DISPUTE_FEE } else { 0 };
        let category = if *amount < 0 { "dispute" } else { "dispute_reversal" };
        json!({
            "id": id, "object": "balance_transaction", "amount": amount, "available_on": created, "balance_type": "payments",
            "created": created, "currency": self.currency, "description": null, "exchange_rate": null, "fee": fee,
            "fee_details": if fee == 0 { json!([]) } else {
                json!([{"amount": fee, "application": null, "currency": self.currency, "description": "Dispute fee", "type": "stripe_fee"}])
            },
            "net": amount - fee, "reporting_category": category, "source": self.id, "status": "available", "type": "adjustment",
        })
    }
}

/// Something that happened, as Stripe tells it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) kind: String,
    pub(crate) api_version: String,
    /// The object as it was at that moment; it never changes.
    pub(crate) object: Value,
    pub(crate) previous: Value,
    pub(crate) request: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    /// Endpoints that have not answered 2xx yet.
    pub(crate) pending_webhooks: u32,
    /// Whether any endpoint was to be told, and one never was: `delivery_success=false`.
    pub(crate) undelivered: bool,
}

impl Event {
    pub(crate) fn shown(&self) -> Value {
        let mut data = json!({ "object": self.object });
        if !self.previous.is_null() {
            data["previous_attributes"] = self.previous.clone();
        }
        json!({
            "id": self.id, "object": "event", "api_version": self.api_version, "created": self.created,
            "data": data, "livemode": false, "pending_webhooks": self.pending_webhooks,
            "request": {"id": self.request, "idempotency_key": self.idempotency_key}, "type": self.kind,
        })
    }
}
