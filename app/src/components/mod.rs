//! The small parts that pages share.

use domain::invoice::StandingName;
use domain::sheet::Party;
use domain::time::RelativeDay;
use domain::{Date, Locale, Money};
use leptos::prelude::*;

use crate::words::Words;

pub(crate) mod choices;
pub(crate) mod code;
pub(crate) mod credit_note;
pub(crate) mod statement;

/// The dunlin: a small wader with a long bill, in one line.
pub(crate) fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="2.75" stroke-linecap="round"
            stroke-linejoin="round" aria-hidden="true" focusable="false">
            <path d="M1.8 25.2C3.4 20.4 6.8 16.2 12.2 14.4 12 9.8 15.2 6.4 19.2 6.4c3.8 0 6.6 2.6 6.8 6.2 4.8 1 8.4 3 11.4 6.2 2.6 2.8 5 5.8 8.6 8-3.2 1.6-6.4 2-9.4 1.6-2.4 3.6-6.4 5.6-11 5.6-7.6 0-12.6-4.8-12.6-11.4 0-3 .6-5.4-.8-8.2" />
            <path d="M23.6 20.6c2.4 4.2 6.8 6.8 13 7.8M21.8 33.8V42h-4.2M28.8 33.2V42h-4.2" />
            <path d="M19 12.6h.02" stroke-width="3.6" />
        </svg>
    }
    .into_any()
}

/// An amount with its currency, never broken across lines.
pub(crate) fn money(amount: Money, locale: Locale) -> AnyView {
    view! { <span class="money">{amount.format(locale)}</span> }.into_any()
}

/// A date as the reader writes it; machines read it too.
pub(crate) fn date(date: Date, locale: Locale) -> AnyView {
    view! { <time datetime=date.to_string()>{locale.date_long(date)}</time> }.into_any()
}

/// "3 March 2026, 12 days ago".
pub(crate) fn date_and_distance(date: Date, today: Date, words: &Words, locale: Locale) -> String {
    format!("{}, {}", locale.date_long(date), (words.relative_day)(RelativeDay::of(date, today)))
}

/// A state as a word with a dot.
pub(crate) fn state(look: Look, word: impl Into<String>) -> AnyView {
    view! { <span class=format!("state {}", look.class())>{word.into()}</span> }.into_any()
}

/// The kinds of states there are to the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing to do, nothing happened.
    Quiet,
    /// Not yet anything: an empty ring.
    Hollow,
    /// In the ordinary course.
    Open,
    /// Needs someone.
    Attention,
    /// Went wrong.
    Wrong,
    /// On its way.
    Underway,
    /// Finished well.
    Done,
}

impl Look {
    /// The class in the stylesheet.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Quiet => "",
            Self::Hollow => "hollow",
            Self::Open => "open",
            Self::Attention => "attention",
            Self::Wrong => "wrong",
            Self::Underway => "underway",
            Self::Done => "done",
        }
    }

    /// How an invoice's standing looks.
    pub const fn of_standing(standing: StandingName) -> Self {
        match standing {
            StandingName::Draft => Self::Hollow,
            StandingName::Open | StandingName::PartlyPaid => Self::Open,
            StandingName::DueSoon | StandingName::Overdue => Self::Attention,
            StandingName::Processing => Self::Underway,
            StandingName::Paid => Self::Done,
            StandingName::WrittenOff | StandingName::Credited | StandingName::Void => Self::Quiet,
        }
    }
}

/// How an invoice stands.
pub(crate) fn standing(name: StandingName, words: &Words) -> AnyView {
    state(Look::of_standing(name), (words.standing)(name))
}

/// Something to know before going on.
pub(crate) fn notice(look: Look, title: impl Into<String>, body: impl IntoView + 'static) -> AnyView {
    view! {
        <section class=format!("notice {}", look.class())>
            <h2>{title.into()}</h2>
            {body}
        </section>
    }
    .into_any()
}

/// Where a party lives and is reached, line by line, its name first. The country is named where it is not the reader's
/// matter of course.
pub(crate) fn party(party: &Party, abroad: bool, words: &Words) -> AnyView {
    let mut lines: Vec<String> = party.address.iter().map(|line| line.as_str().to_owned()).collect();
    lines.extend(party.country.filter(|_| abroad).map(|country| choices::country_name(country, words)));
    let tax = party.tax_number.as_ref().map(|number| (words.invoice.tax_number)(number.as_str()));
    lines.extend(tax);
    let email = party.email.as_ref().map(|address| {
        view! { <a href=format!("mailto:{}", address.as_str())>{address.as_str().to_owned()}</a> }
    });
    let phone = party.phone.as_ref().map(|number| {
        view! { <a href=format!("tel:{}", number.as_str())>{number.as_str().to_owned()}</a> }
    });
    view! {
        <address class="party">
            <strong>{party.name.as_str().to_owned()}</strong>
            {lines.into_iter().map(|line| view! { <span>{line}</span> }).collect_view()}
            {email}
            {phone}
        </address>
    }
    .into_any()
}

/// A button that copies `text`; `what` names it for those who cannot see what the button stands beside. The page's
/// script shows it; without scripts there is none, and the text can be marked and copied by hand.
pub(crate) fn copy_button(text: String, what: &'static str, words: &Words) -> AnyView {
    view! {
        <button type="button" class="button plain copy" hidden data-copy=text data-copied=words.frame.copied>
            <span aria-live="polite">{words.frame.copy}</span>
            <span class="visually-hidden">" "{what}</span>
        </button>
    }
    .into_any()
}

/// A `mailto:` address with a subject.
pub(crate) fn mail_to(address: &str, subject: &str) -> String {
    format!("mailto:{address}?subject={}", percent_encode(subject))
}

/// Text as the value of a parameter of an address.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    encoded
}

const HEX: [u8; 16] = *b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_cannot_leave_its_parameter() {
        assert_eq!(
            mail_to("a@b.example", "Invoice 7&body=x, März"),
            "mailto:a@b.example?subject=Invoice%207%26body%3Dx%2C%20M%C3%A4rz"
        );
    }
}
