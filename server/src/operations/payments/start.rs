//! A customer pays: one attempt, one page at the provider.
//!
//! # Where transactions begin and end
//!
//! At most one *payable* attempt (creating, open, unknown) exists for a receivable; the schema refuses a second.
//!
//! 1. **Transaction.** In the customer's turn: what is open and on its way is read, the amount is checked against it, and
//!    the attempt is written as `creating` with its parts and its idempotency key. If a payable attempt stands in the way,
//!    nothing is written and that one is cleared first: its page is handed out again if it is for exactly the same, closed
//!    at the provider if not, and asked about if nobody knows what became of it. Then from the beginning.
//! 2. **Outside call.** The provider makes the customer (once) and the page, under the committed key.
//! 3. **Transaction.** The attempt becomes `open` with the page's address, `failed` when the provider refused, or
//!    `unknown` when nobody can say.
//!
//! A crash before 1 leaves nothing. A crash between 1 and 3, or no answer to 2, leaves an attempt that is `creating` or
//! `unknown`, which the sweep (or the customer's next click) resolves with the same key within a day, by its metadata
//! later; there is never a second live page beside it. A page that was made but never handed out closes after an hour.

use std::collections::BTreeSet;

use chrono::{Duration, DurationRound};
use domain::event::EventKind;
use domain::ledger::{self as rules, OpenItem, Part, Provider};
use domain::payment::{AttemptState, FailureCode, Method};
use domain::{
    AttemptId, FieldErrors, FieldProblem, InvoiceId, Locale, Money, MoneyError, ReceivableId, Timestamp,
};
use store::attempts::{self, Attempt, NewAttempt};
use store::ledger::{self, ReceivableBalance};
use store::{StoreError, Tx, customers, invoices};

use super::sync::{self, SyncError, outside};
use super::{Account, AccountError};
use crate::env::{Env, NotPermitted, PortalAccess, Principal};
use crate::gateway::{Checkout, CheckoutStatus, GatewayError, NewCheckout, NewCustomer};
use crate::operations::portal;
use crate::operations::record::{Facts, Told, actor, record};

/// How long the provider's page stays open: as long as a reminder waits for it. The provider allows 30 minutes at least.
const PAGE_MINUTES: i64 = 60;

/// How long an attempt may be `creating` before it counts as left behind by a crash: longer than a call may take.
const CREATING_SECONDS: i64 = 60;

/// How often the way is cleared before the customer is asked to try again.
const ROUNDS: usize = 4;

/// Invoices paid at once, at most.
const INVOICES_MAX: usize = 50;

/// How long the provider's page stays open.
pub(super) fn page_life() -> Duration {
    Duration::minutes(PAGE_MINUTES)
}

/// What a customer wants to pay.
#[derive(Debug, Clone)]
pub struct StartPayment {
    /// Which invoices; the way back leads to the first.
    pub invoices: Vec<InvoiceId>,
    /// How much, as typed; everything that is offered if nothing was typed.
    pub amount: Option<String>,
    /// How amounts are written where it was typed.
    pub locale: Locale,
    /// How.
    pub method: Method,
    /// The customer was told that a payment is on its way and wants to pay all the same.
    pub despite_processing: bool,
}

/// The way to the provider's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The attempt.
    pub attempt: AttemptId,
    /// Where the customer goes.
    pub url: String,
}

/// Why there is no page to go to.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not through a portal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// An invoice is not there, not issued, or not covered by the customer's link: the same for all.
    #[error("no such invoice")]
    NotFound,
    /// Nothing is open on these invoices.
    #[error("nothing is open")]
    NothingOpen,
    /// The invoices are in several currencies, which no payment is.
    #[error("one payment is in one currency")]
    SeveralCurrencies,
    /// The business does not accept this method for these invoices, or it does not exist in their currency.
    #[error("the method is not offered")]
    MethodNotOffered,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// More than is left beside what is on its way. Asked once: [`StartPayment::despite_processing`].
    #[error("a payment is on its way")]
    OnItsWay {
        /// What is on its way.
        processing: Money,
        /// What is left to pay beside it.
        left: Money,
    },
    /// Another page is being made at this moment, or nobody knows yet whether one was. Trying again in a moment helps.
    #[error("another payment is being prepared")]
    Busy,
    /// The provider refused. Another method may do; the business's account may need attention.
    #[error("the payment provider refused: {code}")]
    Refused {
        /// The provider's code, for logs.
        code: String,
    },
    /// The provider cannot be reached, or the business has no (working) account there. Nothing was begun.
    #[error("the payment provider is not available")]
    Unavailable,
    /// Amounts that cannot be calculated with. A bug, or a row changed by hand.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SyncError> for StartError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Store(error) | SyncError::Account(AccountError::Store(error)) => Self::Store(error),
            SyncError::Money(error) => Self::Money(error),
            SyncError::Account(_) | SyncError::Gateway(GatewayError::Unauthorised) => Self::Unavailable,
            SyncError::Gateway(_) | SyncError::Raced => Self::Busy,
        }
    }
}

/// What the first transaction found or did.
enum Step {
    /// The attempt is written; its page can be asked for.
    Written(Attempt),
    /// A payable attempt stands in the way.
    InTheWay {
        /// It.
        attempt: Attempt,
        /// Whether it is for exactly what is wanted now.
        same: bool,
    },
}

/// Makes a payment attempt and the provider's page for it, or hands out the page that stands open for the same.
pub async fn start(env: &Env, principal: &Principal, wanted: &StartPayment) -> Result<Started, StartError> {
    let access = principal.portal()?;
    if !(1..=INVOICES_MAX).contains(&wanted.invoices.len()) {
        return Err(StartError::NotFound);
    }
    let account = Account::open(env, access.business).await.map_err(SyncError::from)?;

    for _ in 0..ROUNDS {
        let written = env
            .store
            .transact(async |tx: &mut Tx| prepare(tx, env, principal, access, &account, wanted).await)
            .await;
        match written {
            Ok(Step::Written(attempt)) => return open_page(env, principal, &account, &attempt).await,
            Ok(Step::InTheWay { attempt, same }) => {
                if let Some(url) = clear(env, &account, &attempt, same).await? {
                    return Ok(Started { attempt: attempt.id, url });
                }
            }
            // Another tab was first between our look and our write: its attempt is what stands in the way now.
            Err(StartError::Store(error)) if error.guard() == Some(attempts::ONE_PAYABLE) => {}
            Err(error) => return Err(error),
        }
    }
    Err(StartError::Busy)
}

/// The first transaction: checks what is wanted against what is open now, and writes the attempt.
async fn prepare(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    access: &PortalAccess,
    account: &Account,
    wanted: &StartPayment,
) -> Result<Step, StartError> {
    let (business, customer) = (access.business, access.customer);
    if !ledger::take_turn(tx, business, customer).await? {
        return Err(StartError::NotFound);
    }
    let mut chosen = Vec::with_capacity(wanted.invoices.len());
    // An invoice named twice is paid once.
    let distinct: BTreeSet<&InvoiceId> = wanted.invoices.iter().collect();
    for invoice in distinct {
        chosen.push(chosen_invoice(tx, access, *invoice, wanted.method).await?);
    }
    let parts = parts(&chosen, wanted)?;
    let amount = sum(&parts)?;

    for part in &parts {
        let in_flight = attempts::in_flight(tx, business, part.receivable).await?;
        if let Some(attempt) = in_flight.into_iter().find(|attempt| attempt.state.is_payable()) {
            let same = attempt.method == wanted.method && same_parts(&attempt.parts, &parts);
            return Ok(Step::InTheWay { attempt, same });
        }
    }

    let id: AttemptId = env.new_id();
    let facts = Facts { amount: Some(amount), method: Some(wanted.method), ..Facts::default() };
    let mut told = Told::new(EventKind::AttemptCreated, id).customer(customer).facts(facts);
    if let [only] = &chosen[..] {
        told = told.invoice(only.invoice);
    }
    let event = record(tx, env, business, actor(principal), told);
    let (business_now, machine_now) = (env.business_now(), env.machine_now());
    let key = format!("dunlin-{id}");
    attempts::create(
        tx,
        &NewAttempt {
            id,
            business,
            customer,
            amount,
            parts: &parts,
            method: wanted.method,
            provider: Provider::Stripe,
            provider_account: &account.name,
            idempotency_key: &key,
            event,
            created_at: business_now,
            key_made_at: machine_now,
            sync_at: machine_now + Duration::seconds(CREATING_SECONDS),
        },
    )
    .await?;
    let written = attempts::find(tx, business, id).await?;
    written.map(Step::Written).ok_or(StartError::NotFound)
}

/// The balance of an invoice that the holder of this access may pay in this way.
async fn chosen_invoice(
    tx: &mut Tx,
    access: &PortalAccess,
    invoice: InvoiceId,
    method: Method,
) -> Result<ReceivableBalance, StartError> {
    if !portal::covers(tx, access, invoice).await? {
        return Err(StartError::NotFound);
    }
    let found = invoices::invoice(tx, access.business, invoice).await?.ok_or(StartError::NotFound)?;
    let balance =
        ledger::balance_of_invoice(tx, access.business, invoice).await?.ok_or(StartError::NotFound)?;
    let offered = method.is_through_provider()
        && found.accepted_methods.contains(&method)
        && method.works_in(found.currency);
    if !offered {
        return Err(StartError::MethodNotOffered);
    }
    Ok(balance)
}

/// What is paid of which receivable: the oldest due first, as far as the amount reaches.
fn parts(chosen: &[ReceivableBalance], wanted: &StartPayment) -> Result<Vec<Part>, StartError> {
    let currency = chosen.first().ok_or(StartError::NotFound)?.balance.open.currency();
    if chosen.iter().any(|item| item.balance.open.currency() != currency) {
        return Err(StartError::SeveralCurrencies);
    }
    let open = Money::sum(currency, chosen.iter().map(|item| item.balance.open))?;
    let left = Money::sum(currency, chosen.iter().map(|item| item.balance.payable()))?;
    let processing = Money::sum(currency, chosen.iter().map(|item| item.balance.processing))?;
    if !open.is_positive() {
        return Err(StartError::NothingOpen);
    }

    let typed = wanted.amount.as_deref().map(str::trim).filter(|typed| !typed.is_empty());
    let amount = match typed {
        Some(typed) => Money::parse(typed, currency, wanted.locale)
            .map_err(|problem| FieldErrors::one("amount", problem))?,
        None if left.is_positive() => left,
        None => open,
    };
    let min = Money::new(currency.stripe_minimum_minor(), currency)?;
    let collectable = currency.to_stripe_minor(amount.minor()).is_ok();
    if amount.minor() < min.minor() || amount.minor() > open.minor() || !collectable {
        let problem = FieldProblem::AmountOutOfRange { min, max: open };
        return Err(FieldErrors::one("amount", problem).into());
    }
    let more_than_left = amount.minor() > left.minor();
    if more_than_left && !wanted.despite_processing {
        return Err(StartError::OnItsWay { processing, left });
    }

    let item = |item: &ReceivableBalance| OpenItem {
        receivable: item.receivable,
        due_on: item.due_on,
        number: item.number.clone(),
        open: if more_than_left { item.balance.open } else { item.balance.payable() },
    };
    let items = rules::application_order(chosen.iter().map(item).collect(), &[]);
    let (shares, _nothing) = rules::apply(amount, &items)?;
    Ok(shares.into_iter().map(|(receivable, amount)| Part { receivable, amount }).collect())
}

fn sum(parts: &[Part]) -> Result<Money, StartError> {
    let currency = parts.first().ok_or(StartError::NothingOpen)?.amount.currency();
    Ok(Money::sum(currency, parts.iter().map(|part| part.amount))?)
}

fn same_parts(one: &[Part], other: &[Part]) -> bool {
    let sorted = |parts: &[Part]| {
        let mut parts: Vec<(ReceivableId, i64)> =
            parts.iter().map(|part| (part.receivable, part.amount.minor())).collect();
        parts.sort_unstable();
        parts
    };
    sorted(one) == sorted(other)
}

/// Clears away what stands in the way of a new attempt. `Some` is the address of its page, when that is for exactly what
/// is wanted and stands open; `None` means: look again.
async fn clear(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    same: bool,
) -> Result<Option<String>, StartError> {
    match &attempt.state {
        AttemptState::Open { checkout: id, .. } => {
            let page = outside(account.gateway.checkout(id)).await.map_err(SyncError::from)?;
            if page.status == CheckoutStatus::Open {
                if let (true, Some(url)) = (same, page.url) {
                    return Ok(Some(url));
                }
                match outside(account.gateway.expire_checkout(id)).await {
                    // Closed, or completed in this very moment: looking at it tells which.
                    Ok(_) | Err(GatewayError::Refused { .. }) => {}
                    Err(error) => return Err(SyncError::from(error).into()),
                }
            }
            sync::checkout(env, account, id).await?;
            Ok(None)
        }
        AttemptState::Creating
            if env.machine_now() - attempt.key_made_at < Duration::seconds(CREATING_SECONDS) =>
        {
            Err(StartError::Busy)
        }
        _ => {
            sync::attempt(env, account, attempt).await?;
            Ok(None)
        }
    }
}

/// Asks for the page of an attempt that was just written, and writes down what came of it.
async fn open_page(
    env: &Env,
    principal: &Principal,
    account: &Account,
    attempt: &Attempt,
) -> Result<Started, StartError> {
    let actor = actor(principal);
    match ask_for_page(env, account, attempt).await? {
        Ok(page) => {
            let Some(url) = page.url.clone() else {
                sync::checkout(env, account, &page.id).await?;
                return Err(StartError::Busy);
            };
            let opened = AttemptState::Open {
                checkout: page.id,
                url: url.clone(),
                expires_at: env.business_now() + page_life(),
            };
            sync::write(env, attempt, opened, actor).await?;
            Ok(Started { attempt: attempt.id, url })
        }
        Err(GatewayError::Unknown { reason }) => {
            tracing::warn!(attempt = %attempt.id, %reason, "nobody knows whether the payment page was made");
            sync::write(env, attempt, AttemptState::Unknown, actor).await?;
            env.nudges.sweep.notify_one();
            Err(StartError::Busy)
        }
        // Certainly without effect: the attempt ends, and the next click makes another.
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, %error, "the payment page was not made");
            sync::write(env, attempt, AttemptState::Failed { code: FailureCode::Refused }, actor).await?;
            Err(match error {
                GatewayError::Refused { code, .. } => StartError::Refused { code },
                _ => StartError::Unavailable,
            })
        }
    }
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
    let Some(context) = PageContext::read(&mut tx, attempt).await? else {
        return Ok(Err(GatewayError::NotSent { reason: "its rows are gone".to_owned() }));
    };
    let known =
        attempts::gateway_customer(&mut tx, attempt.customer, Provider::Stripe, &account.name).await?;
    drop(tx);
    let provider_customer = match known {
        Some(id) => id,
        None => match make_customer(env, account, attempt, &context).await? {
            Ok(id) => id,
            Err(error) => return Ok(Err(error)),
        },
    };
    let page = context.page(env, attempt, provider_customer);
    Ok(outside(account.gateway.create_checkout(page, &attempt.idempotency_key)).await)
}

/// Makes the provider's customer for ours, once. Should the provider make two all the same (it forgets keys after a day),
/// the first one kept is the one used.
async fn make_customer(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    context: &PageContext,
) -> Result<Result<String, GatewayError>, StoreError> {
    let new = NewCustomer {
        business: attempt.business,
        customer: attempt.customer,
        name: context.customer_name.clone(),
        email: None,
    };
    let key = format!("dunlin-{}-{}", attempt.customer, account.name);
    let made = match outside(account.gateway.create_customer(new, &key)).await {
        Ok(made) => made,
        // No page was asked for yet, so the attempt certainly had no effect, whatever became of the customer.
        Err(GatewayError::Unknown { reason }) => return Ok(Err(GatewayError::NotSent { reason })),
        Err(error) => return Ok(Err(error)),
    };
    let kept = env
        .store
        .transact(async |tx: &mut Tx| {
            attempts::keep_gateway_customer(
                tx,
                attempt.business,
                attempt.customer,
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

/// What a page says besides amount and method.
struct PageContext {
    customer_name: String,
    language: String,
    /// The first invoice: where the way back leads.
    invoice: InvoiceId,
    numbers: Vec<String>,
}

impl PageContext {
    async fn read(tx: &mut Tx, attempt: &Attempt) -> Result<Option<Self>, StoreError> {
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
        Ok(first.map(|invoice| Self {
            customer_name: customer.name.as_str().to_owned(),
            language: customer.locale.tag().split('-').next().unwrap_or("en").to_owned(),
            invoice,
            numbers,
        }))
    }

    fn page(&self, env: &Env, attempt: &Attempt, provider_customer: String) -> NewCheckout {
        let base = &env.settings.base_url;
        let description = match &self.numbers[..] {
            [only] => format!("Invoice {only}"),
            [first, rest @ ..] => format!("Invoice {first} and {} more", rest.len()),
            [] => String::from("Invoice"),
        };
        NewCheckout {
            business: attempt.business,
            attempt: attempt.id,
            customer: attempt.customer,
            provider_customer,
            amount: attempt.amount,
            method: attempt.method,
            description,
            success_url: format!("{base}/i/{}/return?attempt={}", self.invoice, attempt.id),
            cancel_url: format!("{base}/i/{}/pay", self.invoice),
            language: self.language.clone(),
            // In business time, which is what the provider's clock shows in the demo too.
            expires_at: whole_seconds(attempt.created_at) + page_life(),
        }
    }
}

/// The provider counts in whole seconds; the same question must be the same to the digit.
fn whole_seconds(instant: Timestamp) -> Timestamp {
    instant.duration_trunc(Duration::seconds(1)).unwrap_or(instant)
}
