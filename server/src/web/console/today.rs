//! Today: what needs a person.

use app::console::Done;
use app::console::today::{self as page, Asked, TaskRow, TodayPage, TroubledMessage};
use app::form::Form;
use axum::http::StatusCode;
use domain::event::SubjectKind;
use domain::task::TaskKind;
use domain::{HoldId, InvoiceId, MessageId, RecurringId, TaskId};

use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::handling::{draft_view, hold_row, refused_hold};
use super::{after, around, row};
use crate::operations::today::{self, Waiting};

/// `GET /console`
pub async fn show(request: Request) -> Answer {
    let found = today::today(request.env(), &request.principal).await?;
    let (frame, signed) = around(&request)?;
    let refused_hold = refused_hold(&request).await?;
    let refused_call = refused_call(&request).await?;
    let tasks = found
        .tasks
        .into_iter()
        .map(|waiting| task_row(waiting, refused_hold.as_ref(), refused_call.as_ref()))
        .collect();
    let messages = found
        .troubled
        .into_iter()
        .map(|message| TroubledMessage {
            id: message.id,
            state: message.state,
            kind: message.kind,
            subject: message.subject,
            to: message.to_address,
            at: message.finished_at.unwrap_or(message.created_at),
        })
        .collect();
    let view = TodayPage {
        alarms: found.alarms,
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

/// A call that was refused here, as far as it was said: `?task=` names it.
async fn refused_call(request: &Request) -> Result<Option<(TaskId, Form)>, Problem> {
    let Some(task) = request.query.get("task").and_then(|id| id.parse::<TaskId>().ok()) else {
        return Ok(None);
    };
    let form = kept_forms::recall(request, &format!("call {task}")).await?;
    Ok(form.map(|form| (task, form)))
}

/// A task with what can be done about it. A task of a kind that has been done in another place meanwhile is ticked off.
fn task_row(
    waiting: Waiting,
    refused_hold: Option<&(HoldId, Form)>,
    refused_call: Option<&(TaskId, Form)>,
) -> TaskRow {
    let step = waiting.step();
    let Waiting { task, customer, invoice, hold, draft } = waiting;
    let asked = if let Some(hold) = hold {
        let row = hold_row(hold);
        let form = refused_hold.filter(|(id, _)| *id == row.id).map(|(_, form)| form.clone());
        Asked::Review(Box::new(row), form)
    } else if let Some(step) = step {
        Asked::Approve(step, draft.map(|draft| Box::new(draft_view(draft))))
    } else if task.kind == TaskKind::Call {
        let form = refused_call.filter(|(id, _)| *id == task.id).map(|(_, form)| form.clone());
        Asked::Call(form.unwrap_or_default())
    } else if task.subject.kind == SubjectKind::Message {
        Asked::Message(MessageId::from_uuid(task.subject.id))
    } else if task.subject.kind == SubjectKind::Recurring {
        Asked::Recurring(RecurringId::from_uuid(task.subject.id))
    } else if task.kind == TaskKind::ReviewDraft {
        Asked::Draft(InvoiceId::from_uuid(task.subject.id))
    } else {
        Asked::Done
    };
    TaskRow {
        id: task.id,
        kind: task.kind,
        raised_at: task.created_at,
        due_at: task.due_at,
        amount: invoice.as_ref().map(|listed| listed.summary.balance.open),
        customer: task.customer.zip(customer.map(domain::Name::into_string)),
        invoice: invoice.and_then(|listed| {
            let number = listed.summary.state.issued()?.number.to_string();
            Some((listed.summary.id, number))
        }),
        asked,
    }
}

/// `POST /console/tasks/{task}/resolve`
pub async fn resolve_task(request: Request) -> Answer {
    let task: TaskId = request.id("task")?;
    today::resolve_task(request.env(), &request.principal, task).await?;
    Ok(respond::see_other(&after("/console", Done::TaskResolved)))
}
