//! [`Gateway`] over async-stripe: Stripe itself, or the sandbox at another address.
//!
//! Requests are built with the library's typed builders, so that a parameter Stripe does not know cannot be sent. Of
//! the answers only the few fields we use are read, into the shapes of `shapes.rs`: the library's full types refuse a whole
//! object when any field of it is missing, and no field that we never look at shall be able to hide money from us.
//!
//! The library pins `Stripe-Version` to the version it was generated from, so an answer's shape changes only when
//! `Cargo.toml` does.

mod cash;
mod charge;
mod shapes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use domain::bank::BankAccount;
use domain::ids::BusinessId;
use domain::payment::Method;
use domain::time::Timestamp;
use domain::{Country, Currency, CustomerId};
use secrecy::{ExposeSecret, SecretString};
use stripe::{Client, ClientBuilder, IdempotencyKey, RequestStrategy, StripeError, StripeRequest};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionAdaptivePricing,
    CreateCheckoutSessionAllowedPaymentMethodTypes, CreateCheckoutSessionLineItems,
    CreateCheckoutSessionLineItemsPriceData, CreateCheckoutSessionPaymentIntentData,
    CreateCheckoutSessionPaymentIntentDataSetupFutureUsage, CreateCheckoutSessionSetupIntentData,
    ExpireCheckoutSession, ListCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_checkout::{CheckoutSessionLocale, CheckoutSessionMode};
use stripe_client_core::{RequestBuilder, StripeMethod};
use stripe_core::customer::{CreateCustomer, RetrieveCustomer};
use stripe_core::dispute::{ListDispute, RetrieveDispute};
use stripe_core::event::ListEvent;
use stripe_core::mandate::RetrieveMandate;
use stripe_core::payment_intent::{ListPaymentIntent, RetrievePaymentIntent};
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_core::setup_intent::RetrieveSetupIntent;
use stripe_payment::payment_method::{DetachPaymentMethod, RetrievePaymentMethod};

use self::shapes::{
    AccountShape, CheckoutShape, CustomerShape, DisputeShape, EventShape, IntentShape, MandateShape,
    MethodShape, Page, PaidWithShape, RefundShape, SetupShape,
};
use super::{
    Cash, Checkout, Dispute, EventPage, Gateway, GatewayError, Gateways, Given, Intent, KeptMethod, Mandate,
    NewCashPayment, NewCharge, NewCheckout, NewCustomer, NewRefund, NewSetup, Refund, Setup,
};

/// How long one call may take, answer included, before its outcome counts as unknown.
const CALL_SECONDS: u64 = 20;

/// Most objects Stripe puts on one page.
const PAGE: i64 = 100;

/// Pages of Checkout Sessions read at most when one is looked for by its metadata.
const CHECKOUT_PAGES_MAX: usize = 5;

/// Objects of one kind read at most when the books are compared.
const OBJECTS_MAX: usize = 200_000;

/// Clients kept at most; one more, and all are let go and opened again when they are needed.
const CLIENTS_MAX: usize = 1024;

/// Opens businesses' Stripe accounts, one client for each.
pub struct StripeGateways {
    /// Where the API is; `None` for Stripe itself.
    url: Option<String>,
    clients: Mutex<HashMap<BusinessId, Kept>>,
}

/// A client with the key it was opened with, to notice when a business changes its key.
struct Kept {
    key: SecretString,
    gateway: Arc<dyn Gateway>,
}

impl StripeGateways {
    /// Accounts at Stripe, or at `url` (the sandbox's) if one is given.
    pub fn new(url: Option<String>) -> Self {
        Self { url, clients: Mutex::default() }
    }

    fn connect(&self, key: &SecretString) -> Arc<dyn Gateway> {
        let mut builder = ClientBuilder::new(key.expose_secret())
            .timeout(Duration::from_secs(CALL_SECONDS))
            .app_info("Dunlin", Some(env!("CARGO_PKG_VERSION").to_owned()), None);
        if let Some(url) = &self.url {
            builder = builder.url(format!("{}/", url.trim_end_matches('/')));
        }
        // Only a key that does not even fit into a header makes none.
        Arc::new(StripeGateway { client: builder.build().ok() })
    }
}

impl Gateways for StripeGateways {
    fn open(&self, business: BusinessId, key: &SecretString) -> Arc<dyn Gateway> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = clients.get(&business)
            && kept.key.expose_secret() == key.expose_secret()
        {
            return Arc::clone(&kept.gateway);
        }
        if clients.len() >= CLIENTS_MAX {
            clients.clear();
        }
        let gateway = self.connect(key);
        clients.insert(business, Kept { key: key.clone(), gateway: Arc::clone(&gateway) });
        gateway
    }
}

/// One account, as its key opens it.
struct StripeGateway {
    /// None for a key that cannot even be sent.
    client: Option<Client>,
}

impl StripeGateway {
    fn client(&self) -> Result<&Client, GatewayError> {
        self.client.as_ref().ok_or(GatewayError::Unauthorised)
    }

    /// Asks for something that changes nothing.
    async fn read<T: miniserde::Deserialize>(&self, request: &impl StripeRequest) -> Result<T, GatewayError> {
        request.build().customize::<T>().send(self.client()?).await.map_err(GatewayError::from)
    }

    /// Asks for something to be made, at most once under `idempotency_key`.
    async fn make<T: miniserde::Deserialize>(
        &self,
        request: &impl StripeRequest,
        idempotency_key: &str,
    ) -> Result<T, GatewayError> {
        let key = IdempotencyKey::new(idempotency_key)
            .map_err(|error| GatewayError::NotSent { reason: format!("idempotency key: {error}") })?;
        let mut request = request.build();
        // The provider refuses a key with other parameters than before, and the library writes maps in whatever order
        // they come: the same question has to be the same text.
        if let Some(body) = &mut request.body {
            let mut pairs: Vec<&str> = body.split('&').collect();
            pairs.sort_unstable();
            *body = pairs.join("&");
        }
        request
            .customize::<T>()
            .request_strategy(RequestStrategy::Idempotent(key))
            .send(self.client()?)
            .await
            .map_err(GatewayError::from)
    }
}

/// Every page of a list of what was created since then. More than can be read is an error: a part would be taken for all of it.
macro_rules! all_pages {
    ($gateway:expr, $list:ident, $shape:ty, $from:expr) => {{
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut request =
                $list::new().created(stripe_types::RangeQueryTs::gte($from.timestamp())).limit(PAGE);
            if let Some(after) = &after {
                request = request.starting_after(after.as_str());
            }
            let page: Page<$shape> = $gateway.read(&request).await?;
            after = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
            found.extend(page.data);
            if after.is_none() {
                break found;
            }
            if found.len() >= OBJECTS_MAX {
                let reason = format!("more than {OBJECTS_MAX} objects");
                return Err(GatewayError::Unknown { reason });
            }
        }
    }};
}

#[async_trait]
impl Gateway for StripeGateway {
    async fn account(&self) -> Result<Option<String>, GatewayError> {
        // The library has this call in a crate of its own, for platforms.
        let request = RequestBuilder::new(StripeMethod::Get, "/account").customize::<AccountShape>();
        match request.send(self.client()?).await.map_err(GatewayError::from) {
            Ok(found) => Ok(Some(found.id)),
            Err(GatewayError::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn customer(&self, id: &str) -> Result<Option<(BusinessId, CustomerId)>, GatewayError> {
        let found: CustomerShape = self.read(&RetrieveCustomer::new(object_id(id)?)).await?;
        Ok(found.owner())
    }

    async fn create_customer(&self, new: NewCustomer, idempotency_key: &str) -> Result<String, GatewayError> {
        let mut request = CreateCustomer::new().name(new.name).metadata(HashMap::from([
            ("business".to_owned(), new.business.to_string()),
            ("customer".to_owned(), new.customer.to_string()),
        ]));
        if let Some(email) = new.email {
            request = request.email(email);
        }
        let made: CustomerShape = self.make(&request, idempotency_key).await?;
        Ok(made.id)
    }

    async fn create_checkout(
        &self,
        new: NewCheckout,
        idempotency_key: &str,
    ) -> Result<Checkout, GatewayError> {
        let request = checkout_request(new)?;
        let made: CheckoutShape = self.make(&request, idempotency_key).await?;
        Ok(made.into())
    }

    async fn create_setup(&self, new: NewSetup, idempotency_key: &str) -> Result<Checkout, GatewayError> {
        let request = setup_request(new)?;
        let made: CheckoutShape = self.make(&request, idempotency_key).await?;
        Ok(made.into())
    }

    async fn setup(&self, id: &str) -> Result<Setup, GatewayError> {
        let request = RetrieveSetupIntent::new(object_id(id)?)
            .expand(vec!["payment_method".to_owned(), "mandate".to_owned()]);
        let found: SetupShape = self.read(&request).await?;
        Ok(found.into())
    }

    async fn paid_with(&self, intent: &str) -> Result<Given, GatewayError> {
        let request = RetrievePaymentIntent::new(object_id(intent)?)
            .expand(vec!["latest_charge".to_owned(), "payment_method".to_owned()]);
        let found: PaidWithShape = self.read(&request).await?;
        let mandate = match found.mandate() {
            Some(id) => Some(self.mandate(id).await?),
            None => None,
        };
        Ok(Given { method: found.payment_method.map(KeptMethod::from), mandate })
    }

    async fn kept_method(&self, id: &str) -> Result<KeptMethod, GatewayError> {
        let found: MethodShape = self.read(&RetrievePaymentMethod::new(object_id(id)?)).await?;
        Ok(found.into())
    }

    async fn mandate(&self, id: &str) -> Result<Mandate, GatewayError> {
        let found: MandateShape = self.read(&RetrieveMandate::new(object_id(id)?)).await?;
        Ok(found.into())
    }

    async fn detach_method(&self, id: &str) -> Result<(), GatewayError> {
        // No idempotency key: letting go twice is refused the second time, which says that it is gone.
        let _gone: MethodShape = self.read(&DetachPaymentMethod::new(object_id(id)?)).await?;
        Ok(())
    }

    async fn checkout(&self, id: &str) -> Result<Checkout, GatewayError> {
        let found: CheckoutShape = self.read(&RetrieveCheckoutSession::new(object_id(id)?)).await?;
        Ok(found.into())
    }

    async fn expire_checkout(&self, id: &str) -> Result<Checkout, GatewayError> {
        // No idempotency key: ending a session twice is refused the second time, which tells the caller to look.
        let ended: CheckoutShape = self.read(&ExpireCheckoutSession::new(object_id(id)?)).await?;
        Ok(ended.into())
    }

    async fn checkouts_since(&self, from: Timestamp) -> Result<Vec<Checkout>, GatewayError> {
        let mut found: Vec<Checkout> = Vec::new();
        for _ in 0..CHECKOUT_PAGES_MAX {
            let mut request = ListCheckoutSession::new()
                .created(stripe_types::RangeQueryTs::gte(from.timestamp()))
                .limit(PAGE);
            if let Some(last) = found.last() {
                request = request.starting_after(&last.id);
            }
            let page: Page<CheckoutShape> = self.read(&request).await?;
            let done = !page.has_more || page.data.is_empty();
            found.extend(page.data.into_iter().map(Checkout::from));
            if done {
                break;
            }
        }
        Ok(found)
    }

    async fn checkout_of_intent(&self, intent: &str) -> Result<Option<Checkout>, GatewayError> {
        let request = ListCheckoutSession::new().payment_intent(object_id(intent)?).limit(1);
        let page: Page<CheckoutShape> = self.read(&request).await?;
        Ok(page.data.into_iter().next().map(Checkout::from))
    }

    async fn charge(&self, new: NewCharge, idempotency_key: &str) -> Result<Intent, GatewayError> {
        let made: IntentShape = self.make(&charge::request(new)?, idempotency_key).await?;
        Ok(made.into())
    }

    async fn intent(&self, id: &str) -> Result<Intent, GatewayError> {
        // The charge names the method that was really used; the intent only those it would have taken.
        let request = RetrievePaymentIntent::new(object_id(id)?).expand(vec!["latest_charge".to_owned()]);
        let found: IntentShape = self.read(&request).await?;
        Ok(found.into())
    }

    async fn funding_account(
        &self,
        customer: &str,
        currency: Currency,
        country: Country,
    ) -> Result<BankAccount, GatewayError> {
        self.account_of(customer, currency, country).await
    }

    async fn cash(&self, customer: &str) -> Result<Vec<Cash>, GatewayError> {
        self.cash_of(customer).await
    }

    async fn collect_cash(&self, new: NewCashPayment, idempotency_key: &str) -> Result<Intent, GatewayError> {
        self.pay_with_cash(new, idempotency_key).await
    }

    async fn create_refund(&self, new: NewRefund, idempotency_key: &str) -> Result<Refund, GatewayError> {
        let currency = new.amount.currency();
        let amount = currency
            .to_stripe_minor(new.amount.minor())
            .map_err(|_| refused("amount_unsupported", "amount"))?;
        let request = CreateRefund::new().payment_intent(object_id(&new.intent)?).amount(amount).metadata(
            HashMap::from([
                ("business".to_owned(), new.business.to_string()),
                ("refund".to_owned(), new.refund.to_string()),
            ]),
        );
        let made: RefundShape = self.make(&request, idempotency_key).await?;
        Ok(made.into())
    }

    async fn refunds_of(&self, intent: &str) -> Result<Vec<Refund>, GatewayError> {
        let request = ListRefund::new().payment_intent(object_id(intent)?).limit(PAGE);
        let page: Page<RefundShape> = self.read(&request).await?;
        Ok(page.data.into_iter().map(Refund::from).collect())
    }

    async fn refund(&self, id: &str) -> Result<Refund, GatewayError> {
        let found: RefundShape = self.read(&RetrieveRefund::new(object_id(id)?)).await?;
        Ok(found.into())
    }

    async fn dispute(&self, id: &str) -> Result<Dispute, GatewayError> {
        let found: DisputeShape = self.read(&RetrieveDispute::new(object_id(id)?)).await?;
        Ok(found.into())
    }

    async fn intents_since(&self, from: Timestamp) -> Result<Vec<Intent>, GatewayError> {
        let found = all_pages!(self, ListPaymentIntent, IntentShape, from);
        Ok(found.into_iter().map(Intent::from).collect())
    }

    async fn refunds_since(&self, from: Timestamp) -> Result<Vec<Refund>, GatewayError> {
        let found = all_pages!(self, ListRefund, RefundShape, from);
        Ok(found.into_iter().map(Refund::from).collect())
    }

    async fn disputes_since(&self, from: Timestamp) -> Result<Vec<Dispute>, GatewayError> {
        let found = all_pages!(self, ListDispute, DisputeShape, from);
        Ok(found.into_iter().map(Dispute::from).collect())
    }

    async fn events(&self, from: Timestamp, after: Option<&str>) -> Result<EventPage, GatewayError> {
        let mut request =
            ListEvent::new().created(stripe_types::RangeQueryTs::gte(from.timestamp())).limit(PAGE);
        if let Some(after) = after {
            request = request.starting_after(after);
        }
        let page: Page<EventShape> = self.read(&request).await?;
        let next = page.data.last().filter(|_| page.has_more).map(|last| last.id.clone());
        Ok(EventPage { next, events: page.data.into_iter().filter_map(EventShape::read).collect() })
    }
}

/// What is not even sent, because the provider would refuse it.
fn refused(code: &str, parameter: &str) -> GatewayError {
    GatewayError::Refused {
        code: code.to_owned(),
        param: Some(parameter.to_owned()),
        message: "not sent: the provider would refuse it".to_owned(),
    }
}

fn checkout_request(new: NewCheckout) -> Result<CreateCheckoutSession, GatewayError> {
    let ours = new.amount.currency();
    // The library's list of currencies is shorter than the provider's; it passes on what it does not know, and `domain`
    // says what the provider takes.
    let Ok(currency) = ours.code().to_ascii_lowercase().parse::<stripe_types::Currency>();
    let amount =
        ours.to_stripe_minor(new.amount.minor()).map_err(|_| refused("amount_unsupported", "unit_amount"))?;
    let method = allowed(new.method)?;

    let metadata = HashMap::from([
        ("business".to_owned(), new.business.to_string()),
        ("attempt".to_owned(), new.attempt.to_string()),
        ("customer".to_owned(), new.customer.to_string()),
    ]);
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(currency);
    price.product_data = Some(ProductData::new(&new.description));
    price.unit_amount = Some(amount);
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(1);
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.description = Some(new.description);
    intent.metadata = Some(metadata.clone());
    if new.keep {
        intent.setup_future_usage = Some(CreateCheckoutSessionPaymentIntentDataSetupFutureUsage::OffSession);
    }
    // What is collected is what the invoice says, in its currency, whatever the account's dashboard prefers.
    let mut pricing = CreateCheckoutSessionAdaptivePricing::new();
    pricing.enabled = Some(false);

    Ok(CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .line_items(vec![item])
        .payment_intent_data(intent)
        .allowed_payment_method_types(vec![method])
        .adaptive_pricing(pricing)
        .customer(new.provider_customer)
        .client_reference_id(new.attempt.to_string())
        .metadata(metadata)
        .success_url(new.success_url)
        .cancel_url(new.cancel_url)
        .locale(language(&new.language))
        .expires_at(new.expires_at.timestamp()))
}

fn setup_request(new: NewSetup) -> Result<CreateCheckoutSession, GatewayError> {
    let Ok(currency) = new.currency.code().to_ascii_lowercase().parse::<stripe_types::Currency>();
    let metadata = HashMap::from([
        ("business".to_owned(), new.business.to_string()),
        ("setup".to_owned(), new.setup.to_string()),
        ("customer".to_owned(), new.customer.to_string()),
    ]);
    let mut intent = CreateCheckoutSessionSetupIntentData::new();
    intent.metadata = Some(metadata.clone());
    Ok(CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Setup)
        .currency(currency)
        .setup_intent_data(intent)
        .allowed_payment_method_types(vec![allowed(new.method)?])
        .customer(new.provider_customer)
        .client_reference_id(new.setup.to_string())
        .metadata(metadata)
        .success_url(new.success_url)
        .cancel_url(new.cancel_url)
        .locale(language(&new.language))
        .expires_at(new.expires_at.timestamp()))
}

/// The one method that a page offers.
fn allowed(method: Method) -> Result<CreateCheckoutSessionAllowedPaymentMethodTypes, GatewayError> {
    match method {
        Method::Card => Ok(CreateCheckoutSessionAllowedPaymentMethodTypes::Card),
        Method::SepaDebit => Ok(CreateCheckoutSessionAllowedPaymentMethodTypes::SepaDebit),
        Method::UsBankAccount => Ok(CreateCheckoutSessionAllowedPaymentMethodTypes::UsBankAccount),
        Method::BacsDebit => Ok(CreateCheckoutSessionAllowedPaymentMethodTypes::BacsDebit),
        _ => Err(refused("method_unsupported", "allowed_payment_method_types")),
    }
}

/// The language of a page, if the provider speaks it.
fn language(ours: &str) -> CheckoutSessionLocale {
    match ours.parse() {
        Ok(CheckoutSessionLocale::Unknown(_)) | Err(_) => CheckoutSessionLocale::Auto,
        Ok(known) => known,
    }
}

/// Object ids become part of an address, and some come from outside: nothing but an id may get there.
fn object_id(id: &str) -> Result<&str, GatewayError> {
    let plain =
        (1..=255).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { Ok(id) } else { Err(GatewayError::NotFound) }
}

impl From<StripeError> for GatewayError {
    /// Sorts what went wrong by the one question that matters afterwards: may it have had an effect?
    fn from(error: StripeError) -> Self {
        match error {
            StripeError::Stripe(_, 401) => Self::Unauthorised,
            StripeError::Stripe(_, 404) => Self::NotFound,
            StripeError::Stripe(api, 429) => Self::NotSent { reason: sentence(&api) },
            // 409: the same key is at work at this moment, so the first of the two may yet succeed.
            StripeError::Stripe(api, 409 | 424 | 500..) => Self::Unknown { reason: sentence(&api) },
            StripeError::Stripe(api, _) => Self::Refused {
                code: match (&api.decline_code, &api.code) {
                    (Some(decline), _) => decline.clone(),
                    (None, Some(code)) => code.as_str().to_owned(),
                    (None, None) => api.type_.as_str().to_owned(),
                },
                message: sentence(&api),
                param: api.param,
            },
            // hyper's client says in which step it failed; before the connection stood, nothing was sent.
            StripeError::ClientError(reason) if reason.contains("(Connect)") => Self::NotSent { reason },
            StripeError::ConfigError(reason) => Self::NotSent { reason },
            StripeError::ClientError(reason) | StripeError::JSONDeserialize(reason) => {
                Self::Unknown { reason }
            }
            StripeError::Timeout => Self::Unknown { reason: format!("no answer within {CALL_SECONDS} s") },
        }
    }
}

fn sentence(api: &stripe::ApiErrors) -> String {
    api.message.clone().unwrap_or_else(|| api.type_.as_str().to_owned())
}
