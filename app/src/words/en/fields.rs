//! Fields: what they are called, and what to do about what stands in them.

use domain::{FieldProblem, Locale};

/// What to do about a typed amount. Islands preview amounts and nothing else, and the browser need not load the rest.
pub(super) fn amount_problem(problem: &FieldProblem, locale: Locale) -> String {
    match problem {
        FieldProblem::Required => "Fill this in.".to_owned(),
        FieldProblem::NotANumber => format!("Enter a number, like {}.", locale.decimal(1250, 2)),
        FieldProblem::Negative => "Enter a number that is not below zero.".to_owned(),
        FieldProblem::TooManyDecimals { max: 0 } => {
            "Enter a whole number, without decimal places.".to_owned()
        }
        FieldProblem::TooManyDecimals { max: 1 } => "Use at most one decimal place.".to_owned(),
        FieldProblem::TooManyDecimals { max } => format!("Use at most {max} decimal places."),
        FieldProblem::TooLarge => "Enter a smaller number.".to_owned(),
        FieldProblem::AmountOutOfRange { min, max } => {
            format!("Enter an amount between {} and {}.", min.format(locale), max.format(locale))
        }
        _ => "Enter an amount.".to_owned(),
    }
}

/// What to do about a field. Each sentence stands by itself, below the field's label.
#[cfg(feature = "ssr")]
pub(super) fn problem(problem: &FieldProblem, locale: Locale) -> String {
    match problem {
        FieldProblem::Required
        | FieldProblem::NotANumber
        | FieldProblem::Negative
        | FieldProblem::TooManyDecimals { .. }
        | FieldProblem::TooLarge
        | FieldProblem::AmountOutOfRange { .. } => amount_problem(problem, locale),
        FieldProblem::TooLong { max } => format!("Shorten this to {max} characters or fewer."),
        FieldProblem::TooShort { min } => format!("Use at least {min} characters."),
        FieldProblem::TooMany { max } => format!("Leave at most {max}."),
        FieldProblem::ForbiddenCharacter => {
            "Write this in one line, without control characters or other invisible ones.".to_owned()
        }
        FieldProblem::NotPositive => "Enter a number above zero.".to_owned(),
        FieldProblem::NumberOutOfRange { min, max } => {
            format!("Enter a whole number from {} to {}.", locale.integer(*min), locale.integer(*max))
        }
        FieldProblem::DateInvalid => "Choose a date of the calendar, written like 2026-03-31.".to_owned(),
        FieldProblem::DateBefore { earliest } => {
            format!("Choose {} or a later date.", locale.date_long(*earliest))
        }
        FieldProblem::DateAfter { latest } => {
            format!("Choose {} or an earlier date.", locale.date_long(*latest))
        }
        FieldProblem::EmailInvalid => "Enter an e-mail address, like name@example.com.".to_owned(),
        FieldProblem::PhoneInvalid => {
            "Enter a phone number with its country code, like +44 20 7946 0123.".to_owned()
        }
        FieldProblem::ZoneUnknown => "Choose a time zone from the list, like Europe/Berlin.".to_owned(),
        FieldProblem::CurrencyUnknown => "Choose a currency from the list, like EUR.".to_owned(),
        FieldProblem::CountryUnknown => "Choose a country from the list, like DE.".to_owned(),
        FieldProblem::LanguageUnknown => "Choose a language from the list.".to_owned(),
        FieldProblem::CurrencyMismatch { expected } => {
            format!("Use {}, like the rest of it.", expected.code())
        }
        FieldProblem::ChoiceUnknown => "Choose one of what is offered.".to_owned(),
        FieldProblem::DayTaken => "Another step is on this day already. Choose another day.".to_owned(),
        FieldProblem::FriendlierThanBefore { least } => format!(
            "The step before it is firmer, and the tone never falls back. Choose \"{}\" or firmer, or move the step \
             forward.",
            (super::schedules::SCHEDULES.tone_name)(*least)
        ),
        FieldProblem::NoSmsGateway => {
            "This installation has no SMS gateway. Ask whoever runs it to enter one in the configuration, \
                                       under [sms]; until then leave this off."
                .to_owned()
        }
        FieldProblem::NeverOpen { country, hours } => {
            let name = super::shared::country_name(*country).unwrap_or(country.code());
            let allowed = hours.map_or_else(String::new, |(opens, closes)| {
                format!(" Its rules allow {} to {}.", locale.time(opens), locale.time(closes))
            });
            format!(
                "With these hours nobody in this country could ever be written to: {name}.{allowed} Choose hours that \
                 leave some of the day."
            )
        }
        FieldProblem::EndsBeforeItBegins => "Choose a time after the one at which it begins.".to_owned(),
        FieldProblem::TimeInvalid => "Enter a time of the day, like 09:00.".to_owned(),
        FieldProblem::AlreadyTaken => "This is in use already. Choose another.".to_owned(),
        FieldProblem::CodeInvalid => "Enter the six digits of the code.".to_owned(),
        FieldProblem::CodeWrong { left: 1 } => {
            "This is not the code we sent last. Check it; you can try once more.".to_owned()
        }
        FieldProblem::CodeWrong { left } => {
            format!("This is not the code we sent last. Check it; you can try {left} more times.")
        }
        FieldProblem::CodeOver => "This code is no longer good. Have another one sent below.".to_owned(),
        FieldProblem::TextChanged => "This text has changed meanwhile. Please read it again.".to_owned(),
        FieldProblem::CannotBeKept => {
            "Only cards and bank debits can be saved. Choose one of them, or clear the box.".to_owned()
        }
        FieldProblem::Different => "Both entries must be the same. Enter them again.".to_owned(),
        FieldProblem::PasswordTooCommon => {
            "This password is easy to guess. A few words that do not belong together make a good one."
                .to_owned()
        }
        FieldProblem::GatewayKeyInvalid => {
            "Enter a secret or restricted key from the Stripe dashboard; it begins with sk_ or rk_."
                .to_owned()
        }
        FieldProblem::GatewayKeyLive => {
            "This key moves real money. Use one that begins with sk_test_ or rk_test_ here.".to_owned()
        }
        FieldProblem::GatewayKeyRefused => {
            "Stripe does not accept this key. Copy it again from the Stripe dashboard, or make a new one there.".to_owned()
        }
        FieldProblem::GatewayUnreachable => {
            "Stripe could not be asked about this key, so it was not saved. Try again in a moment.".to_owned()
        }
        FieldProblem::WebhookSecretInvalid => {
            "Enter the signing secret of the endpoint from the Stripe dashboard; it begins with whsec_."
                .to_owned()
        }
        FieldProblem::MoreThanOpen { credit } => format!(
            "{} of it would stay over, as the customer's credit. Tick the box if that is right.",
            credit.format(locale)
        ),
        FieldProblem::MoreThanInvoice { rest } => format!(
            "{} of it is more than is open on this invoice. Tick the box if it is to pay what else is due, and then stay as credit.",
            rest.format(locale)
        ),
        FieldProblem::OpenChanged { open } => {
            format!("{} is open by now. Look again before you decide.", open.format(locale))
        }
        FieldProblem::NotTicked => "Tick the box if you agree. Without it nothing is done.".to_owned(),
        FieldProblem::SentBefore => {
            "This form was sent before, with something else in it, and that was done. If what stands below is new, send it once \
             more."
                .to_owned()
        }
        FieldProblem::IbanInvalid => {
            "This is not an IBAN: a character is wrong or missing. Compare it with a bank statement."
                .to_owned()
        }
        FieldProblem::IbanLength { expected } => {
            format!("An IBAN of this country has {expected} characters. Compare it with a bank statement.")
        }
        FieldProblem::IbanNeeded => "An account in this currency has an IBAN. Enter that.".to_owned(),
        FieldProblem::NotBesideIban => "Leave this empty: the IBAN says it already.".to_owned(),
        FieldProblem::BicInvalid => "A BIC has 8 or 11 letters and digits, like BYLADEM1001.".to_owned(),
        FieldProblem::TextRefused { places: 1 } => {
            "One thing has to change; it is named below the words.".to_owned()
        }
        FieldProblem::TextRefused { places } => {
            format!("{places} things have to change; they are named below the words.")
        }
        FieldProblem::NotBesideLastDate => "Leave this empty: the last date says it already.".to_owned(),
        FieldProblem::PlaceholderUnknown => {
            "Between braces, only {period}, {month} and {year} are filled in. Write one of them, or no braces."
                .to_owned()
        }
        FieldProblem::PlaceholderWithoutPeriod => {
            "Choose the days that each invoice is about, or leave out what is filled in from them.".to_owned()
        }
        FieldProblem::CredentialsWrong => {
            "E-mail address and password do not belong together. Check both and try again.".to_owned()
        }
    }
}

/// What a field is called.
#[cfg(feature = "ssr")]
pub(super) fn label(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or(name) {
        "description" => "Description",
        "detail" => "Details",
        "quantity" => "Quantity",
        "unit" => "Unit",
        "unit_price" => "Unit price",
        "tax_rate" => "Tax, %",
        "period_from" | "opens" => "From",
        "period_to" | "closes" => "To",
        "business_name" => "Name of the business",
        "name" => "Name",
        "email" | "contact_email" => "E-mail address",
        "password" => "Password",
        "role" => "Role",
        "country" => "Country",
        "currency" | "column_currency" => "Currency",
        "code" => "Code",
        "agreed" => "What you agree to",
        "consent_source" => "How they agreed",
        "consent_text" => "What they agreed to",
        "amount_credited" => "Amount credited",
        "amount_written_off" => "Amount written off",
        "consent_date" | "received_on" => "On",
        "locale" | "contact_locale" => "Language and formats",
        "hold_kind" => "Why",
        "hold_until" => "Until",
        "hold_note" | "contact_note" | "call_note" => "Note",
        "contact_channel" | "channel" => "How",
        "contact_at" => "When",
        "call_outcome" => "How it went",
        "call_until" => "Until, or the day they promised",
        "invoices" => "Invoices",
        "time_zone" | "contact_zone" => "Time zone",
        "customer" => "Customer",
        "title" => "What it is about",
        "net_days" => "Days to pay",
        "purchase_order" => "Purchase order",
        "project" => "Project",
        "lines" => "Lines",
        "kind" => "Kind",
        "address" => "Address",
        "tax_number" => "Tax number",
        "contact_name" => "Name of the contact",
        "phone" | "contact_phone" => "Phone",
        "sender_name" => "Sender name",
        "reply_to" => "Reply address",
        "bank_holder" => "Account holder",
        "amount_received" => "Amount received",
        "paid_by" => "How it came",
        "payment_note" => "Reference or note",
        "more" => "More than is open",
        "reason" => "Reason",
        "amount_paid_out" => "Amount paid out",
        "amount_refunded" => "Amount to refund",
        "cycle" => "Rhythm",
        "every" => "Every",
        "month_end" => "Last day of the month",
        "first_on" => "First date",
        "last_on" => "Last date",
        "count" => "Number of invoices",
        "covers" => "Days each is about",
        "small_balance" => "Write off up to",
        "file" => "File",
        "account" => "Account",
        "pays" => "What it is",
        "column_date" => "Day",
        "date_order" => "Dates are written",
        "column_amount" => "Amount, or what came in",
        "decimal_sign" => "Cents stand behind a",
        "column_out" => "What went out",
        "column_counterparty" => "From whom or to whom",
        "column_remittance" => "What for",
        "column_reference" => "Reference of the bank",
        "column_account" => "Own account",
        "bank_number" => "IBAN or account number",
        "bank_routing" => "Routing number or sort code",
        "bank_name" => "Bank",
        "bank_bic" => "BIC",
        "stripe_key" => "Stripe key",
        "webhook_secret" => "Webhook signing secret",
        "method" => "How to pay",
        "methods" | "consumer_methods" => "Ways to pay",
        "preferred_method" => "Agreed way to pay",
        "receives_invoices" => "Receives invoices",
        "days" => "Days",
        "when" => "Before or after",
        "tone" => "Tone",
        "template" => "Text",
        "minimum_gap_days" => "Days since the last contact",
        "steps" => "Steps",
        "schedule" => "Schedule",
        "group" => "Group",
        "approval_from" => "Approval",
        "zone_unknown" => "Time zone unknown",
        "open_days" => "Business days",
        "promise_grace_days" => "Days of grace after a promise",
        "sms_enabled" => "Send text messages",
        "autopay_enabled" => "Automatic payment",
        "statements_enabled" | "statements" => "Statements",
        "statements_day" => "Day of the month",
        "sms_monthly_segments" => "Text messages in a month",
        "amount" => "Amount to pay now",
        "share" => "How much",
        "subject" => "Subject",
        "body" => "Words",
        "about" => "Shown with",
        "confirm" => "Second payment",
        _ => "",
    }
}
