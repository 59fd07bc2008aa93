//! The table of all routes. The router is built from it and from nothing else, so that whoever reads it has read what
//! the server answers to, and the test of every route against every kind of principal misses none.

use std::pin::Pin;

use axum::Router;
use axum::http::Method;
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use domain::Permission;
use std::sync::Arc;

use super::problem::Problem;
use super::request::Request;
use super::{App, files, machine, pipeline};

/// What a handler comes to.
pub type Answer = Result<Response, Problem>;

/// A handler, as the table holds it.
pub type Handler = fn(Request) -> Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Who may come in. Operations decide again about the very thing asked for: this is the first of two guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone and any program; no cookies are read.
    Anyone,
    /// Programs that look after the server: on loopback, or with the metrics token.
    Watcher,
    /// The payment provider, which proves itself by a signature over the body.
    Webhook,
    /// People, signed in or not.
    Public,
    /// Whoever holds a portal session that covers the invoice named by the path's `invoice`; 404 for all others.
    Portal,
    /// People who are not signed in; others are led to the console.
    SignedOut,
    /// Any signed-in member.
    SignedIn,
    /// A signed-in member with this permission.
    Member(Permission),
    /// The same, and only in a demonstration; 404 elsewhere.
    Demo(Permission),
}

/// How a route is asked; there are no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// GET, and HEAD with it. Changes nothing.
    Get,
    /// POST.
    Post,
}

/// What a route reads from the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepts {
    /// Nothing.
    Nothing,
    /// The fields of a form.
    Form,
    /// The bytes as they are.
    Raw,
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// How it is asked.
    pub verb: Verb,
    /// The path, with `{parameters}`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// What it reads.
    pub accepts: Accepts,
    /// The largest body; 413 beyond it.
    pub body_limit_bytes: usize,
    /// What answers.
    pub handler: Handler,
}

const fn get(path: &'static str, access: Access, handler: Handler) -> Route {
    // A GET has no business with a body; a little is read and dropped, so that odd clients keep their connection.
    Route { verb: Verb::Get, path, access, accepts: Accepts::Nothing, body_limit_bytes: 1024, handler }
}

const fn post(path: &'static str, access: Access, handler: Handler) -> Route {
    Route { verb: Verb::Post, path, access, accepts: Accepts::Form, body_limit_bytes: 64 * 1024, handler }
}

const fn webhook(path: &'static str, handler: Handler) -> Route {
    Route {
        verb: Verb::Post,
        path,
        access: Access::Webhook,
        accepts: Accepts::Raw,
        body_limit_bytes: 256 * 1024,
        handler,
    }
}

impl Route {
    /// The same route with room for a larger body.
    const fn up_to(self, body_limit_bytes: usize) -> Self {
        Self { body_limit_bytes, ..self }
    }
}

/// Makes a plain function pointer of an asynchronous handler.
macro_rules! to {
    ($($handler:ident)::+) => {
        |request| Box::pin($($handler)::+(request))
    };
}

/// Every route.
pub static ROUTES: &[Route] = &[
    // For machines.
    get("/health/live", Access::Anyone, to!(machine::live)),
    get("/health/ready", Access::Watcher, to!(machine::ready)),
    get("/metrics", Access::Watcher, to!(machine::metrics)),
    get("/assets/{file}", Access::Anyone, to!(files::asset)),
    get("/favicon.svg", Access::Anyone, to!(files::icon)),
    get("/favicon.ico", Access::Anyone, to!(files::icon)),
    get("/robots.txt", Access::Anyone, to!(files::robots)),
];

/// Builds the router.
pub fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for route in ROUTES {
        let filter = match route.verb {
            Verb::Get => MethodFilter::GET,
            Verb::Post => MethodFilter::POST,
        };
        let app = Arc::clone(app);
        let serve = move |request: axum::extract::Request| pipeline::serve(Arc::clone(&app), route, request);
        router = router.route(route.path, MethodRouter::new().on(filter, serve));
    }
    let (lost, wrong_method) = (Arc::clone(app), Arc::clone(app));
    router
        .fallback(move |method: Method| async move { pipeline::unmatched(&lost, &method, Problem::NotFound) })
        .method_not_allowed_fallback(move |method: Method| async move {
            pipeline::unmatched(&wrong_method, &method, Problem::MethodNotAllowed)
        })
}
