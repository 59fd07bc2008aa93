//! What customers let be charged by itself: the switch, the announcements, the charges, and how it ends.
//!
//! `domain::autopay` decides. Each of its decisions is carried out in a transaction that has taken the customer's turn, so that no
//! two workers carry out one; the schema refuses a second announcement for a day, a second attempt for a try, and a charge that was
//! not announced.
//!
//! # Where transactions begin and end
//!
//! 1. One transaction announces: the charge, what it is for, and the message that tells of it.
//! 2. On its day one transaction writes the attempt as `creating`, with the number of the try, and **commits** it.
//! 3. The provider is asked, and what it answers is written down, as for any kept method (`payments::charge`).
//! 4. One transaction concludes from what came of it: done, put off with another word, or given up with a word and a task.
//!
//! A crash anywhere leaves what was committed; the next run, here or elsewhere, goes on from there. What was begun in 2 is resolved by
//! the sweep, which asks the same question again, or only looks for its answer once the customer's word ended meanwhile.

mod charging;
mod switch;
mod telling;

use domain::autopay::EndReason;
use domain::event::{Actor, EventKind};
use domain::message::MessageKind;
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId};
use serde_json::json;
use store::autopay::{self as rows, Autopay, Debit};
use store::saved_methods::SavedMethod;
use store::tasks::NewTask;
use store::{StoreError, Tx, receivables};

pub use self::charging::{Ran, RunError, run_due};
pub use self::switch::{Offered, offered, turn_off, turn_on};
pub(in crate::operations) use self::telling::{WordData, letter};
use crate::env::Env;
use crate::operations::payments::saved;
use crate::operations::record::{Facts, Personal, Told, raise_task, record};

/// What a customer lets be charged, and what was announced of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Their word.
    pub autopay: Autopay,
    /// What was announced and is not over, by its day.
    pub announced: Vec<Debit>,
}

/// What a customer lets be charged now.
pub async fn standing(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Standing>, StoreError> {
    let mut standing = Vec::new();
    for autopay in rows::live(tx, business, customer).await? {
        let announced = rows::announced(tx, autopay.id).await?;
        standing.push(Standing { autopay, announced });
    }
    Ok(standing)
}

/// A method is kept no longer: what was charged to it is not charged any more. Called before its own end is written down.
pub(in crate::operations) async fn method_ends(
    tx: &mut Tx,
    env: &Env,
    method: &SavedMethod,
    reason: domain::saved::EndReason,
    by: Actor,
) -> Result<(), StoreError> {
    let why = match reason {
        domain::saved::EndReason::Customer => EndReason::Customer,
        domain::saved::EndReason::Member => EndReason::Member,
        domain::saved::EndReason::Provider | domain::saved::EndReason::Mandate => EndReason::Method,
    };
    for autopay in rows::live(tx, method.business, method.customer).await? {
        if autopay.method == method.id {
            end(tx, env, &autopay, method, why, by).await?;
        }
    }
    Ok(())
}

/// Ends what a customer lets be charged, with everything that was announced. What is open is followed up again. Whoever did not end it
/// themselves hears of it, and a person is asked to look when nobody of the two sides wanted it.
async fn end(
    tx: &mut Tx,
    env: &Env,
    autopay: &Autopay,
    method: &SavedMethod,
    reason: EndReason,
    by: Actor,
) -> Result<bool, StoreError> {
    let (business, customer) = (autopay.business, autopay.customer);
    for debit in rows::announced(tx, autopay.id).await? {
        rows::close(tx, debit.id, domain::autopay::DebitState::CalledOff).await?;
    }
    let told =
        about(EventKind::AutopayEnded, autopay, Facts { method: Some(method.method), ..Facts::default() })
            .personal(Personal { note: Some(saved::face(method)), ..Personal::default() });
    let event = record(tx, env, business, by, told);
    if !rows::end(tx, autopay.id, (env.business_now(), reason), event).await? {
        return Ok(false);
    }
    receivables::look_again_at_all(tx, business, customer, env.business_now()).await?;
    env.nudges.planner.notify_one();
    if reason != EndReason::Customer {
        let data = WordData::ended(autopay, method, reason);
        telling::tell(
            tx,
            env,
            autopay,
            MessageKind::AutopayEnded,
            &format!("autopay-ended:{}", autopay.id),
            &data,
        )
        .await?;
    }
    if matches!(reason, EndReason::Method | EndReason::Declined) {
        ask(tx, env, autopay, &format!("autopay-ended:{}", autopay.id), reason.as_str(), Facts::default())
            .await?;
    }
    Ok(true)
}

fn about(kind: EventKind, autopay: &Autopay, facts: Facts) -> Told {
    Told::new(kind, autopay.id).customer(autopay.customer).facts(facts)
}

/// Asks a person to look.
async fn ask(
    tx: &mut Tx,
    env: &Env,
    autopay: &Autopay,
    cause: &str,
    reason: &str,
    facts: Facts,
) -> Result<(), StoreError> {
    let task = NewTask {
        id: env.new_id(),
        business: autopay.business,
        kind: TaskKind::AutopayFailed,
        dedup_key: cause.to_owned(),
        subject: autopay.id.into(),
        customer: Some(autopay.customer),
        invoice: None,
        step: None,
        data: json!({ "reason": reason }),
        created_at: env.business_now(),
        due_at: None,
    };
    raise_task(tx, env, Actor::System, &task, facts).await.map(|_raised| ())
}
