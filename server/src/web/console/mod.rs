//! The business's pages: each handler calls one operation and maps what it found to the page's view.

pub mod bank_accounts;
pub mod bank_statements;
mod change;
pub mod contacts;
pub mod customer_terms;
pub mod customers;
pub mod entry;
pub mod following_up;
pub mod groups;
pub mod handling;
pub mod invoices;
pub mod members;
pub mod messages;
pub mod money;
pub mod outlook;
pub mod recurring;
pub mod schedules;
pub mod settings;
pub mod texts;
pub mod today;

use app::console::{Demo, Done, EventFacts, Signed, TimelineEntry};
use app::frame::Frame;
use domain::time::civil_date;

use super::pages;
use super::problem::Problem;
use super::request::Request;
use crate::operations::invoices::Listed;
use crate::operations::timeline::Entry;

/// Where a demonstration's mails can be read, below the sandbox's address.
const MAILBOX: &str = "/mailbox";

/// The frame of a console page, and who it is for.
pub(super) fn around(request: &Request) -> Result<(Frame, Signed), Problem> {
    let signed_in = request.signed_in.as_ref().ok_or(Problem::Internal)?;
    let (business, member) = (&signed_in.business, &signed_in.member);
    let settings = &request.env().settings;
    let demo = settings.demo.then(|| Demo {
        mailbox: settings.sandbox_url.as_ref().map(|url| format!("{url}{MAILBOX}")),
        here: request.path.clone(),
    });
    let signed = Signed {
        business: business.name.to_string(),
        member: member.name.to_string(),
        role: member.role,
        zone: business.time_zone,
        today: civil_date(request.env().business_now(), business.time_zone),
        demo,
        done: request.query.get("done").and_then(Done::from_name),
    };
    Ok((pages::frame(request, pages::members_locale(request, business)), signed))
}

/// A page of ours, with what was just done for it to say.
pub(super) fn after(path: &str, done: Done) -> String {
    format!("{path}?done={}", done.name())
}

/// A row of a list of invoices.
fn row(listed: Listed) -> app::console::invoices::InvoiceRow {
    let Listed { summary, next } = listed;
    let issued = summary.state.issued();
    app::console::invoices::InvoiceRow {
        id: summary.id,
        number: issued.map(|issued| issued.number.to_string()),
        due_on: issued.map(|issued| issued.due_on),
        title: summary.title.map(domain::ShortText::into_string),
        customer: summary.customer,
        customer_name: summary.customer_name,
        standing: summary.standing,
        total: summary.balance.total,
        open: summary.balance.open,
        next,
    }
}

/// An entry of a timeline.
fn entry(entry: Entry) -> TimelineEntry {
    let Entry { at, kind, actor, actor_name, invoices, facts, personal, .. } = entry;
    TimelineEntry {
        at,
        kind,
        actor: actor.kind(),
        actor_name: actor_name.map(domain::Name::into_string),
        facts: EventFacts {
            amount: facts.amount,
            method: facts.method,
            failure: facts.failure,
            to: personal.email.or(personal.name),
            channel: facts.channel,
            message: facts.message,
            message_kind: facts.message_kind,
            step: facts.step,
            invoices: invoices.into_iter().filter_map(|(id, number)| Some((id, number?))).collect(),
            hold: facts.hold,
            hold_end: facts.hold_end,
            until: facts.until,
            spoke: facts.spoke,
            call: facts.call,
            note: personal.note,
        },
    }
}
