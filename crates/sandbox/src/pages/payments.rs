//! The index page's part about payments that were made: what their payers' banks can still do with them, a button each.

use super::escape;
use super::index::{ROWS, form};
use crate::clock::readable;
use crate::stripe::instruments::Instrument;
use crate::stripe::money;
use crate::stripe::objects::{Charge, ChargeStatus, Dispute, Intent};
use crate::world::State;

/// What was paid, newest first, and the bank transfers that are waited for.
pub(super) fn show(state: &State) -> String {
    let awaited = state.accounts.values().flat_map(|account| account.intents.newest_first());
    let awaited: String = awaited.filter_map(|intent| Some((intent, missing(intent)?))).map(awaits).collect();
    let mut charges: Vec<_> = state
        .accounts
        .values()
        .flat_map(|account| account.charges.newest_first().map(move |charge| (account, charge)))
        .filter(|(_, charge)| charge.status != ChargeStatus::Failed)
        .collect();
    charges.sort_by_key(|(_, charge)| std::cmp::Reverse(charge.created));
    let transfers = transfers(state);
    if awaited.is_empty() && charges.is_empty() {
        return transfers;
    }
    let mut html = transfers;
    html.push_str( "<h2>Payments and the payers\u{2019} banks</h2>\n<table class=\"stack\"><thead><tr><th>Made</th><th>For</th>\
                    <th>Amount</th><th>State</th><th></th></tr></thead><tbody>\n"
        );
    html.push_str(&awaited);
    for (account, charge) in charges.into_iter().take(ROWS) {
        let dispute = account.disputes.newest_first().find(|dispute| dispute.charge == charge.id);
        let (word, buttons) = match dispute {
            Some(dispute) => decisions(dispute),
            None => objections(charge),
        };
        row(
            &mut html,
            charge.created,
            charge.description.as_deref(),
            (charge.amount, &charge.currency),
            &word,
            &buttons,
        );
    }
    html.push_str("</tbody></table>\n");
    html
}

fn row(
    html: &mut String,
    made: i64,
    what_for: Option<&str>,
    (amount, currency): (i64, &str),
    state: &str,
    buttons: &str,
) {
    put!(
        html,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{state}</td><td><div class=\"row\">{buttons}</div></td></tr>\n",
        readable(made),
        escape(what_for.unwrap_or("a payment")),
        escape(&money::readable(amount, currency)),
    );
}

/// The accounts that are kept for customers: whatever is transferred to one, and with which words, is typed here.
fn transfers(state: &State) -> String {
    let customers = state.accounts.values().flat_map(|account| account.customers.newest_first());
    let mut rows = String::new();
    let mut number = 0;
    for customer in customers {
        for currency in &customer.transfers_in {
            number += 1;
            put!(
                rows,
                "<form method=\"post\" action=\"/_sandbox/transfers\">\n<h3>{name}, {currency}</h3>\n\
                 <input type=\"hidden\" name=\"customer\" value=\"{id}\">\
                 <input type=\"hidden\" name=\"currency\" value=\"{currency}\">\n\
                 <label for=\"amount-{number}\">Amount, in cents or pence</label>\n\
                 <input type=\"number\" id=\"amount-{number}\" name=\"amount\" min=\"1\" required>\n\
                 <label for=\"reference-{number}\">What the customer writes</label>\n\
                 <input type=\"text\" id=\"reference-{number}\" name=\"reference\" autocomplete=\"off\">\n\
                 <button>The transfer arrives</button>\n</form>\n",
                name = escape(customer.name.as_deref().unwrap_or("A customer")),
                id = escape(&customer.id),
                currency = escape(currency),
            );
        }
    }
    if rows.is_empty() { rows } else { format!("<h2>Bank transfers</h2>\n{rows}") }
}

/// What a bank transfer has yet to bring, if one is waited for.
fn missing(intent: &Intent) -> Option<i64> {
    intent.next_action["display_bank_transfer_instructions"]["amount_remaining"]
        .as_i64()
        .filter(|missing| *missing > 0 && intent.latest_charge.is_none() && intent.canceled_at.is_none())
}

fn awaits((intent, missing): (&Intent, i64)) -> String {
    let fund = |amount: i64, text: &str| {
        form("fund", &[("payment_intent", &intent.id), ("amount", &amount.to_string())], text)
    };
    let mut buttons = fund(missing, "All of it arrives");
    if missing > 1 {
        buttons.push_str(&fund(missing / 2, "Half of it arrives"));
    }
    let word = format!("waits for {}", escape(&money::readable(missing, &intent.currency)));
    let mut html = String::new();
    let amount = (intent.amount, &intent.currency[..]);
    row(&mut html, intent.created, intent.description.as_deref(), amount, &word, &buttons);
    html
}

/// What the payer's bank can do about a payment.
fn objections(charge: &Charge) -> (String, String) {
    if charge.status == ChargeStatus::Pending {
        return ("on its way".to_owned(), String::new());
    }
    let state = match charge.unrefunded() {
        0 => "given back",
        left if left < charge.amount => "paid, a part given back",
        _ => "paid",
    };
    let mut buttons = String::new();
    if charge.unrefunded() > 0 {
        buttons.push_str(&form(
            "disputes",
            &[("charge", &charge.id)],
            "The payer\u{2019}s bank takes it back",
        ));
        if matches!(charge.method.instrument, Instrument::Card(_)) {
            let fields = [("charge", &charge.id[..]), ("inquiry", "true")];
            buttons.push_str(&form("disputes", &fields, "The bank asks about it"));
        }
    }
    (state.to_owned(), buttons)
}

/// What the payer's bank can decide.
fn decisions(dispute: &Dispute) -> (String, String) {
    let state = format!("contested: {}", super::index::word(&serde_json::json!(dispute.status)));
    if dispute.status.is_over() {
        return (state, String::new());
    }
    let close =
        |won: &str, text: &str| form(&format!("disputes/{}/close", dispute.id), &[("won", won)], text);
    let buttons = if dispute.status.is_inquiry() {
        close("true", "The bank lets it rest") + &close("false", "The bank takes it back")
    } else {
        close("true", "The business wins") + &close("false", "The payer wins")
    };
    (state, buttons)
}
