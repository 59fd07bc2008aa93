//! What the customer hears about their money: the receipt for what came, whichever way, and the notice of what went back.

use domain::message::{Channel, MessageKind};
use store::{Tx, customers};

use super::booking::ReceiptData;
use super::uses::{Purse, UseError};
use crate::env::Env;
use crate::operations::answers::{self, Answer};

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
    let reader = contacts
        .iter()
        .filter(|contact| contact.receives_invoices)
        .find_map(|contact| contact.mailable().map(|address| (contact, address)));
    let Some((contact, address)) = reader else { return Ok(()) };
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
