//! What is charged by itself.

use crate::words::AutopayWords;

pub(super) const AUTOPAY: AutopayWords = AutopayWords {
    title: "Automatic payment",
    turn_on: "Turn on",
    turn_off: "Turn off",
    code_first: "We ask for a code, which goes to the contact on file. Turning it off needs none.",
    nothing_announced: "Nothing is announced at the moment.",
    paused: "Paused",
    of_customer: "Automatic payment",
    what: |business| {
        format!(
            "What falls due can be charged by itself to a way to pay that you saved. {business} tells you by e-mail some days \
             before each charge."
        )
    },
    paused_body: |business| {
        format!(
            "At the moment {business} takes no automatic payments. Nothing is charged; please pay by yourself."
        )
    },
    turn_on_with: |method| format!("Turn on for {method}"),
    since: |date| format!("On since {date}"),
    will_charge: |amount, date| format!("{amount} will be charged on {date}"),
    consent: |business, method, days| {
        format!(
            "I allow {business} to charge {method} for the open amount of my invoices in its currency, on the day each is due or \
             the next business day. {business} tells me the amount and the day by e-mail at least {days} days before. Never more \
             than that is charged, and what I pay in another way is not. If my bank declines, it may be tried again, three times \
             at most, with another e-mail before. I can turn this off at any time under “Saved ways to pay”, or by writing to \
             {business}; it also ends when I remove this way to pay."
        )
    },
};
