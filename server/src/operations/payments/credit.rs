//! Money that waits for a use, and what is given up: showing it, applying it to chosen invoices, paying it out by hand, writing
//! off what stays open.
//!
//! Most credit uses itself up: when an invoice is issued, and when money comes while something is open ([`uses::use_credit`]).
//! What is seen here is the rest: there was nothing to pay, or a person is to look at a payment first.

use domain::dispute::DisputeStage;
use domain::event::EventKind;
use domain::ledger as rules;
use domain::time::civil_date;
use domain::{
    BusinessId, Currency, CustomerId, Date, FieldErrors, FieldProblem, InvoiceId, Locale, Money, MoneyError,
    Name, Permission, ReceivableId, ShortText,
};
use store::identity::{self, Business};
use store::ledger::credits::{self, Payment};
use store::ledger::{self, ReceivableBalance};
use store::refunds::{self, Refund};
use store::{StoreError, Tx, customers, disputes};

use super::by_hand::{form_of, sent_before};
use super::give_back;
use super::uses::{self, Purse, UseError};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Facts, Personal, Told, actor, record};

/// Why credit was not shown, used or paid out, or an open amount not written off.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer or invoice in this business.
    #[error("no such customer or invoice")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Nothing is open, or a payment is on its way that may yet settle it.
    #[error("nothing can be written off now")]
    NothingToWriteOff,
    /// It could not be booked.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<MoneyError> for CreditError {
    fn from(error: MoneyError) -> Self {
        Self::Use(UseError::Money(error))
    }
}

/// Lists whose money waits for a use.
pub async fn waiting(
    env: &Env,
    principal: &Principal,
) -> Result<Vec<(CustomerId, Name, Money)>, CreditError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    Ok(credits::waiting(&mut tx, business).await?)
}

/// An invoice that credit could pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payable {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// When it is due.
    pub due_on: Date,
    /// What can be paid of it.
    pub open: Money,
    /// What the credit would pay of it, by the rule.
    pub share: Option<Money>,
}

/// A customer's credit in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// How much.
    pub amount: Money,
    /// Whether a person is asked to look at some of it first.
    pub under_review: bool,
    /// What it could pay, in the order of the rule.
    pub payable: Vec<Payable>,
}

/// A payment with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// The payment.
    pub payment: Payment,
    /// The invoices that it is used for now, and their numbers.
    pub used_for: Vec<(InvoiceId, String)>,
    /// What of it can be given back the way it came.
    pub refundable: Money,
    /// What members gave back, the newest first.
    pub refunds: Vec<Refund>,
    /// How the bank's question about it stands, if there is one.
    pub dispute: Option<DisputeStage>,
}

/// What a customer paid and has left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerMoney {
    /// Their name.
    pub name: Name,
    /// What waits for a use, by currency.
    pub credits: Vec<Credit>,
    /// What they paid, the newest first.
    pub payments: Vec<Paid>,
    /// What their invoices are in unless said otherwise.
    pub currency: Currency,
}

/// Shows what a customer paid and has left, with what the rest could pay.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<CustomerMoney, CreditError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(CreditError::NotFound)?;
    let found = customers::customer(&mut tx, business.id, customer).await?.ok_or(CreditError::NotFound)?;
    let payments = credits::payments(&mut tx, business.id, customer).await?;
    let mut currencies: Vec<Currency> = payments.iter().map(|payment| payment.amount.currency()).collect();
    currencies.sort_unstable_by(|one, other| one.code().cmp(other.code()));
    currencies.dedup();
    let held_back = credits::under_review(&mut tx, business.id, customer).await?;
    let purse = Purse { business: business.id, customer, actor: actor(principal), attempt: None };
    let balances = ledger::balances_of_customer(&mut tx, business.id, customer).await?;
    let mut waiting = Vec::new();
    for currency in currencies {
        let rows = credits::rows_of(&mut tx, business.id, customer, currency).await?;
        let free = rules::free_money(&rows)?;
        let amount = Money::sum(currency, free.iter().map(|money| money.free))?;
        if !amount.is_positive() {
            continue;
        }
        let items = uses::payable_items(&mut tx, &purse, currency).await?;
        let shares = rules::use_credit(&free, items.clone(), &[])?;
        let mut payable = Vec::new();
        for item in rules::application_order(items, &[]) {
            let Some(balance) = balances.iter().find(|other| other.receivable == item.receivable) else {
                continue;
            };
            let of_it = shares.iter().filter(|(_, receivable, _)| *receivable == item.receivable);
            let share = Money::sum(currency, of_it.map(|(.., share)| *share))?;
            payable.push(Payable {
                invoice: balance.invoice,
                number: item.number,
                due_on: item.due_on,
                open: item.open,
                share: Some(share).filter(|share| share.is_positive()),
            });
        }
        let under_review = free.iter().any(|money| held_back.contains(&money.payment));
        waiting.push(Credit { amount, under_review, payable });
    }
    let refunds = refunds::of_customer(&mut tx, business.id, customer).await?;
    let contested = disputes::of_customer(&mut tx, business.id, customer).await?;
    let mut used_for = credits::used_for(&mut tx, business.id, customer).await?;
    let mut paid = Vec::with_capacity(payments.len());
    for payment in payments {
        let row = credits::row(&mut tx, business.id, payment.id).await?.ok_or(CreditError::NotFound)?;
        paid.push(Paid {
            used_for: used_for.remove(&payment.id).unwrap_or_default(),
            refundable: give_back::left_of(&mut tx, business.id, customer, &row).await?,
            refunds: refunds.iter().filter(|refund| refund.payment == payment.id).cloned().collect(),
            dispute: contested
                .iter()
                .find(|dispute| dispute.payment == payment.id)
                .map(|dispute| dispute.stage),
            payment,
        });
    }
    Ok(CustomerMoney { name: found.name, credits: waiting, payments: paid, currency: business.currency })
}

/// Applies a customer's credit to the invoices that a member chose, as far as it goes, in the order of their due dates. Payments
/// that somebody was to look at are looked at by this: they are used like the rest.
pub async fn apply(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    invoices: &[InvoiceId],
) -> Result<(), CreditError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    if invoices.is_empty() {
        return Err(FieldErrors::one("invoices", FieldProblem::Required).into());
    }
    env.store
        .transact(async |tx: &mut Tx| {
            if !ledger::take_turn(tx, business, customer).await? {
                return Err(CreditError::NotFound);
            }
            let purse = Purse { business, customer, actor: actor(principal), attempt: None };
            let mut chosen: Vec<(Currency, ReceivableId)> = Vec::new();
            for invoice in invoices {
                let found = ledger::balance_of_invoice(tx, business, *invoice).await?;
                let found = found.filter(|found| found.customer == customer).ok_or(CreditError::NotFound)?;
                chosen.push((found.balance.total.currency(), found.receivable));
            }
            let mut currencies: Vec<Currency> = chosen.iter().map(|(currency, _)| *currency).collect();
            currencies.dedup();
            for currency in currencies {
                let rows = credits::rows_of(tx, business, customer, currency).await?;
                let free = rules::free_money(&rows)?;
                let mut items = uses::payable_items(tx, &purse, currency).await?;
                items.retain(|item| chosen.iter().any(|(_, receivable)| *receivable == item.receivable));
                let shares = rules::use_credit(&free, items, &[])?;
                uses::apply(tx, env, &purse, &shares).await?;
                let used: Vec<_> = shares.iter().map(|(payment, ..)| *payment).collect();
                credits::looked_at(tx, business, &used, member, env.business_now()).await?;
            }
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Credit that was paid out, as typed.
#[derive(Debug, Clone, Default)]
pub struct PayOutInput {
    /// What the form is known by: sent twice, it books once.
    pub form: String,
    /// How much.
    pub amount: String,
    /// In what.
    pub currency: String,
    /// How the author writes numbers; the business's formats unless given.
    pub locale: Option<Locale>,
    /// Where it went; may be empty.
    pub note: String,
}

/// Writes down that credit was paid out by hand: the oldest money first, never more than is free.
pub async fn pay_out(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    input: &PayOutInput,
) -> Result<(), CreditError> {
    let (business, _) = principal.member_with(Permission::ReversePayments)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(CreditError::NotFound)?;
            if !ledger::take_turn(tx, business.id, customer).await? {
                return Err(CreditError::NotFound);
            }
            let form = form_of(&input.form)?;
            let currency =
                Currency::parse(&input.currency).map_err(|problem| FieldErrors::one("currency", problem))?;
            let rows = credits::rows_of(tx, business.id, customer, currency).await?;
            let done: Vec<_> = rows.iter().filter(|row| is_pay_out_of(row, &form)).collect();
            if !done.is_empty() {
                let sum = Money::sum(currency, done.iter().map(|row| row.entry.amount))?;
                let (amount, _) = typed(input, &business, Money::new(Money::MAX_MINOR, currency)?)?;
                return if amount == sum { Ok(()) } else { Err(sent_before().into()) };
            }
            let free = rules::free_money(&rows)?;
            let most = Money::sum(currency, free.iter().map(|money| money.free))?;
            let (amount, note) = typed(input, &business, most)?;
            let purse = Purse { business: business.id, customer, actor: actor(principal), attempt: None };
            let mut left = amount;
            for money in free {
                let share = left.smaller(money.free)?;
                if !share.is_positive() {
                    break;
                }
                left = left.checked_sub(share)?;
                let facts = Facts { amount: Some(share), ..Facts::default() };
                let personal = Personal { note: note.clone(), ..Personal::default() };
                let entry = rules::pay_out(money.payment, &form, customer, share);
                uses::post(tx, env, &purse, &entry, |id| {
                    Told::new(EventKind::CreditPaidOut, id).facts(facts).personal(personal)
                })
                .await?;
            }
            Ok(())
        })
        .await
}

fn is_pay_out_of(row: &rules::Posted, form: &str) -> bool {
    row.entry.kind == rules::TransferKind::PayOut && row.entry.reference.ends_with(&format!(":{form}"))
}

fn typed(
    input: &PayOutInput,
    business: &Business,
    most: Money,
) -> Result<(Money, Option<String>), FieldErrors> {
    let mut errors = FieldErrors::new();
    let locale = input.locale.unwrap_or(business.locale);
    let amount = errors.check("amount_paid_out", Money::parse_up_to(&input.amount, most, locale));
    let note = errors.check("payment_note", ShortText::parse_optional(&input.note));
    match (amount, note) {
        (Some(amount), Some(note)) => Ok((amount, note.map(ShortText::into_string))),
        _ => Err(errors),
    }
}

/// What is to be given up, as the form said.
#[derive(Debug, Clone, Default)]
pub struct WriteOffInput {
    /// What was shown as open: no other amount is given up.
    pub amount: String,
    /// How the page wrote it; the business's formats unless given.
    pub locale: Option<Locale>,
    /// Why.
    pub reason: String,
}

/// Gives up what is open on an invoice, if that is what whoever decided saw. Not while a payment is on its way: that may yet settle
/// it.
pub async fn write_off(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    input: &WriteOffInput,
) -> Result<(), CreditError> {
    let (business, _) = principal.member_with(Permission::WriteOff)?;
    let reason = ShortText::parse(&input.reason).map_err(|problem| FieldErrors::one("reason", problem))?;
    let reason = &reason;
    env.store
        .transact(async |tx: &mut Tx| {
            let found = ledger::balance_of_invoice(tx, business, invoice).await?;
            let found = found.ok_or(CreditError::NotFound)?;
            ledger::take_turn(tx, business, found.customer).await?;
            let found = ledger::balance_of_invoice(tx, business, invoice).await?;
            let found = found.ok_or(CreditError::NotFound)?;
            if !found.balance.open.is_positive() || found.balance.processing.is_positive() {
                return Err(CreditError::NothingToWriteOff);
            }
            let open = found.balance.open;
            let business_locale =
                identity::business(tx, business).await?.ok_or(CreditError::NotFound)?.locale;
            let shown = Money::parse(&input.amount, open.currency(), input.locale.unwrap_or(business_locale));
            if shown != Ok(open) {
                return Err(FieldErrors::one("amount_written_off", FieldProblem::OpenChanged { open }).into());
            }
            let purse = Purse { business, customer: found.customer, actor: actor(principal), attempt: None };
            Ok(uses::write_off(tx, env, &purse, &found, Some(reason.to_string())).await?)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// What a business writes off by itself, if it said so: shown and changed with its settings.
pub async fn small_balance(
    env: &Env,
    principal: &Principal,
) -> Result<(Option<Money>, Currency), CreditError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(CreditError::NotFound)?;
    Ok((credits::small_balance(&mut tx, business.id).await?, business.currency))
}

/// Sets up to which amount a rest is written off by itself once a payment has left it; nothing typed switches it off.
pub async fn set_small_balance(
    env: &Env,
    principal: &Principal,
    typed: &str,
    locale: Option<Locale>,
) -> Result<(), CreditError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(CreditError::NotFound)?;
            let limit = match typed.trim() {
                "" => None,
                typed => {
                    let most = Money::new(rules::SMALL_BALANCE_MAX_MINOR, business.currency)?;
                    let none = Money::zero(business.currency);
                    let limit = Money::parse(typed, business.currency, locale.unwrap_or(business.locale))
                        .and_then(|limit| limit.within(none, most))
                        .map_err(|problem| FieldErrors::one("small_balance", problem))?;
                    Some(limit).filter(|limit| limit.is_positive())
                }
            };
            credits::set_small_balance(tx, business.id, limit, env.business_now()).await?;
            let told = Told::new(EventKind::BusinessUpdated, business.id);
            record(tx, env, business.id, actor(principal), told);
            Ok(())
        })
        .await
}

/// What can be done about an invoice's money now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceMoney {
    /// How it stands.
    pub balance: ReceivableBalance,
    /// Today at the business.
    pub today: Date,
}

/// Shows what is open on an issued invoice.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<InvoiceMoney, CreditError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let zone = zone_of(&mut tx, business).await?;
    let balance = ledger::balance_of_invoice(&mut tx, business, invoice).await?;
    let balance = balance.ok_or(CreditError::NotFound)?;
    Ok(InvoiceMoney { balance, today: civil_date(env.business_now(), zone) })
}

async fn zone_of(tx: &mut Tx, business: BusinessId) -> Result<domain::Zone, CreditError> {
    Ok(identity::business(tx, business).await?.ok_or(CreditError::NotFound)?.time_zone)
}
