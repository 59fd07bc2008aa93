//! The table of all routes. The router is built from it and from nothing else, so that whoever reads it has read what
//! the server answers to, and the test of every route against every kind of principal misses none.

use std::pin::Pin;

use axum::Router;
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use axum::routing::{MethodFilter, MethodRouter};
use domain::Permission;
use std::sync::Arc;

use super::console::{
    bank_accounts, bank_statements, contacts, customer_terms, customers, entry, following_up, groups,
    handling, invoices, members, messages, money, outlook, recurring, schedules, settings, texts, today,
};
use super::problem::Problem;
use super::request::Request;
use super::{
    App, autopay, demo, files, machine, pay, pipeline, portal, saved_methods, sms, statements, way_out,
    webhooks,
};

/// What a handler comes to.
pub type Answer = Result<Response, Problem>;

/// A handler, as the table holds it.
pub type Handler = fn(Request) -> Pin<Box<dyn Future<Output = Answer>>>;

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
    /// Whoever holds a portal session with a link over everything of the customer named by the path's `customer`; 404 for
    /// all others, holders of a link of one invoice among them.
    PortalCustomer,
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
        body_limit_bytes: crate::webhooks::BODY_MAX_BYTES,
        handler,
    }
}

impl Route {
    /// The same route with another largest body.
    const fn up_to(self, body_limit_bytes: usize) -> Self {
        Self { body_limit_bytes, ..self }
    }
}

/// Room for a draft with as many lines as there may be, each with a long description.
const DRAFT_BYTES: usize = 1024 * 1024;

/// Room for the largest bank statement, and the form around it.
const BANK_STATEMENT_BYTES: usize = crate::bank_files::FILE_MAX_BYTES + 64 * 1024;

/// Room for what an SMS gateway tells: a long text, every character escaped.
const CALLBACK_BYTES: usize = 32 * 1024;

/// Makes a plain function pointer of an asynchronous handler.
macro_rules! to {
    ($($handler:ident)::+) => {
        |request| Box::pin($($handler)::+(request))
    };
}

/// The same for a handler that waits for nothing.
macro_rules! at_once {
    ($($handler:ident)::+) => {
        |request| Box::pin(std::future::ready($($handler)::+(&request)))
    };
}

/// Every route.
pub static ROUTES: &[Route] = &[
    // For machines.
    get("/health/live", Access::Anyone, at_once!(machine::live)),
    get("/health/ready", Access::Watcher, to!(machine::ready)),
    get("/metrics", Access::Watcher, to!(machine::metrics)),
    get("/assets/{file}", Access::Anyone, at_once!(files::asset)),
    get("/favicon.svg", Access::Anyone, at_once!(files::icon)),
    get("/favicon.ico", Access::Anyone, at_once!(files::icon)),
    get("/robots.txt", Access::Anyone, at_once!(files::robots)),
    webhook("/webhooks/stripe/{business}", to!(webhooks::stripe)),
    webhook("/webhooks/sms/status/{message}", to!(sms::status)).up_to(CALLBACK_BYTES),
    webhook("/webhooks/sms/incoming", to!(sms::incoming)).up_to(CALLBACK_BYTES),
    // Ways in and out.
    get("/", Access::Public, to!(entry::home)),
    get("/setup", Access::Public, to!(entry::show_setup)),
    post("/setup", Access::Public, to!(entry::set_up)),
    get("/sign-in", Access::SignedOut, to!(entry::show_sign_in)),
    post("/sign-in", Access::SignedOut, to!(entry::sign_in)),
    post("/sign-out", Access::Public, to!(entry::sign_out)),
    post("/sign-out/everywhere", Access::SignedIn, to!(entry::sign_out_everywhere)),
    get("/invitation/{token}", Access::Public, to!(entry::show_invitation)),
    post("/invitation/{token}", Access::Public, to!(entry::accept_invitation)),
    // The customer's pages.
    get("/l/{token}", Access::Public, to!(portal::link)),
    get("/l/{token}/statement", Access::Public, to!(statements::by_link)),
    post("/l/open", Access::Public, to!(portal::open)),
    post("/l/renew", Access::Public, to!(portal::renew)),
    get("/c/{customer}", Access::PortalCustomer, to!(portal::open_invoices)),
    get("/c/{customer}/pay", Access::PortalCustomer, to!(pay::several::choose)),
    post("/c/{customer}/pay", Access::PortalCustomer, to!(pay::several::begin)),
    post("/c/{customer}/contact", Access::PortalCustomer, to!(portal::contact_preferences)),
    get("/c/{customer}/methods", Access::PortalCustomer, to!(saved_methods::show)),
    post("/c/{customer}/methods", Access::PortalCustomer, to!(saved_methods::begin)),
    get("/c/{customer}/methods/return", Access::PortalCustomer, to!(saved_methods::come_back)),
    post("/c/{customer}/methods/{method}/remove", Access::PortalCustomer, to!(saved_methods::remove)),
    get("/c/{customer}/methods/{method}/autopay", Access::PortalCustomer, to!(autopay::show)),
    post("/c/{customer}/methods/{method}/autopay", Access::PortalCustomer, to!(autopay::turn_on)),
    post("/c/{customer}/autopay/{autopay}/off", Access::PortalCustomer, to!(autopay::turn_off)),
    get("/c/{customer}/return", Access::PortalCustomer, to!(pay::back::to_all)),
    get("/c/{customer}/statement", Access::PortalCustomer, to!(statements::for_customer)),
    get("/c/{customer}/statement.csv", Access::PortalCustomer, to!(statements::table_for_customer)),
    get("/i/{invoice}", Access::Portal, to!(portal::invoice)),
    post("/i/{invoice}/all", Access::Portal, to!(portal::all_of_theirs)),
    get("/i/{invoice}/pay", Access::Portal, to!(pay::choose)),
    post("/i/{invoice}/pay", Access::Portal, to!(pay::begin)),
    get("/i/{invoice}/return", Access::Portal, to!(pay::back::to_invoice)),
    get("/i/{invoice}/credit-notes/{credit_note}", Access::Portal, to!(portal::credit_note)),
    get("/u/{token}", Access::Public, to!(way_out::show)),
    // Mail programs post here by themselves: no cookies, no origin, a form of their own kind.
    Route {
        access: Access::Anyone,
        accepts: Accepts::Raw,
        ..post("/u/{token}", Access::Public, to!(way_out::choose))
    },
    // The business's pages.
    get("/console", Access::Member(Permission::ViewInvoices), to!(today::show)),
    post("/console/tasks/{task}/resolve", Access::Member(Permission::ResolveTasks), to!(today::resolve_task)),
    post("/console/tasks/{task}/call", Access::Member(Permission::ResolveTasks), to!(handling::finish_call)),
    get("/console/parked", Access::Member(Permission::ViewInvoices), to!(handling::parked)),
    post("/console/parked/release", Access::Member(Permission::EditSettings), to!(handling::release)),
    get("/console/holds", Access::Member(Permission::ViewInvoices), to!(handling::holds)),
    post("/console/holds", Access::Member(Permission::HoldFollowUp), to!(handling::place)),
    post("/console/holds/{hold}/end", Access::Member(Permission::HoldFollowUp), to!(handling::end)),
    post("/console/holds/{hold}/replace", Access::Member(Permission::HoldFollowUp), to!(handling::replace)),
    get("/console/invoices", Access::Member(Permission::ViewInvoices), to!(invoices::list)),
    post("/console/invoices/new", Access::Member(Permission::EditInvoices), to!(invoices::create))
        .up_to(DRAFT_BYTES),
    get("/console/invoices/new", Access::Member(Permission::EditInvoices), to!(invoices::new)),
    get("/console/invoices/{invoice}", Access::Member(Permission::ViewInvoices), to!(invoices::show)),
    get(
        "/console/invoices/{invoice}/outlook",
        Access::Member(Permission::ViewInvoices),
        to!(outlook::of_invoice),
    ),
    get("/console/invoices/{invoice}/edit", Access::Member(Permission::EditInvoices), to!(invoices::edit)),
    post("/console/invoices/{invoice}/edit", Access::Member(Permission::EditInvoices), to!(invoices::update))
        .up_to(DRAFT_BYTES),
    post(
        "/console/invoices/{invoice}/issue",
        Access::Member(Permission::IssueInvoices),
        to!(invoices::issue),
    ),
    post("/console/invoices/{invoice}/void", Access::Member(Permission::VoidInvoices), to!(invoices::void)),
    post(
        "/console/invoices/{invoice}/discard",
        Access::Member(Permission::EditInvoices),
        to!(invoices::discard),
    ),
    post(
        "/console/invoices/{invoice}/approve",
        Access::Member(Permission::ApproveSteps),
        to!(handling::approve),
    ),
    post(
        "/console/invoices/{invoice}/send",
        Access::Member(Permission::SendReminders),
        to!(invoices::send_now),
    ),
    post(
        "/console/invoices/{invoice}/contacted",
        Access::Member(Permission::NoteContacts),
        to!(handling::contacted_about),
    ),
    post(
        "/console/invoices/{invoice}/links",
        Access::Member(Permission::MintLinks),
        to!(invoices::make_link),
    ),
    post(
        "/console/invoices/{invoice}/links/{link}/revoke",
        Access::Member(Permission::MintLinks),
        to!(invoices::revoke_link),
    ),
    get(
        "/console/invoices/{invoice}/money",
        Access::Member(Permission::ViewInvoices),
        to!(money::of_invoice),
    ),
    post(
        "/console/invoices/{invoice}/payments",
        Access::Member(Permission::RecordPayments),
        to!(money::record_for_invoice),
    ),
    post(
        "/console/invoices/{invoice}/write-off",
        Access::Member(Permission::WriteOff),
        to!(money::write_off),
    ),
    post(
        "/console/invoices/{invoice}/credit-notes",
        Access::Member(Permission::VoidInvoices),
        to!(money::issue_credit_note),
    ),
    get(
        "/console/invoices/{invoice}/credit-notes/{credit_note}",
        Access::Member(Permission::ViewInvoices),
        to!(money::credit_note),
    ),
    get("/console/recurring", Access::Member(Permission::ViewInvoices), to!(recurring::list)),
    get("/console/recurring/new", Access::Member(Permission::IssueInvoices), to!(recurring::new)),
    post("/console/recurring/new", Access::Member(Permission::IssueInvoices), to!(recurring::create))
        .up_to(DRAFT_BYTES),
    get("/console/recurring/{recurring}", Access::Member(Permission::ViewInvoices), to!(recurring::show)),
    get(
        "/console/recurring/{recurring}/edit",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::edit),
    ),
    post(
        "/console/recurring/{recurring}/edit",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::update),
    )
    .up_to(DRAFT_BYTES),
    post(
        "/console/recurring/{recurring}/pause",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::pause),
    ),
    post(
        "/console/recurring/{recurring}/resume",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::resume),
    ),
    post(
        "/console/recurring/{recurring}/try-again",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::try_again),
    ),
    post(
        "/console/recurring/{recurring}/end",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::end),
    ),
    post(
        "/console/recurring/{recurring}/missed",
        Access::Member(Permission::IssueInvoices),
        to!(recurring::missed),
    ),
    get("/console/money", Access::Member(Permission::ViewInvoices), to!(money::list)),
    post("/console/money/compare", Access::Member(Permission::RecordPayments), to!(money::compare)),
    get(
        "/console/money/bank-statements",
        Access::Member(Permission::ViewInvoices),
        to!(bank_statements::list),
    ),
    // A file comes as the browser sends it: a form of its own kind.
    Route {
        accepts: Accepts::Raw,
        ..post(
            "/console/money/bank-statements",
            Access::Member(Permission::RecordPayments),
            to!(bank_statements::import),
        )
    }
    .up_to(BANK_STATEMENT_BYTES),
    get(
        "/console/money/bank-statements/uploads/{upload}",
        Access::Member(Permission::RecordPayments),
        to!(bank_statements::columns),
    ),
    post(
        "/console/money/bank-statements/uploads/{upload}",
        Access::Member(Permission::RecordPayments),
        to!(bank_statements::name_columns),
    ),
    get(
        "/console/money/bank-statements/{bank_statement}",
        Access::Member(Permission::ViewInvoices),
        to!(bank_statements::one),
    ),
    get(
        "/console/money/bank-entries/{entry}",
        Access::Member(Permission::RecordPayments),
        to!(bank_statements::entry),
    ),
    post(
        "/console/money/bank-entries/{entry}",
        Access::Member(Permission::RecordPayments),
        to!(bank_statements::decide),
    ),
    get(
        "/console/customers/{customer}/money",
        Access::Member(Permission::ViewInvoices),
        to!(money::of_customer),
    ),
    post(
        "/console/customers/{customer}/payments",
        Access::Member(Permission::RecordPayments),
        to!(money::record_for_customer),
    ),
    post(
        "/console/customers/{customer}/credit",
        Access::Member(Permission::RecordPayments),
        to!(money::apply),
    ),
    post(
        "/console/customers/{customer}/pay-out",
        Access::Member(Permission::ReversePayments),
        to!(money::pay_out),
    ),
    post(
        "/console/payments/{payment}/take-back",
        Access::Member(Permission::ReversePayments),
        to!(money::take_back),
    ),
    post(
        "/console/payments/{payment}/refund",
        Access::Member(Permission::ReversePayments),
        to!(money::refund),
    ),
    get("/console/customers", Access::Member(Permission::ViewCustomers), to!(customers::list)),
    post("/console/customers/new", Access::Member(Permission::EditCustomers), to!(customers::create)),
    get("/console/customers/new", Access::Member(Permission::EditCustomers), to!(customers::new)),
    get("/console/customers/{customer}", Access::Member(Permission::ViewCustomers), to!(customers::show)),
    get(
        "/console/customers/{customer}/edit",
        Access::Member(Permission::EditCustomers),
        to!(customers::edit),
    ),
    post(
        "/console/customers/{customer}/edit",
        Access::Member(Permission::EditCustomers),
        to!(customers::update),
    ),
    post(
        "/console/customers/{customer}/contacts",
        Access::Member(Permission::EditCustomers),
        to!(customers::add_contact),
    ),
    post(
        "/console/customers/{customer}/links",
        Access::Member(Permission::MintLinks),
        to!(customers::make_link),
    ),
    get(
        "/console/customers/{customer}/contacts/{contact}/edit",
        Access::Member(Permission::EditCustomers),
        to!(customers::edit_contact),
    ),
    post(
        "/console/customers/{customer}/contacts/{contact}/edit",
        Access::Member(Permission::EditCustomers),
        to!(customers::update_contact),
    ),
    post(
        "/console/customers/{customer}/contacts/{contact}/remove",
        Access::Member(Permission::EditCustomers),
        to!(customers::remove_contact),
    ),
    get("/console/contacts/{contact}", Access::Member(Permission::ViewCustomers), to!(contacts::show)),
    post(
        "/console/contacts/{contact}/consent",
        Access::Member(Permission::EditCustomers),
        to!(contacts::give),
    ),
    post(
        "/console/contacts/{contact}/change",
        Access::Member(Permission::EditCustomers),
        to!(contacts::change),
    ),
    post(
        "/console/customers/{customer}/methods/{method}/remove",
        Access::Member(Permission::EditCustomers),
        to!(saved_methods::remove_for_them),
    ),
    post(
        "/console/customers/{customer}/autopay/{autopay}/off",
        Access::Member(Permission::EditCustomers),
        to!(autopay::turn_off_for_them),
    ),
    get(
        "/console/customers/{customer}/outlook",
        Access::Member(Permission::ViewInvoices),
        to!(outlook::of_customer),
    ),
    get(
        "/console/customers/{customer}/statement",
        Access::Member(Permission::ViewInvoices),
        to!(statements::of_customer),
    ),
    post(
        "/console/customers/{customer}/statement",
        Access::Member(Permission::SendReminders),
        to!(statements::send),
    ),
    get(
        "/console/customers/{customer}/statement.csv",
        Access::Member(Permission::ViewInvoices),
        to!(statements::table_of_customer),
    ),
    get(
        "/console/customers/{customer}/follow-up",
        Access::Member(Permission::EditCustomers),
        to!(customer_terms::show),
    ),
    post(
        "/console/customers/{customer}/follow-up",
        Access::Member(Permission::EditCustomers),
        to!(customer_terms::update),
    ),
    get("/console/outlook", Access::Member(Permission::ViewInvoices), to!(outlook::of_everything)),
    post(
        "/console/customers/{customer}/contacted",
        Access::Member(Permission::NoteContacts),
        to!(handling::contacted),
    ),
    get("/console/members", Access::Member(Permission::ViewMembers), to!(members::list)),
    post("/console/members", Access::Member(Permission::InviteMembers), to!(members::invite)),
    post(
        "/console/members/{member}/role",
        Access::Member(Permission::ManageMembers),
        to!(members::change_role),
    ),
    post(
        "/console/members/{member}/disable",
        Access::Member(Permission::ManageMembers),
        to!(members::disable),
    ),
    post("/console/members/{member}/enable", Access::Member(Permission::ManageMembers), to!(members::enable)),
    get("/console/settings", Access::Member(Permission::ViewSettings), to!(settings::show)),
    post("/console/settings", Access::Member(Permission::EditSettings), to!(settings::update)),
    post("/console/settings/stripe", Access::Member(Permission::EditGateway), to!(settings::set_key)),
    post(
        "/console/settings/webhook",
        Access::Member(Permission::EditGateway),
        to!(settings::set_webhook_secret),
    ),
    get("/console/settings/bank", Access::Member(Permission::ViewSettings), to!(bank_accounts::show)),
    post("/console/settings/bank", Access::Member(Permission::EditSettings), to!(bank_accounts::save)),
    post(
        "/console/settings/bank/remove",
        Access::Member(Permission::EditSettings),
        to!(bank_accounts::remove),
    ),
    post(
        "/console/settings/bank/small-balance",
        Access::Member(Permission::EditSettings),
        to!(money::set_small_balance),
    ),
    get("/console/settings/texts", Access::Member(Permission::ViewSettings), to!(texts::list)),
    get(
        "/console/settings/texts/{channel}/{name}/{language}",
        Access::Member(Permission::ViewSettings),
        to!(texts::show),
    ),
    post(
        "/console/settings/texts/{channel}/{name}/{language}",
        Access::Member(Permission::EditSettings),
        to!(texts::save),
    ),
    post(
        "/console/settings/texts/{channel}/{name}/{language}/built-in",
        Access::Member(Permission::EditSettings),
        to!(texts::give_back),
    ),
    get(
        "/console/settings/texts/{channel}/{name}/{language}/preview",
        Access::Member(Permission::ViewSettings),
        to!(texts::preview),
    ),
    get("/console/settings/following-up", Access::Member(Permission::ViewSettings), to!(following_up::show)),
    post(
        "/console/settings/following-up",
        Access::Member(Permission::EditSettings),
        to!(following_up::update),
    ),
    get("/console/schedules", Access::Member(Permission::ViewSettings), to!(schedules::list)),
    get("/console/schedules/new", Access::Member(Permission::EditSettings), to!(schedules::new)),
    post("/console/schedules/new", Access::Member(Permission::EditSettings), to!(schedules::create)),
    get("/console/schedules/{schedule}", Access::Member(Permission::ViewSettings), to!(schedules::show)),
    post("/console/schedules/{schedule}", Access::Member(Permission::EditSettings), to!(schedules::update)),
    post(
        "/console/schedules/{schedule}/name",
        Access::Member(Permission::EditSettings),
        to!(schedules::rename),
    ),
    post(
        "/console/schedules/{schedule}/archive",
        Access::Member(Permission::EditSettings),
        to!(schedules::archive),
    ),
    get("/console/groups", Access::Member(Permission::ViewSettings), to!(groups::list)),
    post("/console/groups", Access::Member(Permission::EditSettings), to!(groups::create)),
    get("/console/groups/{group}", Access::Member(Permission::EditSettings), to!(groups::show)),
    post("/console/groups/{group}", Access::Member(Permission::EditSettings), to!(groups::update)),
    get("/console/messages", Access::Member(Permission::ViewMessages), to!(messages::list)),
    get("/console/messages/{message}", Access::Member(Permission::ViewMessages), to!(messages::show)),
    get("/console/messages/{message}/body", Access::Member(Permission::ViewMessages), to!(messages::body)),
    // The demonstration.
    get("/demo/bank-statement.csv", Access::Demo(Permission::RecordPayments), to!(demo::bank_statement)),
    post("/demo/advance", Access::Demo(Permission::AdvanceDemoTime), to!(demo::advance)),
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
        .fallback(move |method: Method, headers: HeaderMap| async move {
            pipeline::unmatched(&lost, &method, &headers, Problem::NotFound)
        })
        .method_not_allowed_fallback(move |method: Method, headers: HeaderMap| async move {
            pipeline::unmatched(&wrong_method, &method, &headers, Problem::MethodNotAllowed)
        })
}
