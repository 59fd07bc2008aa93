//! Stripe, as far as Dunlin needs it.
//!
//! [`Gateway`] is one business's account at the provider: the few calls we make, with answers cut down to the
//! fields we read. `stripe.rs` speaks to Stripe (or the sandbox) through async-stripe; tests and the simulated
//! year use a fake. No call is ever made inside a database transaction, and each call that creates something
//! carries an idempotency key that was committed before.
//!
//! To add a call: a method here with the struct it answers, its implementation in `stripe.rs`, the stand-in's
//! answer in the sandbox, and a test of the two against each other.

pub mod stripe;

use std::sync::Arc;

use async_trait::async_trait;
use domain::bank::BankAccount;
use domain::dispute::DisputeStage;
use domain::ids::{AttemptId, BusinessId, CustomerId, MethodSetupId, RefundId};
use domain::money::Money;
use domain::payment::Method;
use domain::saved::ExpiryMonth;
use domain::time::Timestamp;
use domain::{Country, Currency};
use secrecy::SecretString;

/// Opens a business's own account.
pub trait Gateways: Send + Sync {
    /// The account that `key` belongs to. Cheap: clients are kept.
    fn open(&self, business: BusinessId, key: &SecretString) -> Arc<dyn Gateway>;

    /// How many calls a worker may have under way at the same time: one slow answer holds nobody else up.
    fn calls_at_once(&self) -> usize {
        4
    }
}

/// One business's account at the payment provider.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// The account that the key opens; none if the key may not ask for it, as a restricted one.
    async fn account(&self) -> Result<Option<String>, GatewayError>;

    /// The customer of ours that one of the provider's was made for; none if it was made by somebody else.
    async fn customer(&self, id: &str) -> Result<Option<(BusinessId, CustomerId)>, GatewayError>;

    /// Creates the provider's customer for ours and returns its id.
    async fn create_customer(&self, new: NewCustomer, idempotency_key: &str) -> Result<String, GatewayError>;

    /// Creates a hosted Checkout Session.
    async fn create_checkout(
        &self,
        new: NewCheckout,
        idempotency_key: &str,
    ) -> Result<Checkout, GatewayError>;

    /// Creates a hosted Checkout Session on which a method is given to be kept, and nothing is paid.
    async fn create_setup(&self, new: NewSetup, idempotency_key: &str) -> Result<Checkout, GatewayError>;

    /// Fetches what became of giving a method to be kept, with the method and its mandate.
    async fn setup(&self, id: &str) -> Result<Setup, GatewayError>;

    /// Fetches what a payment was paid with, and the mandate for it.
    async fn paid_with(&self, intent: &str) -> Result<Given, GatewayError>;

    /// Fetches a method afresh.
    async fn kept_method(&self, id: &str) -> Result<KeptMethod, GatewayError>;

    /// Fetches a mandate afresh.
    async fn mandate(&self, id: &str) -> Result<Mandate, GatewayError>;

    /// Lets a kept method go, for good. `Refused` when it was let go already.
    async fn detach_method(&self, id: &str) -> Result<(), GatewayError>;

    /// Fetches a Checkout Session afresh.
    async fn checkout(&self, id: &str) -> Result<Checkout, GatewayError>;

    /// Ends an open Checkout Session, so that it cannot be paid any more. `Refused` when it is complete or expired.
    async fn expire_checkout(&self, id: &str) -> Result<Checkout, GatewayError>;

    /// The Checkout Sessions created since `from`, newest first, to find one whose creation timed out by its
    /// metadata. At most a few pages are read.
    async fn checkouts_since(&self, from: Timestamp) -> Result<Vec<Checkout>, GatewayError>;

    /// The Checkout Session that a payment intent belongs to, if there is one.
    async fn checkout_of_intent(&self, intent: &str) -> Result<Option<Checkout>, GatewayError>;

    /// Charges a kept method, without a page. The money comes at once or is on its way; `Refused` with the bank's or the provider's
    /// reason where it is neither.
    async fn charge(&self, new: NewCharge, idempotency_key: &str) -> Result<Intent, GatewayError>;

    /// Fetches a payment intent afresh.
    async fn intent(&self, id: &str) -> Result<Intent, GatewayError>;

    /// Where one of the provider's customers transfers money to: an account that is kept for them alone, made when it is first asked
    /// for and the same ever after. `Refused` where the business's account may not take transfers in this currency.
    async fn funding_account(
        &self,
        customer: &str,
        currency: Currency,
        country: Country,
    ) -> Result<BankAccount, GatewayError>;

    /// What transfers to that account brought and no payment has used yet, one for each currency.
    async fn cash(&self, customer: &str) -> Result<Vec<Cash>, GatewayError>;

    /// Makes a payment of such money. It succeeds at once, or is `Refused`: what was used already cannot be used again.
    async fn collect_cash(&self, new: NewCashPayment, idempotency_key: &str) -> Result<Intent, GatewayError>;

    /// Gives money of a payment back. `Refused` when there is not so much of it left, or its payer contests it.
    async fn create_refund(&self, new: NewRefund, idempotency_key: &str) -> Result<Refund, GatewayError>;

    /// The refunds of a payment, to find one whose creation timed out by its metadata.
    async fn refunds_of(&self, intent: &str) -> Result<Vec<Refund>, GatewayError>;

    /// Fetches a refund afresh.
    async fn refund(&self, id: &str) -> Result<Refund, GatewayError>;

    /// Fetches a dispute afresh.
    async fn dispute(&self, id: &str) -> Result<Dispute, GatewayError>;

    /// The payment intents created since `from`, in no particular order.
    async fn intents_since(&self, from: Timestamp) -> Result<Vec<Intent>, GatewayError>;

    /// The refunds created since `from`, in no particular order.
    async fn refunds_since(&self, from: Timestamp) -> Result<Vec<Refund>, GatewayError>;

    /// The disputes created since `from`, in no particular order.
    async fn disputes_since(&self, from: Timestamp) -> Result<Vec<Dispute>, GatewayError>;

    /// One page of provider events created at or after `from`, newest first; `after` is the last id of the page before.
    async fn events(&self, from: Timestamp, after: Option<&str>) -> Result<EventPage, GatewayError>;
}

/// What a call to the provider can end in besides an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatewayError {
    /// The provider said no; asking the same again changes nothing.
    #[error("refused by the provider: {code} (parameter {param:?})")]
    Refused {
        /// The provider's error code or type, for logs and tasks; never shown to customers.
        code: String,
        /// The parameter it names.
        param: Option<String>,
        /// The provider's sentence, for logs.
        message: String,
    },
    /// There is no such object in this account.
    #[error("no such object in this account")]
    NotFound,
    /// The key is wrong or revoked.
    #[error("the provider does not accept the key")]
    Unauthorised,
    /// It is not known whether the call had an effect: a time-out, a lost connection, a 5xx.
    #[error("outcome unknown: {reason}")]
    Unknown {
        /// What was seen, for logs.
        reason: String,
    },
    /// The call certainly had no effect: the provider was not reached, or asked us to slow down.
    #[error("not sent: {reason}")]
    NotSent {
        /// What was seen, for logs.
        reason: String,
    },
}

/// A customer to be made at the provider.
#[derive(Debug, Clone)]
pub struct NewCustomer {
    /// Ours; kept in the provider's metadata.
    pub business: BusinessId,
    /// Ours; kept in the provider's metadata.
    pub customer: CustomerId,
    /// Name shown in the provider's dashboard.
    pub name: String,
    /// Where the provider may write about this payment.
    pub email: Option<String>,
}

/// A Checkout Session to be made.
#[derive(Debug, Clone)]
pub struct NewCheckout {
    /// Ours; kept in the metadata of session and intent.
    pub business: BusinessId,
    /// Ours; kept in the metadata of session and intent.
    pub attempt: AttemptId,
    /// Ours; kept in the metadata of session and intent.
    pub customer: CustomerId,
    /// The provider's customer.
    pub provider_customer: String,
    /// What is collected.
    pub amount: Money,
    /// The one method the customer chose.
    pub method: Method,
    /// Whether it is kept for later, as the customer allowed.
    pub keep: bool,
    /// The line on the hosted page: "Invoice 2026-014".
    pub description: String,
    /// Where the customer comes back to.
    pub success_url: String,
    /// Where the customer comes back to without paying.
    pub cancel_url: String,
    /// Language of the hosted page: `en`, `de`.
    pub language: String,
    /// When the session dies by itself; the provider allows 30 minutes to 24 hours ahead (machine time).
    pub expires_at: Timestamp,
}

/// A kept method to be charged.
#[derive(Debug, Clone)]
pub struct NewCharge {
    /// Ours; kept in the metadata.
    pub business: BusinessId,
    /// Ours; kept in the metadata.
    pub attempt: AttemptId,
    /// Ours; kept in the metadata.
    pub customer: CustomerId,
    /// The provider's customer.
    pub provider_customer: String,
    /// How much.
    pub amount: Money,
    /// What kind of method it is.
    pub method: Method,
    /// Whether its holder is there to answer their bank.
    pub present: bool,
    /// What the provider calls the method: `pm_…`.
    pub reference: String,
    /// "Invoice 2026-014".
    pub description: String,
}

/// A page on which a method is given to be kept.
#[derive(Debug, Clone)]
pub struct NewSetup {
    /// Ours; kept in the metadata of session and intent.
    pub business: BusinessId,
    /// Ours; kept in the metadata of session and intent.
    pub setup: MethodSetupId,
    /// Ours; kept in the metadata of session and intent.
    pub customer: CustomerId,
    /// The provider's customer.
    pub provider_customer: String,
    /// The one method that is given.
    pub method: Method,
    /// What it is to be charged in later.
    pub currency: Currency,
    /// Where the customer comes back to.
    pub success_url: String,
    /// Where the customer comes back to without giving one.
    pub cancel_url: String,
    /// Language of the hosted page: `en`, `de`.
    pub language: String,
    /// When the session dies by itself.
    pub expires_at: Timestamp,
}

/// What became of giving a method to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// `seti_…`.
    pub id: String,
    /// How far it came.
    pub status: SetupStatus,
    /// Real money or test.
    pub livemode: bool,
    /// Ours, named in the metadata, if it parses.
    pub setup: Option<MethodSetupId>,
    /// What was given, once something was.
    pub given: Given,
}

/// How far giving a method came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStatus {
    /// A method was given, and confirmed where its bank wanted that.
    Succeeded,
    /// One was given, and its holder or their bank has yet to confirm it: by a code in a statement's line, for example.
    UnderWay,
    /// None was given, or it was refused.
    NotGiven,
}

/// What somebody gave to be charged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// The method, once there is one.
    pub method: Option<KeptMethod>,
    /// Its mandate, if it has one.
    pub mandate: Option<Mandate>,
}

/// A method as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMethod {
    /// `pm_…`.
    pub id: String,
    /// Whether it still belongs to a customer: else it can never be charged again.
    pub attached: bool,
    /// What it is, if we know it.
    pub method: Option<Method>,
    /// The card's brand or the bank; empty where the provider does not say.
    pub label: String,
    /// The last digits of its number.
    pub last_digits: String,
    /// Until when a card is good.
    pub expires: Option<ExpiryMonth>,
}

/// A mandate as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mandate {
    /// `mandate_…`.
    pub id: String,
    /// Whether it is over. One that waits for the bank is not.
    pub over: bool,
}

/// A Checkout Session as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// `cs_…`.
    pub id: String,
    /// Where the customer pays; only while open.
    pub url: Option<String>,
    /// Whether it can still be paid.
    pub status: CheckoutStatus,
    /// Whether money is certain (`paid`) or only promised (`unpaid` with status complete = processing).
    pub paid: bool,
    /// `pi_…`, once there is one.
    pub intent: Option<String>,
    /// `seti_…`, on a page on which a method is given to be kept.
    pub setup: Option<String>,
    /// What it collects, in our minor units; `None` for a currency we do not know.
    pub amount: Option<Money>,
    /// Real money or test.
    pub livemode: bool,
    /// The attempt named in the metadata, if it parses.
    pub attempt: Option<AttemptId>,
    /// The business named in the metadata, if it parses.
    pub business: Option<BusinessId>,
}

/// Status of a Checkout Session. Values that we do not know are [`Self::Other`], never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckoutStatus {
    /// Can be paid.
    Open,
    /// Was completed by the customer; the money may still be on its way.
    Complete,
    /// Can no longer be paid.
    Expired,
    /// A value newer than this code.
    Other,
}

/// A payment intent as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// `pi_…`.
    pub id: String,
    /// Where it stands.
    pub status: IntentStatus,
    /// What was asked for.
    pub amount: Option<Money>,
    /// What has come.
    pub amount_received: Option<Money>,
    /// Real money or test.
    pub livemode: bool,
    /// The attempt named in the metadata, if it parses.
    pub attempt: Option<AttemptId>,
    /// The business named in the metadata, if it parses.
    pub business: Option<BusinessId>,
    /// The customer named in the metadata, if it parses.
    pub customer: Option<CustomerId>,
    /// The method that was used, if the provider says and we know it.
    pub method: Option<Method>,
    /// The code of the last failure: `card_declined`, `insufficient_funds`.
    pub failure_code: Option<String>,
    /// What the senders of a bank transfer wrote, as the metadata say.
    pub remittance: Option<String>,
}

/// Money of a customer's bank transfers that lies at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cash {
    /// How much of it came by transfers: what a payment can be made of. May be nothing.
    pub amount: Money,
    /// What refunds put there, which is on its way back to the customer. May be nothing.
    pub refunded: Money,
    /// The last thing that moved it, by the provider's id: it names this state of the balance.
    pub last_moved: String,
    /// What the senders wrote, one text behind the other.
    pub remittance: String,
}

/// A payment to be made of such money.
#[derive(Debug, Clone)]
pub struct NewCashPayment {
    /// Ours; kept in the metadata.
    pub business: BusinessId,
    /// Ours; kept in the metadata.
    pub customer: CustomerId,
    /// The provider's customer.
    pub provider_customer: String,
    /// How much.
    pub amount: Money,
    /// What the senders wrote; kept in the metadata, because it says what the money is for.
    pub remittance: String,
}

/// Status of a payment intent. Values that we do not know are [`Self::Other`], never an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentStatus {
    /// Waits for a method, a confirmation or the customer's bank: nothing is on its way.
    Waiting,
    /// The bank works on it.
    Processing,
    /// The money came.
    Succeeded,
    /// Ended without money.
    Canceled,
    /// A value newer than this code.
    Other,
}

/// A refund to be made.
#[derive(Debug, Clone)]
pub struct NewRefund {
    /// Ours; kept in the metadata.
    pub business: BusinessId,
    /// Ours; kept in the metadata.
    pub refund: RefundId,
    /// The payment.
    pub intent: String,
    /// How much of it.
    pub amount: Money,
}

/// A refund as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// `re_…`.
    pub id: String,
    /// The payment it gives back.
    pub intent: Option<String>,
    /// How much.
    pub amount: Option<Money>,
    /// Whether the money has left: pending and succeeded count, failed and cancelled do not.
    pub effective: bool,
    /// Whether it has succeeded, rather than being on its way.
    pub succeeded: bool,
    /// Our refund named in the metadata, if it parses.
    pub refund: Option<RefundId>,
}

/// A dispute as the provider has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// `dp_…` or `du_…`.
    pub id: String,
    /// The payment that is contested.
    pub intent: Option<String>,
    /// How much of it.
    pub amount: Option<Money>,
    /// How it stands; `None` for a value newer than this code.
    pub stage: Option<DisputeStage>,
    /// Until when the business may say something about it, while the bank waits for that. Business time, as all of the
    /// provider's.
    pub answer_by: Option<Timestamp>,
}

/// One page of provider events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// Newest first. Events about nothing that has an id are left out.
    pub events: Vec<ProviderEvent>,
    /// What to give as `after` for the next page; `None` on the last one.
    pub next: Option<String>,
}

/// A provider event, reduced to what points at an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// `evt_…`.
    pub id: String,
    /// `checkout.session.completed` …
    pub kind: String,
    /// The id of the object it speaks of.
    pub object_id: String,
    /// When the provider made it.
    pub created: Timestamp,
    /// Real money or test.
    pub livemode: bool,
}
