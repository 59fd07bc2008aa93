//! Money that does not come through the provider.

use domain::dispute::DisputeStage;
use domain::payment::Method;
use domain::refund::RefundState;

use super::shared::method_name;
use crate::words::MoneyWords;

pub(super) const MONEY: MoneyWords = MoneyWords {
    title: "Money",
    waiting: "Money that waits for a use",
    waiting_hint: "Credit pays the customer's next invoice by itself. What is listed here had nothing to pay yet, or a person is to look at it first.",
    nothing_waits: "Nothing waits: all that came was used.",
    record: "Record a payment",
    record_hint: "Cash, a cheque, or a transfer you see on your account. The customer gets a receipt.",
    record_it: "Record it",
    more: "Yes, that much came. Use the rest for what else is due, and keep what is left as credit.",
    payments: "Payments",
    no_payments: "No payment yet.",
    take_back: "Take back",
    take_back_what: "What this payment paid for is open again, and is followed up on. The payment stays on record as taken back.",
    gone: "This payment cannot be taken back: it was before, or some of it was paid out.",
    under_review: "Some of it came in another amount or for something else than was asked for. Look at it before you use it.",
    apply_to: "Use it for these invoices, the longest due first:",
    apply: "Use it",
    pay_out: "Paid out",
    pay_out_what: "Write down what you transferred back or handed over. Dunlin moves no money here.",
    books: "The books and Stripe",
    books_hint: "Every payment, refund and dispute at Stripe is compared with the books once a day. What no webhook told is booked then.",
    compare: "Compare now",
    compared: "Compared",
    never_compared: "Not compared yet.",
    no_such: "nothing",
    refund: "Refund",
    refund_what: "The money goes back the way it came, through Stripe. What it paid for is open again by as much; if it is not owed, write it off.",
    refund_it: "Give it back",
    came_again: "had gone back, and came again",
    write_off: "Write off the rest",
    write_off_what: "Nobody is asked for it any more. It stays on record that it was not paid.",
    cannot_write_off: "Nothing can be written off now: nothing is open, or a payment is on its way.",
    small_balance: "Small amounts",
    small_balance_hint: "When a payment leaves no more than this open, the rest is written off by itself. Empty: never.",
    of_invoice: |number| format!("Money for invoice {number}"),
    of_customer: |name| format!("Money of {name}"),
    write_off_amount: |amount| format!("Write off {amount}"),
    by: |name| format!("recorded by {name}"),
    returned: |amount| format!("{amount} of it went back or was taken back"),
    refund_state: |state, amount| match state {
        RefundState::Asked => format!("{amount}: refund asked for, Stripe has not answered yet"),
        RefundState::Refused => format!("{amount}: refund refused by Stripe"),
        RefundState::Pending => format!("{amount}: refund on its way"),
        RefundState::Succeeded => format!("{amount}: refunded"),
        RefundState::Failed => format!("{amount}: the refund failed, find another way"),
    },
    dispute: |stage| match stage {
        DisputeStage::Inquiry => "The payer's bank asks about it",
        DisputeStage::InquiryClosed => "The bank's question is settled",
        DisputeStage::Open => "Contested at the bank",
        DisputeStage::Lost => "Taken back by the payer's bank",
        DisputeStage::Won => "Contested, and decided for you",
    },
    drift: |count| match count {
        0 => "They agree: drift 0",
        1 => "1 thing differs",
        _ => "Several things differ",
    },
    found: |objects, healed| {
        format!("{objects} payments, refunds and disputes compared, {healed} booked only now.")
    },
    differs: |there, here| format!("{there} at Stripe, {here} in the books"),
    came_by: |method| match method {
        Method::Manual => "Bank transfer",
        other => method_name(other),
    },
};
