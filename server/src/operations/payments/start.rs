//! A customer pays: one attempt, one page at the provider. With what they keep there is no page: see [`charge`](super::charge).
//!
//! # Where transactions begin and end
//!
//! At most one *payable* attempt (creating, open, unknown) exists for a receivable; the schema refuses a second.
//!
//! 1. **Transaction.** In the customer's turn: what is open and on its way is read, the amount is checked against it, and
//!    the attempt is written as `creating` with its parts and its idempotency key. If payable attempts stand in the way,
//!    nothing is written and they are cleared first: a page is handed out again if it is for exactly the same, closed
//!    at the provider if not, and asked about if nobody knows what became of it. Then from the beginning.
//! 2. **Outside call.** The provider makes the customer (once) and the page, under the committed key.
//! 3. **Transaction.** The attempt becomes `open` with the page's address, `failed` when the provider refused, or
//!    `unknown` when nobody can say.
//!
//! A crash before 1 leaves nothing. A crash between 1 and 3, or no answer to 2, leaves an attempt that is `creating` or
//! `unknown`, which the sweep (or the customer's next click) resolves with the same key within a day, by its metadata
//! later; there is never a second live page beside it. A page that was made but never handed out closes after an hour.

use chrono::Duration;
use domain::ledger::Part;
use domain::payment::{AttemptState, Choice, ChoiceError, FailureCode, Method, Share};
use domain::{
    AttemptId, CustomerId, FieldProblem, InvoiceId, Locale, Money, MoneyError, ReceivableId, SavedMethodId,
};
use store::attempts::{self, Attempt};
use store::ledger::{self, ReceivableBalance};
use store::{StoreError, Tx, customers, identity, invoices, receivables, saved_methods};

use super::attempt::{self, Beginning, CREATING_SECONDS};
use super::by_hand::form_of;
use super::charge::{self, Asked};
use super::page::{Context, ask_for_page, page_life};
use super::saved::{self, Agreed, Consent};
use super::sync::{self, SyncError, outside};
use super::{Account, AccountError};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};
use crate::gateway::{CheckoutStatus, GatewayError};
use crate::operations::invoices::offer;
use crate::operations::portal::{self, PortalError};
use crate::operations::record::actor;

/// How often the way is cleared before the customer is asked to try again.
const ROUNDS: usize = 4;

/// Invoices paid at once, at most.
const INVOICES_MAX: usize = 50;

/// What a customer wants to pay.
#[derive(Debug, Clone)]
pub struct StartPayment {
    /// Which invoices, and how much of each.
    pub shares: Vec<Wanted>,
    /// How amounts are written where they were typed.
    pub locale: Locale,
    /// How.
    pub method: Method,
    /// The customer was told that this is more than can still be paid, and wants to pay it all the same.
    pub despite_excess: bool,
    /// What of theirs is charged, without a page of the provider's. Needs the proof that they are the contact on file.
    pub with: Option<With>,
    /// What they agreed to, if it is kept for later. Needs the proof that they are the contact on file.
    pub keep: Option<Consent>,
}

/// What is kept and to be charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct With {
    /// The kept way to pay.
    pub saved: SavedMethodId,
    /// What the form is known by: sent twice, it charges once, and leads to what came of that.
    pub form: String,
}

impl With {
    /// The key under which the provider is asked.
    fn key(&self, customer: CustomerId) -> Result<String, StartError> {
        let form = form_of(&self.form).map_err(|_| StartError::NotFound)?;
        Ok(format!("dunlin-{customer}-{form}"))
    }
}

/// An invoice that a customer wants to pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The invoice.
    pub invoice: InvoiceId,
    /// How much of it, as typed; what is offered if nothing was typed.
    pub amount: Option<String>,
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
    /// The form was sent before with other contents, and did its work then.
    #[error("the form was sent before")]
    SentBefore,
    /// The invoices are in several currencies, which no payment is.
    #[error("one payment is in one currency")]
    SeveralCurrencies,
    /// The business does not accept this method for these invoices, or it does not exist in their currency.
    #[error("the method is not offered")]
    MethodNotOffered,
    /// What is chosen cannot be kept for later.
    #[error("the method cannot be kept")]
    CannotBeKept,
    /// Nobody proved yet that they are the contact on file.
    #[error("this needs a code first")]
    NotProven,
    /// Amounts that need attention, by their invoice.
    #[error("amounts that need attention")]
    Amounts(Vec<(InvoiceId, FieldProblem)>),
    /// All of it together is less or more than the provider collects.
    #[error("a sum that cannot be collected")]
    Sum(FieldProblem),
    /// More than can still be paid. Asked once: [`StartPayment::despite_excess`].
    #[error("more than can still be paid")]
    MoreThanOpen {
        /// What was chosen.
        amount: Money,
        /// What is open of it.
        open: Money,
        /// What is on its way for it already.
        processing: Money,
        /// What would be over.
        excess: Money,
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

impl From<PortalError> for StartError {
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::NotPermitted(error) => Self::NotPermitted(error),
            PortalError::NotProven => Self::NotProven,
            PortalError::Store(error) => Self::Store(error),
            _ => Self::NotFound,
        }
    }
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
    Written(Box<Attempt>),
    /// Payable attempts stand in the way: of several invoices each may have its own.
    InTheWay(Vec<Standing>),
    /// The same form was sent before: this is what it began.
    Known(Box<Attempt>),
}

/// A payable attempt on something of what is wanted.
struct Standing {
    attempt: Attempt,
    /// Whether it is for exactly what is wanted now.
    same: bool,
}

/// Makes a payment attempt and the provider's page for it, or hands out the page that stands open for the same.
pub async fn start(env: &Env, principal: &Principal, wanted: &StartPayment) -> Result<Started, StartError> {
    let access = principal.portal()?;
    // A bank transfer begins nothing: see `cash`.
    if !wanted.method.is_through_provider() || wanted.method == Method::BankTransfer {
        return Err(StartError::MethodNotOffered);
    }
    if !(1..=INVOICES_MAX).contains(&wanted.shares.len()) {
        return Err(StartError::NotFound);
    }
    let account = Account::open(env, access.business).await.map_err(SyncError::from)?;

    for _ in 0..ROUNDS {
        let written = env
            .store
            .transact(async |tx: &mut Tx| prepare(tx, env, principal, access, &account, wanted).await)
            .await;
        match written {
            Ok(Step::Written(attempt)) => {
                return match attempt.saved {
                    Some(saved) => charge_kept(env, principal, &account, &attempt, saved).await,
                    None => open_page(env, principal, &account, &attempt).await,
                };
            }
            Ok(Step::Known(attempt)) => {
                return Ok(Started { attempt: attempt.id, url: way_back(env, &attempt).await? });
            }
            Ok(Step::InTheWay(standing)) => {
                for Standing { attempt, same } in standing {
                    if let Some(url) = clear(env, access, &account, &attempt, same).await? {
                        return Ok(Started { attempt: attempt.id, url });
                    }
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
    let key = wanted.with.as_ref().map(|with| with.key(customer)).transpose()?;
    if let Some(key) = &key
        && let Some(known) = attempts::find_by_key(tx, business, key).await?
    {
        return if asks_for(tx, wanted, &known).await? {
            Ok(Step::Known(Box::new(known)))
        } else {
            Err(StartError::SentBefore)
        };
    }
    let (chosen, choice) = chosen(tx, access, wanted).await?;
    if choice.excess.is_positive() && !wanted.despite_excess {
        return Err(more_than_open(&chosen, &choice)?);
    }
    let Choice { parts, amount, excess } = choice;
    if let Some(with) = &wanted.with {
        portal::require_proof(tx, access).await?;
        // A link over one invoice is passed on more easily than one over everything.
        if access.scope != PortalScope::Customer {
            return Err(StartError::MethodNotOffered);
        }
        let found = saved_methods::find(tx, business, with.saved).await?;
        let usable = found.is_some_and(|found| {
            found.customer == customer
                && found.ended.is_none()
                && found.method == wanted.method
                && account.keeps(&found)
        });
        if !usable {
            return Err(StartError::MethodNotOffered);
        }
    }
    let keeping = match &wanted.keep {
        None => None,
        Some(_) if !wanted.method.can_be_kept() => return Err(StartError::CannotBeKept),
        Some(consent) => Some((portal::require_proof(tx, access).await?, consent)),
    };

    let mut standing: Vec<Standing> = Vec::new();
    for part in &parts {
        let in_flight = attempts::in_flight(tx, business, part.receivable).await?;
        let payable = in_flight.into_iter().filter(|attempt| attempt.state.is_payable());
        for attempt in payable {
            if !standing.iter().any(|known| known.attempt.id == attempt.id) {
                let same = attempt.method == wanted.method
                    && attempt.saved == wanted.with.as_ref().map(|with| with.saved)
                    && same_parts(&attempt.parts, &parts)
                    && agreed_words(tx, &attempt).await?.as_deref()
                        == wanted.keep.as_ref().map(|keep| &keep.text[..]);
                standing.push(Standing { attempt, same });
            }
        }
    }
    if !standing.is_empty() {
        return Ok(Step::InTheWay(standing));
    }

    let new = Beginning {
        customer,
        invoice: if let [only] = &chosen[..] { Some(only.invoice) } else { None },
        amount,
        excess,
        parts: &parts,
        method: wanted.method,
        saved: wanted.with.as_ref().map(|with| with.saved),
        debit: None,
        key,
    };
    let id = attempt::begin(tx, env, account, &new, actor(principal)).await?;
    if let Some((contact, consent)) = keeping {
        let what = Agreed { method: wanted.method, currency: amount.currency(), attempt: Some(id) };
        saved::write_down(tx, env, access, contact, &what, consent).await?;
    }
    let written = attempts::find(tx, business, id).await?;
    written.map(|written| Step::Written(Box::new(written))).ok_or(StartError::NotFound)
}

/// The words in which the payer of an attempt agreed to keep the way to pay, if they did.
async fn agreed_words(tx: &mut Tx, attempt: &Attempt) -> Result<Option<String>, StoreError> {
    let agreed = saved_methods::setup_of_attempt(tx, attempt.business, attempt.id).await?;
    Ok(agreed.map(|agreed| agreed.consent_text))
}

/// What is wanted, as it stands now, and the one payment that it makes.
async fn chosen(
    tx: &mut Tx,
    access: &PortalAccess,
    wanted: &StartPayment,
) -> Result<(Vec<ReceivableBalance>, Choice), StartError> {
    let mut chosen: Vec<ReceivableBalance> = Vec::with_capacity(wanted.shares.len());
    let mut typed: Vec<Option<&str>> = Vec::with_capacity(wanted.shares.len());
    for share in &wanted.shares {
        // An invoice named twice is paid once.
        if !chosen.iter().any(|other| other.invoice == share.invoice) {
            chosen.push(chosen_invoice(tx, access, share.invoice, wanted.method).await?);
            typed.push(share.amount.as_deref().map(str::trim).filter(|typed| !typed.is_empty()));
        }
    }
    let choice = choose(&chosen, &typed, wanted.locale)?;
    Ok((chosen, choice))
}

/// What a customer who transfers from their own bank is to send: how much for the invoice of which number. Nothing is
/// begun; the money is known by its references when it comes.
pub async fn of_transfer(
    env: &Env,
    principal: &Principal,
    wanted: &StartPayment,
) -> Result<Vec<(String, Money)>, StartError> {
    let access = principal.portal()?;
    if !(1..=INVOICES_MAX).contains(&wanted.shares.len()) {
        return Err(StartError::NotFound);
    }
    let mut tx = env.store.read().await?;
    let (chosen, choice) = chosen(&mut tx, access, wanted).await?;
    if choice.excess.is_positive() && !wanted.despite_excess {
        return Err(more_than_open(&chosen, &choice)?);
    }
    let number = |part: &Part| {
        chosen.iter().find(|item| item.receivable == part.receivable).map(|item| item.number.clone())
    };
    Ok(choice.parts.iter().filter_map(|part| Some((number(part)?, part.amount))).collect())
}

/// Whether a form that was sent again asks for what its attempt was made for. What is kept is charged what its page showed, so its
/// amounts stand in the form.
async fn asks_for(tx: &mut Tx, wanted: &StartPayment, known: &Attempt) -> Result<bool, StartError> {
    let currency = known.amount.currency();
    let typed = wanted.shares.iter().filter_map(|share| share.amount.as_deref());
    let typed: Result<Vec<Money>, _> =
        typed.map(|typed| Money::parse(typed, currency, wanted.locale)).collect();
    let sum = typed.ok().and_then(|typed| Money::sum(currency, typed).ok());
    let mut same = sum == Some(known.amount)
        && known.saved == wanted.with.as_ref().map(|with| with.saved)
        && known.parts.len() <= wanted.shares.len();
    for part in &known.parts {
        let found = receivables::find(tx, known.business, part.receivable).await?;
        same &= found.is_some_and(|found| wanted.shares.iter().any(|share| share.invoice == found.invoice));
    }
    Ok(same)
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
    let business = identity::business(tx, access.business).await?.ok_or(StartError::NotFound)?;
    let customer =
        customers::customer(tx, access.business, access.customer).await?.ok_or(StartError::NotFound)?;
    if !offer(&business, &customer, found.currency, &found.accepted_methods).allows(method) {
        return Err(StartError::MethodNotOffered);
    }
    Ok(balance)
}

/// Reads what was typed, and makes one payment of it.
fn choose(
    chosen: &[ReceivableBalance],
    typed: &[Option<&str>],
    locale: Locale,
) -> Result<Choice, StartError> {
    let mut shares = Vec::with_capacity(chosen.len());
    let mut wrong = Vec::new();
    for (item, typed) in chosen.iter().zip(typed) {
        let currency = item.balance.open.currency();
        match typed.map(|typed| Money::parse(typed, currency, locale)).transpose() {
            Ok(amount) => shares.push(Share { receivable: item.receivable, balance: item.balance, amount }),
            Err(problem) => wrong.push((item.invoice, problem)),
        }
    }
    if !wrong.is_empty() {
        return Err(StartError::Amounts(wrong));
    }
    let invoice_of = |receivable| chosen.iter().find(|item| item.receivable == receivable);
    domain::payment::choose(&shares).map_err(|error| match error {
        ChoiceError::NothingOpen => StartError::NothingOpen,
        ChoiceError::SeveralCurrencies => StartError::SeveralCurrencies,
        ChoiceError::Amounts(wrong) => {
            let named = wrong.into_iter().filter_map(|(receivable, problem)| {
                invoice_of(receivable).map(|item| (item.invoice, problem))
            });
            StartError::Amounts(named.collect())
        }
        ChoiceError::Sum(problem) => StartError::Sum(problem),
        ChoiceError::Money(error) => StartError::Money(error),
    })
}

fn more_than_open(chosen: &[ReceivableBalance], choice: &Choice) -> Result<StartError, MoneyError> {
    let currency = choice.amount.currency();
    Ok(StartError::MoreThanOpen {
        amount: choice.amount,
        open: Money::sum(currency, chosen.iter().map(|item| item.balance.open))?,
        processing: Money::sum(currency, chosen.iter().map(|item| item.balance.processing))?,
        excess: choice.excess,
    })
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
    access: &PortalAccess,
    account: &Account,
    attempt: &Attempt,
    same: bool,
) -> Result<Option<String>, StartError> {
    if attempt.saved.is_some() {
        // It may have been charged: whoever pressed sees what came of that before anything else is paid.
        if let Err(error) = sync::attempt(env, account, attempt).await {
            tracing::info!(attempt = %attempt.id, %error, "nobody knows yet what came of a charge");
        }
        if covers_all(env, access, attempt).await? {
            return Ok(Some(way_back(env, attempt).await?));
        }
        // Somebody else's charge may be for more than this link opens: then it is only waited for.
        let mut tx = env.store.read().await?;
        let now = attempts::find(&mut tx, attempt.business, attempt.id).await?;
        let stands = now.is_some_and(|now| now.state.is_payable());
        return if stands { Err(StartError::Busy) } else { Ok(None) };
    }
    match &attempt.state {
        AttemptState::Open { checkout: id, .. } if account.holds(attempt) => {
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

/// Has what is kept charged for an attempt that was just written. Where it leads says what came of it, or that it is being found
/// out.
async fn charge_kept(
    env: &Env,
    principal: &Principal,
    account: &Account,
    attempt: &Attempt,
    saved: SavedMethodId,
) -> Result<Started, StartError> {
    let url = way_back(env, attempt).await?;
    match charge::collect(env, account, attempt, saved, actor(principal), Asked::First).await {
        Ok(_) => {}
        // Money that may have moved is never answered with an invitation to pay again.
        Err(SyncError::Gateway(error)) => {
            tracing::warn!(attempt = %attempt.id, %error, "nobody knows whether a kept way to pay was charged");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Started { attempt: attempt.id, url })
}

/// Whether the holder of this access may hear of everything that an attempt is for.
async fn covers_all(env: &Env, access: &PortalAccess, attempt: &Attempt) -> Result<bool, StoreError> {
    let mut tx = env.store.read().await?;
    for part in &attempt.parts {
        let found = receivables::find(&mut tx, attempt.business, part.receivable).await?;
        let Some(found) = found else { return Ok(false) };
        if !portal::covers(&mut tx, access, found.invoice).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Where it is said what came of an attempt.
async fn way_back(env: &Env, attempt: &Attempt) -> Result<String, StartError> {
    let mut tx = env.store.read().await?;
    let context = Context::read(&mut tx, attempt).await?.ok_or(StartError::NotFound)?;
    Ok(context.way_back(env, attempt))
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
