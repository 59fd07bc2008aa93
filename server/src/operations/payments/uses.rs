//! What a customer's money is used for, whoever received it: applying it to receivables, using up credit, and freeing it
//! again. Each piece runs inside the transaction of its cause, whose caller has taken the customer's turn.

use domain::event::{Actor, EventKind};
use domain::ledger::{self as rules, Account, Entry, OpenItem, Posted, TransferKind};
use domain::{
    AttemptId, BusinessId, Currency, CustomerId, InvoiceId, Money, MoneyError, ReceivableId, Timestamp,
    TransferId,
};
use store::ledger::{self, Posting, ReceivableBalance, credits};
use store::{StoreError, Tx, attempts, receivables};

use crate::env::Env;
use crate::operations::record::{Facts, Personal, Told, record};

/// Why money was not used or freed.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// Amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A row stands already that the turn should have kept others from writing. Everything is rolled back.
    #[error("somebody else booked the same at the same moment")]
    Raced,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whose money it is, and who moves it.
#[derive(Debug, Clone, Copy)]
pub struct Purse {
    /// Whose ledger.
    pub business: BusinessId,
    /// Whose money.
    pub customer: CustomerId,
    /// Whom the record names.
    pub actor: Actor,
    /// The attempt that brought it: it is over, and needs no closing.
    pub attempt: Option<AttemptId>,
}

/// Writes a row with the event that tells of it.
pub async fn post(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    entry: &Entry,
    told: impl FnOnce(TransferId) -> Told,
) -> Result<TransferId, UseError> {
    let id = env.new_id();
    post_as(tx, env, purse, id, env.business_now(), entry, told(id)).await
}

/// Writes a row under an id that is known already, about money that moved at another time than now.
pub async fn post_as(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    id: TransferId,
    happened_at: Timestamp,
    entry: &Entry,
    told: Told,
) -> Result<TransferId, UseError> {
    let event = record(tx, env, purse.business, purse.actor, told.customer(purse.customer));
    let booked_at = env.business_now();
    let posting = Posting { id, business: purse.business, entry, event, happened_at, booked_at };
    match ledger::post(tx, &posting).await? {
        ledger::Booked::Now => Ok(id),
        ledger::Booked::Before { .. } => Err(UseError::Raced),
    }
}

/// Applies a payment that was just booked: to what it is for, then to what is due first. Says what went to which invoice, and
/// what is left as credit.
pub async fn apply_payment(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    payment: TransferId,
    amount: Money,
    is_for: impl FnOnce(&[OpenItem]) -> Vec<ReceivableId>,
) -> Result<(Vec<(InvoiceId, Money)>, Money), UseError> {
    let items = payable_items(tx, purse, amount.currency()).await?;
    let chosen = is_for(&items);
    let (shares, rest) = rules::apply(amount, &rules::application_order(items, &chosen))?;
    let shares: Vec<_> = shares.into_iter().map(|(receivable, share)| (payment, receivable, share)).collect();
    let applied = apply(tx, env, purse, &shares).await?;
    if rest.is_positive() {
        let left = Facts { amount: Some(rest), ..Facts::default() };
        let told = Told::new(EventKind::PaymentUnapplied, payment).customer(purse.customer).facts(left);
        record(tx, env, purse.business, purse.actor, told);
    }
    Ok((applied, rest))
}

/// Applies shares of payments to receivables. Says what went to which invoice.
pub async fn apply(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    shares: &[(TransferId, ReceivableId, Money)],
) -> Result<Vec<(InvoiceId, Money)>, UseError> {
    let mut applied: Vec<(InvoiceId, Money)> = Vec::with_capacity(shares.len());
    for (payment, receivable, share) in shares.iter().copied() {
        let Some(before) = ledger::balance(tx, purse.business, receivable).await? else { continue };
        let earlier = ledger::applications_of(tx, purse.business, payment).await?;
        let same = earlier.iter().filter(|row| row.entry.credit == Account::Receivable(receivable)).count();
        let nth = u32::try_from(same).unwrap_or(u32::MAX).saturating_add(1);
        let entry = rules::application(payment, purse.customer, receivable, nth, share);
        let facts = Facts { amount: Some(share), number: Some(before.number.clone()), ..Facts::default() };
        post(tx, env, purse, &entry, |id| {
            Told::new(EventKind::PaymentApplied, id).invoice(before.invoice).facts(facts)
        })
        .await?;
        if before.balance.open == share {
            settled(tx, env, purse, &before, EventKind::InvoicePaid).await?;
        } else {
            close_pages(tx, env, purse, receivable).await?;
            give_up_small(tx, env, purse, receivable).await?;
        }
        receivables::look_again(tx, purse.business, receivable, env.business_now()).await?;
        match applied.iter_mut().find(|(invoice, _)| *invoice == before.invoice) {
            Some((_, sum)) => *sum = sum.checked_add(share)?,
            None => applied.push((before.invoice, share)),
        }
    }
    Ok(applied)
}

/// Nothing is open any more on this receivable: says so, and has a page that still stands open for it closed.
pub async fn settled(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    receivable: &ReceivableBalance,
    kind: EventKind,
) -> Result<(), UseError> {
    let told = Told::new(kind, receivable.invoice).customer(purse.customer).invoice(receivable.invoice);
    record(tx, env, purse.business, purse.actor, told);
    close_pages(tx, env, purse, receivable.receivable).await
}

/// Has payment pages looked at that still stand open for a receivable of which less is open now: one that asks for more is closed.
pub(super) async fn close_pages(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    receivable: ReceivableId,
) -> Result<(), UseError> {
    for other in attempts::in_flight(tx, purse.business, receivable).await? {
        if Some(other.id) != purse.attempt && other.state.is_payable() {
            attempts::sync_at(tx, other.id, Some(env.machine_now())).await?;
        }
    }
    Ok(())
}

/// Gives up what a payment left open, where it is so little that the business said so and nothing is on its way.
async fn give_up_small(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    receivable: ReceivableId,
) -> Result<(), UseError> {
    let Some(limit) = credits::small_balance(tx, purse.business).await? else { return Ok(()) };
    let Some(left) = ledger::balance(tx, purse.business, receivable).await? else { return Ok(()) };
    if left.balance.processing.is_zero() && rules::is_small(left.balance.open, Some(limit)) {
        let by_itself = Purse { actor: Actor::System, ..*purse };
        write_off(tx, env, &by_itself, &left, None).await?;
    }
    Ok(())
}

/// Gives up what is open on a receivable, for a reason if a person does.
pub async fn write_off(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    receivable: &ReceivableBalance,
    reason: Option<String>,
) -> Result<(), UseError> {
    let account = Account::Receivable(receivable.receivable);
    let rows = ledger::rows_of(tx, purse.business, receivable.balance.open.currency(), account).await?;
    let earlier = rows.iter().filter(|row| row.entry.kind == TransferKind::WriteOff).count();
    let nth = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
    let open = receivable.balance.open;
    let entry = rules::write_off(receivable.receivable, nth, open);
    let facts = Facts { amount: Some(open), number: Some(receivable.number.clone()), ..Facts::default() };
    let personal = Personal { note: reason, ..Personal::default() };
    post(tx, env, purse, &entry, |_| {
        Told::new(EventKind::InvoiceWrittenOff, receivable.invoice)
            .invoice(receivable.invoice)
            .facts(facts)
            .personal(personal)
    })
    .await?;
    close_pages(tx, env, purse, receivable.receivable).await?;
    receivables::look_again(tx, purse.business, receivable.receivable, env.business_now()).await?;
    Ok(())
}

/// What of a customer can still be paid in one currency: open, less what is on its way.
pub async fn payable_items(
    tx: &mut Tx,
    purse: &Purse,
    currency: Currency,
) -> Result<Vec<OpenItem>, UseError> {
    let balances = ledger::balances_of_customer(tx, purse.business, purse.customer).await?;
    Ok(balances
        .into_iter()
        .filter(|item| item.balance.open.currency() == currency && item.balance.payable().is_positive())
        .map(|item| OpenItem {
            receivable: item.receivable,
            due_on: item.due_on,
            number: item.number,
            open: item.balance.payable(),
        })
        .collect())
}

/// Uses up what credit there is: the rule by which overpayments and credit notes pay the next invoice. Payments that a person
/// is asked to look at stay where they are. Says what went to which invoice.
pub async fn use_credit(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    currency: Currency,
    chosen: &[ReceivableId],
) -> Result<Vec<(InvoiceId, Money)>, UseError> {
    let rows = credits::rows_of(tx, purse.business, purse.customer, currency).await?;
    let mut free = rules::free_money(&rows)?;
    if free.is_empty() {
        return Ok(Vec::new());
    }
    let held_back = credits::under_review(tx, purse.business, purse.customer).await?;
    free.retain(|money| !held_back.contains(&money.payment));
    let items = payable_items(tx, purse, currency).await?;
    let shares = rules::use_credit(&free, items, chosen)?;
    apply(tx, env, purse, &shares).await
}

/// Undoes part of an application: the invoice is open again by as much. `cause` makes the reference that no other reversal
/// of the row has.
pub async fn free(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    row: &Posted,
    part: Money,
    cause: &str,
) -> Result<(), UseError> {
    let Account::Receivable(receivable) = row.entry.credit else { return Ok(()) };
    let entry = Entry { reference: format!("{}:{cause}", row.id), ..rules::reversal(row, 1, part) };
    let before = ledger::balance(tx, purse.business, receivable).await?;
    let facts = Facts { amount: Some(part), ..Facts::default() };
    let told = |id| Told::new(EventKind::TransferReversed, id).facts(facts.clone());
    post(tx, env, purse, &entry, told).await?;
    if let Some(before) = before.filter(|before| !before.balance.open.is_positive()) {
        let told = Told::new(EventKind::InvoiceReopened, before.invoice)
            .customer(purse.customer)
            .invoice(before.invoice)
            .facts(facts);
        record(tx, env, purse.business, purse.actor, told);
    }
    receivables::look_again(tx, purse.business, receivable, env.business_now()).await?;
    Ok(())
}
