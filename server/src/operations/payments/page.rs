//! The provider's page for an attempt: what is asked for, the same to the digit however often it is asked.

use chrono::{Duration, DurationRound};
use domain::ledger::Provider;
use domain::{CustomerId, InvoiceId, Timestamp};
use store::attempts::{self, Attempt};
use store::{StoreError, Tx, customers, ledger, saved_methods};

use super::Account;
use super::sync::outside;
use crate::env::Env;
use crate::gateway::{Checkout, GatewayError, NewCheckout, NewCustomer};

/// How long the provider's page stays open: as long as a reminder waits for it. The provider allows 30 minutes at least.
const PAGE_MINUTES: i64 = 60;

/// How long the provider's page stays open.
pub(super) fn page_life() -> Duration {
    Duration::minutes(PAGE_MINUTES)
}

/// Asks the provider for the page of an attempt, under its key: the same question whenever it is asked, so that asking
/// again after a time-out makes no second page.
///
/// The outer error is ours (the database), the inner one the provider's.
pub(super) async fn ask_for_page(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
) -> Result<Result<Checkout, GatewayError>, StoreError> {
    let mut tx = env.store.read().await?;
    let Some(context) = Context::read(&mut tx, attempt).await? else {
        return Ok(Err(GatewayError::NotSent { reason: "its rows are gone".to_owned() }));
    };
    drop(tx);
    let provider_customer =
        match provider_customer(env, account, attempt.customer, &context.customer_name).await? {
            Ok(id) => id,
            // No page was asked for yet, so the attempt certainly had no effect, whatever became of the customer.
            Err(GatewayError::Unknown { reason }) => return Ok(Err(GatewayError::NotSent { reason })),
            Err(error) => return Ok(Err(error)),
        };
    let page = context.page(env, attempt, provider_customer);
    Ok(outside(account.gateway.create_checkout(page, &attempt.idempotency_key)).await)
}

/// The provider's customer for ours, made once. Should the provider make two all the same (it forgets keys after a day),
/// the first one kept is the one used.
///
/// The outer error is ours (the database), the inner one the provider's.
pub(super) async fn provider_customer(
    env: &Env,
    account: &Account,
    customer: CustomerId,
    name: &str,
) -> Result<Result<String, GatewayError>, StoreError> {
    let mut tx = env.store.read().await?;
    let known = attempts::gateway_customer(&mut tx, customer, Provider::Stripe, &account.name).await?;
    drop(tx);
    if let Some(known) = known {
        return Ok(Ok(known));
    }
    let new = NewCustomer { business: account.business, customer, name: name.to_owned(), email: None };
    let key = format!("dunlin-{customer}-{}", account.name);
    let made = match outside(account.gateway.create_customer(new, &key)).await {
        Ok(made) => made,
        Err(error) => return Ok(Err(error)),
    };
    let kept = env
        .store
        .transact(async |tx: &mut Tx| {
            attempts::keep_gateway_customer(
                tx,
                account.business,
                customer,
                Provider::Stripe,
                &account.name,
                &made,
                env.business_now(),
            )
            .await
        })
        .await?;
    Ok(Ok(kept))
}

/// What a page or a charge says besides amount and method.
pub(super) struct Context {
    pub(super) customer_name: String,
    language: String,
    /// The first invoice: where the way back leads if it is the only one.
    invoice: InvoiceId,
    numbers: Vec<String>,
    /// Whether the payer agreed to keep the way to pay.
    keep: bool,
}

impl Context {
    pub(super) async fn read(tx: &mut Tx, attempt: &Attempt) -> Result<Option<Self>, StoreError> {
        let Some(customer) = customers::customer(tx, attempt.business, attempt.customer).await? else {
            return Ok(None);
        };
        let mut numbers = Vec::with_capacity(attempt.parts.len());
        let mut first = None;
        for part in &attempt.parts {
            if let Some(found) = ledger::balance(tx, attempt.business, part.receivable).await? {
                first = first.or(Some(found.invoice));
                numbers.push(found.number);
            }
        }
        let agreed = saved_methods::setup_of_attempt(tx, attempt.business, attempt.id).await?;
        Ok(first.map(|invoice| Self {
            customer_name: customer.name.as_str().to_owned(),
            language: customer.locale.tag().split('-').next().unwrap_or("en").to_owned(),
            invoice,
            numbers,
            keep: agreed.is_some(),
        }))
    }

    /// Where the payer was, and how they get back to choosing. Several are paid from the page of all, which one link covers; one
    /// from its own.
    fn home(&self, env: &Env, attempt: &Attempt) -> (String, String) {
        let base = &env.settings.base_url;
        match &self.numbers[..] {
            [_, _, ..] => {
                (format!("{base}/c/{}", attempt.customer), format!("?currency={}", attempt.amount.currency()))
            }
            _ => (format!("{base}/i/{}", self.invoice), String::new()),
        }
    }

    /// Where it is said what became of it.
    pub(super) fn way_back(&self, env: &Env, attempt: &Attempt) -> String {
        format!("{}/return?attempt={}", self.home(env, attempt).0, attempt.id)
    }

    /// What it is for, in one line.
    pub(super) fn description(&self) -> String {
        match &self.numbers[..] {
            [only] => format!("Invoice {only}"),
            [first, rest @ ..] => format!("Invoice {first} and {} more", rest.len()),
            [] => String::from("Invoice"),
        }
    }

    fn page(&self, env: &Env, attempt: &Attempt, provider_customer: String) -> NewCheckout {
        let (home, again) = self.home(env, attempt);
        NewCheckout {
            business: attempt.business,
            attempt: attempt.id,
            customer: attempt.customer,
            provider_customer,
            amount: attempt.amount,
            method: attempt.method,
            keep: self.keep,
            description: self.description(),
            success_url: self.way_back(env, attempt),
            cancel_url: format!("{home}/pay{again}"),
            language: self.language.clone(),
            // In business time, which is what the provider's clock shows in the demo too.
            expires_at: whole_seconds(attempt.created_at) + page_life(),
        }
    }
}

/// The provider counts in whole seconds; the same question must be the same to the digit.
pub(super) fn whole_seconds(instant: Timestamp) -> Timestamp {
    instant.duration_trunc(Duration::seconds(1)).unwrap_or(instant)
}
