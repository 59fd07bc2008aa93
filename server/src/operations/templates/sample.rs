//! What texts are filled in with before they go out: made-up invoices, or one of the business's own.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use domain::follow_up::Consequence;
use domain::wording::Case;
use domain::{BusinessId, Date, InvoiceId, Language, Locale, Money};
use store::identity::Business;
use store::{StoreError, Tx, customers, invoices, ledger, receivables};

use super::House;
use crate::delivery::letters::{BankAccount, Correspondents, InvoiceRow, Postal, Reminder};
use crate::delivery::texts::Text;

/// Everything that a reminder is filled in with.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub between: Correspondents,
    pub postal: Postal,
    rows: Vec<InvoiceRow>,
    dates: (Date, Date),
    total: Money,
    locale: Locale,
    consequences: BTreeSet<Consequence>,
}

impl Scene {
    /// A reminder in these words. What it may announce is what the business has enabled.
    pub fn reminder(&self, text: Text, house: &House) -> Reminder {
        let consequences = self.consequences.intersection(&house.follow_up.consequences).copied().collect();
        Reminder::new(text, self.rows.clone(), self.dates, self.total, self.locale, consequences)
    }
}

/// A link as long as a real one, that opens nothing.
pub(super) fn link(base_url: &str) -> String {
    format!("{base_url}/l/this-is-an-example-and-opens-nothing-at-all")
}

/// The locale a text of this language is shown in: the business's own if it is of that language.
fn locale_of(business: &Business, language: Language) -> Locale {
    let own = business.locale.spoken();
    if own.speech() == language { own } else { Locale::from_tag(language.as_str()) }
}

/// Made-up invoices of this business.
pub(super) fn scene(house: &House, language: Language, case: Case, today: Date) -> Scene {
    let business = &house.business;
    let locale = locale_of(business, language);
    let (name, company, street, titles) = match language {
        Language::English => (
            "Jane Miller",
            "Miller & Daughters",
            ["12 Harbour Street", "London E1 6AN"],
            ["Kitchen renovation, March", "Materials"],
        ),
        Language::German => (
            "Jana Müller",
            "Müller & Töchter",
            ["Hafenstraße 12", "20457 Hamburg"],
            ["Küchenrenovierung, März", "Material"],
        ),
    };
    let amount = |minor| Money::new(minor, business.currency).unwrap_or(Money::zero(business.currency));
    let due_on = match case {
        Case::Overdue | Case::Several => today - TimeDelta::days(12),
        Case::DueSoon | Case::SeveralDueSoon => today + TimeDelta::days(3),
    };
    let row = |number: &str, title: &str, due_on: Date, open: Money| InvoiceRow {
        number: number.to_owned(),
        title: title.to_owned(),
        issued: locale.date_long(due_on - TimeDelta::days(14)),
        due: locale.date_long(due_on),
        paid: String::new(),
        open: open.format(locale),
    };
    let (first, second) = (amount(124_000), amount(18_650));
    let mut rows = vec![row("2026-014", titles[0], due_on, first)];
    let mut total = first;
    if matches!(case, Case::Several | Case::SeveralDueSoon) {
        rows.push(row("2026-019", titles[1], due_on + TimeDelta::days(7), second));
        total = first.checked_add(second).unwrap_or(first);
    }
    let mut recipient_lines = vec![company.to_owned(), name.to_owned()];
    recipient_lines.extend(street.map(str::to_owned));
    Scene {
        between: between(house, name, "jane@miller.example", locale),
        postal: postal(business, recipient_lines, today, locale, "2026-014"),
        rows,
        dates: (due_on, today),
        total,
        locale,
        consequences: Consequence::ALL.iter().copied().collect(),
    }
}

/// The same from a business with nothing about it that a check could stumble over: a law firm's name is no threat.
pub(super) fn neutral(house: &House, language: Language, case: Case) -> Scene {
    let today = Date::from_ymd_opt(2026, 3, 15).unwrap_or_default();
    let mut scene = scene(house, language, case, today);
    "Nordlicht Studio".clone_into(&mut scene.between.sender);
    scene.between.reply_to = Some("mara@nordlicht.example".to_owned());
    scene
}

/// The day on which something is said about an invoice.
#[derive(Debug, Clone, Copy)]
pub(super) enum Day {
    /// This one.
    Of(Date),
    /// So many days after its due date, or before it.
    FromDue(i32),
}

/// One invoice of the business, as a reminder about it would show it on a day; `None` if it was never issued.
pub(super) async fn about_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    house: &House,
    language: Language,
    day: Day,
) -> Result<Option<Scene>, StoreError> {
    let Some(receivable) = receivables::of_invoice(tx, business, invoice).await? else { return Ok(None) };
    let Some(invoice) = invoices::invoice(tx, business, invoice).await? else { return Ok(None) };
    let Some(customer) = customers::customer(tx, business, receivable.customer).await? else {
        return Ok(None);
    };
    let Some(balance) = ledger::balance(tx, business, receivable.id).await? else { return Ok(None) };
    let Some(issued) = invoice.state.issued() else { return Ok(None) };
    let today = match day {
        Day::Of(today) => today,
        Day::FromDue(days) => issued.due_on + TimeDelta::days(i64::from(days)),
    };
    let own = customer.locale.spoken();
    let locale = if own.speech() == language { own } else { locale_of(&house.business, language) };
    let balance = balance.balance;
    let number = issued.number.to_string();
    let row = InvoiceRow {
        number: number.clone(),
        title: invoice.title.as_ref().map(ToString::to_string).unwrap_or_default(),
        issued: locale.date_long(issued.issued_on),
        due: locale.date_long(issued.due_on),
        paid: if balance.paid.is_positive() { balance.paid.format(locale) } else { String::new() },
        open: balance.open.format(locale),
    };
    let contact = customers::contacts(tx, business, customer.id).await?.into_iter().next();
    let name = contact.as_ref().map_or_else(|| customer.name.to_string(), |contact| contact.name.to_string());
    let address = contact.and_then(|contact| contact.mailable().map(ToString::to_string)).unwrap_or_default();
    let mut recipient_lines = vec![customer.name.to_string()];
    recipient_lines.extend((name != customer.name.as_str()).then(|| name.clone()));
    recipient_lines.extend(lines(customer.address.as_ref().map(domain::LongText::as_str)));
    Ok(Some(Scene {
        between: between(house, &name, &address, locale),
        postal: postal(&house.business, recipient_lines, today, locale, &number),
        rows: vec![row],
        dates: (issued.due_on, today),
        total: balance.open,
        locale,
        consequences: Consequence::ALL.iter().copied().collect(),
    }))
}

fn between(house: &House, name: &str, address: &str, locale: Locale) -> Correspondents {
    let business = &house.business;
    Correspondents {
        sender: business.sender_name.to_string(),
        sender_address: house.mail_from.clone(),
        reply_to: Some(business.reply_to.to_string()),
        phone: business.phone.as_ref().map(ToString::to_string),
        recipient: name.to_owned(),
        recipient_address: address.to_owned(),
        language: locale.tag().to_owned(),
    }
}

fn lines(text: Option<&str>) -> Vec<String> {
    text.unwrap_or_default().lines().map(str::to_owned).collect()
}

fn postal(
    business: &Business,
    recipient_lines: Vec<String>,
    today: Date,
    locale: Locale,
    number: &str,
) -> Postal {
    Postal {
        sender_lines: lines(business.address.as_ref().map(domain::LongText::as_str)),
        recipient_lines,
        date: locale.date_long(today),
        bank: business
            .bank_account(business.currency)
            .map(|account| BankAccount::to_transfer_to(account, &[number])),
    }
}
