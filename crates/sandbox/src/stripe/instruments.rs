//! What one can pay with: Stripe's test cards, and bank debits that settle or fail.

use serde::{Deserialize, Serialize};

/// A payment method type the sandbox acts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A card.
    Card,
    /// SEPA Direct Debit, euros.
    SepaDebit,
    /// ACH Direct Debit, US dollars.
    UsBankAccount,
    /// Bacs Direct Debit, pounds.
    BacsDebit,
    /// A bank transfer to an account of Stripe's for this customer.
    CustomerBalance,
}

impl Method {
    /// Every method, in the order in which the hosted page offers them.
    pub const ALL: [Self; 5] =
        [Self::Card, Self::SepaDebit, Self::UsBankAccount, Self::BacsDebit, Self::CustomerBalance];

    /// Stripe's name of it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::SepaDebit => "sepa_debit",
            Self::UsBankAccount => "us_bank_account",
            Self::BacsDebit => "bacs_debit",
            Self::CustomerBalance => "customer_balance",
        }
    }

    /// By Stripe's name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Card => "Card",
            Self::SepaDebit => "Bank debit (SEPA)",
            Self::UsBankAccount => "Bank debit (ACH)",
            Self::BacsDebit => "Bank debit (Bacs)",
            Self::CustomerBalance => "Bank transfer",
        }
    }

    /// Whether the method can collect this currency (lower case).
    // Stripe: sepa_debit is EUR, us_bank_account USD, bacs_debit GBP, customer_balance a few (payment method support)
    pub fn collects(self, currency: &str) -> bool {
        match self {
            Self::Card => true,
            Self::SepaDebit => currency == "eur",
            Self::UsBankAccount => currency == "usd",
            Self::BacsDebit => currency == "gbp",
            Self::CustomerBalance => matches!(currency, "eur" | "gbp" | "jpy" | "mxn" | "usd"),
        }
    }

    /// Whether money takes days.
    pub fn is_debit(self) -> bool {
        matches!(self, Self::SepaDebit | Self::UsBankAccount | Self::BacsDebit)
    }

    /// Business days until a debit settles or fails, here as calendar days.
    // Stripe: SEPA up to 14 business days and usually 5, ACH up to 4, Bacs 4 to 7 (payment methods, bank debits)
    pub(crate) fn settles_after_days(self) -> i64 {
        match self {
            Self::Card | Self::CustomerBalance => 0,
            Self::SepaDebit => 5,
            Self::UsBankAccount => 4,
            Self::BacsDebit => 6,
        }
    }
}

/// How a bank debit ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// The money arrives after some days.
    Settles,
    /// The bank refuses after some days: no funds.
    Fails,
}

/// What a payer chose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instrument {
    /// A test card by its number, digits only.
    Card(String),
    /// A bank debit with its known end.
    Debit(Method, Settlement),
    /// A bank transfer, still to be sent; see [`crate::Running::fund`].
    BankTransfer,
}

impl Instrument {
    /// A card by number; blanks and hyphens do not matter.
    pub fn card(number: &str) -> Self {
        Self::Card(number.chars().filter(char::is_ascii_digit).collect())
    }

    /// The method it belongs to.
    pub fn method(&self) -> Method {
        match self {
            Self::Card(_) => Method::Card,
            Self::Debit(method, _) => *method,
            Self::BankTransfer => Method::CustomerBalance,
        }
    }
}

/// A refusal by the card's or account's bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: &'static str,
    pub(crate) decline_code: Option<&'static str>,
    pub(crate) message: &'static str,
}

/// What a card does when it is charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardBehaviour {
    Succeeds,
    Declines(Refusal),
    /// Can be kept for later, and declines when it is charged then.
    DeclinesOnceKept(Refusal),
    /// Needs 3-D Secure, until it has been set up for later use.
    AuthenticatesUnlessSetUp,
    /// Needs 3-D Secure every time, so that off-session it is refused as `authentication_required`.
    AuthenticatesAlways,
    /// Succeeds; a refund succeeds first and fails later.
    RefundFails,
    /// Succeeds; a refund is pending first and succeeds later.
    RefundPends,
    /// Succeeds, and is disputed at once.
    Disputed,
    /// Succeeds, and the payer's bank asks about it at once.
    AskedAbout,
}

/// One test card.
#[derive(Debug)]
pub(crate) struct TestCard {
    pub(crate) number: &'static str,
    /// The payment method id that stands for it in API calls.
    pub(crate) payment_method: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) behaviour: CardBehaviour,
    pub(crate) says: &'static str,
}

const fn refused(code: &'static str, decline_code: &'static str, message: &'static str) -> CardBehaviour {
    CardBehaviour::Declines(Refusal { code, decline_code: Some(decline_code), message })
}

// Stripe: the test card numbers, their payment methods and what they do (testing)
pub(crate) static TEST_CARDS: &[TestCard] = &[
    TestCard {
        number: "4242424242424242",
        payment_method: "pm_card_visa",
        brand: "visa",
        behaviour: CardBehaviour::Succeeds,
        says: "succeeds",
    },
    TestCard {
        number: "4000002500003155",
        payment_method: "pm_card_authenticationRequiredOnSetup",
        brand: "visa",
        behaviour: CardBehaviour::AuthenticatesUnlessSetUp,
        says: "asks for 3-D Secure",
    },
    TestCard {
        number: "4000002760003184",
        payment_method: "pm_card_authenticationRequired",
        brand: "visa",
        behaviour: CardBehaviour::AuthenticatesAlways,
        says: "asks for 3-D Secure every time",
    },
    TestCard {
        number: "4000000000000002",
        payment_method: "pm_card_visa_chargeDeclined",
        brand: "visa",
        behaviour: refused("card_declined", "generic_decline", "Your card was declined."),
        says: "is declined",
    },
    TestCard {
        number: "4000000000009995",
        payment_method: "pm_card_visa_chargeDeclinedInsufficientFunds",
        brand: "visa",
        behaviour: refused("card_declined", "insufficient_funds", "Your card has insufficient funds."),
        says: "is declined: insufficient funds",
    },
    TestCard {
        number: "4000000000000341",
        payment_method: "pm_card_chargeCustomerFail",
        brand: "visa",
        behaviour: CardBehaviour::DeclinesOnceKept(Refusal {
            code: "card_declined",
            decline_code: Some("generic_decline"),
            message: "Your card was declined.",
        }),
        says: "can be saved, is declined afterwards",
    },
    TestCard {
        number: "4000000000009987",
        payment_method: "pm_card_visa_chargeDeclinedLostCard",
        brand: "visa",
        behaviour: refused("card_declined", "lost_card", "Your card was declined."),
        says: "is declined: lost card",
    },
    TestCard {
        number: "4000000000000069",
        payment_method: "pm_card_chargeDeclinedExpiredCard",
        brand: "visa",
        behaviour: CardBehaviour::Declines(Refusal {
            code: "expired_card",
            decline_code: Some("expired_card"),
            message: "Your card has expired.",
        }),
        says: "is declined: expired",
    },
    TestCard {
        number: "4000000000000119",
        payment_method: "pm_card_chargeDeclinedProcessingError",
        brand: "visa",
        behaviour: CardBehaviour::Declines(Refusal {
            code: "processing_error",
            decline_code: Some("processing_error"),
            message: "An error occurred while processing your card. Try again in a little bit.",
        }),
        says: "is declined: processing error",
    },
    TestCard {
        number: "4000000000005126",
        payment_method: "pm_card_refundFail",
        brand: "visa",
        behaviour: CardBehaviour::RefundFails,
        says: "succeeds; its refund fails later",
    },
    TestCard {
        number: "4000000000007726",
        payment_method: "pm_card_pendingRefund",
        brand: "visa",
        behaviour: CardBehaviour::RefundPends,
        says: "succeeds; its refund takes days",
    },
    TestCard {
        number: "4000000000000259",
        payment_method: "pm_card_createDispute",
        brand: "visa",
        behaviour: CardBehaviour::Disputed,
        says: "succeeds, then is disputed",
    },
    TestCard {
        number: "4000000000001976",
        payment_method: "pm_card_createDisputeInquiry",
        brand: "visa",
        behaviour: CardBehaviour::AskedAbout,
        says: "succeeds, then the bank asks about it",
    },
    TestCard {
        number: "5555555555554444",
        payment_method: "pm_card_mastercard",
        brand: "mastercard",
        behaviour: CardBehaviour::Succeeds,
        says: "succeeds (Mastercard)",
    },
];

/// The test card with this number.
pub(crate) fn by_number(number: &str) -> Option<&'static TestCard> {
    TEST_CARDS.iter().find(|card| card.number == number)
}

/// The test card an API caller names by `pm_card_…`.
pub(crate) fn by_payment_method(id: &str) -> Option<&'static TestCard> {
    TEST_CARDS.iter().find(|card| card.payment_method == id)
}

/// Why a debit that fails does so.
// Stripe: a debit without funds fails with insufficient_funds (payment methods, blocked and failed debits)
pub(crate) const DEBIT_REFUSAL: Refusal = Refusal {
    code: "insufficient_funds",
    decline_code: None,
    message: "The customer's account has insufficient funds to cover this payment.",
};

// Stripe: the account that fails 3-D Secure, or leaves it, gets this code (declines, error codes)
pub(crate) const AUTHENTICATION_REFUSAL: Refusal = Refusal {
    code: "payment_intent_authentication_failure",
    decline_code: None,
    message: "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new \
              PaymentMethod to attempt to fulfill this PaymentIntent again.",
};

// Stripe: a card that needs its holder is refused off-session with authentication_required (off-session payments)
pub(crate) const OFF_SESSION_REFUSAL: Refusal = Refusal {
    code: "authentication_required",
    decline_code: Some("authentication_required"),
    message: "Your card was declined. This transaction requires authentication.",
};

#[cfg(test)]
mod tests {
    use super::{Instrument, Method, TEST_CARDS, by_number, by_payment_method};

    #[test]
    fn every_test_card_is_found_by_number_and_by_name() {
        for card in TEST_CARDS {
            assert!(std::ptr::eq(by_number(card.number).unwrap(), card));
            assert!(std::ptr::eq(by_payment_method(card.payment_method).unwrap(), card));
            assert_eq!(card.number.len(), 16);
        }
    }

    #[test]
    fn a_number_is_read_as_people_type_it() {
        assert_eq!(Instrument::card("4242 4242-4242 4242"), Instrument::Card("4242424242424242".to_owned()));
        assert_eq!(Method::from_name("sepa_debit"), Some(Method::SepaDebit));
        assert_eq!(Method::from_name("klarna"), None);
    }
}
