//! The business's own bank accounts, one a currency.
//!
//! `/console/settings/bank` takes `currency`, `bank_holder`, `bank_number`, `bank_routing`, `bank_bic` and `bank_name`, and adds
//! the account or replaces the one of that currency; `…/remove` takes `currency`, `…/small-balance` takes `small_balance`.

use domain::Currency;
use domain::bank::{AccountNumber, BankAccount};
use domain::role::Permission;
use leptos::prelude::*;

use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::components::choices::currencies;
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// Where they are.
pub const PATH: &str = "/console/settings/bank";

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccountsPage {
    /// The accounts, by currency.
    pub accounts: Vec<BankAccount>,
    /// The form that adds or replaces one.
    pub form: Form,
    /// Up to which amount a rest is written off by itself.
    pub small_balance: Form,
    /// What that is in.
    pub currency: Currency,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &BankAccountsPage) -> String {
    let words = frame.words();
    let title = words.bank.title;
    let refused = !view.form.errors().is_empty() || !view.small_balance.errors().is_empty();
    console_page(frame, signed, Section::Settings, title, refused, || {
        let drawing = Drawing { form: &view.form, words, locale: frame.locale };
        let may_edit = signed.may(Permission::EditSettings);
        let rows = view.accounts.iter().map(|account| row(account, may_edit, words)).collect_view();
        let list = if view.accounts.is_empty() {
            view! { <p class="soft">{words.bank.none}</p> }.into_any()
        } else {
            view! { <ul class="rows card wide-form">{rows}</ul> }.into_any()
        };
        let form = may_edit.then(|| {
            view! {
                <form class="card stack wide-form" method="post" action=PATH novalidate>
                    <h2>{words.bank.add}</h2>
                    <p class="hint">{words.bank.add_hint}</p>
                    <div class="columns">
                        {Select::new("currency", currencies()).draw(drawing)}
                        {Field::text("bank_holder").autocomplete("off").required().draw(drawing)}
                    </div>
                    <div class="columns">
                        {Field::text("bank_number").autocomplete("off").required().draw(drawing)}
                        {Field::text("bank_routing").hint(words.bank.routing_hint).autocomplete("off").optional().draw(drawing)}
                    </div>
                    <div class="columns">
                        {Field::text("bank_bic").autocomplete("off").optional().draw(drawing)}
                        {Field::text("bank_name").autocomplete("off").optional().draw(drawing)}
                    </div>
                    <div><button class="button primary">{words.console.save}</button></div>
                </form>
            }
        });
        view! {
            {drawing.summary()}
            <div class="page-head"><h1>{title}</h1></div>
            {settings_tabs(SettingsTab::Bank, words)}
            <p>{words.bank.intro}</p>
            {list}
            {form}
            {may_edit.then(|| small_balance(view, words, frame))}
        }
    })
}

/// The rule for rests that are not worth asking for.
fn small_balance(view: &BankAccountsPage, words: &'static Words, frame: &Frame) -> AnyView {
    let form = view.small_balance.clone().scoped("small-balance");
    let drawing = Drawing { form: &form, words, locale: frame.locale };
    let label = format!("{}, {}", (words.field_label)("small_balance"), view.currency.code());
    view! {
        <form class="card stack wide-form" method="post" action=format!("{PATH}/small-balance") novalidate>
            <h2>{words.money.small_balance}</h2>
            {drawing.summary()}
            {Field::decimal("small_balance")
                .label(label)
                .hint(words.money.small_balance_hint)
                .optional()
                .autocomplete("off")
                .draw(drawing)}
            <div><button class="button">{words.console.save}</button></div>
        </form>
    }
    .into_any()
}

fn row(account: &BankAccount, may_edit: bool, words: &'static Words) -> AnyView {
    let number = match &account.number {
        AccountNumber::Iban { .. } => words.pay.iban,
        AccountNumber::Local { .. } => words.pay.account,
    };
    let mut facts = vec![format!("{number} {}", account.number.format())];
    let routing = (words.pay.routing)(account.currency);
    facts.extend(account.number.routing().map(|number| format!("{routing} {number}")));
    facts.extend(account.bic.as_ref().map(|bic| format!("{} {}", words.pay.bic, bic.as_str())));
    facts.extend(account.bank_name.as_ref().map(ToString::to_string));
    let remove = may_edit.then(|| {
        view! {
            <details class="ask">
                <summary class="button plain">
                    {words.bank.remove}<span class="visually-hidden">" "{account.currency.code()}</span>
                </summary>
                <form class="stack" method="post" action=format!("{PATH}/remove")>
                    <p>{words.bank.remove_what}</p>
                    {hidden("currency", account.currency.code())}
                    <div><button class="button danger">{words.bank.remove}</button></div>
                </form>
            </details>
        }
    });
    view! {
        <li>
            <div class="stack tight">
                <p><strong>{account.currency.code()}</strong>" · "{account.holder.as_str().to_owned()}</p>
                <p class="small soft wrap">{facts.join(" · ")}</p>
            </div>
            <div class="actions">{remove}</div>
        </li>
    }
    .into_any()
}
