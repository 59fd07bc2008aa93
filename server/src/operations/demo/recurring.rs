//! What the demo's businesses invoice again and again.

use chrono::Duration;
use domain::time::{add_days, civil_date};
use domain::{DraftId, InvoiceId, RecurringId, Zone};
use store::recurring::Outcome;

use super::data::{FillError, refused, typed};
use super::following_up::Customers;
use super::stories::RecurringStory;
use crate::env::{Env, Principal};
use crate::operations::invoices::DraftInput;
use crate::operations::recurring::{self, RecurringError, RecurringInput};

/// One of the demo's, with its story.
pub(super) struct Kept {
    story: &'static RecurringStory,
    id: RecurringId,
}

/// Sets them up, before the first of their dates.
pub(super) async fn set_up(
    env: &Env,
    owner: &Principal,
    stories: &'static [RecurringStory],
    customers: &Customers,
    zone: Zone,
) -> Result<Vec<Kept>, FillError> {
    let mut kept = Vec::new();
    for story in stories {
        let customer = *customers.get(story.customer).ok_or_else(|| refused("recurring"))?;
        let today = civil_date(env.business_now(), zone);
        let input = RecurringInput {
            form: env.new_id::<DraftId>().to_string(),
            draft: DraftInput {
                customer: customer.to_string(),
                title: story.title.to_owned(),
                currency: story.currency.to_owned(),
                lines: story.lines.iter().map(|line| typed(line, story.tax, today)).collect(),
                ..DraftInput::default()
            },
            cycle: "month".to_owned(),
            every: "1".to_owned(),
            first_on: add_days(today, story.begins_after).to_string(),
            covers: "ahead".to_owned(),
            ..RecurringInput::default()
        };
        let id = recurring::create(env, owner, &input).await.map_err(|error| match error {
            RecurringError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Recurring(error),
        })?;
        kept.push(Kept { story, id });
    }
    Ok(kept)
}

/// The invoices that are paid today: each so many days after its date.
pub(super) async fn paid_today(
    env: &Env,
    owner: &Principal,
    kept: &[Kept],
    zone: Zone,
) -> Result<Vec<InvoiceId>, FillError> {
    let today = civil_date(env.business_now(), zone);
    let mut paid = Vec::new();
    for one in kept {
        for dealt in recurring::detail(env, owner, one.id).await?.dealt {
            if let Outcome::Issued(invoice) = dealt.outcome
                && dealt.on + Duration::days(one.story.paid_after) == today
            {
                paid.push(invoice);
            }
        }
    }
    Ok(paid)
}

/// How many invoices were written.
pub(super) async fn written(env: &Env, owner: &Principal, kept: &[Kept]) -> Result<usize, FillError> {
    let mut written = 0;
    for one in kept {
        written += recurring::detail(env, owner, one.id).await?.dealt.len();
    }
    Ok(written)
}
