//! Scripted trouble with Stripe's API: what a test wants the next calls to run into.

use serde::{Deserialize, Serialize};

/// What happens to a call instead of, or beside, being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiTrouble {
    /// Answered with this status; nothing is executed. Kept under the idempotency key, as Stripe keeps even a 500;
    /// except 429, which is answered before the key is looked at.
    Answer(u16),
    /// The connection is lost before anything is executed.
    LoseRequest,
    /// Executed, but the connection is lost before the answer.
    LoseAnswer,
    /// Executed, and answered this many milliseconds later: long enough for a time-out, or for a second request under the
    /// same idempotency key.
    DelayMillis(u64),
}

/// Trouble for the next calls that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiFault {
    /// The method, or none for all.
    #[serde(default)]
    pub method: Option<String>,
    /// The path begins with this: `/v1/checkout/sessions`.
    pub path: String,
    /// How many calls it meets.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub trouble: ApiTrouble,
}

fn once() -> u32 {
    1
}

/// The trouble scripted for a call, counted down.
pub(crate) fn meet(faults: &mut Vec<ApiFault>, method: &str, path: &str) -> Option<ApiTrouble> {
    let position = faults.iter().position(|fault| {
        fault.times > 0
            && fault.method.as_deref().is_none_or(|own| own == method)
            && path.starts_with(&fault.path)
    })?;
    let trouble = faults[position].trouble;
    faults[position].times -= 1;
    if faults[position].times == 0 {
        faults.remove(position);
    }
    Some(trouble)
}

#[cfg(test)]
mod tests {
    use super::{ApiFault, ApiTrouble, meet};

    #[test]
    fn a_fault_meets_the_calls_it_fits_and_no_more() {
        let mut faults = vec![ApiFault {
            method: Some("POST".to_owned()),
            path: "/v1/checkout".to_owned(),
            times: 2,
            trouble: ApiTrouble::Answer(500),
        }];
        assert_eq!(meet(&mut faults, "GET", "/v1/checkout/sessions"), None);
        assert_eq!(meet(&mut faults, "POST", "/v1/refunds"), None);
        assert_eq!(meet(&mut faults, "POST", "/v1/checkout/sessions"), Some(ApiTrouble::Answer(500)));
        assert_eq!(meet(&mut faults, "POST", "/v1/checkout/sessions"), Some(ApiTrouble::Answer(500)));
        assert_eq!(meet(&mut faults, "POST", "/v1/checkout/sessions"), None);
    }
}
