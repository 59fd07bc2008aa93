//! Lists to choose from.

use domain::payment::Method;
use domain::time::Zone;
use domain::{Country, Currency, Locale};
use leptos::prelude::*;

use crate::words::Words;

/// Every country: those with a name by their names, then the rest by their codes.
pub(crate) fn countries(words: &Words) -> Vec<(String, String)> {
    let mut named = Vec::new();
    let mut coded = Vec::new();
    for country in Country::all() {
        let code = country.code().to_owned();
        match (words.country_name)(country) {
            Some(name) => named.push((code, name.to_owned())),
            None => coded.push((code.clone(), code)),
        }
    }
    named.sort_by_cached_key(|(_, name)| sorts_as(name));
    std::iter::once((String::new(), "–".to_owned())).chain(named).chain(coded).collect()
}

/// A name as dictionaries sort it: Österreich stands beside Norwegen, not behind Zypern.
fn sorts_as(name: &str) -> String {
    let plain = |c: char| match c {
        'ä' => 'a',
        'ö' => 'o',
        'ü' => 'u',
        c => c,
    };
    name.to_lowercase().chars().map(plain).collect()
}

/// A country's name, or its code.
pub(crate) fn country_name(country: Country, words: &Words) -> String {
    (words.country_name)(country).map_or_else(|| country.code().to_owned(), str::to_owned)
}

/// Every currency, the three most used first.
pub(crate) fn currencies() -> Vec<(String, String)> {
    let first = [Currency::EUR, Currency::GBP, Currency::USD];
    let rest = Currency::all().into_iter().filter(|currency| !first.contains(currency));
    first
        .into_iter()
        .chain(rest)
        .map(|currency| (currency.code().to_owned(), currency.code().to_owned()))
        .collect()
}

/// Every way to pay that can be chosen, by name. Members tell the two kinds of transfer apart; payers see at most one.
pub(crate) fn methods(words: &Words) -> impl Iterator<Item = (String, String)> + use<> {
    let (name, kept) = (words.method_name, words.settings.transfer_kept);
    Method::CHOOSABLE.into_iter().map(move |method| {
        let name = if method == Method::BankTransfer { kept } else { name(method) };
        (method.as_str().to_owned(), name.to_owned())
    })
}

/// Every shipped locale by name.
pub(crate) fn locales(words: &Words) -> Vec<(String, String)> {
    Locale::all().map(|locale| (locale.tag().to_owned(), (words.locale_name)(locale).to_owned())).collect()
}

/// Every shipped locale, or the customer's own.
pub(crate) fn locales_or_customers(words: &Words) -> Vec<(String, String)> {
    std::iter::once((String::new(), words.customer.same_locale.to_owned())).chain(locales(words)).collect()
}

/// A `<datalist>` of every time zone.
pub(crate) fn zones(id: &'static str) -> AnyView {
    let options = Zone::all().map(|zone| view! { <option value=zone.name()></option> }).collect_view();
    view! { <datalist id=id>{options}</datalist> }.into_any()
}
