//! Moving the demonstration's business time on.

use app::console::Done;

use super::problem::Problem;
use super::request::Request;
use super::respond;
use super::routes::Answer;
use crate::operations::demo::{self, AdvanceError};

/// `POST /demo/advance`
pub async fn advance(request: Request) -> Answer {
    let (days, asleep) = (request.form.text("days"), request.form.get("asleep").is_some());
    match demo::advance(request.env(), &request.principal, &days, asleep).await {
        Ok(_) => {
            let here = request.form.get("back").filter(|back| super::console::entry::is_console_page(back));
            let to = format!("{}?done={}", here.unwrap_or("/console"), Done::TimeMoved.name());
            Ok(respond::see_other(&to))
        }
        Err(AdvanceError::NotPermitted(error)) => Err(error.into()),
        Err(AdvanceError::NotDemo) => Err(Problem::NotFound),
        Err(AdvanceError::Fields(_)) => Err(Problem::Malformed),
        Err(AdvanceError::Store(error)) => Err(error.into()),
    }
}
