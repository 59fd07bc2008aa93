//! Ways to pay that a customer keeps at the provider for later.

use std::fmt;

use crate::Currency;
use crate::payment::Method;

named_enum! {
    /// Why a saved method is kept no longer.
    pub enum EndReason {
        /// The customer removed it.
        Customer = "customer",
        /// A member removed it.
        Member = "member",
        /// It was removed at the provider.
        Provider = "provider",
        /// Its mandate ended: the holder or their bank took it back.
        Mandate = "mandate",
    }
}

impl EndReason {
    /// Whether the provider still has to be told to let it go.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Customer | Self::Member)
    }
}

/// The last month in which a card is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpiryMonth {
    year: u16,
    month: u8,
}

impl ExpiryMonth {
    /// The month, if there is such a one.
    pub fn new(year: u16, month: u8) -> Option<Self> {
        ((2000..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    /// Reads `2034-12`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    /// As it is printed on cards: `12/34`.
    pub fn printed(self) -> String {
        format!("{:02}/{:02}", self.month, self.year % 100)
    }
}

impl fmt::Display for ExpiryMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl Method {
    /// Whether it can be kept for later at all.
    pub fn can_be_kept(self) -> bool {
        self.saved_in(Currency::EUR).is_some()
    }

    /// The currency in which it is kept for later, at a business at home in `home`; `None` for what cannot be kept.
    pub fn saved_in(self, home: Currency) -> Option<Currency> {
        match self {
            Self::Card => Some(home),
            Self::SepaDebit => Some(Currency::EUR),
            Self::UsBankAccount => Some(Currency::USD),
            Self::BacsDebit => Some(Currency::GBP),
            Self::BankTransfer | Self::Manual | Self::Cash | Self::Cheque => None,
        }
    }
}
