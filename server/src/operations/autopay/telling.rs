//! What the customer hears of it: that something will be charged, that it could not be, that it ended.

use domain::autopay::EndReason;
use domain::message::{Channel, MessageKind};
use domain::{Date, DebitId, InvoiceId, Locale, MessageId, Money, SavedMethodId};
use serde::{Deserialize, Serialize};
use store::autopay::Autopay;
use store::saved_methods::SavedMethod;
use store::{StoreError, Tx, customers};

use crate::delivery::letters::{AutopayLetter, AutopayWord, InvoiceRow, Letter};
use crate::env::Env;
use crate::operations::answers::{self, Answer};
use domain::event::Actor;

/// What a word about autopay is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::operations) struct WordData {
    /// What was announced, unless it is about the end.
    pub debit: Option<DebitId>,
    /// What is charged.
    pub method: SavedMethodId,
    /// The day of the charge; for one that failed the next, if there is one.
    pub on: Option<Date>,
    /// How much.
    pub amount: Option<Money>,
    /// Of which invoices.
    pub invoices: Vec<InvoiceId>,
    /// Why it ended, if it did.
    pub ended: Option<EndReason>,
}

impl WordData {
    pub(super) fn ended(autopay: &Autopay, method: &SavedMethod, reason: EndReason) -> Self {
        debug_assert_eq!(autopay.method, method.id, "an autopay ends with its method");
        Self {
            debit: None,
            method: method.id,
            on: None,
            amount: None,
            invoices: Vec::new(),
            ended: Some(reason),
        }
    }
}

/// Queues a word, once for its cause, to the first of the customer's people who receives invoices and takes mail. `None` when there is
/// nobody, or it was queued before.
pub(super) async fn tell(
    tx: &mut Tx,
    env: &Env,
    autopay: &Autopay,
    kind: MessageKind,
    cause: &str,
    data: &WordData,
) -> Result<Option<MessageId>, StoreError> {
    let (business, customer) = (autopay.business, autopay.customer);
    let Some(payer) = customers::customer(tx, business, customer).await? else { return Ok(None) };
    let contacts = customers::contacts(tx, business, customer).await?;
    let Some((contact, address)) = customers::first_mailable(&contacts) else { return Ok(None) };
    let answer = Answer {
        business,
        customer: Some(customer),
        invoice: if let [only] = data.invoices[..] { Some(only) } else { None },
        contact: Some(contact.id),
        kind,
        channel: Channel::Email,
        cause: cause.to_owned(),
        to_name: contact.name.as_str().to_owned(),
        to_address: address.as_str().to_owned(),
        locale: contact.locale.unwrap_or(payer.locale),
        // A plain struct of values that serialise.
        data: serde_json::to_value(data).unwrap_or_default(),
    };
    answers::queue(tx, env, Actor::System, answer).await
}

/// What its mail says.
pub(in crate::operations) fn letter(
    kind: MessageKind,
    data: &WordData,
    face: String,
    invoices: Vec<InvoiceRow>,
    locale: Locale,
) -> Letter {
    Letter::Autopay(AutopayLetter {
        word: match kind {
            MessageKind::AutopayNotice => AutopayWord::Notice,
            MessageKind::AutopayFailed => AutopayWord::Failed,
            MessageKind::AutopayConfirm => AutopayWord::Confirm,
            _ => AutopayWord::Ended,
        },
        method: face,
        on: data.on.map(|on| locale.date_long(on)).unwrap_or_default(),
        amount: data.amount.map(|amount| amount.format(locale)).unwrap_or_default(),
        by_business: data.ended == Some(EndReason::Member),
        invoices,
    })
}
