//! A fresh link for an expired one, by mail to the contact on file.

use domain::event::{Actor, EventKind};
use domain::message::{Channel, MessageKind};
use domain::{Locale, Name};
use store::customers::{self, Contact};
use store::identity::{self, Business};
use store::links::Link;
use store::{StoreError, Tx};

use super::{PortalError, find};
use crate::env::Env;
use crate::operations::answers::{self, Answer};
use crate::operations::customers::recipient;
use crate::operations::limits::{self, Limit};
use crate::operations::record::{Told, record};

/// A fresh link is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The business that sends it.
    pub business: Name,
    /// The language of whoever it goes to.
    pub locale: Locale,
    /// Where it goes, recognisable to its owner only.
    pub masked_email: String,
}

/// Mails a fresh link to the contact on file, in answer to an expired one. Never to an address that the asker names.
/// Asking again within ten minutes changes nothing; the answer is the same.
pub async fn renew(env: &Env, token: &str) -> Result<Renewed, PortalError> {
    let link = {
        let mut tx = env.store.read().await?;
        find(&mut tx, env, token).await?
    };
    if env.business_now() < link.expires_at {
        // It is still good: whoever holds it can simply open it.
        return Err(PortalError::NotFound);
    }
    limits::take(env, Limit::RENEW_LINK, &link.id.to_string()).await??;
    let link = &link;
    let renewed = env
        .store
        .transact(async |tx| {
            let (business, contact) = answer_to(tx, link).await?;
            let locale = locale_of(tx, link, Some(&contact)).await?;
            let email = contact.email.clone().ok_or(PortalError::NotFound)?;
            let ten_minutes = env.machine_now().timestamp().div_euclid(600);
            let answer = Answer {
                business: link.business,
                customer: Some(link.customer),
                invoice: link.invoice,
                contact: Some(contact.id),
                kind: MessageKind::FreshLink,
                channel: Channel::Email,
                cause: format!("fresh_link:{}:{ten_minutes}", link.id),
                to_name: contact.name.to_string(),
                to_address: email.to_string(),
                locale,
                data: serde_json::json!({ "link": link.id }),
            };
            let by = Actor::Customer(link.id);
            if answers::queue(tx, env, by, answer).await?.is_some() {
                let mut told = Told::new(EventKind::LinkRenewed, link.id).customer(link.customer);
                if let Some(invoice) = link.invoice {
                    told = told.invoice(invoice);
                }
                record(tx, env, link.business, by, told);
            }
            Ok::<_, PortalError>(Renewed { business: business.name, locale, masked_email: email.masked() })
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(renewed)
}

/// Who is written to in answer to a link: the contact it was sent to while mail may go there, else whoever receives the
/// customer's invoices now. Nobody left to write to is the plain 404.
pub(super) async fn answer_to(tx: &mut Tx, link: &Link) -> Result<(Business, Contact), PortalError> {
    let business = identity::business(tx, link.business).await?.ok_or(PortalError::NotFound)?;
    if let Some(contact) = link.contact
        && let Some(contact) = customers::contact(tx, link.business, contact).await?
        && contact.mailable().is_some()
    {
        return Ok((business, contact));
    }
    let contacts = customers::contacts(tx, link.business, link.customer).await?;
    let contact = recipient(&contacts).ok_or(PortalError::NotFound)?;
    Ok((business, contact.clone()))
}

pub(super) async fn locale_of(
    tx: &mut Tx,
    link: &Link,
    contact: Option<&Contact>,
) -> Result<Locale, StoreError> {
    if let Some(locale) = contact.and_then(|contact| contact.locale) {
        return Ok(locale.spoken());
    }
    let customer = customers::customer(tx, link.business, link.customer).await?;
    Ok(customer.map(|customer| customer.locale.spoken()).unwrap_or_default())
}
