//! Answers on their way out: receipts, fresh links, invitations, tests, the last word to a number. They are no contact for the
//! gap and wait for no hour; whether the address may still be written to is asked again.

use app::portal::saved_methods::face;
use domain::message::{Channel, MessageKind};
use domain::{CodeId, InvitationId, InvoiceId, Locale, Money, time};
use store::dossiers::Which;
use store::messages::{self, Message};
use store::{StoreError, Tx, customers, identity, receivables, saved_methods};

use super::departure::{Claimed, To, between, depart, leave, portal_link};
use super::reminder::known;
use super::{DeliveryError, Prepared};
use crate::delivery::letters::{FreshLink, Invitation, InvoiceRow, Letter, MoneyBack, Receipt, ReceiptPart};
use crate::env::{Env, PortalScope};
use crate::operations::autopay::{self, WordData};
use crate::operations::follow_up::draft::row_of;
use crate::operations::follow_up::known::Item;
use crate::operations::identity::mint_invitation;
use crate::operations::leaving::{self, Link};
use crate::operations::payments::booking::ReceiptData;
use crate::operations::{portal, templates};

pub(super) async fn receipt(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let data: ReceiptData =
        serde_json::from_value(message.data.clone()).map_err(|_| DeliveryError::Missing("receipt data"))?;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let mut items = Vec::with_capacity(data.applied.len());
    for (invoice, part) in &data.applied {
        items.push((item_of(env, tx, message, *invoice).await?, *part));
    }
    let (first, _) = items.first().ok_or(DeliveryError::Missing("invoice"))?;
    let used = Money::sum(data.amount.currency(), items.iter().map(|(_, part)| *part))
        .and_then(|used| data.amount.checked_sub(used));
    let credit = used.ok().filter(|rest| rest.is_positive());
    let still_open = items.iter().map(|(item, _)| item).filter(|item| item.facts.open.is_positive());
    let invoices: Vec<InvoiceRow> = still_open.map(|item| row_of(item, to.locale)).collect();
    let letter = Letter::Receipt(Receipt {
        number: first.number.clone(),
        amount: data.amount.format(to.locale),
        // Queued in the transaction that booked the payment.
        paid_on: to.locale.date_long(time::civil_date(message.created_at, business.time_zone)),
        method: data.method.map(|method| method.as_str().to_owned()).unwrap_or_default(),
        reference: data.reference,
        nothing_open: invoices.is_empty(),
        credit: credit.map(|rest| rest.format(to.locale)).unwrap_or_default(),
        parts: items
            .iter()
            .map(|(item, part)| ReceiptPart { number: item.number.clone(), amount: part.format(to.locale) })
            .collect(),
        invoices,
    });
    let scope = match &items[..] {
        [(only, _)] => PortalScope::Invoice(only.receivable.invoice),
        _ => PortalScope::Customer,
    };
    let link = portal_link(env, tx, message, scope).await?;
    leave(claimed, tx, &to, &letter, link).await
}

/// The notice of money that went back, given back by the business or taken back by the payer's bank, and of an invoice that is
/// smaller now.
pub(super) async fn money_back(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let data: ReceiptData =
        serde_json::from_value(message.data.clone()).map_err(|_| DeliveryError::Missing("notice data"))?;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let mut items = Vec::with_capacity(data.applied.len());
    for (invoice, _) in &data.applied {
        items.push(item_of(env, tx, message, *invoice).await?);
    }
    let (number, scope) = match &items[..] {
        [only] => (only.number.clone(), PortalScope::Invoice(only.receivable.invoice)),
        _ => (String::new(), PortalScope::Customer),
    };
    let open = items.iter().filter(|item| item.facts.open.is_positive());
    let notice = MoneyBack {
        number,
        amount: data.amount.format(to.locale),
        reference: data.reference,
        invoices: open.map(|item| row_of(item, to.locale)).collect(),
    };
    let letter = match message.kind {
        MessageKind::Returned => Letter::Returned(notice),
        MessageKind::Corrected => Letter::Corrected(notice),
        MessageKind::CreditNote => Letter::CreditNote(notice),
        _ => Letter::Refund(notice),
    };
    let link = portal_link(env, tx, message, scope).await?;
    leave(claimed, tx, &to, &letter, link).await
}

/// What is charged by itself, could not be, or is not any more. What will be charged is told only while it will be.
pub(super) async fn autopay(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let data: WordData =
        serde_json::from_value(message.data.clone()).map_err(|_| DeliveryError::Missing("autopay data"))?;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    if let Some((debit, _)) = data.debit.zip(data.on)
        && !store::autopay::is_announced(tx, debit).await?
    {
        let reason = "it is not charged any more";
        messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
        return Ok(Prepared::Cancelled);
    }
    let method = saved_methods::find(tx, message.business, data.method).await?;
    let method = method.ok_or(DeliveryError::Missing("method"))?;
    let mut rows: Vec<InvoiceRow> = Vec::with_capacity(data.invoices.len());
    for invoice in &data.invoices {
        rows.push(row_of(&item_of(env, tx, message, *invoice).await?, to.locale));
    }
    let face = face(method.method, &method.label, &method.last_digits, app::words::of(to.locale));
    let letter = autopay::letter(message.kind, &data, face, rows, to.locale);
    let link = portal_link(env, tx, message, PortalScope::Customer).await?;
    leave(claimed, tx, &to, &letter, link).await
}

pub(super) async fn fresh_link(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let (invoices, scope) = if let Some(invoice) = message.invoice {
        let item = item_of(env, tx, message, invoice).await?;
        (vec![row_of(&item, to.locale)], PortalScope::Invoice(item.receivable.invoice))
    } else {
        // In place of a link over everything of the customer: the page it opens says what that is.
        (Vec::new(), PortalScope::Customer)
    };
    let letter = Letter::FreshLink(FreshLink {
        number: invoices.first().map(|row| row.number.clone()).unwrap_or_default(),
        days: portal::LINK_LIFE.num_days(),
        invoices,
    });
    let link = portal_link(env, tx, message, scope).await?;
    leave(claimed, tx, &to, &letter, link).await
}

pub(super) async fn invitation(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let id: Option<InvitationId> = message.data["invitation"].as_str().and_then(|id| id.parse().ok());
    let id = id.ok_or(DeliveryError::Missing("invitation"))?;
    let Some((token, invitation)) = mint_invitation(tx, env, id).await? else {
        let reason = "the invitation was taken back, accepted, or is too old";
        messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
        return Ok(Prepared::Cancelled);
    };
    let inviter = identity::member(tx, business.id, invitation.invited_by).await?;
    let letter = Letter::Invitation(Invitation {
        inviter: inviter.map_or_else(|| business.name.to_string(), |member| member.name.to_string()),
        days: (invitation.expires_at - invitation.created_at).num_days(),
    });
    let locale = Locale::from_tag(&message.locale).spoken();
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let link = Link {
        url: format!("{}/invitation/{}", env.settings.base_url, token.reveal()),
        placeholder: format!("[link {id}]"),
    };
    leave(claimed, tx, &to, &letter, link).await
}

/// The six digits that prove who holds a link. They are made here, so that only their hash and the mail ever hold them; a
/// hand-over that was put off makes others.
pub(super) async fn code(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let id: Option<CodeId> = message.data["code"].as_str().and_then(|id| id.parse().ok());
    let id = id.ok_or(DeliveryError::Missing("code"))?;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let Some(digits) = portal::mint_code(tx, env, message.business, id).await? else {
        let reason = "the code is too old, was used, or another one was asked for";
        messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
        return Ok(Prepared::Cancelled);
    };
    let placeholder = format!("[code {id}]");
    let written = leaving::code(env, message, &between(env, business, &to), digits.reveal(), &placeholder)?;
    depart(claimed, tx, &to, written).await
}

/// Words that a member tries out on themselves.
pub(super) async fn trial(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let (letter, url) =
        templates::trial(env, tx, message, business).await?.ok_or(DeliveryError::Missing("words"))?;
    let locale = Locale::from_tag(&message.locale);
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let link = Link { placeholder: url.clone(), url };
    leave(claimed, tx, &to, &letter, link).await
}

/// Says once more something to a number that wants no more: that this was the last.
pub(super) async fn texts_ended(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let locale = Locale::from_tag(&message.locale).spoken();
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let written = leaving::texts_ended(env, message, &between(env, business, &to))?;
    depart(claimed, tx, &to, written).await
}

/// The contact of an answer, if it may still go there.
async fn recipient(tx: &mut Tx, message: &Message) -> Result<Option<To>, StoreError> {
    let locale = Locale::from_tag(&message.locale).spoken();
    let Some(contact) = message.contact else {
        let (name, address) = (message.to_name.clone(), message.to_address.clone());
        return Ok(Some(To { name, address, locale, tone: None }));
    };
    let contact = customers::contact(tx, message.business, contact).await?;
    Ok(contact.and_then(|contact| {
        let address = match message.channel {
            Channel::Sms => contact.textable()?.to_string(),
            _ => contact.mailable()?.to_string(),
        };
        Some(To {
            name: contact.name.to_string(),
            address,
            locale: contact.locale.map_or(locale, Locale::spoken),
            tone: None,
        })
    }))
}

async fn unreachable_now(env: &Env, tx: &mut Tx, message: &Message) -> Result<Prepared, DeliveryError> {
    let reason = "nothing more is sent to this address";
    messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
    Ok(Prepared::Cancelled)
}

/// An invoice that an answer is about.
async fn item_of(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    invoice: InvoiceId,
) -> Result<Item, DeliveryError> {
    let receivable = receivables::of_invoice(tx, message.business, invoice).await?;
    let about = [receivable.ok_or(DeliveryError::Missing("invoice"))?.id];
    let known = known(env, tx, message, Which::These(&about), env.business_now()).await?;
    known.items.into_iter().next().ok_or(DeliveryError::Missing("invoice"))
}
