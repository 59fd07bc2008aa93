//! Ways in and out: first run, signing in and out, accepting an invitation.

use app::console::{Done, invitation, setup, sign_in};
use app::form::Form;
use axum::http::StatusCode;
use axum::response::Response;
use domain::Locale;
use secrecy::SecretString;

use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{cookies, kept_forms, pages, respond, sessions};
use super::after;
use crate::operations::demo;
use crate::operations::identity::{self, Accept, AcceptError, SignIn, SignInError, SignedIn};
use crate::operations::limits::{self, Limit};
use crate::operations::setup::{NewBusiness, SetupError};

/// Where people are led who came for nothing in particular.
pub async fn home(request: Request) -> Answer {
    let to = match request.signed_in {
        Some(_) => "/console",
        None if crate::operations::setup::is_open(request.env()).await? => "/setup",
        None => "/sign-in",
    };
    Ok(respond::see_other(to))
}

/// `GET /setup`: only until the first run is done.
pub async fn show_setup(request: Request) -> Answer {
    if !crate::operations::setup::is_open(request.env()).await? {
        return Ok(respond::see_other("/sign-in"));
    }
    let locale = pages::strangers_locale(&request);
    let form = kept_forms::recall(&request, "setup").await?;
    let form = form.unwrap_or_else(|| suggested(locale));
    let page = setup::page(&pages::frame(&request, locale), &setup::SetupPage { form });
    Ok(respond::html(StatusCode::OK, page))
}

/// What a reader with this language and region probably wants to say.
fn suggested(locale: Locale) -> Form {
    let region = locale.tag().rsplit('-').next().unwrap_or_default();
    let currency = match region {
        "GB" => "GBP",
        "US" => "USD",
        "CH" => "CHF",
        _ => "EUR",
    };
    Form::filled([("locale", locale.tag()), ("country", region), ("currency", currency)])
}

/// `POST /setup`
pub async fn set_up(request: Request) -> Answer {
    let form = &request.form;
    let input = NewBusiness {
        business_name: form.text("business_name"),
        country: form.text("country"),
        time_zone: form.text("time_zone"),
        currency: form.text("currency"),
        locale: form.text("locale"),
        name: form.text("name"),
        email: form.text("email"),
        password: SecretString::from(form.text("password")),
    };
    let browser = sessions::browser(&request);
    match crate::operations::setup::first_run(request.env(), &request.principal, input, browser).await {
        Ok(signed_in) => Ok(enter(&request, &signed_in, "/console")),
        Err(SetupError::Fields(errors)) => kept_forms::refuse(&request, "setup", "/setup", &errors).await,
        Err(SetupError::AlreadyDone) => Ok(respond::see_other("/sign-in")),
        Err(error) => Err(error.into()),
    }
}

/// `GET /sign-in`
pub async fn show_sign_in(request: Request) -> Answer {
    if crate::operations::setup::is_open(request.env()).await? {
        return Ok(respond::see_other("/setup"));
    }
    let view = sign_in::SignInPage {
        form: kept_forms::recall(&request, "sign-in").await?.unwrap_or_default(),
        next: request.query.get("next").filter(|next| is_console_page(next)).map(str::to_owned),
        done: request.query.get("done").and_then(Done::from_name),
        demo: request.env().settings.demo.then(|| sign_in::DemoAccount {
            email: demo::EMAIL.to_owned(),
            password: demo::PASSWORD.to_owned(),
        }),
    };
    let frame = pages::frame(&request, pages::strangers_locale(&request));
    Ok(respond::html(StatusCode::OK, sign_in::page(&frame, &view)))
}

/// `POST /sign-in`
pub async fn sign_in(request: Request) -> Answer {
    let input = SignIn {
        email: request.form.text("email"),
        password: SecretString::from(request.form.text("password")),
    };
    let next = request.form.get("next").filter(|next| is_console_page(next));
    let browser = sessions::browser(&request);
    match identity::sign_in(request.env(), &request.principal, input, browser).await {
        Ok(signed_in) => Ok(enter(&request, &signed_in, next.unwrap_or("/console"))),
        Err(SignInError::Fields(errors)) => {
            let back = next.map_or_else(
                || "/sign-in".to_owned(),
                |next| format!("/sign-in?next={}", super::super::form::encode(next)),
            );
            kept_forms::refuse(&request, "sign-in", &back, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-out`
pub async fn sign_out(request: Request) -> Answer {
    if let Some(signed_in) = &request.signed_in {
        identity::sign_out(request.env(), signed_in).await?;
    }
    Ok(leave())
}

/// `POST /sign-out/everywhere`
pub async fn sign_out_everywhere(request: Request) -> Answer {
    let signed_in = request.signed_in.as_ref().ok_or(Problem::Internal)?;
    identity::sign_out_everywhere(request.env(), signed_in).await?;
    Ok(leave())
}

/// `GET /invitation/{token}`
pub async fn show_invitation(request: Request) -> Answer {
    let token = request.param("token")?;
    let Some(found) = identity::invitation(request.env(), token).await? else {
        return Err(unknown_invitation(&request).await?);
    };
    let view = invitation::InvitationPage {
        token: token.to_owned(),
        business: found.business.name.to_string(),
        email: found.invitation.email.to_string(),
        role: found.invitation.role,
        form: kept_forms::recall(&request, "invitation").await?.unwrap_or_default(),
    };
    let frame = pages::frame(&request, pages::members_locale(&request, &found.business));
    Ok(respond::html(StatusCode::OK, invitation::page(&frame, &view)))
}

/// `POST /invitation/{token}`
pub async fn accept_invitation(request: Request) -> Answer {
    let token = request.param("token")?;
    let input = Accept {
        name: request.form.text("name"),
        password: SecretString::from(request.form.text("password")),
    };
    match identity::accept_invitation(request.env(), token, input, sessions::browser(&request)).await {
        Ok(signed_in) => Ok(enter(&request, &signed_in, "/console")),
        Err(AcceptError::Fields(errors)) => {
            let back = format!("/invitation/{}", super::super::form::encode(token));
            kept_forms::refuse(&request, "invitation", &back, &errors).await
        }
        Err(AcceptError::NotFound) => Err(unknown_invitation(&request).await?),
        Err(error) => Err(error.into()),
    }
}

async fn unknown_invitation(request: &Request) -> Result<Problem, Problem> {
    limits::take(request.env(), Limit::INVITATION, &request.client.to_string()).await??;
    Ok(Problem::NotFound)
}

/// Only pages of the console are gone on to: whatever else stands in an address, anyone may have written it.
pub(in super::super) fn is_console_page(next: &str) -> bool {
    let rest = next.strip_prefix("/console");
    rest.is_some_and(|rest| {
        (rest.is_empty() || rest.starts_with('/'))
            && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte))
    })
}

fn enter(request: &Request, signed_in: &SignedIn, to: &str) -> Response {
    let mut response = respond::see_other(to);
    let lives = (signed_in.expires_at - request.env().machine_now()).to_std().unwrap_or_default();
    cookies::put(&mut response, cookies::MEMBER, &signed_in.token, lives);
    response
}

fn leave() -> Response {
    let mut response = respond::see_other(&after("/sign-in", Done::SignedOut));
    cookies::clear(&mut response, cookies::MEMBER);
    response
}

#[cfg(test)]
mod tests {
    use super::is_console_page;

    #[test]
    fn only_the_console_is_gone_on_to() {
        for page in ["/console", "/console/invoices", "/console/invoices/inv_0123/edit"] {
            assert!(is_console_page(page), "{page}");
        }
        for page in [
            "",
            "/",
            "//evil.example",
            "/consoles",
            "/console//../..",
            "/console/@evil",
            "/console\\evil",
            "https://evil.example/console",
            "/console/%0d%0aset-cookie",
            "/console?x",
            "/i/x",
        ] {
            assert!(!is_console_page(page), "{page}");
        }
    }
}
