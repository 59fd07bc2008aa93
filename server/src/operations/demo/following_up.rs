//! How the demo's customers are followed up: texts for those who agreed, a schedule of their own for some, approval for others.

use std::collections::BTreeMap;

use domain::CustomerId;
use domain::sms::ConsentSource;
use store::customers as rows;

use super::data::{FillError, refused};
use super::stories::{BusinessStory, GroupStory, Reached, StepStory};
use crate::env::{Env, Principal};
use crate::operations::consent::{self, Change, ConsentError, ConsentInput};
use crate::operations::follow_up::schedules::{self, ScheduleError, StepInput};
use crate::operations::follow_up::settings::{self, FollowUpError, GroupInput, SettingsInput, TermsInput};

/// The demo's customers by their names.
pub(super) type Customers = BTreeMap<&'static str, CustomerId>;

/// Arranges all of it, before anything is due.
pub(super) async fn arrange(
    env: &Env,
    owner: &Principal,
    story: &BusinessStory,
    customers: &Customers,
) -> Result<(), FillError> {
    // Without a gateway nothing can be texted, and the settings say so.
    let texts =
        env.settings.sms.is_some() && story.customers.iter().any(|customer| !customer.phone().is_empty());
    send_more(env, owner, texts).await?;
    for customer in story.customers {
        let id = *customers.get(customer.name).ok_or_else(|| refused("customers"))?;
        reach(env, owner, id, customer.reached).await?;
    }
    for group in story.groups {
        make_group(env, owner, group, customers).await?;
    }
    Ok(())
}

/// The standard settings with monthly statements switched on, and texts where there is a way for them.
async fn send_more(env: &Env, owner: &Principal, texts: bool) -> Result<(), FillError> {
    let (found, _) = settings::show(env, owner).await.map_err(follow_up)?;
    let mut input = SettingsInput { sms_enabled: texts, ..SettingsInput::from(&found.value) };
    input.statements.enabled = true;
    settings::save(env, owner, found.version, &input).await.map_err(follow_up)
}

async fn reach(
    env: &Env,
    owner: &Principal,
    customer: CustomerId,
    reached: Reached,
) -> Result<(), FillError> {
    match reached {
        Reached::ByMail => Ok(()),
        Reached::Somewhere => {
            let input = TermsInput { zone_unknown: true, ..TermsInput::default() };
            save_terms(env, owner, customer, input).await
        }
        Reached::ByTextToo(_, words) => {
            let contact = contact_of(env, owner, customer).await?;
            let input = ConsentInput {
                version: contact.version.to_string(),
                consent_source: ConsentSource::InPerson.as_str().to_owned(),
                consent_text: words.to_owned(),
                consent_date: String::new(),
            };
            consent::give(env, owner, contact.id, &input).await.map_err(consented)
        }
        Reached::NotByMail => {
            let contact = contact_of(env, owner, customer).await?;
            consent::change(env, owner, contact.id, Change::EndMail).await.map_err(consented)
        }
    }
}

async fn contact_of(env: &Env, owner: &Principal, customer: CustomerId) -> Result<rows::Contact, FillError> {
    let Principal::Member { business, .. } = owner else { return Err(refused("members")) };
    let mut tx = env.store.read().await?;
    let mut contacts = rows::contacts(&mut tx, *business, customer).await?.into_iter();
    contacts.next().ok_or_else(|| refused("contact"))
}

async fn make_group(
    env: &Env,
    owner: &Principal,
    story: &GroupStory,
    customers: &Customers,
) -> Result<(), FillError> {
    let schedule = match story.schedule {
        Some((name, steps)) => {
            let steps: Vec<StepInput> = steps.iter().map(|step| typed(env, *step)).collect();
            schedules::create(env, owner, name, &steps).await.map_err(scheduled)?.to_string()
        }
        None => String::new(),
    };
    let input =
        GroupInput { name: story.name.to_owned(), schedule, approval_from: story.approval_from.to_owned() };
    let group = settings::create_group(env, owner, &input).await.map_err(follow_up)?;
    for name in story.customers {
        let customer = *customers.get(name).ok_or_else(|| refused("customers"))?;
        let input = TermsInput { group: group.to_string(), ..TermsInput::default() };
        save_terms(env, owner, customer, input).await?;
    }
    Ok(())
}

fn typed(env: &Env, (days, channel, tone): StepStory) -> StepInput {
    StepInput {
        id: schedules::fresh_step_id(env),
        days: days.unsigned_abs().to_string(),
        when: if days < 0 { "before" } else { "after" }.to_owned(),
        channel: channel.to_owned(),
        tone: tone.to_owned(),
        ..StepInput::default()
    }
}

async fn save_terms(
    env: &Env,
    owner: &Principal,
    customer: CustomerId,
    input: TermsInput,
) -> Result<(), FillError> {
    let shown = settings::terms(env, owner, customer).await.map_err(follow_up)?;
    settings::save_terms(env, owner, customer, shown.terms.version, &input).await.map_err(follow_up)
}

fn follow_up(error: FollowUpError) -> FillError {
    match error {
        FollowUpError::Fields(fields) => FillError::Refused(fields),
        error => FillError::FollowUp(error),
    }
}

fn scheduled(error: ScheduleError) -> FillError {
    match error {
        ScheduleError::Fields(fields) => FillError::Refused(fields),
        error => FillError::Schedule(error),
    }
}

fn consented(error: ConsentError) -> FillError {
    match error {
        ConsentError::Fields(fields) => FillError::Refused(fields),
        error => FillError::Consent(error),
    }
}
