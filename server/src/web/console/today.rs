//! Today: what needs a person.

use app::console::Done;
use app::console::today::{self as page, TaskRow, TodayPage, TroubledMessage};
use axum::http::StatusCode;
use domain::TaskId;
use domain::event::SubjectKind;

use super::super::request::Request;
use super::super::respond;
use super::super::routes::Answer;
use super::{after, around, row};
use crate::operations::today;

/// `GET /console`
pub async fn show(request: Request) -> Answer {
    let found = today::today(request.env(), &request.principal).await?;
    let (frame, signed) = around(&request)?;
    let tasks = found
        .tasks
        .into_iter()
        .map(|waiting| TaskRow {
            id: waiting.task.id,
            kind: waiting.task.kind,
            raised_at: waiting.task.created_at,
            message: (waiting.task.subject.kind == SubjectKind::Message)
                .then(|| domain::MessageId::from_uuid(waiting.task.subject.id)),
            amount: waiting.invoice.as_ref().map(|listed| listed.summary.balance.open),
            customer: waiting.customer.map(domain::Name::into_string),
            invoice: waiting.invoice.and_then(|listed| {
                let number = listed.summary.state.issued()?.number.to_string();
                Some((listed.summary.id, number))
            }),
        })
        .collect();
    let messages = found
        .troubled
        .into_iter()
        .map(|message| TroubledMessage {
            id: message.id,
            state: message.state,
            subject: message.subject.unwrap_or_default(),
            to: message.to_address,
            at: message.finished_at.unwrap_or(message.created_at),
        })
        .collect();
    let view = TodayPage {
        open: found.open,
        overdue_amounts: found.overdue,
        received: found.received,
        tasks,
        messages,
        overdue: found.overdue_invoices.into_iter().map(row).collect(),
        upcoming: found.upcoming,
        lacks_gateway: found.lacks_gateway,
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/tasks/{task}/resolve`
pub async fn resolve_task(request: Request) -> Answer {
    let task: TaskId = request.id("task")?;
    today::resolve_task(request.env(), &request.principal, task).await?;
    Ok(respond::see_other(&after("/console", Done::TaskResolved)))
}
