//! A business's own account at the payment provider, opened with its own key.

use std::sync::Arc;

use domain::BusinessId;
use store::StoreError;
use store::attempts::Attempt;
use store::identity::{self, Business};
use store::saved_methods::SavedMethod;

use crate::crypto::CryptoError;
use crate::env::Env;
use crate::gateway::Gateway;
use crate::operations::settings;

/// An account that can be asked.
#[derive(Clone)]
pub struct Account {
    /// Whose it is.
    pub business: BusinessId,
    /// What our rows call it.
    pub name: String,
    /// Whether it moves real money.
    pub livemode: bool,
    /// The provider, with this business's key.
    pub gateway: Arc<dyn Gateway>,
}

/// Why a business's account cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// There is no such business, or it has set no key: it offers manual methods only.
    #[error("the business has no account at the payment provider")]
    None,
    /// Its key cannot be opened: it was sealed with another installation key.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Account {
    /// Opens the account of a business, as its settings say now.
    pub async fn open(env: &Env, business: BusinessId) -> Result<Self, AccountError> {
        let mut tx = env.store.read().await?;
        let business = identity::business(&mut tx, business).await?.ok_or(AccountError::None)?;
        Self::of(env, &business)
    }

    /// Whether an attempt was made in this account. What was made in another cannot be asked about any more.
    pub fn holds(&self, attempt: &Attempt) -> bool {
        attempt.provider_account == self.name
    }

    /// Whether a way to pay is kept in this account. Another one's cannot be charged with this key, nor let go.
    pub fn keeps(&self, method: &SavedMethod) -> bool {
        method.account.as_deref() == Some(&self.name[..])
    }

    /// Opens the account of a business that was just read.
    pub fn of(env: &Env, business: &Business) -> Result<Self, AccountError> {
        let stripe = business.stripe.as_ref().ok_or(AccountError::None)?;
        let key = settings::stripe_key(env, business)?.ok_or(AccountError::None)?;
        Ok(Self {
            business: business.id,
            name: provider_account(business),
            livemode: stripe.livemode,
            gateway: env.gateways.open(business.id, &key),
        })
    }
}

/// What our rows call a business's account: the provider's id of it where that is known, else ours of the business, and whether its
/// money is real, because an account has the same id for both.
pub fn provider_account(business: &Business) -> String {
    let stripe = business.stripe.as_ref();
    let account = stripe.and_then(|stripe| stripe.account.clone()).unwrap_or_else(|| business.id.to_string());
    let livemode = stripe.is_some_and(|stripe| stripe.livemode);
    format!("{account}{}", if livemode { LIVE } else { TEST })
}

const LIVE: &str = ":live";
const TEST: &str = ":test";

/// Whether what was begun in the account of this name could have moved real money.
pub(super) fn is_live(name: &str) -> bool {
    !name.ends_with(TEST)
}
