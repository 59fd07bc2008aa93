//! The text of a code that a banking app scans to fill in a transfer: EPC069-12 version 2.1, "Quick Response Code:
//! Guidelines to Enable Data Capture for the Initiation of a SEPA Credit Transfer".

use super::reference::CreditorReference;
use super::{AccountNumber, BankAccount};
use crate::{Currency, Money};

/// The longest name, in characters.
const NAME_MAX: usize = 70;
/// The largest amount: 999 999 999.99 euros.
const AMOUNT_MAX_MINOR: i64 = 99_999_999_999;
/// The most bytes that fit version 13 with error correction M, the largest code that the guideline allows.
pub const PAYLOAD_MAX_BYTES: usize = 331;

/// What the code says. `None` where there can be none: not euros, no IBAN, nothing to pay, or more than a transfer carries.
pub fn payload(account: &BankAccount, amount: Money, reference: &CreditorReference) -> Option<String> {
    let AccountNumber::Iban { iban } = &account.number else { return None };
    let euros = account.currency == Currency::EUR && amount.currency() == Currency::EUR;
    if !euros || !(1..=AMOUNT_MAX_MINOR).contains(&amount.minor()) {
        return None;
    }
    let name: String = account.holder.as_str().chars().take(NAME_MAX).collect();
    let bic = account.bic.as_ref().map_or("", super::Bic::as_str);
    let (euros, cents) = (amount.minor() / 100, amount.minor() % 100);
    let lines = [
        "BCD",
        // Version 2: the bank's code may be missing.
        "002",
        // UTF-8.
        "1",
        "SCT",
        bic,
        name.trim_end(),
        iban.as_str(),
        &format!("EUR{euros}.{cents:02}"),
        // No purpose code.
        "",
        reference.as_str(),
    ];
    // What follows (free text, a note for the payer) is left out, as the guideline says of empty elements at the end.
    Some(lines.join("\n")).filter(|text| text.len() <= PAYLOAD_MAX_BYTES)
}
