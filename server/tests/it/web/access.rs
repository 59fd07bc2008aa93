//! Every route against every kind of principal.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{
    BankEntryId, BankStatementId, BankUploadId, CreditNoteId, HoldId, MessageId, TaskId, TransferId,
};
use server::operations::customers::{self, ContactInput};
use server::operations::invoices;
use server::web::routes::{ROUTES, Route, Verb};

use super::{Answer, Browser, OWNER, TestApp};
use crate::support;

/// Who asks, in the order of the columns below.
const PEOPLE: [&str; 7] = ["nobody", "customer", "viewer", "clerk", "manager", "stranger", "owner"];

/// What each route answers to each of [`PEOPLE`]: *customer* holds a session for another invoice of the same business,
/// *stranger* owns another business. The subject in the path is always of the first business. `sign-in` and `console` are
/// 303 to there; `303` leads anywhere else.
const EXPECTED: &str = "
    GET  /health/live                                     200     200     200     200     200     200     200
    GET  /health/ready                                    200     200     200     200     200     200     200
    GET  /metrics                                         200     200     200     200     200     200     200
    GET  /assets/{file}                                   404     404     404     404     404     404     404
    GET  /favicon.svg                                     200     200     200     200     200     200     200
    GET  /favicon.ico                                     200     200     200     200     200     200     200
    GET  /robots.txt                                      200     200     200     200     200     200     200
    POST /webhooks/stripe/{business}                      404     404     404     404     404     404     404
    POST /webhooks/sms/status/{message}                   403     403     403     403     403     403     403
    POST /webhooks/sms/incoming                           403     403     403     403     403     403     403
    GET  /                                                sign-in sign-in console console console console console
    GET  /setup                                           sign-in sign-in sign-in sign-in sign-in sign-in sign-in
    POST /setup                                           sign-in sign-in sign-in sign-in sign-in sign-in sign-in
    GET  /sign-in                                         200     200     console console console console console
    POST /sign-in                                         sign-in sign-in console console console console console
    POST /sign-out                                        sign-in sign-in sign-in sign-in sign-in sign-in sign-in
    POST /sign-out/everywhere                             sign-in sign-in sign-in sign-in sign-in sign-in sign-in
    GET  /invitation/{token}                              404     404     404     404     404     404     404
    POST /invitation/{token}                              404     404     404     404     404     404     404
    GET  /l/{token}                                       200     200     200     200     200     200     200
    GET  /l/{token}/statement                             404     404     404     404     404     404     404
    POST /l/open                                          303     303     303     303     303     303     303
    POST /l/renew                                         404     404     404     404     404     404     404
    GET  /c/{customer}                                    404     404     404     404     404     404     404
    GET  /c/{customer}/pay                                404     404     404     404     404     404     404
    POST /c/{customer}/pay                                404     404     404     404     404     404     404
    POST /c/{customer}/contact                            404     404     404     404     404     404     404
    GET  /c/{customer}/methods                            404     404     404     404     404     404     404
    POST /c/{customer}/methods                            404     404     404     404     404     404     404
    GET  /c/{customer}/methods/return                     404     404     404     404     404     404     404
    POST /c/{customer}/methods/{method}/remove            404     404     404     404     404     404     404
    GET  /c/{customer}/methods/{method}/autopay           404     404     404     404     404     404     404
    POST /c/{customer}/methods/{method}/autopay           404     404     404     404     404     404     404
    POST /c/{customer}/autopay/{autopay}/off              404     404     404     404     404     404     404
    GET  /c/{customer}/return                             404     404     404     404     404     404     404
    GET  /c/{customer}/statement                          404     404     404     404     404     404     404
    GET  /c/{customer}/statement.csv                      404     404     404     404     404     404     404
    GET  /i/{invoice}                                     404     404     404     404     404     404     404
    GET  /i/{invoice}/pay                                 404     404     404     404     404     404     404
    POST /i/{invoice}/all                                 404     404     404     404     404     404     404
    POST /i/{invoice}/pay                                 404     404     404     404     404     404     404
    GET  /i/{invoice}/return                              404     404     404     404     404     404     404
    GET  /i/{invoice}/credit-notes/{credit_note}          404     404     404     404     404     404     404
    GET  /u/{token}                                       404     404     404     404     404     404     404
    POST /u/{token}                                       404     404     404     404     404     404     404
    GET  /console                                         sign-in sign-in 200     200     200     200     200
    POST /console/tasks/{task}/resolve                    sign-in sign-in 403     404     404     404     404
    POST /console/tasks/{task}/call                       sign-in sign-in 403     404     404     404     404
    GET  /console/parked                                  sign-in sign-in 200     200     200     200     200
    POST /console/parked/release                          sign-in sign-in 403     403     303     303     303
    GET  /console/holds                                   sign-in sign-in 200     200     200     200     200
    POST /console/holds                                   sign-in sign-in 403     303     303     303     303
    POST /console/holds/{hold}/end                        sign-in sign-in 403     404     404     404     404
    POST /console/holds/{hold}/replace                    sign-in sign-in 403     404     404     404     404
    GET  /console/invoices                                sign-in sign-in 200     200     200     200     200
    POST /console/invoices/new                            sign-in sign-in 403     303     303     303     303
    GET  /console/invoices/new                            sign-in sign-in 403     200     200     200     200
    GET  /console/invoices/{invoice}                      sign-in sign-in 200     200     200     404     200
    GET  /console/invoices/{invoice}/edit                 sign-in sign-in 403     303     303     404     303
    POST /console/invoices/{invoice}/edit                 sign-in sign-in 403     303     303     404     303
    POST /console/invoices/{invoice}/issue                sign-in sign-in 403     409     409     404     409
    POST /console/invoices/{invoice}/void                 sign-in sign-in 403     403     303     404     303
    POST /console/invoices/{invoice}/discard              sign-in sign-in 403     409     409     404     409
    POST /console/invoices/{invoice}/approve              sign-in sign-in 403     403     409     404     409
    POST /console/invoices/{invoice}/send                 sign-in sign-in 403     409     409     404     409
    POST /console/invoices/{invoice}/contacted            sign-in sign-in 403     303     303     303     303
    POST /console/invoices/{invoice}/links                sign-in sign-in 403     200     200     404     200
    POST /console/invoices/{invoice}/links/{link}/revoke  sign-in sign-in 403     303     303     404     303
    GET  /console/contacts/{contact}                      sign-in sign-in 200     200     200     404     200
    POST /console/contacts/{contact}/consent              sign-in sign-in 403     303     303     404     303
    POST /console/contacts/{contact}/change               sign-in sign-in 403     400     400     400     400
    GET  /console/customers                               sign-in sign-in 200     200     200     200     200
    POST /console/customers/new                           sign-in sign-in 403     303     303     303     303
    GET  /console/customers/new                           sign-in sign-in 403     200     200     200     200
    GET  /console/customers/{customer}                    sign-in sign-in 200     200     200     404     200
    GET  /console/customers/{customer}/edit               sign-in sign-in 403     200     200     404     200
    POST /console/customers/{customer}/edit               sign-in sign-in 403     303     303     303     303
    POST /console/customers/{customer}/contacts           sign-in sign-in 403     303     303     303     303
    POST /console/customers/{customer}/links                      sign-in sign-in 403 200 200 404 200
    GET  /console/customers/{customer}/contacts/{contact}/edit    sign-in sign-in 403 200 200 404 200
    POST /console/customers/{customer}/contacts/{contact}/edit    sign-in sign-in 403 303 303 404 303
    POST /console/customers/{customer}/contacts/{contact}/remove  sign-in sign-in 403 303 303 404 303
    POST /console/customers/{customer}/methods/{method}/remove    sign-in sign-in 403 404 404 404 404
    POST /console/customers/{customer}/autopay/{autopay}/off    sign-in sign-in 403 404 404 404 404
    POST /console/customers/{customer}/contacted          sign-in sign-in 403     303     303     303     303
    GET  /console/members                                 sign-in sign-in 200     200     200     200     200
    POST /console/members                                 sign-in sign-in 403     403     303     303     303
    POST /console/members/{member}/role                   sign-in sign-in 403     403     403     404     303
    POST /console/members/{member}/disable                sign-in sign-in 403     403     403     404     303
    POST /console/members/{member}/enable                 sign-in sign-in 403     403     403     404     303
    GET  /console/settings                                sign-in sign-in 200     200     200     200     200
    POST /console/settings                                sign-in sign-in 403     403     303     303     303
    POST /console/settings/stripe                         sign-in sign-in 403     403     403     303     303
    POST /console/settings/webhook                        sign-in sign-in 403     403     403     303     303
    GET  /console/settings/bank                           sign-in sign-in 200     200     200     200     200
    POST /console/settings/bank                           sign-in sign-in 403     403     303     303     303
    POST /console/settings/bank/remove                    sign-in sign-in 403     403     400     400     400
    POST /console/settings/bank/small-balance             sign-in sign-in 403     403     303     303     303
    GET  /console/invoices/{invoice}/money                sign-in sign-in 200     200     200     404     200
    POST /console/invoices/{invoice}/payments             sign-in sign-in 403     303     303     404     303
    POST /console/invoices/{invoice}/write-off            sign-in sign-in 403     403     303     404     303
    POST /console/invoices/{invoice}/credit-notes         sign-in sign-in 403     403     303     404     303
    GET  /console/invoices/{invoice}/credit-notes/{credit_note} sign-in sign-in 404     404     404     404     404
    GET  /console/recurring                               sign-in sign-in 200     200     200     200     200
    GET  /console/recurring/new                           sign-in sign-in 403     200     200     200     200
    POST /console/recurring/new                           sign-in sign-in 403     303     303     303     303
    GET  /console/recurring/{recurring}                   sign-in sign-in 200     200     200     404     200
    GET  /console/recurring/{recurring}/edit              sign-in sign-in 403     200     200     404     200
    POST /console/recurring/{recurring}/edit              sign-in sign-in 403     303     303     404     303
    POST /console/recurring/{recurring}/pause             sign-in sign-in 403     303     303     404     303
    POST /console/recurring/{recurring}/resume            sign-in sign-in 403     409     409     404     409
    POST /console/recurring/{recurring}/try-again         sign-in sign-in 403     409     409     404     409
    POST /console/recurring/{recurring}/end               sign-in sign-in 403     303     303     404     303
    POST /console/recurring/{recurring}/missed            sign-in sign-in 403     409     409     404     409
    GET  /console/money                                   sign-in sign-in 200     200     200     200     200
    GET  /console/money/bank-statements                   sign-in sign-in 200     200     200     200     200
    POST /console/money/bank-statements                   sign-in sign-in 403     400     400     400     400
    GET  /console/money/bank-statements/uploads/{upload}  sign-in sign-in 403     404     404     404     404
    POST /console/money/bank-statements/uploads/{upload}  sign-in sign-in 403     400     400     400     400
    GET  /console/money/bank-statements/{bank_statement}  sign-in sign-in 404     404     404     404     404
    GET  /console/money/bank-entries/{entry}              sign-in sign-in 403     404     404     404     404
    POST /console/money/bank-entries/{entry}              sign-in sign-in 403     303     303     303     303
    GET  /console/customers/{customer}/money              sign-in sign-in 200     200     200     404     200
    POST /console/customers/{customer}/payments           sign-in sign-in 403     303     303     404     303
    POST /console/customers/{customer}/credit             sign-in sign-in 403     303     303     303     303
    POST /console/customers/{customer}/pay-out            sign-in sign-in 403     403     303     404     303
    POST /console/payments/{payment}/take-back            sign-in sign-in 403     403     404     404     404
    POST /console/payments/{payment}/refund               sign-in sign-in 403     403     404     404     404
    POST /console/money/compare                           sign-in sign-in 403     409     409     409     409
    GET  /console/settings/texts                          sign-in sign-in 200     200     200     200     200
    GET  /console/settings/texts/{channel}/{name}/{language} sign-in sign-in 200     200     200     200     200
    POST /console/settings/texts/{channel}/{name}/{language} sign-in sign-in 403     403     303     303     303
    POST /console/settings/texts/{channel}/{name}/{language}/built-in sign-in sign-in 403 403  303     303     303
    GET  /console/settings/texts/{channel}/{name}/{language}/preview sign-in sign-in 200 200   200     200     200
    GET  /console/invoices/{invoice}/outlook              sign-in sign-in 200     200     200     404     200
    GET  /console/customers/{customer}/outlook            sign-in sign-in 200     200     200     404     200
    GET  /console/customers/{customer}/statement          sign-in sign-in 200     200     200     404     200
    POST /console/customers/{customer}/statement          sign-in sign-in 403     303     409     404     409
    GET  /console/customers/{customer}/statement.csv      sign-in sign-in 200     200     200     404     200
    GET  /console/customers/{customer}/follow-up          sign-in sign-in 403     200     200     404     200
    POST /console/customers/{customer}/follow-up          sign-in sign-in 403     200     200     404     200
    GET  /console/outlook                                 sign-in sign-in 200     200     200     200     200
    GET  /console/settings/following-up                   sign-in sign-in 200     200     200     200     200
    POST /console/settings/following-up                   sign-in sign-in 403     403     303     303     303
    GET  /console/schedules                               sign-in sign-in 200     200     200     200     200
    GET  /console/schedules/new                           sign-in sign-in 403     403     200     200     200
    POST /console/schedules/new                           sign-in sign-in 403     403     303     303     303
    GET  /console/schedules/{schedule}                    sign-in sign-in 200     200     200     404     200
    POST /console/schedules/{schedule}                    sign-in sign-in 403     403     303     404     303
    POST /console/schedules/{schedule}/name               sign-in sign-in 403     403     303     303     303
    POST /console/schedules/{schedule}/archive            sign-in sign-in 403     403     303     404     303
    GET  /console/groups                                  sign-in sign-in 200     200     200     200     200
    POST /console/groups                                  sign-in sign-in 403     403     303     303     303
    GET  /console/groups/{group}                          sign-in sign-in 403     403     200     404     200
    POST /console/groups/{group}                          sign-in sign-in 403     403     303     404     303
    GET  /console/messages                                sign-in sign-in 200     200     200     200     200
    GET  /console/messages/{message}                      sign-in sign-in 404     404     404     404     404
    GET  /console/messages/{message}/body                 sign-in sign-in 404     404     404     404     404
    GET  /demo/bank-statement.csv                         404     404     404     404     404     404     404
    POST /demo/advance                                    404     404     404     404     404     404     404
";

fn name(route: &Route) -> String {
    let verb = match route.verb {
        Verb::Get => "GET",
        Verb::Post => "POST",
    };
    format!("{verb} {}", route.path)
}

fn expected() -> Vec<(String, Vec<&'static str>)> {
    EXPECTED
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .map(|words| (format!("{} {}", words[0], words[1]), words[2..].to_vec()))
        .collect()
}

fn email_of(person: &str) -> &'static str {
    match person {
        "viewer" => "v@n.example",
        "clerk" => "c@n.example",
        "manager" => "m@n.example",
        "stranger" => "owner@elsewhere.example",
        _ => OWNER,
    }
}

fn seen(answer: &Answer) -> String {
    match (answer.status, answer.location.as_str()) {
        (303, to) if to.starts_with("/sign-in") => "sign-in".to_owned(),
        (303, "/console") => "console".to_owned(),
        (status, _) => status.to_string(),
    }
}

#[test]
fn every_route_has_its_expectations_and_no_other_has() {
    let listed: BTreeSet<String> = expected().into_iter().map(|(name, _)| name).collect();
    let built: BTreeSet<String> = ROUTES.iter().map(name).collect();
    assert_eq!(listed, built);
}

#[tokio::test]
async fn every_route_answers_every_kind_of_principal_as_expected() {
    let app = TestApp::start().await;
    let env = &app.world.env;
    let owner = app.business().await;
    for role in ["viewer", "clerk", "manager"] {
        support::joined(env, &owner, email_of(role), role).await;
    }
    let target = support::joined(env, &owner, "target@n.example", "viewer").await.member;
    support::business(env, "Elsewhere", email_of("stranger")).await;
    let (customer, other_invoice) = app.invoice(&owner).await;
    let (schedule, group) = (support::schedule(env, &owner).await, support::group(env, &owner).await);

    let mut visitor = app.browser();
    let link = app.link(&owner, other_invoice).await;
    visitor.post("/l/open", &[("link", link.strip_prefix("/l/").unwrap())]).await;
    assert_eq!(visitor.get(&format!("/i/{other_invoice}")).await.status, 200, "the visitor's own invoice");

    let mut people = BTreeMap::from([("nobody", app.browser()), ("customer", visitor)]);
    let mut wrong = Vec::new();
    for (name, outcomes) in expected() {
        assert_eq!(outcomes.len(), PEOPLE.len(), "{name}");
        let (verb, template) = name.split_once(' ').unwrap();
        for (person, outcome) in PEOPLE.iter().zip(outcomes) {
            // Each request has a subject of its own, so that none finds what another did.
            let invoice = support::issued(env, &owner, customer).await;
            let token = app.link(&owner, invoice).await.strip_prefix("/l/").unwrap().to_owned();
            let links = server::operations::portal::links_of(env, &owner, invoice).await.unwrap();
            let person_there =
                ContactInput { contact_name: "Ole Morgenrot".to_owned(), ..ContactInput::default() };
            let contact = customers::add_contact(env, &owner, customer, person_there).await.unwrap();
            let recurring = support::monthly(env, &owner, customer).await;
            let unknown = "A".repeat(43);
            let path = template
                .replace("{business}", &support::business_of(&owner).to_string())
                .replace("{invoice}", &invoice.to_string())
                .replace("{customer}", &customer.to_string())
                .replace("{contact}", &contact.to_string())
                .replace("/u/{token}", &format!("/u/{unknown}"))
                .replace("{member}", &target.to_string())
                .replace("{schedule}", &schedule.to_string())
                .replace("{recurring}", &recurring.to_string())
                .replace("{group}", &group.to_string())
                .replace("{link}", &links[0].link.id.to_string())
                .replace("{hold}", &env.new_id::<HoldId>().to_string())
                .replace("{upload}", &env.new_id::<BankUploadId>().to_string())
                .replace("{bank_statement}", &env.new_id::<BankStatementId>().to_string())
                .replace("{entry}", &env.new_id::<BankEntryId>().to_string())
                .replace("{credit_note}", &env.new_id::<CreditNoteId>().to_string())
                .replace("{payment}", &env.new_id::<TransferId>().to_string())
                .replace("{task}", &env.new_id::<TaskId>().to_string())
                .replace("{message}", &env.new_id::<MessageId>().to_string())
                .replace("/invitation/{token}", &format!("/invitation/{unknown}"))
                .replace("{token}", &token)
                .replace("{channel}/{name}/{language}", "email/firm/en")
                .replace("{file}", "app.css");
            let version = invoices::detail(env, &owner, invoice).await.unwrap().version.to_string();
            if !people.contains_key(person) {
                people.insert(*person, app.signed_in(email_of(person)).await);
            }
            let mut browser: Browser = people[person].clone();
            if path.starts_with("/sign-out") && !matches!(*person, "nobody" | "customer") {
                // Ends this person's sessions: they sign in anew for the next route.
                people.remove(person);
            }
            let fields = [
                ("link", token.as_str()),
                ("version", version.as_str()),
                ("role", "viewer"),
                ("reason", "A mistake"),
                ("step", "firm"),
            ];
            let answer = match verb {
                "GET" => browser.get(&path).await,
                _ => browser.post(&path, &fields).await,
            };
            let seen = seen(&answer);
            if seen != outcome {
                wrong.push(format!("{name} for {person}: {seen} instead of {outcome}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn watchers_from_elsewhere_need_the_token() {
    let app =
        TestApp::start_with("trusted_proxies = \"127.0.0.1\"\nmetrics_token = \"a token for watching\"")
            .await;
    let mut browser = app.browser();
    for path in ["/metrics", "/health/ready"] {
        let foreign = browser.request("GET", path).header("x-forwarded-for", "203.0.113.9");
        assert_eq!(browser.clone().send(foreign).await.status, 404);
        let wrong = browser.request("GET", path).header("x-forwarded-for", "203.0.113.9");
        assert_eq!(browser.clone().send(wrong.bearer_auth("a guess")).await.status, 404);
        let right = browser.request("GET", path).header("x-forwarded-for", "203.0.113.9");
        assert_eq!(browser.send(right.bearer_auth("a token for watching")).await.status, 200);
    }
}

#[tokio::test]
async fn a_session_ends_after_idle_hours_at_sign_out_and_everywhere() {
    let app = TestApp::start().await;
    app.business().await;
    let (mut here, mut there) = (app.signed_in(OWNER).await, app.signed_in(OWNER).await);
    let kept = here.clone();

    assert_eq!(here.post("/sign-out", &[]).await.location, "/sign-in?done=signed-out");
    assert!(here.cookies().is_empty());
    assert_eq!(kept.clone().get("/console").await.status, 303, "a kept copy of the cookie is worth nothing");
    assert_eq!(there.get("/console").await.status, 200, "another browser stays signed in");

    let mut third = app.signed_in(OWNER).await;
    there.post("/sign-out/everywhere", &[]).await;
    assert_eq!(third.get("/console").await.status, 303);

    let mut idle = app.signed_in(OWNER).await;
    app.world.clock.advance_business(chrono::Duration::days(30));
    assert_eq!(idle.get("/console").await.status, 200, "business time guards nothing");
    app.world.clock.advance(chrono::Duration::hours(13));
    assert_eq!(idle.get("/console").await.location, "/sign-in?next=%2Fconsole");
}
