//! What every page needs besides its own view.

use app::frame::{Assets, Frame, IslandAssets};
use app::problem as problem_page;
use domain::Locale;
use store::identity::Business;

use super::problem::Problem;
use super::request::{PageContext, Request};
use crate::assets;

/// Where the embedded files are.
pub fn asset_addresses() -> Assets {
    let address = |name| assets::url(name).map(str::to_owned);
    let islands = address("hydrate.js").zip(address("hydrate_bg.wasm"));
    Assets {
        stylesheet: address("app.css").unwrap_or_default(),
        icon: address("favicon.svg").unwrap_or_else(|| "/favicon.svg".to_owned()),
        touch_icon: address("apple-touch-icon.png"),
        islands: islands.map(|(script, wasm)| IslandAssets { script, wasm }),
    }
}

/// The frame of a page for a reader of this locale: in its language and formats where Dunlin speaks it.
pub fn frame(request: &Request, locale: Locale) -> Frame {
    framed(&request.page, locale)
}

fn framed(page: &PageContext, locale: Locale) -> Frame {
    Frame { locale: locale.spoken(), nonce: page.nonce.clone(), assets: asset_addresses() }
}

/// What a stranger reads: what their browser asks for, of what Dunlin speaks.
pub fn strangers_locale(request: &Request) -> Locale {
    request.page.asked.unwrap_or_default()
}

/// What a member reads, and writes numbers in: what their browser asks for; where Dunlin does not speak it, what the
/// business chose.
pub fn members_locale(request: &Request, business: &Business) -> Locale {
    request.page.asked.unwrap_or_else(|| business.locale.spoken())
}

/// The page of a refusal or failure.
pub fn problem(page: &PageContext, problem: Problem) -> String {
    let frame = framed(page, page.asked.unwrap_or_default());
    let shown = match problem {
        Problem::Malformed | Problem::UnsupportedType => problem_page::Problem::BadRequest,
        Problem::NotFound => problem_page::Problem::NotFound,
        Problem::Forbidden | Problem::ForeignOrigin => problem_page::Problem::Forbidden,
        Problem::MethodNotAllowed => problem_page::Problem::MethodNotAllowed,
        Problem::Conflict => problem_page::Problem::Conflict,
        Problem::TooLarge => problem_page::Problem::TooLarge,
        Problem::TooSlow => problem_page::Problem::TooSlow,
        Problem::TooManyRequests { retry_after_seconds } => problem_page::Problem::TooMany {
            retry_after_seconds: u32::try_from(retry_after_seconds).unwrap_or(u32::MAX),
        },
        Problem::Unavailable => problem_page::Problem::Unavailable,
        Problem::Internal => problem_page::Problem::Internal,
    };
    problem_page::page(&frame, shown)
}
