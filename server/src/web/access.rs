//! The first of two guards: may this person use this route at all? The operation decides about the very thing asked
//! for.

use axum::http::header;
use axum::response::Response;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::problem::Problem;
use super::request::Request;
use super::routes::{Access, Route, Verb};
use super::{form, respond, sessions};
use crate::env::Principal;

/// What comes of asking.
pub enum Admission {
    /// The handler runs; the request's principal is known.
    Admitted,
    /// Another address is the right one for this person.
    Elsewhere(Response),
}

/// Finds out who asks, and whether they may use the route.
pub async fn admit(request: &mut Request, route: &Route) -> Result<Admission, Problem> {
    match route.access {
        Access::Anyone | Access::Webhook => Ok(Admission::Admitted),
        Access::Watcher if may_watch(request) => Ok(Admission::Admitted),
        // Not 401 or 403: strangers need not know that there are figures.
        Access::Watcher => Err(Problem::NotFound),
        Access::Public => {
            request.principal = sessions::member(request).await?;
            Ok(Admission::Admitted)
        }
        Access::Portal => {
            request.principal = sessions::portal(request).await?;
            Ok(Admission::Admitted)
        }
        Access::SignedOut => {
            request.principal = sessions::member(request).await?;
            Ok(match request.principal {
                Principal::Member { .. } => Admission::Elsewhere(respond::see_other("/console")),
                _ => Admission::Admitted,
            })
        }
        Access::Demo(_) if !request.env().settings.demo => Err(Problem::NotFound),
        Access::SignedIn => member(request, route, |_| true).await,
        Access::Member(permission) | Access::Demo(permission) => {
            member(request, route, |principal| principal.member_with(permission).is_ok()).await
        }
    }
}

async fn member(
    request: &mut Request,
    route: &Route,
    may: impl FnOnce(&Principal) -> bool,
) -> Result<Admission, Problem> {
    request.principal = sessions::member(request).await?;
    if !matches!(request.principal, Principal::Member { .. }) {
        // Back to a page after signing in, never to a form's target: what was posted is gone.
        let to = if route.verb == Verb::Get {
            format!("/sign-in?next={}", form::encode(&request.path))
        } else {
            "/sign-in".to_owned()
        };
        return Ok(Admission::Elsewhere(respond::see_other(&to)));
    }
    if may(&request.principal) { Ok(Admission::Admitted) } else { Err(Problem::Forbidden) }
}

/// Figures and readiness are for this machine, or for whoever has the token. Behind a proxy on this machine the
/// client is whom the proxy names; a proxy that is not trusted in the configuration but runs here would open them, so
/// a forwarded request without trust counts as foreign.
fn may_watch(request: &Request) -> bool {
    if let Some(token) = &request.app.metrics_token {
        let given = request
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if given.is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.expose_secret().as_bytes()))) {
            return true;
        }
    }
    let was_forwarded =
        ["x-forwarded-for", "forwarded", "x-real-ip"].iter().any(|name| request.headers.contains_key(*name));
    request.client.is_loopback() && !(was_forwarded && request.client == request.peer)
}
