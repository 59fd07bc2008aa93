//! Forgets what is past its time and was never meant to stay: refused forms, ended sessions, codes, counted tries.

use chrono::Duration;
use store::{StoreError, bank_uploads, codes, drafts, identity, links};

use crate::env::Env;

/// Sessions that ended this long ago are forgotten; until then they tell a member where they were signed in.
const ENDED_SESSIONS: Duration = Duration::days(30);

/// Longer than any window in which tries are counted.
const TRIES: Duration = Duration::days(2);

/// Tables of a bank that nobody came back to are forgotten after this.
const BANK_UPLOADS: Duration = Duration::days(1);

/// Codes are forgotten this long after their end.
const CODES: Duration = Duration::days(1);

/// What one run forgot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JanitorReport {
    /// Refused forms.
    pub forms: u64,
    /// Tables of a bank.
    pub bank_uploads: u64,
    /// Codes that ended.
    pub codes: u64,
    /// Sessions of members.
    pub sessions: u64,
    /// Sessions of customers.
    pub portal_sessions: u64,
    /// Buckets of counted tries.
    pub tries: u64,
}

/// Forgets whatever is due. All of it is guarded by machine time.
pub async fn run_once(env: &Env) -> Result<JanitorReport, StoreError> {
    let now = env.machine_now();
    env.store
        .transact(async |tx| {
            Ok(JanitorReport {
                forms: drafts::purge(tx, now).await?,
                bank_uploads: bank_uploads::purge(tx, now - BANK_UPLOADS).await?,
                codes: codes::purge(tx, now - CODES).await?,
                sessions: identity::purge_sessions(tx, now - ENDED_SESSIONS).await?,
                portal_sessions: links::purge_sessions(tx, now - ENDED_SESSIONS).await?,
                tries: identity::purge_tries(tx, now - TRIES).await?,
            })
        })
        .await
}
