//! What portal and console share.

use domain::invoice::StandingName;
use domain::payment::{FailureCode, Method};
use domain::role::Role;
use domain::time::RelativeDay;
use domain::{Country, Locale};

use crate::problem::Problem;
use crate::words::{FormWords, FrameWords};

pub(super) const FRAME: FrameWords = FrameWords {
    skip_to_content: "Skip to the content",
    via: "via Dunlin",
    copy: "Copy",
    copied: "Copied",
    tagline: "Dunlin. Invoices, followed up kindly.",
};

pub(super) const FORM: FormWords = FormWords {
    optional: "(optional)",
    problems_title: "Please check what you entered",
    problems_prefix: "Please check: ",
    of_line: |label, number| format!("{label} (line {number})"),
};

pub(super) fn relative_day(day: RelativeDay) -> String {
    match day {
        RelativeDay::DaysAgo(days) => format!("{days} days ago"),
        RelativeDay::Yesterday => "yesterday".to_owned(),
        RelativeDay::Today => "today".to_owned(),
        RelativeDay::Tomorrow => "tomorrow".to_owned(),
        RelativeDay::InDays(days) => format!("in {days} days"),
    }
}

pub(super) fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [firsts @ .., last] => format!("{} and {last}", firsts.join(", ")),
    }
}

pub(super) fn standing(name: StandingName) -> &'static str {
    match name {
        StandingName::Draft => "Draft",
        StandingName::Open => "Open",
        StandingName::DueSoon => "Due soon",
        StandingName::PartlyPaid => "Partly paid",
        StandingName::Overdue => "Overdue",
        StandingName::Processing => "Processing",
        StandingName::Paid => "Paid",
        StandingName::Credited => "Credited",
        StandingName::WrittenOff => "Written off",
        StandingName::Void => "Void",
    }
}

pub(super) fn method_name(method: Method) -> &'static str {
    match method {
        Method::Card => "Card",
        Method::SepaDebit => "Bank debit (SEPA)",
        Method::UsBankAccount => "Bank debit (ACH)",
        Method::BacsDebit => "Bank debit (Bacs)",
        Method::BankTransfer => "Bank transfer",
        Method::Manual => "Transfer to our account",
        Method::Cash => "Cash",
        Method::Cheque => "Cheque",
    }
}

/// The same within a sentence.
pub(super) fn method_in_sentence(method: Method) -> &'static str {
    match method {
        Method::Card => "card",
        Method::SepaDebit => "bank debit (SEPA)",
        Method::UsBankAccount => "bank debit (ACH)",
        Method::BacsDebit => "bank debit (Bacs)",
        Method::BankTransfer => "bank transfer",
        Method::Manual => "transfer to our account",
        Method::Cash => "cash",
        Method::Cheque => "cheque",
    }
}

pub(super) fn method_meaning(method: Method) -> &'static str {
    match method {
        Method::Card => "Credit or debit card, Apple Pay or Google Pay. Paid at once.",
        Method::SepaDebit => "From any account in euros. Takes 2 to 5 days, costs you nothing.",
        Method::UsBankAccount => {
            "From a bank account in the United States. Takes 2 to 4 days, costs you nothing."
        }
        Method::BacsDebit => {
            "From a bank account in the United Kingdom. Takes 4 to 7 days, costs you nothing."
        }
        Method::BankTransfer => "We show the details, you transfer from your bank. Takes 1 to 3 days.",
        Method::Manual => "We show our account, you transfer from your bank. Takes 1 to 3 days.",
        Method::Cash => "Handed over to us.",
        Method::Cheque => "Posted or handed over to us.",
    }
}

pub(super) fn failure(code: FailureCode) -> &'static str {
    match code {
        FailureCode::Declined => "The bank declined the payment. It does not tell us why; it will tell you.",
        FailureCode::InsufficientFunds => "There was not enough money on the account.",
        FailureCode::Blocked => "The bank takes no payments from it any more.",
        FailureCode::AuthenticationFailed => "The bank's own check was not completed.",
        FailureCode::DebitReturned => "The bank returned the debit.",
        FailureCode::Refused => "The payment could not be started. That was nothing you did.",
        FailureCode::Canceled => "The payment was cancelled.",
        FailureCode::Other => "The payment did not go through.",
    }
}

pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Manager => "Manager",
        Role::Clerk => "Clerk",
        Role::Viewer => "Viewer",
    }
}

pub(super) fn role_meaning(role: Role) -> &'static str {
    match role {
        Role::Owner => "everything, payment keys and other owners included",
        Role::Manager => "everything day to day, voiding and inviting included",
        Role::Clerk => "customers and invoices",
        Role::Viewer => "looks, changes nothing",
    }
}

/// The countries most invoices cross. The rest are named by their code, which is what an address needs.
pub(super) fn country_name(country: Country) -> Option<&'static str> {
    Some(match country.code() {
        "AE" => "United Arab Emirates",
        "AR" => "Argentina",
        "AT" => "Austria",
        "AU" => "Australia",
        "BE" => "Belgium",
        "BG" => "Bulgaria",
        "BR" => "Brazil",
        "CA" => "Canada",
        "CH" => "Switzerland",
        "CL" => "Chile",
        "CN" => "China",
        "CY" => "Cyprus",
        "CZ" => "Czechia",
        "DE" => "Germany",
        "DK" => "Denmark",
        "EE" => "Estonia",
        "EG" => "Egypt",
        "ES" => "Spain",
        "FI" => "Finland",
        "FR" => "France",
        "GB" => "United Kingdom",
        "GR" => "Greece",
        "HK" => "Hong Kong",
        "HR" => "Croatia",
        "HU" => "Hungary",
        "IE" => "Ireland",
        "IL" => "Israel",
        "IN" => "India",
        "IS" => "Iceland",
        "IT" => "Italy",
        "JP" => "Japan",
        "KE" => "Kenya",
        "KR" => "South Korea",
        "LI" => "Liechtenstein",
        "LT" => "Lithuania",
        "LU" => "Luxembourg",
        "LV" => "Latvia",
        "MA" => "Morocco",
        "MT" => "Malta",
        "MX" => "Mexico",
        "MY" => "Malaysia",
        "NG" => "Nigeria",
        "NL" => "Netherlands",
        "NO" => "Norway",
        "NZ" => "New Zealand",
        "PL" => "Poland",
        "PT" => "Portugal",
        "RO" => "Romania",
        "SE" => "Sweden",
        "SG" => "Singapore",
        "SI" => "Slovenia",
        "SK" => "Slovakia",
        "TH" => "Thailand",
        "TR" => "Türkiye",
        "TW" => "Taiwan",
        "UA" => "Ukraine",
        "US" => "United States",
        "ZA" => "South Africa",
        _ => return None,
    })
}

pub(super) fn locale_name(locale: Locale) -> &'static str {
    match locale.tag() {
        "en-GB" => "English (United Kingdom)",
        "en-US" => "English (United States)",
        "en-IE" => "English (Ireland)",
        "de-DE" => "German (Germany)",
        "de-AT" => "German (Austria)",
        "de-CH" => "German (Switzerland)",
        "fr-FR" => "French (France)",
        "nl-NL" => "Dutch (Netherlands)",
        "es-ES" => "Spanish (Spain)",
        tag => tag,
    }
}

pub(super) fn problem_page(problem: Problem) -> (String, String) {
    let (title, body) = match problem {
        Problem::BadRequest => (
            "That did not make sense to us",
            "The address or form was not complete. Go back, load the page again, and try once more.",
        ),
        Problem::Forbidden => (
            "You cannot do that here",
            "Either your role does not include it, or the form came from another page. Go back, load the page again, \
             and try once more; or ask an owner of the business.",
        ),
        Problem::NotFound => (
            "There is nothing here",
            "If you came by a link in a mail, check that it is complete: mail programs sometimes cut long ones in two. \
             Otherwise ask whoever sent it to you for a new one.",
        ),
        Problem::MethodNotAllowed => (
            "This page cannot be opened that way",
            "It only takes a form that another page shows. Go back and use that page.",
        ),
        Problem::TooSlow => {
            ("That took too long to arrive", "The connection seems slow. Go back and try once more.")
        }
        Problem::Conflict => (
            "Someone else was faster",
            "What you were changing has been changed meanwhile. Go back, load the page again, and look at it first.",
        ),
        Problem::TooLarge => {
            ("That is more than fits", "What you sent is too large. Go back, shorten it, and send it again.")
        }
        Problem::TooMany { retry_after_seconds } => {
            let wait = match retry_after_seconds {
                0..=60 => "a minute".to_owned(),
                seconds => format!("{} minutes", seconds.div_ceil(60)),
            };
            return (
                "Too many tries".to_owned(),
                format!("To keep guessers out, this stops for a while. Wait {wait}, then try again."),
            );
        }
        Problem::Internal => (
            "That went wrong on our side",
            "Nothing you did. It is in our log and will be looked at. Go back and try once more; what you sent may or \
             may not have been kept, so check before you send it again.",
        ),
        Problem::Unavailable => (
            "Not available just now",
            "We cannot answer at the moment. Nothing was changed. Please try again in a few minutes.",
        ),
    };
    (title.to_owned(), body.to_owned())
}
