//! What customers read: the list of texts, one of them, and what it comes to.

use app::console::Done;
use app::console::texts::{self as page, TextName, TextPage, TextPreview, TextRow, TextsPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::message::Channel;
use domain::schedule::StepId;
use domain::wording::Case;
use domain::{FieldErrors, Language};
use store::templates::{TemplateKey, Words};

use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{headers, kept_forms, respond};
use super::{after, around};
use crate::operations::invoices::{self, Query};
use crate::operations::templates::{self, About, Shown, TemplateError};

/// How many of the business's invoices a text can be shown with.
const INVOICES: usize = 20;

/// `GET /console/settings/texts`
pub async fn list(request: Request) -> Answer {
    let found = templates::list(request.env(), &request.principal).await?;
    let (frame, signed) = around(&request)?;
    let row = |listed: templates::Listed| TextRow {
        text: name_of(&listed.key),
        tone: listed.tone,
        own_since: listed.own_since,
    };
    let view = TextsPage { rows: found.into_iter().map(row).collect() };
    Ok(respond::html(StatusCode::OK, page::list(&frame, &signed, &view)))
}

/// `GET /console/settings/texts/{channel}/{name}/{language}`
pub async fn show(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let shown = templates::show(env, principal, key(&request)?).await?;
    let text = name_of(&shown.key);
    let kept = kept_forms::recall(&request, &form_name(&shown.key)).await?;
    // Only what was typed can be wrong.
    let remarks = match &kept {
        Some(form) => templates::remarks(&words(form), &shown),
        None => Vec::new(),
    };
    let form = kept.clone().unwrap_or_else(|| filled(&shown));
    let filled_in = templates::preview(env, principal, &shown, &words(&form), about(&form)).await?;
    let html_at = match request.query.get("form").filter(|_| kept.is_some()) {
        Some(form) => format!("{}/preview?form={form}", text.path()),
        None => format!("{}/preview", text.path()),
    };
    let preview = filled_in.map(|preview| TextPreview {
        html_at: preview.html.is_some().then_some(html_at),
        subject: preview.subject,
        text: preview.text,
        segments: preview.segments,
    });
    let (frame, signed) = around(&request)?;
    let view = TextPage {
        text,
        tone: shown.tone,
        own: shown.own.map(|(author, at)| (author.map(domain::Name::into_string), at)),
        form,
        remarks,
        preview,
        invoices: choices(&request).await?,
        built_in: (shown.built_in.subject, shown.built_in.body),
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/settings/texts/{channel}/{name}/{language}`
pub async fn save(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let key = key(&request)?;
    let path = name_of(&key).path();
    let typed = Words { subject: request.form.text("subject"), body: request.form.text("body") };
    let (outcome, done) = match request.form.get("do") {
        // Nothing is wrong and nothing is changed: what was typed is kept and shown.
        Some("preview") => return keep(&request, &key, &FieldErrors::new()).await,
        Some("test") => (templates::try_out(env, principal, key.clone(), typed).await, Done::TestSent),
        _ => {
            let version = request.form.get("version").and_then(|version| version.parse().ok());
            (templates::save(env, principal, key.clone(), version, typed).await, Done::Saved)
        }
    };
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(&path, done))),
        Err(TemplateError::Fields(errors)) => keep(&request, &key, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/settings/texts/{channel}/{name}/{language}/built-in`
pub async fn give_back(request: Request) -> Answer {
    let key = key(&request)?;
    let path = name_of(&key).path();
    templates::give_back(request.env(), &request.principal, key).await?;
    Ok(respond::see_other(&after(&path, Done::Saved)))
}

/// `GET /console/settings/texts/{channel}/{name}/{language}/preview`: the HTML of what stands in the form, or else of the
/// words in use, for the frame on the text's page.
pub async fn preview(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let shown = templates::show(env, principal, key(&request)?).await?;
    let form = kept_forms::recall(&request, &form_name(&shown.key)).await?.unwrap_or_else(|| filled(&shown));
    let preview = templates::preview(env, principal, &shown, &words(&form), about(&form)).await?;
    let html = preview.and_then(|preview| preview.html).ok_or(Problem::NotFound)?;
    let mut response = respond::html(StatusCode::OK, html);
    headers::confine(&mut response);
    Ok(response)
}

async fn keep(request: &Request, key: &TemplateKey, errors: &FieldErrors) -> Answer {
    kept_forms::refuse(request, &form_name(key), &name_of(key).path(), errors).await
}

/// A form kept for one text is not another's.
fn form_name(key: &TemplateKey) -> String {
    format!("text {key}")
}

fn key(request: &Request) -> Result<TemplateKey, Problem> {
    Ok(TemplateKey {
        name: StepId::parse(request.param("name")?).map_err(|_| Problem::NotFound)?,
        channel: Channel::from_name(request.param("channel")?).ok_or(Problem::NotFound)?,
        language: Language::from_name(request.param("language")?).ok_or(Problem::NotFound)?,
    })
}

fn name_of(key: &TemplateKey) -> TextName {
    TextName { name: key.name.to_string(), channel: key.channel, language: key.language }
}

fn words(form: &Form) -> Words {
    let text = |name: &str| form.value(name).replace("\r\n", "\n").trim().to_owned();
    Words { subject: text("subject"), body: text("body") }
}

/// What the words are shown with: an invoice, if one is named, else made-up ones.
fn about(form: &Form) -> About {
    let chosen = form.value("about");
    match chosen.parse() {
        Ok(invoice) => About::Invoice(invoice),
        Err(_) => About::Sample(Case::from_name(chosen).unwrap_or(Case::Overdue)),
    }
}

fn filled(shown: &Shown) -> Form {
    Form::filled([
        ("version", shown.version.to_string()),
        ("subject", shown.words.subject.clone()),
        ("body", shown.words.body.clone()),
        ("about", Case::Overdue.as_str().to_owned()),
    ])
}

/// The newest issued invoices, by number and customer.
async fn choices(request: &Request) -> Result<Vec<(String, String)>, Problem> {
    let listed = invoices::list(request.env(), &request.principal, Query::default()).await?;
    let named = listed.rows.into_iter().filter_map(|row| {
        let number = row.summary.state.issued()?.number.to_string();
        Some((row.summary.id.to_string(), format!("{number} · {}", row.summary.customer_name)))
    });
    Ok(named.take(INVOICES).collect())
}
