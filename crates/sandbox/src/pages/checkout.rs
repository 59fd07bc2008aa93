//! The hosted payment page, its 3-D Secure page, and what they do.
//!
//! Paying is [`sessions::pay`], the same as [`crate::Running::pay`] and the control API.

use std::sync::Arc;

use axum::extract::{Path, RawForm, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;

use super::{escape, shell};
use crate::http::{html_response, see_other};
use crate::stripe::collect::Outcome;
use crate::stripe::form::{Node, parse};
use crate::stripe::instruments::{Instrument, Method, Settlement, TEST_CARDS};
use crate::stripe::money;
use crate::stripe::objects::{LineItem, PaymentStatus, SessionStatus};
use crate::stripe::sessions::{self, NotPayable};
use crate::stripe::setups::SetupStatus;
use crate::world::World;

/// What the page shows of a session.
#[derive(Debug, Clone)]
struct View {
    id: String,
    business: String,
    amount: String,
    currency: String,
    items: Vec<LineItem>,
    methods: Vec<Method>,
    status: SessionStatus,
    paid: bool,
    email: String,
    cancel_url: Option<String>,
    success_url: String,
    awaits_authentication: bool,
    /// Whether a method is kept for later and nothing paid.
    sets_up: bool,
    last_problem: Option<String>,
}

fn view(world: &World, session: &str) -> Option<View> {
    let account = world.look(|state| state.account_of_session(session))?;
    world.act(&account, None, |scene| {
        let session = scene.account.sessions.get(session)?.clone();
        let intent = session.intent.as_ref().and_then(|intent| scene.account.intents.get(intent));
        let setup = session.setup_intent.as_ref().and_then(|setup| scene.account.setup_intents.get(setup));
        Some(View {
            id: session.id.clone(),
            business: scene.account.name.clone(),
            amount: money::readable(session.total(), &session.currency),
            currency: session.currency.clone(),
            items: session.line_items.clone(),
            methods: session.methods.clone(),
            status: session.status,
            paid: session.payment_status == PaymentStatus::Paid,
            // A payer of the demo has nothing to type.
            email: sessions::known_email(scene, &session)
                .unwrap_or_else(|| "payer@customer.example".to_owned()),
            cancel_url: session.cancel_url.clone(),
            // Stripe: the template in the success address becomes the Session's id (custom success page)
            success_url: session.success_url.replace("{CHECKOUT_SESSION_ID}", &session.id),
            awaits_authentication: intent
                .is_some_and(|intent| intent.next_action["type"] == "redirect_to_url")
                || setup.is_some_and(|setup| setup.status == SetupStatus::RequiresAction),
            sets_up: setup.is_some(),
            last_problem: intent
                .map(|intent| &intent.last_payment_error)
                .or(setup.map(|setup| &setup.last_setup_error))
                .and_then(|error| error["message"].as_str().map(str::to_owned)),
        })
    })?
}

/// What was typed, so that nothing is lost after a problem.
#[derive(Debug, Default)]
struct Typed {
    method: String,
    number: String,
    email: Option<String>,
}

/// GET `/checkout/{session}`.
pub(crate) async fn show(Extract(world): Extract<Arc<World>>, Path(session): Path<String>) -> Response {
    match view(&world, &session) {
        None => not_found(),
        Some(view) if view.status == SessionStatus::Open => {
            let problem = view.last_problem.clone();
            pay_page(&view, &Typed::default(), problem.as_deref(), StatusCode::OK)
        }
        Some(view) => over_page(&view),
    }
}

/// POST `/checkout/{session}`.
pub(crate) async fn pay(
    Extract(world): Extract<Arc<World>>,
    Path(session): Path<String>,
    RawForm(body): RawForm,
) -> Response {
    let Some(before) = view(&world, &session) else { return not_found() };
    let field = |name: &str| field(&body, name);
    let typed = Typed { method: field("method"), number: field("number"), email: Some(field("email")) };
    let email = field("email").trim().to_owned();
    if !email.contains('@') {
        return pay_page(
            &before,
            &typed,
            Some("Enter an e-mail address for the receipt."),
            StatusCode::BAD_REQUEST,
        );
    }
    let Some(instrument) = chosen(&typed) else {
        return pay_page(&before, &typed, Some("Choose how to pay."), StatusCode::BAD_REQUEST);
    };
    let account = world.look(|state| state.account_of_session(&session));
    let outcome = account
        .and_then(|account| {
            world.act(&account, None, |scene| sessions::pay(scene, &session, instrument, Some(email)))
        })
        .unwrap_or(Err(NotPayable::NoSuchSession));
    let refuse = |message: &str| pay_page(&before, &typed, Some(message), StatusCode::BAD_REQUEST);
    match outcome {
        Ok(Outcome::Succeeded | Outcome::Processing | Outcome::AwaitsTransfer) => {
            see_other(&before.success_url)
        }
        Ok(Outcome::NeedsAuthentication) => see_other(&format!("/checkout/{session}/authenticate")),
        Ok(Outcome::Refused(refusal)) => {
            pay_page(&before, &typed, Some(refusal.message), StatusCode::PAYMENT_REQUIRED)
        }
        Err(NotPayable::UnknownCard) => refuse(
            "That is not one of the test cards below. Real cards are never taken here: do not type one.",
        ),
        Err(NotPayable::NotOffered(method)) => refuse(&format!("{} cannot be used here.", method.label())),
        Err(NotPayable::Over) => see_other(&format!("/checkout/{session}")),
        Err(NotPayable::NoSuchSession) => not_found(),
    }
}

/// GET `/checkout/{session}/authenticate`.
pub(crate) async fn authentication(
    Extract(world): Extract<Arc<World>>,
    Path(session): Path<String>,
) -> Response {
    match view(&world, &session) {
        None => not_found(),
        Some(view) if view.status == SessionStatus::Open && view.awaits_authentication => {
            let wish = if view.sets_up {
                "keep your test card for later".to_owned()
            } else {
                format!("take <strong>{}</strong> from your test card", escape(&view.amount))
            };
            let main = format!(
                "<h1>Your bank asks: is this you?</h1>\n\
                 <p>{} wants to {wish}. Your bank wants your word for it (3-D Secure).</p>\n\
                 <form method=\"post\">\n\
                 <button class=\"primary\" name=\"answer\" value=\"yes\">Yes, it is me</button>\n\
                 <button class=\"wide\" name=\"answer\" value=\"no\">No, refuse this payment</button>\n\
                 </form>\n",
                escape(&view.business)
            );
            html_response(StatusCode::OK, shell("Confirm with your bank", "narrow", &main))
        }
        Some(view) => see_other(&format!("/checkout/{}", view.id)),
    }
}

/// POST `/checkout/{session}/authenticate`.
pub(crate) async fn authenticate(
    Extract(world): Extract<Arc<World>>,
    Path(session): Path<String>,
    RawForm(body): RawForm,
) -> Response {
    let Some(before) = view(&world, &session) else { return not_found() };
    let passed = field(&body, "answer") == "yes";
    let account = world.look(|state| state.account_of_session(&session));
    let outcome = account.and_then(|account| {
        world.act(&account, None, |scene| sessions::authenticate(scene, &session, passed)).flatten()
    });
    match outcome {
        Some(Outcome::Succeeded) => see_other(&before.success_url),
        _ => see_other(&format!("/checkout/{session}")),
    }
}

fn field(body: &[u8], name: &str) -> String {
    let form = std::str::from_utf8(body).ok().and_then(|body| parse(body).ok()).unwrap_or_default();
    form.into_iter()
        .find_map(|(own, node)| match node {
            Node::Leaf(text) if own == name => Some(text),
            _ => None,
        })
        .unwrap_or_default()
}

/// The instrument that the form's fields mean: `card` with a number, `sepa_debit:settles`, `customer_balance`.
fn chosen(typed: &Typed) -> Option<Instrument> {
    let (method, settlement) = typed.method.split_once(':').unwrap_or((&typed.method, ""));
    match (Method::from_name(method)?, settlement) {
        (Method::Card, _) => Some(Instrument::card(&typed.number)),
        (Method::CustomerBalance, _) => Some(Instrument::BankTransfer),
        (debit, "settles") => Some(Instrument::Debit(debit, Settlement::Settles)),
        (debit, "fails") => Some(Instrument::Debit(debit, Settlement::Fails)),
        _ => None,
    }
}

fn pay_page(view: &View, typed: &Typed, problem: Option<&str>, status: StatusCode) -> Response {
    let mut main = format!("<p class=\"soft\">{}</p>\n", escape(&view.business));
    if view.sets_up {
        main.push_str("<h1>Save a way to pay</h1>\n<p>Nothing is charged now.</p>\n");
    } else {
        put!(
            main,
            "<h1>Pay {}</h1>\n<p class=\"amount\">{}</p>\n",
            escape(view.items.first().map_or("", |item| item.name.as_str())),
            escape(&view.amount)
        );
    }
    if view.items.len() > 1 || view.items.iter().any(|item| item.quantity > 1 || item.description.is_some()) {
        main.push_str("<table><caption class=\"soft small\">What this is for</caption><tbody>\n");
        for item in &view.items {
            put!(
                main,
                "<tr><td>{}{}{}</td><td class=\"number\">{}</td></tr>\n",
                escape(&item.name),
                if item.quantity > 1 { format!(" × {}", item.quantity) } else { String::new() },
                item.description
                    .as_ref()
                    .map(|text| format!("<br><span class=\"soft\">{}</span>", escape(text)))
                    .unwrap_or_default(),
                escape(&money::readable(item.total(), &view.currency)),
            );
        }
        main.push_str("</tbody></table>\n");
    }
    if let Some(problem) = problem {
        put!(main, "<p class=\"problem\" role=\"alert\" id=\"problem\">{}</p>\n", escape(problem));
    }
    main.push_str("<form method=\"post\">\n");
    let email = typed.email.as_deref().unwrap_or(&view.email);
    put!(
        main,
        "<label for=\"email\">E-mail for the receipt</label>\n\
         <input type=\"email\" id=\"email\" name=\"email\" value=\"{}\" autocomplete=\"email\" required>\n",
        escape(email)
    );
    main.push_str("<fieldset><legend>How do you want to pay?</legend>\n");
    let default = view.methods.first().map_or("", |method| method.as_str());
    let selected = if typed.method.is_empty() { default } else { &typed.method };
    for method in &view.methods {
        for (value, text) in choices(*method) {
            let checked = if value == selected
                || value.split(':').next() == Some(selected) && !value.ends_with(":fails")
            {
                " checked"
            } else {
                ""
            };
            put!(
                main,
                "<label class=\"choice\"><input type=\"radio\" name=\"method\" value=\"{value}\"{checked} required>\
                 <span>{text}</span></label>\n"
            );
        }
    }
    main.push_str("</fieldset>\n");
    if view.methods.contains(&Method::Card) {
        let number = if typed.method.is_empty() { "4242 4242 4242 4242" } else { &typed.number };
        put!(
            main,
            "<label for=\"number\">Test card number</label>\n\
             <input type=\"text\" id=\"number\" name=\"number\" value=\"{}\" inputmode=\"numeric\" list=\"cards\" \
             autocomplete=\"off\" aria-describedby=\"cards-help\">\n<datalist id=\"cards\">\n",
            escape(number)
        );
        for card in TEST_CARDS {
            put!(main, "<option value=\"{}\">{}</option>\n", spaced(card.number), card.says);
        }
        main.push_str("</datalist>\n");
    }
    let act = if view.sets_up { "Save".to_owned() } else { format!("Pay {}", view.amount) };
    put!(main, "<button class=\"primary\">{}</button>\n</form>\n", escape(&act));
    if let Some(cancel) = &view.cancel_url {
        put!(main, "<p><a href=\"{}\">Back without paying</a></p>\n", escape(cancel));
    }
    if view.methods.contains(&Method::Card) {
        main.push_str("<h2 id=\"cards-help\">Test cards</h2>\n<table><tbody>\n");
        for card in TEST_CARDS {
            put!(main, "<tr><td><code>{}</code></td><td>{}</td></tr>\n", spaced(card.number), card.says);
        }
        main.push_str("</tbody></table>\n");
    }
    let title = if view.sets_up {
        format!("Save a way to pay {}", view.business)
    } else {
        format!("Pay {} to {}", view.amount, view.business)
    };
    html_response(status, shell(&title, "narrow", &main))
}

/// The radio rows of one method: value and text.
fn choices(method: Method) -> Vec<(String, String)> {
    let name = method.as_str();
    match method {
        Method::Card => vec![(name.to_owned(), "Card".to_owned())],
        Method::CustomerBalance => {
            vec![(name.to_owned(), "Bank transfer: you send the money yourself".to_owned())]
        }
        debit => {
            let days = debit.settles_after_days();
            vec![
                (format!("{name}:settles"), format!("{}: arrives after {days} days", debit.label())),
                (
                    format!("{name}:fails"),
                    format!("{}: refused after {days} days, insufficient funds", debit.label()),
                ),
            ]
        }
    }
}

fn spaced(number: &str) -> String {
    number
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

fn over_page(view: &View) -> Response {
    let (heading, text) = match (view.status, view.paid) {
        (SessionStatus::Expired, _) => (
            "This payment page has expired",
            "Nothing was paid here. Go back to where you came from to start again.",
        ),
        _ if view.sets_up => ("This has been saved", "There is nothing more to do here."),
        (_, true) => ("This has been paid", "There is nothing more to do."),
        (_, false) => {
            ("Your payment is on its way", "The bank needs some days. There is nothing more to do here.")
        }
    };
    let back = match view.status {
        SessionStatus::Expired => view.cancel_url.clone(),
        _ => Some(view.success_url.clone()),
    };
    let mut main = format!(
        "<p class=\"soft\">{}</p>\n<h1>{heading}</h1>\n<p>{text}</p>\n<p class=\"soft\">{}</p>\n",
        escape(&view.business),
        if view.sets_up { String::new() } else { escape(&view.amount) }
    );
    if let Some(back) = back {
        put!(main, "<p><a class=\"button\" href=\"{}\">Go back</a></p>\n", escape(&back));
    }
    html_response(StatusCode::OK, shell(heading, "narrow", &main))
}

fn not_found() -> Response {
    let main = "<h1>There is no such payment page</h1>\n<p>The address is wrong, or the sandbox has started anew since.</p>\n";
    html_response(StatusCode::NOT_FOUND, shell("Not found", "narrow", main))
}
