//! What a refusal of the bank's or the provider's means, and whether the same may be tried again.

use super::FailureCode;

/// Stripe's codes, each with what it means to a payer. (docs.stripe.com/declines/codes, docs.stripe.com/error-codes, and for bank
/// debits the failure codes in docs.stripe.com/payments/ach-direct-debit, …/sepa-debit, …/bacs-debit)
///
/// What Stripe names as never to be tried again (docs.stripe.com/billing/revenue-recovery/smart-retries) is
/// [`FailureCode::Blocked`]; with it what cannot change by waiting, such as a card that expired or an account that was closed.
const CODES: &[(FailureCode, &[&str])] = &[
    (
        FailureCode::InsufficientFunds,
        &["insufficient_funds", "card_velocity_exceeded", "withdrawal_count_limit_exceeded"],
    ),
    (
        FailureCode::AuthenticationFailed,
        &[
            "authentication_required",
            "authentication_not_handled",
            "payment_intent_authentication_failure",
            "offline_pin_required",
            "online_or_offline_pin_required",
        ],
    ),
    (
        FailureCode::Blocked,
        &[
            // Cards.
            "lost_card",
            "stolen_card",
            "pickup_card",
            "restricted_card",
            "expired_card",
            "incorrect_number",
            "invalid_number",
            "invalid_expiry_month",
            "invalid_expiry_year",
            "invalid_account",
            "new_account_information_available",
            "card_not_supported",
            "currency_not_supported",
            "transaction_not_allowed",
            "service_not_allowed",
            "not_permitted",
            "security_violation",
            "fraudulent",
            "merchant_blacklist",
            "highest_risk_level",
            "do_not_try_again",
            "stop_payment_order",
            "revocation_of_authorization",
            "revocation_of_all_authorizations",
            // Accounts and mandates.
            "account_closed",
            "bank_account_closed",
            "bank_account_restricted",
            "bank_account_unusable",
            "bank_ownership_changed",
            "payment_method_bank_account_blocked",
            "debit_not_authorized",
            "no_account",
            "recipient_deceased",
            "incorrect_account_holder_name",
            "invalid_account_number_length",
            "invalid_account_number",
            "invalid_bank_account_iban",
            "mandate_invalid",
            "payment_intent_mandate_invalid",
            "refer_to_customer",
        ],
    ),
    // The provider's own, about the question and not about the payer.
    (
        FailureCode::Refused,
        &[
            "resource_missing",
            "invalid_request_error",
            "api_error",
            "rate_limit",
            "amount_unsupported",
            "method_unsupported",
        ],
    ),
];

/// What a refusal of the bank's or the provider's means to the payer. What no list names is an ordinary no.
pub fn refusal(code: &str) -> FailureCode {
    CODES.iter().find(|(_, codes)| codes.contains(&code)).map_or(FailureCode::Declined, |(means, _)| *means)
}

/// Whether the same may be charged again, without its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Yes, some days later: what was missing may be there then.
    Later,
    /// Yes, soon: it had nothing to do with the payer.
    Soon,
    /// Only with its holder there.
    WithHolder,
    /// Never with this method.
    Never,
}

impl FailureCode {
    /// Whether the same may be charged again, without its holder.
    pub const fn again(self) -> Again {
        match self {
            Self::Declined | Self::InsufficientFunds => Again::Later,
            Self::Refused | Self::Canceled | Self::Other => Again::Soon,
            Self::AuthenticationFailed => Again::WithHolder,
            // A debit that comes back for a reason we do not know may have been contested by its holder.
            Self::Blocked | Self::DebitReturned => Again::Never,
        }
    }
}
