//! Every way a request can end in something else than its answer, and the page that says so.
//!
//! Operations have an error enum each; handlers turn those that a person cannot mend in a form into a [`Problem`].
//! What went wrong inside is logged, never shown.

use axum::http::{StatusCode, header};
use axum::response::Response;

use store::StoreError;

use super::request::PageContext;
use super::respond;
use crate::crypto::CryptoError;
use crate::env::NotPermitted;
use crate::operations::bank_statements::BankStatementError;
use crate::operations::customers::CustomerError;
use crate::operations::follow_up::approvals::ApproveError;
use crate::operations::follow_up::contacts_made::ContactError;
use crate::operations::follow_up::holds::HoldError;
use crate::operations::follow_up::preview::PreviewError;
use crate::operations::follow_up::quarantine::QuarantineError;
use crate::operations::follow_up::schedules::ScheduleError;
use crate::operations::follow_up::send_now::SendNowError;
use crate::operations::follow_up::settings::FollowUpError;
use crate::operations::identity::{AcceptError, MemberError, SignInError};
use crate::operations::invoices::InvoiceError;
use crate::operations::limits::TooMany;
use crate::operations::payments::by_hand::HandError;
use crate::operations::payments::credit::CreditError;
use crate::operations::payments::credit_notes::CreditNoteError;
use crate::operations::payments::give_back::GiveBackError;
use crate::operations::payments::reconcile::ReconcileError;
use crate::operations::payments::uses::UseError;
use crate::operations::payments::{AccountError, SyncError};
use crate::operations::portal::PortalError;
use crate::operations::recurring::RecurringError;
use crate::operations::settings::SettingsError;
use crate::operations::setup::SetupError;
use crate::operations::statements::StatementError;
use crate::operations::templates::TemplateError;
use crate::operations::timeline::TimelineError;
use crate::operations::today::TodayError;

/// A refusal, or a failure, of a whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// What was sent is no form, or its address no address of ours.
    Malformed,
    /// There is no such thing, or not for this person: the two look the same.
    NotFound,
    /// A signed-in member whose role does not allow it.
    Forbidden,
    /// A form that no page of ours sent.
    ForeignOrigin,
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// Two people changed the same thing.
    Conflict,
    /// The body is larger than the route allows.
    TooLarge,
    /// A body of another type than the route reads.
    UnsupportedType,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many tries.
    TooManyRequests {
        /// When the next one is worth it.
        retry_after_seconds: u64,
    },
    /// The database cannot be reached or written, or the answer took too long.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl Problem {
    /// Its status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer: a page for people; for machines (webhooks, health) one line.
    pub fn answer(self, page: &PageContext, for_machine: bool) -> Response {
        let status = self.status();
        let mut response = if for_machine {
            respond::text(status, status.canonical_reason().unwrap_or("error"))
        } else {
            respond::html(status, super::pages::problem(page, self))
        };
        match self {
            Self::TooManyRequests { retry_after_seconds } => {
                respond::set(&mut response, header::RETRY_AFTER, &retry_after_seconds.to_string());
            }
            Self::Unavailable => respond::set(&mut response, header::RETRY_AFTER, "5"),
            // The rest of the body is unread: the connection cannot be used again.
            Self::TooLarge | Self::TooSlow => respond::set(&mut response, header::CONNECTION, "close"),
            _ => {}
        }
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            tracing::warn!(error = &error as &dyn std::error::Error, "the database does not serve");
            return Self::Unavailable;
        }
        internal(&error)
    }
}

impl From<CryptoError> for Problem {
    fn from(error: CryptoError) -> Self {
        internal(&error)
    }
}

impl From<NotPermitted> for Problem {
    fn from(_: NotPermitted) -> Self {
        Self::Forbidden
    }
}

impl From<TooMany> for Problem {
    fn from(TooMany { retry_after_seconds }: TooMany) -> Self {
        Self::TooManyRequests { retry_after_seconds: u64::try_from(retry_after_seconds).unwrap_or(1) }
    }
}

// Below: an operation's errors that its handler did not turn into a form or a page of its own. Fields that arrive here
// were wrong in a request that no form of ours sends.

impl From<SetupError> for Problem {
    fn from(error: SetupError) -> Self {
        match error {
            SetupError::AlreadyDone => Self::NotFound,
            SetupError::NotPermitted(error) => error.into(),
            SetupError::Fields(_) => Self::Malformed,
            SetupError::Crypto(error) => error.into(),
            SetupError::Store(error) => error.into(),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Fields(_) => Self::Malformed,
            SignInError::TooMany(error) => error.into(),
            SignInError::Crypto(error) => error.into(),
            SignInError::Store(error) => error.into(),
        }
    }
}

impl From<AcceptError> for Problem {
    fn from(error: AcceptError) -> Self {
        match error {
            AcceptError::NotFound => Self::NotFound,
            AcceptError::Fields(_) => Self::Malformed,
            AcceptError::Crypto(error) => error.into(),
            AcceptError::Store(error) => error.into(),
        }
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::NotPermitted(error) => error.into(),
            MemberError::NotFound => Self::NotFound,
            MemberError::Fields(_) => Self::Malformed,
            MemberError::LastOwner | MemberError::Conflict => Self::Conflict,
            MemberError::Store(error) => error.into(),
        }
    }
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Self {
        match error {
            CustomerError::NotPermitted(error) => error.into(),
            CustomerError::NotFound => Self::NotFound,
            CustomerError::Fields(_) => Self::Malformed,
            CustomerError::Conflict => Self::Conflict,
            CustomerError::Store(error) => error.into(),
        }
    }
}

impl From<HoldError> for Problem {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::NotPermitted(error) => error.into(),
            HoldError::NotFound => Self::NotFound,
            HoldError::Fields(_) => Self::Malformed,
            HoldError::Over => Self::Conflict,
            HoldError::Store(error) => error.into(),
        }
    }
}

impl From<ApproveError> for Problem {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::NotPermitted(error) => error.into(),
            ApproveError::NotFound => Self::NotFound,
            ApproveError::NotWaiting => Self::Conflict,
            ApproveError::Store(error) => error.into(),
        }
    }
}

impl From<SendNowError> for Problem {
    fn from(error: SendNowError) -> Self {
        match error {
            SendNowError::NotPermitted(error) => error.into(),
            SendNowError::NotFound => Self::NotFound,
            SendNowError::NotNow { .. } | SendNowError::Changed => Self::Conflict,
            SendNowError::Store(error) => error.into(),
        }
    }
}

impl From<QuarantineError> for Problem {
    fn from(error: QuarantineError) -> Self {
        match error {
            QuarantineError::NotPermitted(error) => error.into(),
            QuarantineError::NotFound => Self::NotFound,
            QuarantineError::Store(error) => error.into(),
        }
    }
}

impl From<ContactError> for Problem {
    fn from(error: ContactError) -> Self {
        match error {
            ContactError::NotPermitted(error) => error.into(),
            ContactError::NotFound => Self::NotFound,
            ContactError::Fields(_) => Self::Malformed,
            ContactError::Store(error) => error.into(),
        }
    }
}

impl From<InvoiceError> for Problem {
    fn from(error: InvoiceError) -> Self {
        match error {
            InvoiceError::NotPermitted(error) => error.into(),
            InvoiceError::NotFound => Self::NotFound,
            InvoiceError::Fields(_) => Self::Malformed,
            InvoiceError::Conflict(_) | InvoiceError::CannotIssue(_) | InvoiceError::CannotVoid(_) => {
                Self::Conflict
            }
            InvoiceError::Money(error) => internal(&error),
            InvoiceError::Use(error) => error.into(),
            InvoiceError::Store(error) => error.into(),
        }
    }
}

impl From<RecurringError> for Problem {
    fn from(error: RecurringError) -> Self {
        match error {
            RecurringError::NotPermitted(error) => error.into(),
            RecurringError::NotFound => Self::NotFound,
            RecurringError::Fields(_) => Self::Malformed,
            RecurringError::Conflict(_) => Self::Conflict,
            RecurringError::Invoice(error) => error.into(),
            RecurringError::Store(error) => error.into(),
        }
    }
}

impl From<PortalError> for Problem {
    /// Strangers are told the same of what is not there and of what is not theirs.
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::NotPermitted(_) | PortalError::NotFound => Self::NotFound,
            // Pages ask for the code before they call what needs it.
            PortalError::NotProven => Self::Forbidden,
            PortalError::TooMany(error) => error.into(),
            PortalError::Invoice(error) => error.into(),
            PortalError::Store(error) => error.into(),
        }
    }
}

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        match error {
            SettingsError::NotPermitted(error) => error.into(),
            SettingsError::NotFound => Self::NotFound,
            SettingsError::Fields(_) => Self::Malformed,
            SettingsError::Conflict => Self::Conflict,
            SettingsError::Crypto(error) => error.into(),
            SettingsError::Store(error) => error.into(),
        }
    }
}

impl From<UseError> for Problem {
    fn from(error: UseError) -> Self {
        match error {
            UseError::Raced => Self::Conflict,
            UseError::Money(error) => {
                tracing::error!(%error, "an amount cannot be calculated with");
                Self::Internal
            }
            UseError::Store(error) => error.into(),
        }
    }
}

impl From<HandError> for Problem {
    fn from(error: HandError) -> Self {
        match error {
            HandError::NotPermitted(error) => error.into(),
            HandError::NotFound => Self::NotFound,
            HandError::Fields(_) => Self::Malformed,
            HandError::Gone => Self::Conflict,
            HandError::Use(error) => error.into(),
            HandError::Store(error) => error.into(),
        }
    }
}

impl From<BankStatementError> for Problem {
    fn from(error: BankStatementError) -> Self {
        match error {
            BankStatementError::NotPermitted(error) => error.into(),
            BankStatementError::NotFound => Self::NotFound,
            BankStatementError::Decided => Self::Conflict,
            BankStatementError::File(_) | BankStatementError::Fields(_) => Self::Malformed,
            BankStatementError::Use(error) => error.into(),
            BankStatementError::Store(error) => error.into(),
        }
    }
}

impl From<ReconcileError> for Problem {
    fn from(error: ReconcileError) -> Self {
        match error {
            ReconcileError::NotPermitted(error) => error.into(),
            // There is nothing to compare with.
            ReconcileError::Sync(SyncError::Account(AccountError::None)) => Self::Conflict,
            ReconcileError::Sync(error) => {
                tracing::warn!(%error, "the books could not be compared");
                Self::Unavailable
            }
            ReconcileError::Store(error) => error.into(),
        }
    }
}

impl From<GiveBackError> for Problem {
    fn from(error: GiveBackError) -> Self {
        match error {
            GiveBackError::NotPermitted(error) => error.into(),
            GiveBackError::NotFound => Self::NotFound,
            GiveBackError::Fields(_) => Self::Malformed,
            GiveBackError::NothingLeft => Self::Conflict,
            GiveBackError::Use(error) => error.into(),
            GiveBackError::Store(error) => error.into(),
        }
    }
}

impl From<CreditError> for Problem {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::NotPermitted(error) => error.into(),
            CreditError::NotFound => Self::NotFound,
            CreditError::Fields(_) => Self::Malformed,
            CreditError::NothingToWriteOff => Self::Conflict,
            CreditError::Use(error) => error.into(),
            CreditError::Store(error) => error.into(),
        }
    }
}

impl From<CreditNoteError> for Problem {
    fn from(error: CreditNoteError) -> Self {
        match error {
            CreditNoteError::NotPermitted(error) => error.into(),
            CreditNoteError::NotFound => Self::NotFound,
            CreditNoteError::Fields(_) => Self::Malformed,
            CreditNoteError::NothingLeft => Self::Conflict,
            CreditNoteError::Use(error) => error.into(),
            CreditNoteError::Store(error) => error.into(),
        }
    }
}

impl From<StatementError> for Problem {
    /// Strangers are told the same of what is not there and of what is not theirs.
    fn from(error: StatementError) -> Self {
        match error {
            StatementError::NotPermitted(_) | StatementError::NotFound => Self::NotFound,
            StatementError::Fields(_) => Self::Malformed,
            StatementError::NotMade(error) => internal(&error),
            StatementError::Mail(error) => internal(&error),
            StatementError::Store(error) => error.into(),
        }
    }
}

impl From<ScheduleError> for Problem {
    fn from(error: ScheduleError) -> Self {
        match error {
            ScheduleError::NotPermitted(error) => error.into(),
            ScheduleError::NotFound => Self::NotFound,
            ScheduleError::Fields(_) => Self::Malformed,
            ScheduleError::Conflict(_) => Self::Conflict,
            ScheduleError::Store(error) => error.into(),
        }
    }
}

impl From<FollowUpError> for Problem {
    fn from(error: FollowUpError) -> Self {
        match error {
            FollowUpError::NotPermitted(error) => error.into(),
            FollowUpError::NotFound => Self::NotFound,
            FollowUpError::Fields(_) => Self::Malformed,
            FollowUpError::Conflict => Self::Conflict,
            FollowUpError::Store(error) => error.into(),
        }
    }
}

impl From<PreviewError> for Problem {
    fn from(error: PreviewError) -> Self {
        match error {
            PreviewError::NotPermitted(error) => error.into(),
            PreviewError::NotFound => Self::NotFound,
            PreviewError::Template(error) => error.into(),
            PreviewError::Store(error) => error.into(),
        }
    }
}

impl From<TemplateError> for Problem {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::NotPermitted(error) => error.into(),
            TemplateError::NotFound => Self::NotFound,
            TemplateError::Fields(_) => Self::Malformed,
            TemplateError::Conflict => Self::Conflict,
            TemplateError::Mail(error) => internal(&error),
            TemplateError::Store(error) => error.into(),
        }
    }
}

impl From<TimelineError> for Problem {
    fn from(error: TimelineError) -> Self {
        match error {
            TimelineError::NotPermitted(error) => error.into(),
            TimelineError::NotFound => Self::NotFound,
            TimelineError::Store(error) => error.into(),
        }
    }
}

impl From<TodayError> for Problem {
    fn from(error: TodayError) -> Self {
        match error {
            TodayError::NotPermitted(error) => error.into(),
            TodayError::NotFound => Self::NotFound,
            TodayError::NotByTicking => Self::Conflict,
            TodayError::Money(error) => internal(&error),
            TodayError::Store(error) => error.into(),
        }
    }
}

/// Logs what went wrong inside; outside it is a plain 500.
fn internal(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error, "a request failed");
    Problem::Internal
}
