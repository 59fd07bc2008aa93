//! The dead-man alarm: what `domain::alarm` makes of the figures of this installation. It is shown by health checks, figures and
//! Today; nobody has to look into a log to learn that nothing is being sent.

use domain::alarm::{Alarm, judge};
use store::{StoreError, Tx, watch};

use crate::env::Env;

/// What rings now.
pub async fn ringing(env: &Env) -> Result<Vec<Alarm>, StoreError> {
    let mut tx = env.store.read().await?;
    ringing_in(&mut tx, env).await
}

/// The same, for whoever reads already.
pub async fn ringing_in(tx: &mut Tx, env: &Env) -> Result<Vec<Alarm>, StoreError> {
    let (business_now, machine_now) = (env.business_now(), env.machine_now());
    let watched = watch::watched(tx, business_now, machine_now).await?;
    Ok(judge(&watched, business_now, machine_now, env.settings.chasing_per_hour))
}
