//! Which ways to pay are offered for an invoice: one rule over the method, the currency, the payer's country, whether they are a
//! consumer or a company, and what the business takes and has set up.

use serde::{Deserialize, Serialize};

use super::Method;
use crate::customer::CustomerKind;
use crate::{Country, Currency};

/// The ways to pay that a business takes, the preferred way first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenMethods {
    /// From companies.
    pub from_companies: Vec<Method>,
    /// From consumers.
    pub from_consumers: Vec<Method>,
}

impl TakenMethods {
    /// These, from everyone.
    pub fn from_everyone(methods: Vec<Method>) -> Self {
        Self { from_consumers: methods.clone(), from_companies: methods }
    }

    /// What is taken from customers of this kind.
    pub fn of(&self, kind: CustomerKind) -> &[Method] {
        match kind {
            CustomerKind::Company => &self.from_companies,
            CustomerKind::Consumer => &self.from_consumers,
        }
    }
}

/// What decides how an invoice can be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer<'a> {
    /// What the invoice says, the agreed way first.
    pub accepted: &'a [Method],
    /// What it is in.
    pub currency: Currency,
    /// Where the payer is.
    pub country: Country,
    /// Whether they are a consumer or a company.
    pub kind: CustomerKind,
    /// What the business takes now.
    pub taken: &'a TakenMethods,
    /// Whether it has an account at the payment provider.
    pub has_provider: bool,
    /// Whether it has a bank account of its own in this currency.
    pub has_account: bool,
}

impl Offer<'_> {
    /// The ways to pay, in the order of the invoice.
    pub fn methods(&self) -> Vec<Method> {
        self.accepted.iter().copied().filter(|method| self.allows(*method)).collect()
    }

    /// Whether this is one of them.
    pub fn allows(&self, method: Method) -> bool {
        let set_up = if method.is_through_provider() { self.has_provider } else { self.has_account };
        set_up
            && self.accepted.contains(&method)
            && self.taken.of(self.kind).contains(&method)
            && method.works_in(self.currency)
            && method.works_from(self.country)
    }
}

/// Where euros are debited from: the countries of the schemes, by code (European Payments Council, EPC409-09, "List of SEPA
/// scheme countries"), with the territories that have a code of their own.
const SEPA: &str = "AD AL AT AX BE BG BL CH CY CZ DE DK EE ES FI FR GB GF GG GI GP GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME \
                    MF MK MQ MT NL NO PL PM PT RE RO RS SE SI SK SM VA YT";
/// The Automated Clearing House reaches accounts in the United States and its territories (Nacha Operating Rules).
const ACH: &str = "AS GU MP PR UM US VI";
/// Bacs reaches accounts with a British sort code, the Crown dependencies and Gibraltar among them (Pay.UK).
const BACS: &str = "GB GG GI IM JE";

impl Method {
    /// Whether a payer of this country has the account that the method needs. Cards, transfers and cash are at home everywhere.
    pub fn works_from(self, country: Country) -> bool {
        let countries = match self {
            Self::SepaDebit => SEPA,
            Self::UsBankAccount => ACH,
            Self::BacsDebit => BACS,
            Self::Card | Self::BankTransfer | Self::Manual | Self::Cash | Self::Cheque => return true,
        };
        countries.split_ascii_whitespace().any(|code| code == country.code())
    }
}
