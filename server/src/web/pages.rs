//! What every page needs besides its own view.

use app::frame::{Assets, Frame, IslandAssets};
use app::problem as problem_page;
use domain::Locale;

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

/// The frame of a page for a reader with this language and these formats.
pub fn frame(request: &Request, locale: Locale) -> Frame {
    Frame { locale, nonce: request.page.nonce.clone(), assets: asset_addresses() }
}

/// The language a stranger's browser asks for first, among those that are shipped.
pub fn strangers_locale(request: &Request) -> Locale {
    let asked =
        request.headers.get(axum::http::header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let first = asked.and_then(|list| list.split([',', ';']).next()).unwrap_or_default();
    Locale::from_tag(first.trim())
}

/// The page of a refusal or failure.
pub fn problem(page: &PageContext, problem: Problem) -> String {
    let frame = Frame { locale: Locale::default(), nonce: page.nonce.clone(), assets: asset_addresses() };
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
