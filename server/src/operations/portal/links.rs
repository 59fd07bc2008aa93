//! Links: made for a message or by a member's hand, listed, taken back.

use domain::event::{Actor, EventKind};
use domain::invoice::InvoiceState;
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, LinkId, MessageId, Name, Permission};
use store::links::{self, Link, NewLink};
use store::{StoreError, Tx, customers, invoices};

use super::{LINK_LIFE, PortalError};
use crate::crypto::{Purpose, Token};
use crate::env::{Env, PortalScope, Principal};
use crate::operations::record::{Told, actor, record};

/// What a new link opens, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkFor {
    /// Whose invoices.
    pub business: BusinessId,
    /// Who owes.
    pub customer: CustomerId,
    /// One invoice, or all of the customer's.
    pub scope: PortalScope,
    /// Whom it is sent to, if it is sent.
    pub contact: Option<ContactId>,
    /// The message that carries it, if one does.
    pub message: Option<MessageId>,
}

/// A link that was just made. The token is here and, hashed, in the database; nowhere else.
#[derive(Debug)]
pub struct Minted {
    /// Its id: what stands in stored bodies in its place.
    pub id: LinkId,
    /// The address to hand over.
    pub url: String,
}

/// Makes a link, in the transaction that hands it over. Trying again mints anew.
pub async fn mint(tx: &mut Tx, env: &Env, by: Actor, link: LinkFor) -> Result<Minted, StoreError> {
    let token = Token::from_bytes(env.new_token());
    let id: LinkId = env.new_id();
    let now = env.business_now();
    let invoice = match link.scope {
        PortalScope::Invoice(invoice) => Some(invoice),
        PortalScope::Customer => None,
    };
    links::keep(
        tx,
        &NewLink {
            token_hash: &env.keys.hash_token(Purpose::PortalLink, &token).0,
            id,
            business: link.business,
            customer: link.customer,
            invoice,
            contact: link.contact,
            message: link.message,
            created_at: now,
            expires_at: now + LINK_LIFE,
        },
    )
    .await?;
    let mut told = Told::new(EventKind::LinkMinted, id).customer(link.customer);
    if let Some(invoice) = invoice {
        told = told.invoice(invoice);
    }
    record(tx, env, link.business, by, told);
    Ok(Minted { id, url: format!("{}/l/{}", env.settings.base_url, token.reveal()) })
}

/// A link as the console lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The link.
    pub link: Link,
    /// The name of whom it was sent to.
    pub contact: Option<Name>,
}

/// The links that still open an invoice, newest first.
pub async fn links_of(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Vec<Listed>, PortalError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let found = invoices::invoice(&mut tx, business, invoice).await?.ok_or(PortalError::NotFound)?;
    let now = env.business_now();
    let mut listed = Vec::new();
    for link in links::of_customer(&mut tx, business, found.customer).await? {
        let opens = link.invoice.is_none_or(|own| own == invoice);
        if opens && link.revoked_at.is_none() && now < link.expires_at {
            let contact = match link.contact {
                Some(contact) => {
                    customers::contact(&mut tx, business, contact).await?.map(|contact| contact.name)
                }
                None => None,
            };
            listed.push(Listed { link, contact });
        }
    }
    Ok(listed)
}

/// Makes a link of an issued invoice for a member to hand over themselves. Shown this once.
pub async fn copy_link(env: &Env, principal: &Principal, invoice: InvoiceId) -> Result<Minted, PortalError> {
    let (business, _) = principal.member_with(Permission::MintLinks)?;
    env.store
        .transact(async |tx| {
            let found = invoices::invoice(tx, business, invoice).await?;
            let found =
                found.filter(|found| found.state != InvoiceState::Draft).ok_or(PortalError::NotFound)?;
            let link = LinkFor {
                business,
                customer: found.customer,
                scope: PortalScope::Invoice(invoice),
                contact: None,
                message: None,
            };
            Ok(mint(tx, env, actor(principal), link).await?)
        })
        .await
}

/// Makes a link to everything of a customer for a member to hand over themselves. Shown this once.
pub async fn copy_link_of_all(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Minted, PortalError> {
    let (business, _) = principal.member_with(Permission::MintLinks)?;
    env.store
        .transact(async |tx| {
            let found = customers::customer(tx, business, customer).await?.ok_or(PortalError::NotFound)?;
            let link = LinkFor {
                business,
                customer: found.id,
                scope: PortalScope::Customer,
                contact: None,
                message: None,
            };
            Ok(mint(tx, env, actor(principal), link).await?)
        })
        .await
}

/// Takes a link back. From now on it is as if it had never been.
pub async fn revoke_link(env: &Env, principal: &Principal, link: LinkId) -> Result<(), PortalError> {
    let (business, _) = principal.member_with(Permission::MintLinks)?;
    env.store
        .transact(async |tx| {
            let found = links::find(tx, business, link).await?.ok_or(PortalError::NotFound)?;
            if links::revoke(tx, business, link, env.business_now()).await? {
                let mut told = Told::new(EventKind::LinkRevoked, link).customer(found.customer);
                if let Some(invoice) = found.invoice {
                    told = told.invoice(invoice);
                }
                record(tx, env, business, actor(principal), told);
            }
            Ok(())
        })
        .await
}
