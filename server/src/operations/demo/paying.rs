//! How money comes in the demo, by the operations that people use: transfers that the owner sees on the account, and what is
//! paid through the portal today and becomes of it, at the sandbox if it runs.

use domain::event::Actor;
use domain::payment::Method;
use domain::{BusinessId, DraftId, InvoiceId, Locale, Money};
use store::ledger as books;

use super::data::{FillError, Issued, refused};
use super::sandbox::{Sandbox, SandboxError};
use super::stories::{Afterwards, Fate};
use crate::env::{Env, PortalAccess, PortalScope, Principal};
use crate::operations::payments::by_hand::{self, For, HandError, PaymentInput};
use crate::operations::payments::credit::{self, CreditError, WriteOffInput};
use crate::operations::payments::credit_notes::{self, CreditNoteInput};
use crate::operations::payments::give_back::{self, GiveBackInput};
use crate::operations::payments::{self, StartPayment, Wanted};
use crate::operations::portal::{self, LinkFor};

/// Where the money of a business comes in.
pub(super) struct Till<'a> {
    pub env: &'a Env,
    pub business: BusinessId,
    pub owner: &'a Principal,
}

impl Till<'_> {
    /// The owner saw a bank transfer: so many percent of what is open.
    pub(super) async fn transfer(&self, invoice: InvoiceId, percent: i64) -> Result<(), FillError> {
        let mut tx = self.env.store.read().await?;
        let balance = books::balance_of_invoice(&mut tx, self.business, invoice).await?;
        drop(tx);
        let open = balance.ok_or_else(|| refused("invoices"))?.balance.open;
        // Whole hundreds are what people transfer when they pay in part.
        let part = if percent == 100 { open.minor() } else { open.minor() * percent / 100 / 100 * 100 };
        let input = PaymentInput {
            form: format!("demo_{}", invoice.to_string().replace('-', "")),
            amount: Money::new(part, open.currency())?.to_plain(),
            locale: Some(Locale::default()),
            method: Method::Manual.as_str().to_owned(),
            ..PaymentInput::default()
        };
        let recorded = by_hand::record_payment(self.env, self.owner, For::Invoice(invoice), &input).await;
        recorded.map(drop).map_err(|error| match error {
            HandError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Hand(error),
        })
    }

    /// The owner gives up what is open.
    pub(super) async fn give_up(&self, invoice: InvoiceId) -> Result<(), FillError> {
        let refused = |error| match error {
            CreditError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Credit(error),
        };
        let found = credit::of_invoice(self.env, self.owner, invoice).await.map_err(refused)?;
        let locale = Locale::from_tag("en-GB");
        let input = WriteOffInput {
            amount: found.balance.balance.open.format(locale),
            locale: Some(locale),
            reason: "Settled at the counter, says the waiter who has left since".to_owned(),
        };
        credit::write_off(self.env, self.owner, invoice, &input).await.map_err(refused)
    }

    /// The owner credits all of it.
    pub(super) async fn credit(&self, invoice: InvoiceId) -> Result<(), FillError> {
        let input = CreditNoteInput {
            form: self.env.new_id::<DraftId>().to_string(),
            reason: "Ordered twice by mistake".to_owned(),
            ..CreditNoteInput::default()
        };
        let issued = credit_notes::issue(self.env, self.owner, invoice, &input).await;
        issued.map(drop).map_err(FillError::CreditNote)
    }

    /// What its story says is paid through the portal today, and what becomes of that. A sandbox that does not answer costs the
    /// demo this payment and no more.
    pub(super) async fn pay_today(&self, sandbox: &Sandbox, issued: &Issued) -> Result<(), FillError> {
        let (method, debit) = match issued.story.fate {
            Fate::CardToday(_) => (Method::Card, None),
            Fate::DebitToday { settles: true } => (Method::SepaDebit, Some("settles")),
            Fate::DebitToday { settles: false } => (Method::SepaDebit, Some("fails")),
            _ => return Ok(()),
        };
        let principal = Principal::Portal(self.seen(issued).await?);
        let wanted = StartPayment {
            shares: vec![Wanted { invoice: issued.id, amount: None }],
            locale: Locale::default(),
            method,
            despite_excess: false,
            with: None,
            keep: None,
        };
        let started = match payments::start(self.env, &principal, &wanted).await {
            Ok(started) => started,
            Err(error) => {
                tracing::warn!(%error, "the demo's payment was not started: is the sandbox running?");
                return Ok(());
            }
        };
        let session = started.url.rsplit('/').next().unwrap_or_default();
        if let Err(error) = sandbox.pay(session, debit).await {
            tracing::warn!(%error, "the demo's payment was not made");
        }
        let returned = match payments::returned(self.env, &principal, started.attempt).await {
            Ok(returned) => returned,
            Err(error) => {
                tracing::warn!(%error, "the demo's payment could not be asked about");
                return Ok(());
            }
        };
        if let (Fate::CardToday(afterwards), Some(payment)) = (issued.story.fate, returned.attempt.payment) {
            self.afterwards(sandbox, issued, &payment, afterwards).await?;
        }
        Ok(())
    }

    /// What becomes of a payment by card. The books hear of it as they do of all news, when the server runs.
    async fn afterwards(
        &self,
        sandbox: &Sandbox,
        issued: &Issued,
        payment: &str,
        afterwards: Afterwards,
    ) -> Result<(), FillError> {
        let done = match afterwards {
            Afterwards::Nothing => Ok(()),
            Afterwards::GivenBack(amount, reason) => {
                return self.give_back(issued, payment, amount, reason).await;
            }
            Afterwards::Inquiry => sandbox.dispute(payment, true).await.map(drop),
            Afterwards::Contested => sandbox.dispute(payment, false).await.map(drop),
            Afterwards::Decided { won } => decide(sandbox, payment, won).await,
        };
        if let Err(error) = done {
            tracing::warn!(%error, "the demo's payment was not contested");
        }
        Ok(())
    }

    async fn give_back(
        &self,
        issued: &Issued,
        payment: &str,
        amount: &str,
        reason: &str,
    ) -> Result<(), FillError> {
        let all =
            by_hand::payments_of(self.env, self.owner, issued.customer).await.map_err(FillError::Hand)?;
        let Some(paid) = all.into_iter().find(|paid| paid.reference == payment) else { return Ok(()) };
        let input = GiveBackInput {
            form: format!("demo_{}", paid.id.to_string().replace('-', "")),
            amount: amount.to_owned(),
            locale: Some(Locale::default()),
            reason: reason.to_owned(),
        };
        if let Err(error) = give_back::give_back(self.env, self.owner, paid.id, &input).await {
            tracing::warn!(%error, "the demo's payment was not given back");
        }
        Ok(())
    }

    /// The access of a link that the customer got, and acted on.
    async fn seen(&self, issued: &Issued) -> Result<PortalAccess, FillError> {
        let link = LinkFor {
            business: self.business,
            customer: issued.customer,
            scope: PortalScope::Invoice(issued.id),
            contact: None,
            message: None,
        };
        let minted = async |tx: &mut store::Tx| portal::mint(tx, self.env, Actor::System, link).await;
        let minted = self.env.store.transact(minted).await?;
        Ok(PortalAccess {
            link: minted.id,
            business: self.business,
            customer: issued.customer,
            contact: None,
            scope: link.scope,
            session: None,
        })
    }
}

async fn decide(sandbox: &Sandbox, payment: &str, won: bool) -> Result<(), SandboxError> {
    let dispute = sandbox.dispute(payment, false).await?;
    sandbox.decide(&dispute, won).await
}
