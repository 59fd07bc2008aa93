//! Money that a member received: cash, a cheque, a transfer they saw on the account.
//!
//! It takes the way of all money from outside: whole onto the customer's unapplied account, once for the form it was recorded
//! with, then applied; the customer gets a receipt. What was recorded is never edited. What was wrong is taken back by rows that
//! undo it, which opens the invoices again, and recorded anew.

use domain::event::EventKind;
use domain::ledger::{self as rules, Account, OpenItem, Provider, TransferKind};
use domain::message::MessageKind;
use domain::payment::Method;
use domain::time::{add_days, civil_date, parse_date};
use domain::{
    BusinessId, Currency, CustomerId, Date, FieldErrors, FieldProblem, InvoiceId, Locale, Money, MoneyError,
    Permission, ReceivableId, ShortText, TransferId,
};
use store::identity::{self, Business};
use store::ledger;
use store::ledger::credits::{self, HandPayment, Payment};
use store::{StoreError, Tx, bank_statements, customers, receivables};

use super::booking::ReceiptData;
use super::receipts;
use super::uses::{self, Purse, UseError};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Facts, Personal, Told, actor};

/// How far back money may have come: what is older was booked elsewhere.
const RECORDED_FOR_DAYS: i64 = 731;

/// Why money was not recorded, or not taken back.
#[derive(Debug, thiserror::Error)]
pub enum HandError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer, invoice or payment of this kind in this business.
    #[error("no such customer, invoice or payment")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Some of it was paid out again, or it was taken back before.
    #[error("what was paid out or taken back already cannot be taken back")]
    Gone,
    /// It could not be booked.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<MoneyError> for HandError {
    fn from(error: MoneyError) -> Self {
        Self::Use(UseError::Money(error))
    }
}

/// For whom money came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A customer: for whatever is due first.
    Customer(CustomerId),
    /// This invoice first, then whatever is due.
    Invoice(InvoiceId),
}

/// A payment, as typed.
#[derive(Debug, Clone, Default)]
pub struct PaymentInput {
    /// What the form is known by: sent twice, it books once.
    pub form: String,
    /// How much.
    pub amount: String,
    /// In what; the invoice's currency where it is for one.
    pub currency: String,
    /// How the author writes numbers; the business's formats unless given.
    pub locale: Option<Locale>,
    /// The stable name of one of [`Method::BY_HAND`].
    pub method: String,
    /// The day it came, in the business's zone; today unless given.
    pub received_on: String,
    /// A reference or other words; may be empty.
    pub note: String,
    /// Whether more than is open is meant: it becomes credit.
    pub despite_more: bool,
}

/// What was read of it.
struct Typed {
    amount: Money,
    method: Method,
    received_on: Date,
    note: Option<ShortText>,
}

impl Typed {
    /// Whether this is what was written down then.
    fn is(&self, noted: &HandPayment) -> bool {
        self.method == noted.method
            && self.received_on == noted.received_on
            && self.note.as_ref().map_or("", ShortText::as_str) == noted.note
    }
}

/// Books money that a member received.
///
/// One transaction: the payment under its form, what is written down about it, its applications (to the invoice it was recorded
/// on first, then to what is due first), the receipt. The same form again finds it booked and changes nothing.
pub async fn record_payment(
    env: &Env,
    principal: &Principal,
    from: For,
    input: &PaymentInput,
) -> Result<TransferId, HandError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    let payment = env
        .store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(HandError::NotFound)?;
            let (customer, chosen, currency) = meant(tx, &business, from, input).await?;
            if !ledger::take_turn(tx, business.id, customer).await? {
                return Err(HandError::NotFound);
            }
            let form = form_of(&input.form)?;
            let today = civil_date(env.business_now(), business.time_zone);
            let typed = parse(input, currency, input.locale.unwrap_or(business.locale), today)?;
            let known = ledger::find(tx, business.id, Provider::Hand, TransferKind::Payment, &form).await?;
            if let Some(known) = known {
                let noted = credits::noted(tx, business.id, known.id).await?;
                let same = known.entry.amount == typed.amount
                    && noted.is_some_and(|noted| noted.customer == customer && typed.is(&noted));
                return if same { Ok(known.id) } else { Err(sent_before().into()) };
            }
            let purse = Purse { business: business.id, customer, actor: actor(principal), attempt: None };
            let items = uses::payable_items(tx, &purse, currency).await?;
            let items = rules::application_order(items, chosen.as_slice());
            if let Some(problem) =
                more_than_meant(typed.amount, &items, &chosen)?.filter(|_| !input.despite_more)
            {
                return Err(FieldErrors::one("more", problem).into());
            }
            let arrived = Arrived {
                provider: Provider::Hand,
                reference: form,
                amount: typed.amount,
                chosen,
                note: HandPayment {
                    payment: env.new_id(),
                    customer,
                    method: typed.method,
                    received_on: typed.received_on,
                    note: typed.note.map(ShortText::into_string).unwrap_or_default(),
                    recorded_by: Some(member),
                },
            };
            Ok(book(tx, env, &business, &purse, &arrived).await?)
        })
        .await?;
    env.nudges.planner.notify_one();
    env.nudges.outbox.notify_one();
    Ok(payment)
}

/// What to ask where more came than is open: of the invoice that it was recorded on, else of everything.
fn more_than_meant(
    amount: Money,
    items: &[OpenItem],
    chosen: &[ReceivableId],
) -> Result<Option<FieldProblem>, MoneyError> {
    let (shares, credit) = rules::apply(amount, items)?;
    let mut rest = credit;
    if !chosen.is_empty() {
        for (receivable, share) in shares {
            if !chosen.contains(&receivable) {
                rest = rest.checked_add(share)?;
            }
        }
    }
    Ok(if rest == credit {
        Some(FieldProblem::MoreThanOpen { credit }).filter(|_| credit.is_positive())
    } else {
        Some(FieldProblem::MoreThanInvoice { rest })
    })
}

/// Money that reached the business itself, read and about to be booked.
pub(in crate::operations) struct Arrived {
    /// Who says so.
    pub provider: Provider,
    /// What it is called there: the same never books twice.
    pub reference: String,
    /// How much.
    pub amount: Money,
    /// What it is for, before what is due first.
    pub chosen: Vec<ReceivableId>,
    /// What is written down about it, under the id that its row gets.
    pub note: HandPayment,
}

/// Books it, applies it, and has the receipt sent. The caller has taken the customer's turn and made sure that it is not
/// booked yet.
pub(in crate::operations) async fn book(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    purse: &Purse,
    arrived: &Arrived,
) -> Result<TransferId, UseError> {
    let Arrived { amount, note, .. } = arrived;
    let (amount, now, payment) = (*amount, env.business_now(), note.payment);
    let entry = rules::payment(arrived.provider, &arrived.reference, purse.customer, amount);
    let facts = Facts { amount: Some(amount), method: Some(note.method), ..Facts::default() };
    let words = Some(note.note.clone()).filter(|note| !note.is_empty());
    let personal = Personal { note: words, ..Personal::default() };
    let told = Told::new(EventKind::PaymentBooked, payment).facts(facts).personal(personal);
    let happened_at = domain::time::start_of_day(note.received_on, business.time_zone).min(now);
    uses::post_as(tx, env, purse, payment, happened_at, &entry, told).await?;
    credits::note(tx, purse.business, note, amount.currency(), now).await?;
    let (applied, _) =
        uses::apply_payment(tx, env, purse, payment, amount, |_| arrived.chosen.clone()).await?;
    let receipt =
        ReceiptData { payment, reference: payment.to_string(), amount, method: Some(note.method), applied };
    receipts::queue(tx, env, purse, MessageKind::Receipt, &receipt).await?;
    Ok(payment)
}

/// Whose it is, what it is for first, and in which currency.
async fn meant(
    tx: &mut Tx,
    business: &Business,
    from: For,
    input: &PaymentInput,
) -> Result<(CustomerId, Vec<ReceivableId>, Currency), HandError> {
    match from {
        For::Invoice(invoice) => {
            let found = ledger::balance_of_invoice(tx, business.id, invoice).await?;
            let found = found.ok_or(HandError::NotFound)?;
            Ok((found.customer, vec![found.receivable], found.balance.total.currency()))
        }
        For::Customer(customer) => {
            customers::customer(tx, business.id, customer).await?.ok_or(HandError::NotFound)?;
            let currency = match input.currency.trim() {
                "" => business.currency,
                code => Currency::parse(code).map_err(|problem| FieldErrors::one("currency", problem))?,
            };
            Ok((customer, Vec::new(), currency))
        }
    }
}

/// The refusal of a form that did its work with other contents: whoever sees "done" for it would believe that this was done.
pub(in crate::operations) fn sent_before() -> FieldErrors {
    FieldErrors::one(FORM, FieldProblem::SentBefore)
}

/// The field that says what a form is known by.
const FORM: &str = "entry";

/// What a form is known by: short and plain, as our own forms make it.
pub(in crate::operations) fn form_of(text: &str) -> Result<String, FieldErrors> {
    let plain =
        (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if plain { Ok(text.to_owned()) } else { Err(FieldErrors::one(FORM, FieldProblem::Required)) }
}

fn parse(
    input: &PaymentInput,
    currency: Currency,
    locale: Locale,
    today: Date,
) -> Result<Typed, FieldErrors> {
    let mut errors = FieldErrors::new();
    let positive =
        |amount: Money| if amount.is_positive() { Ok(amount) } else { Err(FieldProblem::NotPositive) };
    let amount =
        errors.check("amount_received", Money::parse(&input.amount, currency, locale).and_then(positive));
    let by_hand = Method::from_name(input.method.trim()).filter(|method| Method::BY_HAND.contains(method));
    let method = errors.check("paid_by", by_hand.ok_or(FieldProblem::ChoiceUnknown));
    let received_on = errors.check("received_on", day(&input.received_on, today));
    let note = errors.check("payment_note", ShortText::parse_optional(&input.note));
    match (amount, method, received_on, note) {
        (Some(amount), Some(method), Some(received_on), Some(note)) => {
            Ok(Typed { amount, method, received_on, note })
        }
        _ => Err(errors),
    }
}

/// The day money came: not in the future, and not so long ago that it was booked elsewhere.
fn day(text: &str, today: Date) -> Result<Date, FieldProblem> {
    if text.trim().is_empty() {
        return Ok(today);
    }
    let on = parse_date(text.trim()).map_err(|_| FieldProblem::DateInvalid)?;
    let earliest = add_days(today, -RECORDED_FOR_DAYS);
    if on > today {
        Err(FieldProblem::DateAfter { latest: today })
    } else if on < earliest {
        Err(FieldProblem::DateBefore { earliest })
    } else {
        Ok(on)
    }
}

/// Takes back a payment that was recorded by hand or of a bank statement, with everything it was applied to: the invoices are
/// open again, their follow-up goes on where it was, the entries of bank statements that told of it wait for a person, and a customer
/// who has its receipt hears that it was a mistake.
pub async fn take_back(
    env: &Env,
    principal: &Principal,
    payment: TransferId,
    reason: &str,
) -> Result<CustomerId, HandError> {
    let (business, member) = principal.member_with(Permission::ReversePayments)?;
    let reason = ShortText::parse_optional(reason).map_err(|problem| FieldErrors::one("reason", problem))?;
    let reason = reason.as_ref();
    let customer = env
        .store
        .transact(async |tx: &mut Tx| {
            let customer = owner(tx, business, payment).await?;
            ledger::take_turn(tx, business, customer).await?;
            let row = credits::row(tx, business, payment).await?.ok_or(HandError::NotFound)?;
            let purse = Purse { business, customer, actor: actor(principal), attempt: None };
            let rows = credits::rows_of(tx, business, customer, row.entry.amount.currency()).await?;
            let paid_out = rows.iter().any(|other| {
                other.entry.kind == TransferKind::PayOut
                    && other.entry.reference.starts_with(&format!("{payment}:"))
            });
            if paid_out || !row.reversed.is_zero() {
                return Err(HandError::Gone);
            }
            let mut applications = ledger::applications_of(tx, business, payment).await?;
            applications.sort_by_key(|row| std::cmp::Reverse(row.id));
            for application in &applications {
                let left = application.entry.amount.checked_sub(application.reversed)?;
                if left.is_positive() {
                    uses::free(tx, env, &purse, application, left, &payment.to_string()).await?;
                }
            }
            let entry = rules::reversal(&row, 1, row.entry.amount);
            let facts = Facts { amount: Some(row.entry.amount), ..Facts::default() };
            let personal = Personal { note: reason.map(ToString::to_string), ..Personal::default() };
            uses::post(tx, env, &purse, &entry, |_| {
                Told::new(EventKind::PaymentTakenBack, payment).facts(facts).personal(personal)
            })
            .await?;
            bank_statements::reopen(tx, business, payment, member, env.business_now()).await?;
            let mut opened: Vec<(InvoiceId, Money)> = Vec::new();
            for application in &applications {
                let Account::Receivable(receivable) = application.entry.credit else { continue };
                let left = application.entry.amount.checked_sub(application.reversed)?;
                if left.is_positive()
                    && let Some(found) = receivables::find(tx, business, receivable).await?
                {
                    opened.push((found.invoice, left));
                }
            }
            let notice = ReceiptData {
                payment,
                reference: payment.to_string(),
                amount: row.entry.amount,
                method: None,
                applied: opened,
            };
            receipts::correct(tx, env, &purse, &notice).await?;
            Ok(customer)
        })
        .await?;
    env.nudges.planner.notify_one();
    env.nudges.outbox.notify_one();
    Ok(customer)
}

/// Whose a payment is that did not come through the provider: what came there goes back there.
async fn owner(tx: &mut Tx, business: BusinessId, payment: TransferId) -> Result<CustomerId, HandError> {
    let row = credits::row(tx, business, payment).await?.ok_or(HandError::NotFound)?;
    let by_hand = matches!(row.entry.provider, Provider::Hand | Provider::BankStatement);
    match row.entry.credit {
        Account::Unapplied(customer) if by_hand && row.entry.kind == TransferKind::Payment => Ok(customer),
        _ => Err(HandError::NotFound),
    }
}

/// What a customer paid, however it came, the newest first.
pub async fn payments_of(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Vec<Payment>, HandError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    Ok(credits::payments(&mut tx, business, customer).await?)
}
