//! A customer's statement, as paper: what happened line by line, and what that leaves. The portal shows it to the customer, the
//! console to members.

use domain::sheet::Party;
use domain::statement::{Entry, Statement};
use domain::{Currency, Date, Locale, Money};
use leptos::prelude::*;

use super::{date, money, party};
use crate::form::{Drawing, Field, Form, Select};
use crate::words::Words;

/// What both pages show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementView {
    /// Who is owed.
    pub business: Party,
    /// Who owes.
    pub customer: Party,
    /// The statement.
    pub statement: Statement,
    /// The currencies there is a statement in.
    pub currencies: Vec<Currency>,
    /// The days and the currency as they were chosen, with what is wrong with them: then the statement is of recent days.
    pub form: Form,
}

impl StatementView {
    /// From the first day to the last, in words.
    pub(crate) fn period(&self, words: &Words, locale: Locale) -> String {
        let period = self.statement.period;
        (words.invoice.period)(&locale.date_long(period.from), &locale.date_long(period.to))
    }

    /// What names this statement in an address.
    fn query(&self) -> String {
        let (currency, period) = (self.statement.closing.currency(), self.statement.period);
        format!("currency={}&period_from={}&period_to={}", currency.code(), period.from, period.to)
    }
}

/// The form that asks for other days or another currency: it changes nothing, so it is a GET of the same address. `table` is where the
/// same is kept as a table, for those who may.
pub(crate) fn choose(
    view: &StatementView,
    action: String,
    table: Option<String>,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    let drawing = Drawing { form: &view.form, words, locale };
    let currency = (view.currencies.len() > 1).then(|| {
        let codes = view.currencies.iter().map(|currency| currency.code().to_owned());
        Select::new("currency", codes.map(|code| (code.clone(), code)).collect()).draw(drawing)
    });
    let table = table.map(|table| {
        let href = format!("{table}?{}", view.query());
        view! { <a class="button plain" href=href download="">{words.statement.download}</a> }
    });
    view! {
        <form class="stack" method="get" action=action novalidate>
            {drawing.summary()}
            <div class="columns">
                {Field::date("period_from").draw(drawing)}
                {Field::date("period_to").draw(drawing)}
                {currency}
            </div>
            <div class="actions">
                <button class="button">{words.statement.show}</button>
                {table}
            </div>
        </form>
    }
    .into_any()
}

/// The sheet of paper.
pub(crate) fn paper(view: &StatementView, words: &'static Words, locale: Locale) -> AnyView {
    let statement = &view.statement;
    let abroad = view.business.country != view.customer.country;
    view! {
        <article class="paper" aria-label=words.statement.title>
            <div class="parties two">
                <section><h2 class="label">{words.invoice.from}</h2>{party(&view.business, abroad, words)}</section>
                <section><h2 class="label">{words.invoice.to}</h2>{party(&view.customer, abroad, words)}</section>
            </div>
            {entries(statement, words, locale)}
            {open(statement, words, locale)}
        </article>
    }
    .into_any()
}

/// The statement as a table for spreadsheets: days and amounts as programs write them, words as the reader reads them.
pub fn table(statement: &Statement, locale: Locale) -> Vec<Vec<String>> {
    let words = crate::words::of(locale);
    let (phrases, period) = (&words.statement, statement.period);
    let currency = statement.closing.currency();
    let row = |on: Date, what: String, invoice: &str, amount: Option<Money>, balance: Money| {
        let amount = amount.map(Money::to_plain).unwrap_or_default();
        vec![on.to_string(), what, invoice.to_owned(), amount, currency.code().to_owned(), balance.to_plain()]
    };
    let heads = [
        phrases.day,
        phrases.entry,
        phrases.invoice,
        words.invoice.amount,
        phrases.currency,
        phrases.balance,
    ];
    let opening = (phrases.opening)(&locale.date_long(period.from));
    let closing = (phrases.closing)(&locale.date_long(period.to));
    let mut rows = vec![heads.map(str::to_owned).to_vec()];
    rows.push(row(period.from, opening, "", None, statement.opening));
    rows.extend(statement.entries.iter().map(|entry| {
        let number = entry.invoice.as_ref().map(|(_, number)| number.as_str());
        let what = (phrases.what)(entry.what, number);
        row(entry.on, what, number.unwrap_or_default(), Some(entry.amount), entry.balance)
    }));
    rows.push(row(period.to, closing, "", None, statement.closing));
    rows
}

fn entries(statement: &Statement, words: &'static Words, locale: Locale) -> AnyView {
    let phrases = &words.statement;
    let row = |entry: &Entry| {
        let number = entry.invoice.as_ref().map(|(_, number)| number.as_str());
        let class = if entry.amount.is_negative() { "number less" } else { "number" };
        view! {
            <tr>
                <th scope="row">
                    <span class="what">{(phrases.what)(entry.what, number)}</span>
                    <span class="beneath">{date(entry.on, locale)}</span>
                </th>
                <td class=class>{money(entry.amount, locale)}</td>
                <td class="number total">{money(entry.balance, locale)}</td>
            </tr>
        }
    };
    let edge = |label: String, amount: Money| {
        view! {
            <tr class="edge">
                <th scope="row"><span class="what">{label}</span></th>
                <td></td>
                <td class="number total">{money(amount, locale)}</td>
            </tr>
        }
    };
    let period = statement.period;
    let nothing =
        statement.entries.is_empty().then(|| view! { <p class="soft">{phrases.nothing_happened}</p> });
    view! {
        <section class="stack">
            <table class="lines account">
                <caption class="visually-hidden">{phrases.entries}</caption>
                <thead>
                    <tr>
                        <th scope="col">{phrases.entry}</th>
                        <th scope="col" class="number">{words.invoice.amount}</th>
                        <th scope="col" class="number">{phrases.balance}</th>
                    </tr>
                </thead>
                <tbody>
                    {edge((phrases.opening)(&locale.date_long(period.from)), statement.opening)}
                    {statement.entries.iter().map(row).collect_view()}
                    {edge((phrases.closing)(&locale.date_long(period.to)), statement.closing)}
                </tbody>
            </table>
            {nothing}
        </section>
    }
    .into_any()
}

/// What is open when it closes, by invoice and by how long it has been due, and the credit beside it.
fn open(statement: &Statement, words: &'static Words, locale: Locale) -> AnyView {
    let phrases = &words.statement;
    let items = statement.open.iter().map(|item| {
        let due = (words.portal.due)(&locale.date_long(item.due_on));
        let late = (item.days_overdue > 0)
            .then(|| view! { <span class="late">{(phrases.days_overdue)(item.days_overdue)}</span> });
        view! {
            <li>
                <div class="stack tight">
                    <strong>{(words.invoice.numbered)(item.number.as_str())}</strong>
                    <small class="soft">{due}</small>
                    {late}
                </div>
                {money(item.open, locale)}
            </li>
        }
    });
    let items = if statement.open.is_empty() {
        view! { <p class="soft">{words.portal.nothing_to_do}</p> }.into_any()
    } else {
        view! { <ul class="rows">{items.collect_view()}</ul> }.into_any()
    };
    let row = |class: &'static str, label: String, amount: Money| {
        view! { <div class=class><dt>{label}</dt><dd>{money(amount, locale)}</dd></div> }.into_any()
    };
    let mut totals = Vec::new();
    // Sums of what stands above: one that is beyond all bounds is left out rather than wrong.
    if !statement.open.is_empty()
        && let (Ok(ageing), Ok(open)) = (statement.ageing(), statement.open_amount())
    {
        let aged = ageing.into_iter().filter(|(_, amount)| !amount.is_zero());
        totals.extend(aged.map(|(age, amount)| row("", (phrases.age)(age).to_owned(), amount)));
        totals.push(row("sum", words.portal.open_amount.to_owned(), open));
    }
    if !statement.credit.is_zero() {
        totals.push(row("received", phrases.credit.to_owned(), statement.credit.negated()));
    }
    if !totals.is_empty() {
        totals.push(row("sum open", phrases.balance.to_owned(), statement.closing));
    }
    view! {
        <section class="stack">
            <h2 class="label">{(phrases.open_on)(&locale.date_long(statement.period.to))}</h2>
            {items}
            <dl class="totals">{totals}</dl>
        </section>
    }
    .into_any()
}
