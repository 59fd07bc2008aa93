//! The customer's pages.

use domain::Currency;

use crate::portal::pay::PayTrouble;
use crate::words::{
    ExpiredWords, InvoiceWords, MoreThanOpenWords, OpenInvoicesWords, PaySeveralWords, PayWords, PortalWords,
    RenewedWords, ReturnedWords,
};

pub(super) const INVOICE: InvoiceWords = InvoiceWords {
    sheet_label: "The invoice in detail",
    lines_caption: "What the invoice is for",
    from: "From",
    to: "To",
    number: "Invoice",
    issued_on: "Issued",
    due_on: "Due",
    purchase_order: "Your order",
    project: "Project",
    description: "Description",
    quantity: "Quantity",
    unit_price: "Price",
    amount: "Amount",
    subtotal: "Subtotal",
    total: "Total",
    written_off: "Written off",
    terms: "Terms",
    no_late_charge: "No late charge.",
    numbered: |number| format!("Invoice {number}"),
    tax_number: |number| format!("Tax number {number}"),
    period: |from, to| format!("{from} to {to}"),
    tax: |rate, net| format!("Tax {rate} on {net}"),
    received: |on, method| match method {
        Some(method) => format!("Received {on} · {method}"),
        None => format!("Received {on}"),
    },
    payable_within: |days| match days {
        0 => "Payable at once.".to_owned(),
        1 => "Payable within 1 day.".to_owned(),
        days => format!("Payable within {days} days."),
    },
    methods: |methods| format!("You can pay by {methods}."),
};

pub(super) const PORTAL: PortalWords = PortalWords {
    open_amount: "Open amount",
    paid_amount: "Paid in full",
    total_amount: "Total",
    more_time: "More time",
    something_wrong: "Something is wrong",
    void_title: "This invoice was taken back",
    void_body: "You need not pay it. If a new one replaces it, you will receive that separately.",
    closed_title: "This invoice is closed",
    closed_body: "Nothing more is expected of you.",
    paid_title: "Paid, thank you",
    nothing_to_do: "You need do nothing more.",
    see_all: "See all",
    everything: "See everything of yours",
    everything_body: "All your invoices, your statement, what you saved for later, and how you are contacted. We ask for a code \
                      first, which goes to the contact on file.",
    due: |date| format!("Due {date}"),
    pay: |amount| format!("Pay {amount}"),
    paid_of: |paid, total| format!("{paid} of {total} paid"),
    paid_on: |date| format!("The last payment came in on {date}."),
    processing_title: |amount| format!("{amount} is on its way"),
    processing_body: |about| match about {
        Some(day) => format!(
            "The bank needs until about {day}. You need do nothing, and no reminders go out meanwhile."
        ),
        None => {
            "The bank needs a few days. You need do nothing, and no reminders go out meanwhile.".to_owned()
        }
    },
    other_invoices: |count, total| {
        let invoices = if count == 1 {
            "1 other open invoice".to_owned()
        } else {
            format!("{count} other open invoices")
        };
        match total {
            Some(total) => format!("You have {invoices} ({total})"),
            None => format!("You have {invoices}"),
        }
    },
    both_write_to: |business| format!("Both open a mail to {business}. A person reads it."),
    call_instead: |business| {
        format!("Need more time, or is something wrong? {business} is glad to hear from you.")
    },
    more_time_subject: |number| format!("Invoice {number}: more time, please"),
    wrong_subject: |number| format!("Invoice {number}: something is wrong"),
};

pub(super) const OPEN_INVOICES: OpenInvoicesWords = OpenInvoicesWords {
    title: "Your open invoices",
    open: "Open",
    recently_paid: "Recently paid",
    nothing_title: "Nothing is open",
    nothing_body: "There is nothing to pay, and nothing else for you to do.",
    see_invoice: "See the invoice",
    more_time_subject: "Our open invoices: more time, please",
    wrong_subject: "Our open invoices: something is wrong",
    yours: "Yours to choose",
    yours_body: "What you save for later, and how you are contacted. For a change we ask for a code, which goes to the contact \
                 on file.",
    arrange: "See what you can choose",
    contact_preferences: "How we contact you",
    summary: |count, overdue| {
        let invoices = if count == 1 { "1 invoice".to_owned() } else { format!("{count} invoices") };
        match overdue {
            0 => invoices,
            1 if count == 1 => format!("{invoices}, overdue"),
            overdue => format!("{invoices}, {overdue} of them overdue"),
        }
    },
    issued: |date| format!("Issued {date}"),
    paid_on: |date| format!("Paid on {date}"),
    of_invoice: |number| format!("of invoice {number}"),
    pay_together: |count, amount| format!("Pay {count} invoices together, {amount}"),
};

pub(super) const PAY: PayWords = PayWords {
    how: "How would you like to pay?",
    agreed: "as agreed",
    leads_to_provider: "The next page is Stripe's. You see the amount again before anything is paid.",
    own_bank: "Or transfer it from your own bank",
    own_bank_meaning: "Use exactly this reference, and the payment finds its invoice by itself.",
    own_bank_meaning_several: "Write all of these references into one transfer, and the payment finds its invoices by itself.",
    holder: "Account holder",
    iban: "IBAN",
    account: "Account number",
    routing: |currency| match currency {
        Currency::GBP => "Sort code",
        Currency::USD => "Routing number",
        _ => "Bank code",
    },
    bank: "Bank",
    scan: "Or scan this with your banking app",
    scan_what: "Code with account, amount and reference for a banking app",
    bic: "BIC",
    amount: "Amount",
    reference: "Reference",
    title: |number| format!("Pay invoice {number}"),
    heading: |number| format!("Pay invoice {number}"),
    back: |number| format!("Back to invoice {number}"),
    second_payment: |left| {
        match left {
        Some(left) => {
            format!("A payment takes a few days to arrive. What you pay here, up to {left}, comes on top of it.")
        }
        None => "A payment takes a few days to arrive. What you pay here comes on top of it, and would become credit."
            .to_owned(),
    }
    },
    trouble: |trouble| match trouble {
        PayTrouble::NotReached => (
            "The payment page did not open",
            "Nothing was paid. Please try again in a moment, or choose another way to pay.",
        ),
        PayTrouble::Unknown => (
            "We are still finding out about your last try",
            "The payment page did not answer. To be sure you never pay twice, please wait a minute and load this page again.",
        ),
        PayTrouble::Refused => (
            "This way to pay is not possible here",
            "Nothing was paid. Please choose another way to pay, or write to us.",
        ),
    },
};

pub(super) const PAY_SEVERAL: PaySeveralWords = PaySeveralWords {
    title: "Pay several invoices at once",
    back: "Back to all open invoices",
    which: "Which invoices?",
    only_a_part: "Only a part of it",
    part_hint: "Leave this empty to pay all of it.",
    transfer_how: "One transfer from your own bank",
    transfer_then: "The invoices show as paid as soon as the money has arrived, usually within 3 days.",
    transfer_then_one: "The invoice shows as paid as soon as the money has arrived, usually within 3 days.",
    transfer_kept: "This account is kept for you alone. Whatever arrives there is yours, a part of it too, and the reference says what it is for.",
    only_by: |methods| format!("Can be paid by {methods} only."),
    part_of: |number| format!("Amount for invoice {number}"),
    transfer_title: |amount| format!("Transfer {amount}"),
};

pub(super) const MORE_THAN_OPEN: MoreThanOpenWords = MoreThanOpenWords {
    title: "This is more than is open",
    chosen: "You chose to pay",
    open: "Open",
    on_its_way: "On its way already",
    over: "Too much",
    change: "Change the amount",
    body: |excess| {
        format!(
            "You can pay it all the same. {excess} then becomes your credit: it pays what else is open, or your next invoice."
        )
    },
};

pub(super) const RETURNED: ReturnedWords = ReturnedWords {
    paid: "Paid",
    processing: "Processing",
    checking: "Checking",
    failed: "Not paid",
    not_paid: "Not paid",
    checking_title: "We are checking with the bank",
    failed_title: "The payment did not go through",
    not_paid_title: "Nothing was paid",
    no_reminders: "No reminders go out meanwhile. You get a receipt by mail when the money has arrived.",
    nothing_taken: "No money was taken.",
    not_paid_body: "Nothing was taken. You can pay whenever it suits you.",
    look_again: "Look again",
    try_again: "Try again or choose another way",
    see_all: "See all your open invoices",
    paid_title: |amount| format!("{amount} paid, thank you"),
    processing_title: |amount| format!("{amount} is on its way"),
    processing_body: |about| match about {
        Some(day) => format!("The bank needs until about {day}. You need do nothing."),
        None => "The bank needs a few days. You need do nothing.".to_owned(),
    },
    checking_body: |amount| {
        format!(
            "Your payment of {amount} was sent. It usually shows here within a minute; there is no need to pay again."
        )
    },
    left_open: |number, open| format!("Of invoice {number}, {open} stays open."),
    all_paid: |number| format!("Invoice {number} is paid in full. You need do nothing more."),
    receipt_to: |masked| format!("The receipt is on its way to {masked}."),
    other_ways: |methods| format!("You can also pay by {methods}."),
    see_invoice: |number| format!("See invoice {number}"),
};

pub(super) const EXPIRED: ExpiredWords = ExpiredWords {
    title: "This link has expired",
    body: |business| {
        format!("Links from {business} work for 90 days, so that an old mail in strange hands opens nothing.")
    },
    button: |masked| format!("Mail a fresh link to {masked}"),
    not_yours: |business| {
        format!("Not your address any more? Please tell {business}, and they will send it to the right one.")
    },
};

pub(super) const RENEWED: RenewedWords = RenewedWords {
    state: "On its way",
    title: "A fresh link is on its way",
    no_mail: "Nothing after a few minutes? Look into the spam folder, or ask whoever sent you the invoice.",
    body: |masked| format!("We mailed it to {masked}. Open it there, on any device."),
};
