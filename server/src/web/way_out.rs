//! How a contact chooses how they are contacted: the address in every mail that asks for money.
//!
//! Opening it changes nothing. Posting to it does, once and without cookies: mail programs post here when their reader presses
//! "unsubscribe" (RFC 8058), and neither bring an origin nor follow redirects. The signed address is all there is to show.

use app::portal::contact::{self as page, ContactPage};
use axum::http::StatusCode;

use super::form::Fields;
use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{pages, respond};
use crate::operations::consent::{self, Change, ConsentError, Own};
use crate::operations::limits::{self, Limit};

/// `GET /u/{token}`
pub async fn show(request: Request) -> Answer {
    match consent::own(request.env(), request.param("token")?).await {
        Ok(own) => Ok(shown(&request, own, false)),
        Err(error) => Err(unknown(&request, error).await?),
    }
}

/// `POST /u/{token}`: ends e-mail unless the form names another change. Mail programs name none, and some send their form
/// in parts, which is why only a form of ours is read for one.
pub async fn choose(request: Request) -> Answer {
    let form = Fields::parse(&request.body).unwrap_or_default();
    let change = match form.get("change") {
        None => Change::EndMail,
        Some(name) => Change::from_name(name).ok_or(Problem::Malformed)?,
    };
    match consent::choose(request.env(), request.param("token")?, change).await {
        Ok(own) => Ok(shown(&request, own, true)),
        Err(error) => Err(unknown(&request, error).await?),
    }
}

fn shown(request: &Request, own: Own, changed: bool) -> axum::response::Response {
    let frame = pages::frame(request, own.locale);
    let view = ContactPage {
        business: own.business.into_string(),
        here: request.path.clone(),
        email: own.email,
        mailed: own.mailed,
        texted: own.texted,
        changed,
    };
    respond::html(StatusCode::OK, page::page(&frame, &view))
}

/// An address that names nobody. Guesses are counted, as those of links are.
async fn unknown(request: &Request, error: ConsentError) -> Result<Problem, Problem> {
    if matches!(error, ConsentError::NotFound) {
        limits::take(request.env(), Limit::UNKNOWN_LINK, &request.client.to_string()).await??;
    }
    Ok(error.into())
}

impl From<ConsentError> for Problem {
    fn from(error: ConsentError) -> Self {
        match error {
            ConsentError::NotPermitted(error) => error.into(),
            ConsentError::NotFound => Self::NotFound,
            ConsentError::Fields(_) => Self::Malformed,
            ConsentError::Conflict => Self::Conflict,
            ConsentError::Store(error) => error.into(),
        }
    }
}
