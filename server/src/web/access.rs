//! The first of two guards: may this person use this route at all? The operation decides about the very thing asked
//! for.

use axum::http::header;
use axum::response::Response;
use domain::Permission;
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::problem::Problem;
use super::request::Request;
use super::routes::{Access, Route, Verb};
use super::{form, respond, sessions};

/// What comes of asking.
pub enum Admission {
    /// The handler runs; the request's principal is known.
    Admitted(Box<Request>),
    /// Another address is the right one for this person.
    Elsewhere(Response),
}

/// Finds out who asks, and whether they may use the route.
pub async fn admit(request: Request, route: &'static Route) -> Result<Admission, Problem> {
    match route.access {
        Access::Anyone | Access::Webhook => Ok(admitted(request)),
        Access::Watcher if may_watch(&request) => Ok(admitted(request)),
        // Not 401 or 403: strangers need not know that there are figures.
        Access::Watcher => Err(Problem::NotFound),
        Access::Public => Ok(admitted(sessions::recognise_member(request).await?)),
        Access::Portal => Ok(admitted(sessions::recognise_customer(request).await?)),
        Access::PortalCustomer => Ok(admitted(sessions::recognise_customer_of_all(request).await?)),
        Access::SignedOut => {
            let request = sessions::recognise_member(request).await?;
            Ok(match request.signed_in {
                Some(_) => Admission::Elsewhere(respond::see_other("/console")),
                None => admitted(request),
            })
        }
        Access::Demo(_) if !request.env().settings.demo => Err(Problem::NotFound),
        Access::SignedIn => member(request, route, None).await,
        Access::Member(permission) | Access::Demo(permission) => {
            member(request, route, Some(permission)).await
        }
    }
}

fn admitted(request: Request) -> Admission {
    Admission::Admitted(Box::new(request))
}

async fn member(
    request: Request,
    route: &'static Route,
    needs: Option<Permission>,
) -> Result<Admission, Problem> {
    let request = sessions::recognise_member(request).await?;
    if request.signed_in.is_none() {
        // Back to a page after signing in, never to a form's target: what was posted is gone.
        let to = match route.verb {
            Verb::Get => format!("/sign-in?next={}", form::encode(&request.path)),
            Verb::Post => "/sign-in".to_owned(),
        };
        return Ok(Admission::Elsewhere(respond::see_other(&to)));
    }
    match needs {
        Some(permission) if request.principal.member_with(permission).is_err() => Err(Problem::Forbidden),
        _ => Ok(admitted(request)),
    }
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
