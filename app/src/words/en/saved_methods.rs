//! Ways to pay that a customer keeps for later.

use crate::portal::saved_methods::Told;
use crate::words::SavedMethodsWords;

pub(super) const SAVED_METHODS: SavedMethodsWords = SavedMethodsWords {
    title: "Saved ways to pay",
    none: "Nothing is saved.",
    remove: "Remove",
    another: "Save a way to pay",
    which: "What would you like to save?",
    leads_to_provider: "The next page is Stripe's, where you enter it. Nothing is charged now.",
    go_on: "Go on to Stripe",
    of_customer: "Saved ways to pay",
    paid_at_once: "Saved. Taken when you press the button, without another page. Once a session we ask for a code first.",
    leads_to_either: "With a saved way to pay it is taken now. With any other the next page is Stripe's, where you see the amount again.",
    while_paying: "Optional, for cards and bank debits. Before we go on we ask for a code, which goes to the contact on file.",
    pay_with_saved: "Pay with what you saved",
    code_first: "We ask for a code first, which goes to the contact on file.",
    intro: |business| {
        format!(
            "Kept at Stripe for {business}. Nothing is charged to what is saved here until you agree to a charge. Before you \
             save or remove one we ask for a code, which goes to the contact on file."
        )
    },
    consent: |business| {
        format!(
            "I allow {business} to keep this way to pay at its payment provider Stripe, and to charge it later for what I agree \
             to then. I can remove it at any time under “Saved ways to pay”."
        )
    },
    ending: |name, digits| {
        if digits.is_empty() { name.to_owned() } else { format!("{name} ending in {digits}") }
    },
    expires: |month| format!("Good until {month}"),
    told: |told| match told {
        Told::Saved => ("Saved", "Nothing was charged."),
        Told::NotSaved => ("Nothing was saved", "You can try again, or choose another way to pay."),
        Told::Checking => (
            "We are still checking",
            "It will stand here as soon as Stripe and your bank have confirmed it, which for a bank account can take days. If your \
             bank asks you to confirm something, please do.",
        ),
        Told::Removed => ("Removed", "It is not charged any more, and Stripe is asked to let it go."),
        Told::AutopayOn => (
            "Automatic payment is on",
            "Before anything is charged you get an e-mail with the amount and the day.",
        ),
        Told::AutopayOff => {
            ("Automatic payment is off", "Nothing is charged any more unless you pay yourself.")
        }
        Told::NotReached => {
            ("Stripe did not answer", "Nothing was saved. Please try again in a few minutes.")
        }
    },
};
