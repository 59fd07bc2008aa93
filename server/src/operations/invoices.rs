//! Invoices: draft, issue, void, list, detail.

mod draft;
mod issue;
mod show;

use domain::invoice::{IssueError as CannotIssue, VoidError as CannotVoid};
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId, FieldErrors, FieldProblem, InvoiceId, MoneyError};
use store::customers::{self, Customer};
use store::identity::{self, Business};
use store::invoices::Invoice;
use store::{StoreError, Tx, tasks};

pub(super) use draft::{Content, draft_in, parse};
pub use draft::{DraftInput, LineInput, discard, draft, preview, update};
pub(super) use issue::issue_in;
pub use issue::{issue, void};
pub use show::{Detail, List, Listed, Other, PAGE, Query, detail, list, read, sheet};
pub(super) use show::{covered, offer, party};

use super::payments::uses::UseError;
use crate::env::{Env, NotPermitted};

/// Why an invoice was not found, written, issued or voided.
#[derive(Debug, thiserror::Error)]
pub enum InvoiceError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice in this business, or the principal's links do not cover it.
    #[error("no such invoice")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else changed it meanwhile, or it is no draft any more: how it is now.
    #[error("somebody else changed the invoice")]
    Conflict(Box<Invoice>),
    /// It cannot be issued.
    #[error(transparent)]
    CannotIssue(#[from] CannotIssue),
    /// It cannot be voided.
    #[error(transparent)]
    CannotVoid(#[from] CannotVoid),
    /// Amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The customer's credit could not be used for it.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whoever was asked to look at a draft has: it is issued, or thrown away.
async fn reviewed(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    draft: InvoiceId,
) -> Result<(), InvoiceError> {
    tasks::resolve_about(tx, business, draft.into(), TaskKind::ReviewDraft, env.business_now()).await?;
    Ok(())
}

async fn business_of(tx: &mut Tx, business: BusinessId) -> Result<Business, InvoiceError> {
    identity::business(tx, business).await?.ok_or(InvoiceError::NotFound)
}

/// The customer an invoice is written to: one of the same business, whatever id was sent.
async fn customer_of(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Customer, InvoiceError> {
    let unknown = || FieldErrors::one("customer", FieldProblem::ChoiceUnknown);
    Ok(customers::customer(tx, business, customer).await?.ok_or_else(unknown)?)
}
