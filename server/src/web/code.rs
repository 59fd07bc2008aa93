//! Asking for the code before an action that needs it.
//!
//! The action's own POST is answered with the page that asks; its form posts to the same address, everything that was chosen and
//! typed carried along, and the code beside it. So what was being done goes on by itself once the code is right, and nothing of
//! it is kept anywhere in between.

use app::form::Form;
use app::portal::code::{self as page, CodePage};
use axum::http::StatusCode;
use axum::response::Response;
use domain::FieldErrors;
use domain::message::Channel;

use super::problem::Problem;
use super::request::Request;
use super::{pages, respond};
use crate::operations::portal::{self, Given, Proof};

/// The fields of the page itself, which are not the action's.
const OWN_FIELDS: [&str; 2] = [page::CODE, page::SEND_BY];

/// `None` when the session is proven and the action may go on; else the page that asks for the code.
pub async fn ask_first(request: &Request) -> Result<Option<Response>, Problem> {
    let given = Given {
        code: request.form.get(page::CODE),
        send_by: request.form.get(page::SEND_BY).and_then(Channel::from_name),
    };
    let wanted = match portal::prove(request.env(), &request.principal, given).await? {
        Proof::Proven => return Ok(None),
        Proof::Wanted(wanted) => *wanted,
    };
    let status = if wanted.problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let errors =
        wanted.problem.map_or_else(FieldErrors::new, |problem| FieldErrors::one(page::CODE, problem));
    let carried = Form::filled(request.form.iter().filter(|(name, _)| !OWN_FIELDS.contains(name)));
    let view = CodePage {
        business: wanted.business,
        action: request.path.clone(),
        carried,
        errors,
        sent_to: wanted.sent_to,
        ways: wanted.ways,
        channel: wanted.channel,
        wait_seconds: wanted.wait_seconds,
        minutes: domain::code::LIFE.num_minutes(),
    };
    let frame = pages::frame(request, wanted.locale);
    Ok(Some(respond::html(status, page::page(&frame, &view))))
}
