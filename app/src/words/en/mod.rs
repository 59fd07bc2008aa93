//! English.

#[cfg(feature = "ssr")]
mod autopay;
#[cfg(feature = "ssr")]
mod bank_statements;
#[cfg(feature = "ssr")]
mod console;
#[cfg(feature = "ssr")]
mod contact;
#[cfg(feature = "ssr")]
mod credit_note;
mod fields;
#[cfg(feature = "ssr")]
mod handling;
#[cfg(feature = "ssr")]
mod money;
#[cfg(feature = "ssr")]
mod portal;
#[cfg(feature = "ssr")]
mod recurring;
#[cfg(feature = "ssr")]
mod saved_methods;
#[cfg(feature = "ssr")]
mod schedules;
#[cfg(feature = "ssr")]
mod shared;
#[cfg(feature = "ssr")]
mod statement;
#[cfg(feature = "ssr")]
mod texts;
#[cfg(feature = "ssr")]
mod timeline;

use super::Preview;
#[cfg(feature = "ssr")]
use super::Words;

/// What islands say.
pub(super) static PREVIEW: Preview = Preview {
    how_much: "How much would you like to pay?",
    all_of_it: |amount| format!("All of it, {amount}"),
    a_part: "A part of it",
    a_part_meaning: "The rest stays open, and you can pay it whenever you like.",
    part_label: "Amount to pay now",
    part_range: |smallest, largest| format!("Between {smallest} and {largest}."),
    pay: |amount| format!("Pay {amount}"),
    pay_part: "Pay this part",
    stays_open: |rest| format!("{rest} stays open."),
    nothing_stays_open: "Nothing stays open.",
    more_than_open: |excess| {
        format!("{excess} more than is open: it would become credit. We ask you before you pay.")
    },
    pay_chosen: "Pay what is chosen",
    problem: fields::amount_problem,
};

/// What pages say.
#[cfg(feature = "ssr")]
pub(super) static WORDS: Words = Words {
    frame: shared::FRAME,
    form: shared::FORM,
    field_label: fields::label,
    problem: fields::problem,
    relative_day: shared::relative_day,
    list: shared::list,
    standing: shared::standing,
    method_name: shared::method_name,
    method_in_sentence: shared::method_in_sentence,
    method_meaning: shared::method_meaning,
    failure: shared::failure,
    role_name: shared::role_name,
    role_meaning: shared::role_meaning,
    country_name: shared::country_name,
    locale_name: shared::locale_name,
    task: console::task,
    problem_page: shared::problem_page,
    invoice: portal::INVOICE,
    portal: portal::PORTAL,
    open_invoices: portal::OPEN_INVOICES,
    pay: portal::PAY,
    pay_several: portal::PAY_SEVERAL,
    more_than_open: portal::MORE_THAN_OPEN,
    returned: portal::RETURNED,
    expired: portal::EXPIRED,
    renewed: portal::RENEWED,
    code: contact::CODE,
    saved_methods: saved_methods::SAVED_METHODS,
    autopay: autopay::AUTOPAY,
    console: console::CONSOLE,
    today: console::TODAY,
    follow_up: timeline::FOLLOW_UP,
    handling: handling::HANDLING,
    timeline: timeline::TIMELINE,
    invoice_form: console::INVOICE_FORM,
    customer: console::CUSTOMER,
    contact: contact::CONTACT,
    way_out: contact::WAY_OUT,
    members: console::MEMBERS,
    settings: console::SETTINGS,
    bank: console::BANK,
    bank_statements: bank_statements::BANK_STATEMENTS,
    recurring: recurring::RECURRING,
    money: money::MONEY,
    statement: statement::STATEMENT,
    credit_note: credit_note::CREDIT_NOTE,
    texts: texts::TEXTS,
    schedules: schedules::SCHEDULES,
    change: schedules::CHANGE,
    outlook: schedules::OUTLOOK,
    following_up: schedules::FOLLOWING_UP,
    message: timeline::MESSAGE,
    setup: console::SETUP,
    sign_in: console::SIGN_IN,
    invitation: console::INVITATION,
    demo: console::DEMO,
};
