//! Moving the demonstration's business time on, and a bank statement to try the import with.

use app::console::Done;
use axum::http::header;

use super::problem::Problem;
use super::request::Request;
use super::respond;
use super::routes::Answer;
use crate::operations::demo::bank::{self, SampleError};
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

/// `GET /demo/bank-statement.csv`
pub async fn bank_statement(request: Request) -> Answer {
    match bank::statement(request.env(), &request.principal).await {
        Ok(table) => {
            let mut response = respond::bytes("text/csv; charset=utf-8", table);
            let name = "attachment; filename=\"bank-statement.csv\"";
            respond::set(&mut response, header::CONTENT_DISPOSITION, name);
            Ok(response)
        }
        Err(SampleError::NotPermitted(error)) => Err(error.into()),
        Err(SampleError::NotFound) => Err(Problem::NotFound),
        Err(SampleError::Store(error)) => Err(error.into()),
    }
}
