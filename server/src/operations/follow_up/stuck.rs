//! What cannot be decided about: a row that makes no sense, a customer without what every customer has. It is put off, each time
//! for longer, so that it does not keep others from being decided about, and the alarm says that there is such a thing
//! (`domain::alarm`). Whatever changes about it (money, a hold, a new address) has it looked at again at once.

use domain::{BusinessId, CustomerId, Timestamp};
use store::{StoreError, Tx, ledger, receivables};

use crate::env::Env;
use crate::operations::retries::backoff;

/// Puts off whatever of a customer is due now. How many receivables that were.
pub(super) async fn put_off(
    env: &Env,
    (business, customer): (BusinessId, CustomerId),
    now: Timestamp,
) -> Result<u64, StoreError> {
    env.store
        .transact(async |tx: &mut Tx| {
            ledger::take_turns(tx, &[customer]).await?;
            let tries = receivables::times_put_off(tx, business, customer, now).await?;
            let until = now + backoff(tries.saturating_add(1));
            receivables::put_off(tx, business, customer, now, until).await
        })
        .await
}
