//! Customers of the demo who keep a card, and one who has what is due charged to it: through the portal and the sandbox, by the
//! operations that people use, the code in their mail included.

use app::portal::{autopay as autopay_page, saved_methods as page};
use domain::autopay::notice_days;
use domain::event::Actor;
use domain::message::MessageKind;
use domain::payment::Method;
use domain::{CodeId, CustomerId};
use store::{Tx, messages};

use super::data::FillError;
use super::paying::Till;
use super::sandbox::Sandbox;
use crate::env::{PortalScope, Principal};
use crate::operations::autopay;
use crate::operations::follow_up::settings::{self, SettingsInput};
use crate::operations::identity::Browser;
use crate::operations::payments::saved::{self, Consent};
use crate::operations::payments::{Account, sync};
use crate::operations::portal::{self, Given, LinkFor};

impl Till<'_> {
    /// What falls due may be charged by itself.
    pub(super) async fn offer_autopay(&self) -> Result<(), FillError> {
        let (found, _) = settings::show(self.env, self.owner).await.map_err(FillError::FollowUp)?;
        let input = SettingsInput { autopay: true, ..SettingsInput::from(&found.value) };
        settings::save(self.env, self.owner, found.version, &input).await.map_err(FillError::FollowUp)
    }

    /// A customer keeps a card, and has what is due charged to it where they want that. Whatever does not work costs the demo this
    /// and no more.
    pub(super) async fn keep_a_card(&self, sandbox: &Sandbox, customer: CustomerId, charged: bool) {
        if let Err(error) = self.kept(sandbox, customer, charged).await {
            tracing::warn!(%error, "the demo's card was not kept: is the sandbox running?");
        }
    }

    async fn kept(
        &self,
        sandbox: &Sandbox,
        customer: CustomerId,
        charged: bool,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let holder = self.proven(customer).await?;
        let found = saved::kept(self.env, &holder, customer).await?;
        let locale = found.locale.spoken();
        let consent = |text: String| Consent { text, locale, browser: Browser::default() };
        let words = consent(page::consent(locale, found.business.name.as_str()));
        let address = saved::begin(self.env, &holder, customer, Method::Card, &words).await?;
        let session = address.rsplit('/').next().unwrap_or_default();
        sandbox.pay(session, None).await?;
        let account = Account::open(self.env, self.business).await?;
        sync::checkout(self.env, &account, session).await?;
        let kept = saved::kept(self.env, &holder, customer).await?.methods.pop();
        if let Some(kept) = kept.filter(|_| charged) {
            let days = notice_days(kept.method);
            let row = page::SavedMethodRow {
                id: kept.id,
                method: kept.method,
                label: kept.label,
                last_digits: kept.last_digits,
                expires: kept.expires,
            };
            let words = consent(autopay_page::consent(locale, found.business.name.as_str(), &row, days));
            autopay::turn_on(self.env, &holder, customer, kept.id, &words).await?;
        }
        Ok(())
    }

    /// A session over everything of a customer whose holder read the code in their mail.
    async fn proven(&self, customer: CustomerId) -> Result<Principal, Box<dyn std::error::Error>> {
        let link = LinkFor {
            business: self.business,
            customer,
            scope: PortalScope::Customer,
            contact: None,
            message: None,
        };
        let env = self.env;
        let minted =
            env.store.transact(async |tx: &mut Tx| portal::mint(tx, env, Actor::System, link).await).await?;
        let token = minted.url.rsplit('/').next().unwrap_or_default();
        let entered = portal::exchange(env, token, None, None, Browser::default()).await?;
        let holder = Principal::Portal(entered.access);
        portal::prove(env, &holder, Given::default()).await?;
        let digits = env
            .store
            .transact(async |tx: &mut Tx| {
                let mails = messages::of_customer(tx, self.business, customer, 10).await?;
                let mail = mails.iter().find(|mail| mail.kind == MessageKind::Code);
                let code: Option<CodeId> = mail.and_then(|mail| mail.data["code"].as_str()?.parse().ok());
                match code {
                    Some(code) => portal::mint_code(tx, env, self.business, code).await,
                    None => Ok(None),
                }
            })
            .await?;
        let digits = digits.ok_or("no code was asked for")?;
        portal::prove(env, &holder, Given { code: Some(digits.reveal()), send_by: None }).await?;
        Ok(holder)
    }
}
