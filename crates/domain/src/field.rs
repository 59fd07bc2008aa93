//! What is wrong with something a person typed.
//!
//! A problem is data, not a sentence: the pages word it in the reader's language and number format, the API names it
//! by its code. So the list is closed, and no variant carries free text.

use std::borrow::Cow;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::schedule::Tone;
use crate::{Country, Currency, Date, Money};

/// One problem with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name as the form and the API spell it, for example `email` or `lines.2.quantity`.
    pub field: Cow<'static, str>,
    /// What is wrong with it.
    pub problem: FieldProblem,
}

/// Everything that can be wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum FieldProblem {
    /// Nothing was entered where something is needed.
    Required,
    /// More characters than fit.
    TooLong {
        /// The most characters that fit.
        max: usize,
    },
    /// Fewer characters than needed (passwords).
    TooShort {
        /// The fewest characters that do.
        min: usize,
    },
    /// More entries than fit (lines of an invoice).
    TooMany {
        /// The most entries that fit.
        max: usize,
    },
    /// A line break, a control character or a direction override where plain text in one line is needed.
    ForbiddenCharacter,
    /// Not a number as people write them.
    NotANumber,
    /// Below zero where only zero or more makes sense.
    Negative,
    /// Zero or less where only more than zero makes sense.
    NotPositive,
    /// More decimal places than the currency or the field has.
    TooManyDecimals {
        /// The most decimal places.
        max: u32,
    },
    /// Larger than anything Dunlin calculates with.
    TooLarge,
    /// An amount outside of what is possible here.
    AmountOutOfRange {
        /// The smallest possible amount.
        min: Money,
        /// The largest possible amount.
        max: Money,
    },
    /// A whole number outside of what is possible here.
    NumberOutOfRange {
        /// The smallest possible number.
        min: i64,
        /// The largest possible number.
        max: i64,
    },
    /// Not a date of the calendar.
    DateInvalid,
    /// A date before the earliest possible one.
    DateBefore {
        /// The earliest possible date.
        earliest: Date,
    },
    /// A date after the latest possible one.
    DateAfter {
        /// The latest possible date.
        latest: Date,
    },
    /// Not an e-mail address that mail can be sent to.
    EmailInvalid,
    /// Not a phone number with its country code.
    PhoneInvalid,
    /// Not a time zone of the IANA database.
    ZoneUnknown,
    /// Not an active currency of ISO 4217.
    CurrencyUnknown,
    /// Not a country of ISO 3166.
    CountryUnknown,
    /// Not a language Dunlin speaks or formats for.
    LanguageUnknown,
    /// Another currency than the one needed here.
    CurrencyMismatch {
        /// The currency needed.
        expected: Currency,
    },
    /// None of the choices offered.
    ChoiceUnknown,
    /// Another step of the schedule is on this day already.
    DayTaken,
    /// Friendlier than the step before it.
    FriendlierThanBefore {
        /// The friendliest tone that does.
        least: Tone,
    },
    /// Texts were asked for, and the installation has nothing to send them with.
    NoSmsGateway,
    /// With these hours there is no moment at which customers of a country may be written to.
    NeverOpen {
        /// Which.
        country: Country,
        /// The hours that its rules leave, where the customer is, if they name any.
        hours: Option<(NaiveTime, NaiveTime)>,
    },
    /// Hours that end before they begin.
    EndsBeforeItBegins,
    /// Not a time of the day, from 00:00 to 23:59.
    TimeInvalid,
    /// Something else already goes by this name, number or address.
    AlreadyTaken,
    /// Not the six digits of a code.
    CodeInvalid,
    /// Six digits, but other ones than were sent.
    CodeWrong {
        /// How often it can still be tried.
        left: u32,
    },
    /// A code that is too old, was used, or was tried too often.
    CodeOver,
    /// The repetition differs from the first entry (passwords).
    Different,
    /// A box that has to be ticked.
    NotTicked,
    /// A text that is agreed to is another one now than was shown.
    TextChanged,
    /// A way to pay that cannot be kept for later.
    CannotBeKept,
    /// Known to everyone who guesses passwords.
    PasswordTooCommon,
    /// Not a key of the payment provider (`sk_…` or `rk_…`).
    GatewayKeyInvalid,
    /// A key that moves real money where only test keys are allowed.
    GatewayKeyLive,
    /// The payment provider does not know the key.
    GatewayKeyRefused,
    /// The payment provider could not be asked; nothing was saved.
    GatewayUnreachable,
    /// Not a webhook secret of the payment provider (`whsec_…`).
    WebhookSecretInvalid,
    /// More than is open: asked once, and then it becomes credit.
    MoreThanOpen {
        /// What stays over as credit.
        credit: Money,
    },
    /// More than is open of the invoice it is for: asked once, and then it pays what else is due.
    MoreThanInvoice {
        /// What goes beyond the invoice.
        rest: Money,
    },
    /// Another amount than was shown is open by now.
    OpenChanged {
        /// What is open.
        open: Money,
    },
    /// A form that was sent before, with other contents, and did its work then.
    SentBefore,
    /// Not an international bank account number: unknown country, or digits that do not check.
    IbanInvalid,
    /// Too short or too long for its country.
    IbanLength {
        /// How many characters it has there.
        expected: usize,
    },
    /// Accounts in this currency have an IBAN.
    IbanNeeded,
    /// Given beside an IBAN, which says it already.
    NotBesideIban,
    /// Not a bank's code of eight or eleven characters.
    BicInvalid,
    /// A text with words or a form that must not go out; each place is named beside it.
    TextRefused {
        /// How many places.
        places: usize,
    },
    /// Given beside a last date, which says it already.
    NotBesideLastDate,
    /// Braces around something that is not filled in, or braces that are never closed.
    PlaceholderUnknown,
    /// Something to be filled in about the days of an invoice that is about none.
    PlaceholderWithoutPeriod,
    /// E-mail address and password do not belong together (deliberately not telling which).
    CredentialsWrong,
}

/// All problems of one form, so that a person hears about every one at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{} field(s) need attention", self.0.len())]
pub struct FieldErrors(pub Vec<FieldError>);

impl FieldErrors {
    /// No problem yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One problem.
    pub fn one(field: impl Into<Cow<'static, str>>, problem: FieldProblem) -> Self {
        Self(vec![FieldError { field: field.into(), problem }])
    }

    /// Adds a problem.
    pub fn push(&mut self, field: impl Into<Cow<'static, str>>, problem: FieldProblem) {
        self.0.push(FieldError { field: field.into(), problem });
    }

    /// Keeps the problem of a refused value and hands an accepted one on.
    ///
    /// ```
    /// use domain::{EmailAddress, FieldErrors, FieldProblem, Name};
    ///
    /// let mut errors = FieldErrors::new();
    /// let name = errors.check("name", Name::parse("Nordlicht Studio"));
    /// let email = errors.check("email", EmailAddress::parse("nobody"));
    /// assert!(name.is_some() && email.is_none());
    /// assert_eq!(errors.of("email"), Some(&FieldProblem::EmailInvalid));
    /// ```
    pub fn check<T>(
        &mut self,
        field: impl Into<Cow<'static, str>>,
        value: Result<T, FieldProblem>,
    ) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(problem) => {
                self.push(field, problem);
                None
            }
        }
    }

    /// The first problem of a field.
    pub fn of(&self, field: &str) -> Option<&FieldProblem> {
        self.0.iter().find(|error| error.field == field).map(|error| &error.problem)
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The problems in the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, FieldError> {
        self.0.iter()
    }

    /// `Ok` when nothing is wrong.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl<'a> IntoIterator for &'a FieldErrors {
    type Item = &'a FieldError;
    type IntoIter = std::slice::Iter<'a, FieldError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
