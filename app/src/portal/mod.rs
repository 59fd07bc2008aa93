//! The customer's pages: what is this, what is expected of me, what happens next.
//!
//! They open from a link in a mail, on any phone, without an account. The business's name leads; Dunlin's stands small
//! at the foot. Everything here works with scripts off.

use domain::sheet::Party;
use leptos::prelude::*;

use crate::components::{mail_to, mark};
use crate::form::hidden;
use crate::frame::{Frame, Head, Scripts, document};
use crate::words::Words;

pub mod autopay;
pub mod code;
pub mod contact;
pub mod credit_note;
pub mod expired;
pub mod invoice;
pub mod more_than_open;
pub mod open_invoices;
pub mod pay;
pub mod pay_several;
pub mod renewed;
pub mod returned;
pub mod saved_methods;
pub(crate) mod sheet;
pub mod statement;
pub mod transfer;

/// How the reader came in, which decides where the forms of a page lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By the link itself. Looking changes nothing (mail scanners look too); the first form a person sends carries
    /// the link along and becomes a session.
    Link {
        /// The token of the link, as it stands in the address.
        token: String,
    },
    /// By the session that an earlier form began; addresses are clean.
    Session,
}

/// A portal page: the business's name above, Dunlin's mark below.
pub(crate) fn page<V: IntoView + 'static>(
    frame: &Frame,
    business: &str,
    head: Head,
    content: impl FnOnce() -> V,
) -> String {
    let words = frame.words();
    let initial: String = business.chars().next().into_iter().flat_map(char::to_uppercase).collect();
    let business = business.to_owned();
    document(frame, head, move || {
        view! {
            <header class="letterhead">
                <span class="monogram" aria-hidden="true">{initial}</span>
                <span class="from">{business}</span>
            </header>
            {content()}
            <footer class="foot">{mark()}<span>{words.frame.via}</span></footer>
        }
    })
}

/// The head of a portal page: what it is, then from whom.
pub(crate) fn head(title: &str, business: &str, scripts: Scripts) -> Head {
    Head { title: format!("{title} · {business}"), body_class: "portal", scripts }
}

/// A link in form fields, where the reader still comes by it.
pub(crate) fn link_field(access: &Access) -> Option<AnyView> {
    match access {
        Access::Link { token } => Some(hidden("link", token.clone())),
        Access::Session => None,
    }
}

/// The ways to a person at the business about one invoice. A page never shows a button that leads nowhere: without an
/// address it shows the number, without both nothing.
pub(crate) fn ways_to_ask(business: &Party, number: &str, words: &'static Words) -> AnyView {
    let subjects = [(words.portal.more_time_subject)(number), (words.portal.wrong_subject)(number)];
    ways_to_ask_about(business, &subjects, words)
}

/// The same about whatever the two subjects name: more time, and that something is wrong.
pub(crate) fn ways_to_ask_about(
    business: &Party,
    [more_time, wrong]: &[String; 2],
    words: &'static Words,
) -> AnyView {
    let name = business.name.as_str().to_owned();
    if let Some(email) = &business.email {
        return view! {
            <div class="ways">
                <a class="button" href=mail_to(email.as_str(), more_time)>{words.portal.more_time}</a>
                <a class="button" href=mail_to(email.as_str(), wrong)>{words.portal.something_wrong}</a>
            </div>
            <p class="hint">{(words.portal.both_write_to)(&name)}</p>
        }
        .into_any();
    }
    business.phone.as_ref().map(|phone| {
        let number = phone.as_str().to_owned();
        view! {
            <p class="hint">{(words.portal.call_instead)(&name)}</p>
            <div class="ways one"><a class="button" href=format!("tel:{number}")>{number.clone()}</a></div>
        }
    })
    .into_any()
}
