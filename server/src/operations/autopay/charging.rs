//! Announcing what is due, charging it, and concluding from what came of that.

use domain::autopay::{self as rules, Claim, DebitState, Decision, EndReason, GiveUp, Owed, Told, Tried};
use domain::event::{Actor, EventKind};
use domain::ledger::Part;
use domain::message::{MessageKind, MessageState};
use domain::payment::{AttemptStatus, FailureCode};
use domain::schedule::HoldReason;
use domain::time::civil_date;
use domain::{AutopayId, BusinessId, Date, InvoiceId, Money, MoneyError, Timestamp};
use store::attempts::{self, Attempt};
use store::autopay::{self as rows, Autopay, Debit, NewDebit};
use store::dossiers::Which;
use store::saved_methods::{self, SavedMethod};
use store::{StoreError, Tx, invoices, ledger, receivables};

use super::telling::{self, WordData};
use super::{about, ask, end};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::follow_up::clock_is_behind;
use crate::operations::follow_up::house::House;
use crate::operations::follow_up::known::{Item, Known};
use crate::operations::follow_up::next;
use crate::operations::invoices::offer;
use crate::operations::payments::attempt::{self, Beginning};
use crate::operations::payments::charge::{self, Asked};
use crate::operations::payments::{Account, SyncError};
use crate::operations::record::{Facts, record};

/// How many are looked at in one run.
const BATCH: i64 = 200;

/// How much is done for one customer in one run: what is left is done in the next.
const STEPS_MAX: usize = 20;

/// How long one waits that cannot be dealt with now.
const LOOKS_AGAIN_AFTER: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ran {
    /// Charges announced.
    pub announced: usize,
    /// Charges that the provider was asked for.
    pub charged: usize,
    /// Charges that are tried again later.
    pub put_off: usize,
    /// Charges given up.
    pub given_up: usize,
    /// Business time stands before the newest event: nothing is charged until the clock is right again.
    pub clock_is_behind: bool,
    /// More are due.
    pub more: bool,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// What every customer who is charged has is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// Amounts that cannot be calculated with. A bug, or a row changed by hand.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does what is due, each customer's in transactions of their own.
pub async fn run_due(env: &Env, principal: &Principal) -> Result<Ran, RunError> {
    principal.internal()?;
    let now = env.business_now();
    let mut tx = env.store.read().await?;
    if clock_is_behind(&mut tx, now).await? {
        return Ok(Ran { clock_is_behind: true, ..Ran::default() });
    }
    let due = rows::due(&mut tx, now, BATCH).await?;
    drop(tx);
    let mut ran = Ran { more: i64::try_from(due.len()).is_ok_and(|found| found >= BATCH), ..Ran::default() };
    for (business, id) in due {
        match deal_with(env, business, id, now, &mut ran).await {
            Ok(()) => {}
            Err(RunError::Store(error)) if error.is_unavailable() => return Err(error.into()),
            Err(error) => {
                // One that cannot be dealt with keeps nobody else waiting.
                tracing::error!(%business, autopay = %id, %error, "autopay cannot be dealt with");
                let later = now + LOOKS_AGAIN_AFTER;
                env.store.transact(async |tx: &mut Tx| rows::looked_at(tx, id, later).await).await?;
            }
        }
    }
    if ran.announced + ran.put_off + ran.given_up > 0 {
        env.nudges.outbox.notify_one();
    }
    Ok(ran)
}

/// What one step came to.
enum Done {
    /// Nothing is left to do now.
    Nothing,
    Announced,
    PutOff,
    GivenUp,
    Closed,
    /// An attempt was written, and the provider is to be asked.
    Begun(Box<(Account, Attempt)>),
}

async fn deal_with(
    env: &Env,
    business: BusinessId,
    id: AutopayId,
    now: Timestamp,
    ran: &mut Ran,
) -> Result<(), RunError> {
    for _ in 0..STEPS_MAX {
        match env.store.transact(async |tx: &mut Tx| step(tx, env, business, id, now).await).await? {
            Done::Nothing => return Ok(()),
            Done::Announced => ran.announced += 1,
            Done::PutOff => ran.put_off += 1,
            Done::GivenUp => ran.given_up += 1,
            Done::Closed => {}
            Done::Begun(begun) => {
                let (account, attempt) = *begun;
                ran.charged += 1;
                if let Some(saved) = attempt.saved {
                    collect(env, &account, &attempt, saved).await?;
                }
            }
        }
    }
    Ok(())
}

/// Asks the provider. Where nobody knows what came of it, the sweep finds out.
async fn collect(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    saved: domain::SavedMethodId,
) -> Result<(), StoreError> {
    match charge::collect(env, account, attempt, saved, Actor::System, Asked::First).await {
        Ok(_) => Ok(()),
        Err(SyncError::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, %error, "nobody knows whether a kept way to pay was charged");
            Ok(())
        }
    }
}

/// What is known of a customer who has a currency charged.
struct Customer {
    autopay: Autopay,
    method: SavedMethod,
    known: Known,
    debits: Vec<Debit>,
}

/// Does the first thing there is to do, in the customer's turn.
async fn step(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    id: AutopayId,
    now: Timestamp,
) -> Result<Done, RunError> {
    let Some(found) = rows::find(tx, business, id).await? else { return Ok(Done::Nothing) };
    ledger::take_turn(tx, business, found.customer).await?;
    let found = rows::find(tx, business, id).await?.filter(|found| found.ended.is_none());
    let Some(autopay) = found else { return Ok(Done::Nothing) };
    let Some(mut house) = House::load(env, tx, business, now).await?.filter(|house| house.settings.autopay)
    else {
        return Ok(Done::Nothing);
    };
    let method = saved_methods::find(tx, business, autopay.method).await?;
    let known = next::known(tx, &mut house, &[autopay.customer], Which::All, now).await?.pop();
    let Some((method, known)) = method.zip(known) else { return Ok(Done::Nothing) };
    let owed = owed(tx, env, &known, &autopay, &method).await?;
    let debits = rows::announced(tx, id).await?;
    let zone = known.business.time_zone;
    let taken = rows::days(tx, autopay.customer, autopay.currency).await?;
    let given_up = rows::given_up(tx, id).await?;
    let facts = rules::Facts {
        method: method.method,
        owed: &owed,
        debits: &debits.iter().map(|debit| as_known(debit, zone)).collect::<Vec<_>>(),
        taken: &taken,
        given_up: &given_up,
    };
    let decision = rules::decide(&facts, &known.calendar, zone, now);
    let customer = Customer { autopay, method, known, debits };
    customer.carry_out(tx, env, decision, now).await
}

/// What of a customer's is owed in the currency, and whether it can be charged.
async fn owed(
    tx: &mut Tx,
    env: &Env,
    known: &Known,
    autopay: &Autopay,
    method: &SavedMethod,
) -> Result<Vec<Owed>, StoreError> {
    // What is kept in another account than the business's key opens cannot be charged with it.
    let is_kept = Account::of(env, &known.business).is_ok_and(|account| account.keeps(method));
    let now = env.business_now();
    let mut owed = Vec::new();
    for item in &known.items {
        let rest = item.balance.open.checked_sub(item.balance.processing);
        let Some(open) = rest.ok().filter(|rest| rest.is_positive()) else { continue };
        if item.facts.void || open.currency() != autopay.currency {
            continue;
        }
        let busy = attempts::in_flight(tx, autopay.business, item.receivable.id).await?;
        let claim = if busy.iter().any(|attempt| attempt.state.is_payable()) {
            Claim::Busy
        } else if !is_kept || is_held(item, now) || !is_taken(tx, known, item, method).await? {
            Claim::Held
        } else {
            Claim::Free
        };
        owed.push(Owed { receivable: item.receivable.id, due_on: item.receivable.due_on, open, claim });
    }
    Ok(owed)
}

/// Whether something but autopay itself, or a payment of another part, keeps it from being asked for.
fn is_held(item: &Item, now: Timestamp) -> bool {
    item.facts.holds.iter().any(|hold| {
        let is_payment = matches!(
            hold,
            HoldReason::Autopay { .. }
                | HoldReason::PaymentProcessing
                | HoldReason::CheckoutOpen { .. }
                | HoldReason::AttemptUnknown
        );
        !is_payment && hold.stands(now)
    })
}

/// Whether the business takes the method for this invoice.
async fn is_taken(tx: &mut Tx, known: &Known, item: &Item, method: &SavedMethod) -> Result<bool, StoreError> {
    let invoice = invoices::invoice(tx, known.business.id, item.receivable.invoice).await?;
    Ok(invoice.is_some_and(|invoice| {
        offer(&known.business, &known.customer, invoice.currency, &invoice.accepted_methods)
            .allows(method.method)
    }))
}

/// An announced charge, as `domain` decides about it.
fn as_known(debit: &Debit, zone: domain::Zone) -> rules::Debit {
    let told = match debit.told {
        // Nobody knows whether it arrived; the mail of a receipt would not be sent again either.
        (MessageState::Sent | MessageState::Uncertain, Some(at)) => Told::On(civil_date(at, zone)),
        (MessageState::Failed | MessageState::Cancelled | MessageState::Expired, _) => Told::Never,
        _ => Told::Waiting,
    };
    let last = debit.last.filter(|(number, ..)| *number > debit.answered);
    rules::Debit {
        id: debit.id,
        on: debit.next_on,
        items: debit.items.clone(),
        told,
        tries: debit.last.map_or(0, |(number, ..)| number),
        last: last.map(|(_, status, code)| match status {
            AttemptStatus::Succeeded => Tried::Paid,
            AttemptStatus::Failed => Tried::Refused(code.unwrap_or(FailureCode::Other)),
            // It was never made, or nobody was asked.
            AttemptStatus::Expired => Tried::Refused(FailureCode::Refused),
            _ => Tried::UnderWay,
        }),
    }
}

impl Customer {
    async fn carry_out(
        &self,
        tx: &mut Tx,
        env: &Env,
        decision: Decision,
        now: Timestamp,
    ) -> Result<Done, RunError> {
        match decision {
            Decision::Nothing { until } => {
                rows::looked_at(tx, self.autopay.id, until).await?;
                Ok(Done::Nothing)
            }
            Decision::Notify { on, items } => self.announce(tx, env, on, &items, now).await,
            Decision::Charge { debit, number, items } => {
                self.begin(tx, env, (debit, number), &items, now).await
            }
            Decision::TryAgain { debit, on, code, tell } => {
                let debit = self.debit(debit)?;
                let number = debit.last.map_or(0, |(number, ..)| number);
                let message = if tell {
                    let cause = format!("autopay-failed:{}:{number}", debit.id);
                    let data = self.word(debit, Some(on));
                    telling::tell(tx, env, &self.autopay, MessageKind::AutopayFailed, &cause, &data).await?
                } else {
                    None
                };
                rows::put_off(tx, debit.id, number, on, message).await?;
                let facts = Facts {
                    amount: Some(debit.amount),
                    until: Some(on),
                    failure: Some(code),
                    ..self.facts()
                };
                record(
                    tx,
                    env,
                    self.autopay.business,
                    Actor::System,
                    about(EventKind::DebitPutOff, &self.autopay, facts),
                );
                Ok(Done::PutOff)
            }
            Decision::GiveUp { debit, reason } => self.give_up(tx, env, debit, reason).await,
            Decision::Close { debit, state } => {
                let debit = self.debit(debit)?;
                rows::close(tx, debit.id, state).await?;
                if state != DebitState::Collected {
                    let facts = Facts { amount: Some(debit.amount), ..self.facts() };
                    let told = about(EventKind::DebitCalledOff, &self.autopay, facts);
                    record(tx, env, self.autopay.business, Actor::System, told);
                    self.follow_up_again(tx, env).await?;
                }
                Ok(Done::Closed)
            }
        }
    }

    fn facts(&self) -> Facts {
        Facts { method: Some(self.method.method), ..Facts::default() }
    }

    fn debit(&self, id: domain::DebitId) -> Result<&Debit, RunError> {
        let found = self.debits.iter().find(|debit| debit.id == id);
        found.ok_or(RunError::Missing("debit"))
    }

    /// The invoices of what is announced.
    fn invoices(&self, items: &[Part]) -> Vec<InvoiceId> {
        let invoice = |part: &Part| self.known.item(part.receivable).map(|item| item.receivable.invoice);
        let mut invoices: Vec<InvoiceId> = items.iter().filter_map(invoice).collect();
        // Two parts of one invoice are one invoice.
        invoices.dedup();
        invoices
    }

    fn word(&self, debit: &Debit, on: Option<Date>) -> WordData {
        WordData {
            debit: Some(debit.id),
            method: self.method.id,
            on,
            amount: Some(debit.amount),
            invoices: self.invoices(&debit.items),
            ended: None,
        }
    }

    async fn follow_up_again(&self, tx: &mut Tx, env: &Env) -> Result<(), StoreError> {
        let (business, customer) = (self.autopay.business, self.autopay.customer);
        receivables::look_again_at_all(tx, business, customer, env.business_now()).await?;
        env.nudges.planner.notify_one();
        Ok(())
    }

    /// Announces a charge, with the message that tells of it. Nobody is charged whom nobody can tell: it is followed up as if they had
    /// never agreed, until somebody to write to is found.
    async fn announce(
        &self,
        tx: &mut Tx,
        env: &Env,
        on: Date,
        items: &[Part],
        now: Timestamp,
    ) -> Result<Done, RunError> {
        let id = env.new_id();
        let sum = Money::sum(self.autopay.currency, items.iter().map(|part| part.amount));
        let data = WordData {
            debit: Some(id),
            method: self.method.id,
            on: Some(on),
            amount: sum.ok(),
            invoices: self.invoices(items),
            ended: None,
        };
        let cause = format!("autopay:{id}");
        let kind = MessageKind::AutopayNotice;
        let Some(message) = telling::tell(tx, env, &self.autopay, kind, &cause, &data).await? else {
            rows::looked_at(tx, self.autopay.id, now + LOOKS_AGAIN_AFTER).await?;
            return Ok(Done::Nothing);
        };
        let new = NewDebit { id, autopay: &self.autopay, on, items, message, created_at: now };
        let amount = rows::announce(tx, &new).await?;
        let facts = Facts { amount: Some(amount), until: Some(on), ..self.facts() };
        let mut told = about(EventKind::DebitAnnounced, &self.autopay, facts);
        if let [only] = data.invoices[..] {
            told = told.invoice(only);
        }
        record(tx, env, self.autopay.business, Actor::System, told);
        for part in items {
            receivables::look_again(tx, self.autopay.business, part.receivable, now).await?;
        }
        Ok(Done::Announced)
    }

    /// Writes the attempt that charges what was announced.
    async fn begin(
        &self,
        tx: &mut Tx,
        env: &Env,
        debit: (domain::DebitId, u32),
        items: &[Part],
        now: Timestamp,
    ) -> Result<Done, RunError> {
        let account = match Account::of(env, &self.known.business) {
            Ok(account) => account,
            Err(error) => {
                tracing::warn!(business = %self.autopay.business, %error, "the payment account cannot be asked");
                rows::looked_at(tx, self.autopay.id, now + LOOKS_AGAIN_AFTER).await?;
                return Ok(Done::Nothing);
            }
        };
        let amount = Money::sum(self.autopay.currency, items.iter().map(|part| part.amount))?;
        let new = Beginning {
            customer: self.autopay.customer,
            invoice: if let [only] = self.invoices(items)[..] { Some(only) } else { None },
            amount,
            excess: Money::zero(self.autopay.currency),
            parts: items,
            method: self.method.method,
            saved: Some(self.method.id),
            debit: Some(debit),
            key: Some(format!("dunlin-{}-{}", debit.0, debit.1)),
        };
        let id = attempt::begin(tx, env, &account, &new, Actor::System).await?;
        let attempt = attempts::find(tx, self.autopay.business, id).await?;
        let attempt = attempt.ok_or(RunError::Missing("attempt"))?;
        Ok(Done::Begun(Box::new((account, attempt))))
    }

    /// Nothing of it is tried any more: the customer hears what they can do, a person is asked to look, and it is followed up again.
    async fn give_up(
        &self,
        tx: &mut Tx,
        env: &Env,
        debit: domain::DebitId,
        reason: GiveUp,
    ) -> Result<Done, RunError> {
        let debit = self.debit(debit)?;
        rows::close(tx, debit.id, DebitState::GivenUp).await?;
        let facts = Facts {
            amount: Some(debit.amount),
            failure: debit.last.and_then(|(.., code)| code),
            ..self.facts()
        };
        let mut told = about(EventKind::DebitGivenUp, &self.autopay, facts.clone());
        if let [only] = self.invoices(&debit.items)[..] {
            told = told.invoice(only);
        }
        record(tx, env, self.autopay.business, Actor::System, told);
        let cause = format!("autopay-given-up:{}", debit.id);
        if reason == GiveUp::Declined {
            // The end says it, to both.
            end(tx, env, &self.autopay, &self.method, EndReason::Declined, Actor::Provider).await?;
        } else {
            let kind = match reason {
                GiveUp::NeedsBank => MessageKind::AutopayConfirm,
                _ => MessageKind::AutopayFailed,
            };
            telling::tell(tx, env, &self.autopay, kind, &cause, &self.word(debit, None)).await?;
            ask(tx, env, &self.autopay, &cause, reason.as_str(), facts).await?;
        }
        self.follow_up_again(tx, env).await?;
        Ok(Done::GivenUp)
    }
}
