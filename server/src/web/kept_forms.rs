//! Refused forms: what was typed, and what is wrong with it, kept for a quarter of an hour under the browser's cookie.
//!
//! A refused POST answers 303 back to its form with `?form=frm_…`; the page is rendered from what is kept. So reloading
//! posts nothing again, nobody can put words into a form by an address, and it all works without scripts. The cookie
//! is set by the first refusal. Secrets are never kept: see [`is_secret`].

use std::time::Duration as StdDuration;

use app::form::Form;
use chrono::Duration;
use domain::{DraftId, FieldErrors, FieldProblem};
use store::drafts::{self, FormDraft};

use super::form::Fields;
use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{cookies, respond};
use crate::crypto::{Purpose, Token};

/// How long a refused form is kept; the schema refuses more.
const KEPT_FOR: Duration = Duration::minutes(15);

/// How long the browser keeps the cookie that its forms are found by.
const COOKIE_LIVES: StdDuration = StdDuration::from_hours(24);

/// The most bytes kept; a larger form comes back empty but with its errors.
const KEPT_BYTES_MAX: usize = 64_000;

/// The field of a form that says what it is known by: sent twice, it does its work once.
const ENTRY: &str = "entry";

/// Whether a field must not be kept: passwords, keys and secrets of other services, codes, links, files.
fn is_secret(name: &str) -> bool {
    ["password", "secret", "key", "code", "token", "link", "file"].iter().any(|word| name.contains(word))
}

/// Keeps the form of a request and leads back to `back` (a path of ours), where `name` says which form it was.
pub async fn refuse(request: &Request, name: &str, back: &str, errors: &FieldErrors) -> Answer {
    refuse_fields(request, name, back, &request.form, errors).await
}

/// The same with other fields than those that were sent.
pub async fn refuse_fields(
    request: &Request,
    name: &str,
    back: &str,
    fields: &Fields,
    errors: &FieldErrors,
) -> Answer {
    let env = request.env();
    let held = cookies::token(&request.headers, cookies::BROWSER);
    let is_new = held.is_none();
    let browser = held.unwrap_or_else(|| Token::from_bytes(env.new_token()));
    // What a form is known by is spent once something was done under it: what stands in it now is something new.
    let fresh = env.new_id::<DraftId>().to_string();
    let spent = errors.of(ENTRY) == Some(&FieldProblem::SentBefore);
    let value = |(name, value)| (name, if spent && name == ENTRY { &fresh[..] } else { value });
    let kept: Vec<(&str, &str)> = fields.iter().filter(|(name, _)| !is_secret(name)).map(value).collect();
    let now = env.machine_now();
    let id: DraftId = env.new_id();
    let draft = FormDraft {
        id,
        form: name.to_owned(),
        fields: bounded_json(&kept),
        errors: bounded_json(errors),
        created_at: now,
        expires_at: now + KEPT_FOR,
    };
    let hash = env.keys.hash_token(Purpose::FormDraft, &browser).0;
    let (hash, draft) = (&hash, &draft);
    env.store.transact(async |tx| drafts::keep(tx, hash, draft).await).await?;

    let separator = if back.contains('?') { '&' } else { '?' };
    let mut response = respond::see_other(&format!("{back}{separator}form={id}"));
    if is_new {
        cookies::put(&mut response, cookies::BROWSER, &browser, COOKIE_LIVES);
    }
    Ok(response)
}

/// The refused form that the address names, if this browser typed it here and it is not forgotten yet.
pub async fn recall(request: &Request, name: &str) -> Result<Option<Form>, Problem> {
    let id = request.query.get("form").and_then(|id| id.parse::<DraftId>().ok());
    let browser = cookies::token(&request.headers, cookies::BROWSER);
    let (Some(id), Some(browser)) = (id, browser) else { return Ok(None) };
    let env = request.env();
    let hash = env.keys.hash_token(Purpose::FormDraft, &browser).0;
    let mut tx = env.store.read().await?;
    let Some(draft) = drafts::find(&mut tx, &hash, id, name, env.machine_now()).await? else {
        return Ok(None);
    };
    // What another version of the program kept and this one cannot read is as good as forgotten.
    let fields: Vec<(String, String)> = serde_json::from_str(&draft.fields).unwrap_or_default();
    let errors: FieldErrors = serde_json::from_str(&draft.errors).unwrap_or_default();
    Ok(Some(Form::filled(fields).refused(errors)))
}

fn bounded_json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value)
        .ok()
        .filter(|text| text.len() <= KEPT_BYTES_MAX)
        .unwrap_or_else(|| "[]".to_owned())
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn what_must_not_be_kept() {
        for name in ["password", "new_password", "stripe_key", "webhook_secret", "code", "link", "proof_file"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in ["email", "name", "lines.0.description", "customer", "net_days", "amount", "method"] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
