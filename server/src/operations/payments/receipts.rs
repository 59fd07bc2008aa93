//! What the customer hears about their money: the receipt for what came, whichever way, and the notice of what went back.

use domain::message::{Channel, MessageKind};
use store::{Tx, customers, messages};

use super::booking::ReceiptData;
use super::uses::{Purse, UseError};
use crate::env::Env;
use crate::operations::answers::{self, Answer};

/// Corrects the receipt of a payment that was taken back: one that has not left is withdrawn; whoever may have read it hears
/// what is open again.
pub(super) async fn correct(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    notice: &ReceiptData,
) -> Result<(), UseError> {
    let cause = format!("{}:{}", MessageKind::Receipt, notice.reference);
    let Some(receipt) = messages::by_dedup_key(tx, purse.business, &cause).await? else { return Ok(()) };
    let reason = "the payment was taken back";
    let withdrawn =
        messages::withdraw(tx, purse.business, receipt.id, false, reason, env.business_now()).await?;
    if withdrawn || !receipt.state.may_have_arrived() {
        return Ok(());
    }
    queue(tx, env, purse, MessageKind::Corrected, notice).await
}

/// Queues it, once for each payment, refund or dispute, to the first of the customer's people who receives invoices. A customer who
/// cannot be written to has the portal; money that paid for nothing yet gets its receipt from whoever finds out what for.
pub(super) async fn queue(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    kind: MessageKind,
    receipt: &ReceiptData,
) -> Result<(), UseError> {
    let (business, customer) = (purse.business, purse.customer);
    let invoice = receipt.applied.first().map(|(invoice, _)| *invoice);
    if kind == MessageKind::Receipt && invoice.is_none() {
        return Ok(());
    }
    let Some(payer) = customers::customer(tx, business, customer).await? else { return Ok(()) };
    let contacts = customers::contacts(tx, business, customer).await?;
    let Some((contact, address)) = customers::first_mailable(&contacts) else { return Ok(()) };
    // A plain struct of values that serialise: it cannot fail, and refusing rolls everything back.
    let data = serde_json::to_value(receipt).map_err(|_| UseError::Raced)?;
    let answer = Answer {
        business,
        customer: Some(customer),
        invoice,
        contact: Some(contact.id),
        kind,
        channel: Channel::Email,
        cause: format!("{kind}:{}", receipt.reference),
        to_name: contact.name.as_str().to_owned(),
        to_address: address.as_str().to_owned(),
        locale: contact.locale.unwrap_or(payer.locale),
        data,
    };
    answers::queue(tx, env, purse.actor, answer).await?;
    Ok(())
}
