//! Pages for requests that cannot be answered. They explain nothing about the inside, and say what to do.

use leptos::prelude::*;

use crate::components::mark;
use crate::frame::{Frame, Head, Scripts, document};

/// Why there is no answer. Each belongs to one status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// 400: the request makes no sense.
    BadRequest,
    /// 403: this person may not, or the form came from another site.
    Forbidden,
    /// 404: nothing here, or nothing for this reader. The same for both, so that guessing tells nothing.
    NotFound,
    /// 405: the address exists, but not for this kind of request.
    MethodNotAllowed,
    /// 408: the request took too long to arrive.
    TooSlow,
    /// 409: someone else was faster.
    Conflict,
    /// 413: more than fits.
    TooLarge,
    /// 429: too many tries.
    TooMany {
        /// When trying again makes sense.
        retry_after_seconds: u32,
    },
    /// 500: our mistake.
    Internal,
    /// 503: not now.
    Unavailable,
}

impl Problem {
    /// The status code.
    pub const fn status(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooSlow => 408,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::TooMany { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }
}

/// Renders the page. It leads nowhere by itself: who reads it may be a customer or a member, and the address bar's way
/// back is the right one for both.
pub fn page(frame: &Frame, problem: Problem) -> String {
    let words = frame.words();
    let (title, body) = (words.problem_page)(problem);
    let head = Head { title: title.clone(), body_class: "problem", scripts: Scripts::None };
    document(frame, head, move || {
        view! {
            <header class="letterhead">{mark()}</header>
            <main id="content" class="narrow">
                <h1>{title}</h1>
                <p>{body}</p>
            </main>
            <footer class="foot"><span>{words.frame.via}</span></footer>
        }
    })
}
