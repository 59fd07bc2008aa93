//! Checks the books and the record: recomputes the hash chain, the ledger and every figure that is derived in more than one
//! way.

use domain::BusinessId;
use domain::time::civil_date;
use store::events::Verification;
use store::invoices::{self, Filter};
use store::{StoreError, events, identity, ledger};

use crate::env::{Env, NotPermitted, Principal};

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was found about one business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The business.
    pub business: BusinessId,
    /// Its name.
    pub name: String,
    /// Links of its chain.
    pub links: u64,
    /// Events under them.
    pub events: u64,
    /// Invoices whose figures were recomputed.
    pub invoices: u64,
    /// What is wrong: the row, and what about it. Empty when all is well.
    pub problems: Vec<(String, String)>,
}

/// Checks every business. Reads only, one moment of the database for each.
pub async fn verify(env: &Env, principal: &Principal) -> Result<Vec<Checked>, VerifyError> {
    principal.internal()?;
    let businesses = {
        let mut tx = env.store.read().await?;
        identity::businesses(&mut tx).await?
    };
    let mut checked = Vec::with_capacity(businesses.len());
    for business in businesses {
        let mut tx = env.store.read().await?;
        let mut problems = Vec::new();
        let (links, events) = match events::verify(&mut tx, business.id).await? {
            Verification::Sound { links, events } => (links, events),
            Verification::Broken { row, problem } => {
                problems.push((row, problem.to_owned()));
                (0, 0)
            }
        };
        for found in ledger::discrepancies(&mut tx, business.id).await? {
            problems.push((found.row, found.problem.to_owned()));
        }
        // The list derives what is open from applications and write-offs, the ledger from all rows of the account.
        let today = civil_date(env.business_now(), business.time_zone);
        let books = ledger::balances_of_business(&mut tx, business.id).await?;
        let filter = Filter { issued_only: true, ..Filter::default() };
        let listed = invoices::list(&mut tx, business.id, &filter, today, i64::MAX).await?;
        for row in &listed {
            let booked = books.iter().find(|booked| booked.invoice == row.id);
            if booked.map(|booked| booked.balance) != Some(row.balance) {
                problems.push((
                    format!("invoice {}", row.id),
                    "the list and the ledger disagree about it".to_owned(),
                ));
            }
        }
        checked.push(Checked {
            business: business.id,
            name: business.name.to_string(),
            links,
            events,
            invoices: u64::try_from(listed.len()).unwrap_or(u64::MAX),
            problems,
        });
    }
    Ok(checked)
}
