//! The page between typing a change and saving it, for whatever is changed.

use app::console::change::{self as page, BeforeAndAfter, ChangePage, ChangeRow, CustomerChange, Of, Spoken};
use app::form::Form;
use axum::http::StatusCode;
use domain::schedule::{Difference, Word};

use super::super::request::Request;
use super::super::respond;
use super::super::routes::Answer;
use super::around;
use crate::operations::follow_up::preview::{self, Affected, Change};

/// Looks at what a change would do, and shows it with everything that was typed.
pub(super) async fn show(request: &Request, of: Of, change: &Change) -> Answer {
    let found = preview::what_if(request.env(), &request.principal, change).await?;
    let (frame, signed) = around(request)?;
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let figures = |figures: preview::BeforeAndAfter| BeforeAndAfter {
        messages: figures.messages,
        tasks: figures.tasks,
    };
    let view = ChangePage {
        of,
        action: request.path.clone(),
        form: Form::filled(request.form.iter().filter(|(name, _)| *name != "do")),
        today: figures(found.today),
        in_all: figures(found.in_all),
        looked_at: count(found.looked_at),
        unchanged: count(found.looked_at.saturating_sub(found.affected)),
        bounded: found.bounded,
        list_bounded: found.affected > found.customers.len(),
        customers: found.customers.into_iter().map(customer_change).collect(),
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

fn customer_change(affected: Affected) -> CustomerChange {
    let Affected { customer: (id, name), differences, invoices, counted } = affected;
    let row = |difference: &Difference| {
        let (before, after) = (difference.before(), difference.after());
        let word = after.or(before)?;
        Some(ChangeRow {
            invoice: invoices.get(&word.receivable)?.clone(),
            step: word.step.clone(),
            before: before.map(spoken),
            after: after.map(spoken),
        })
    };
    CustomerChange {
        id,
        name,
        rows: differences.iter().filter_map(row).collect(),
        counted: counted
            .into_iter()
            .filter_map(|(receivable, step)| {
                let (invoice, number) = invoices.get(&receivable)?.clone();
                Some((invoice, number, step))
            })
            .collect(),
    }
}

fn spoken(word: &Word) -> Spoken {
    Spoken { at: word.at, by: word.by, tone: word.tone, instead_of: word.instead_of }
}
