//! Lists to choose from.

use domain::time::Zone;
use domain::{Country, Currency, Locale};
use leptos::prelude::*;

use crate::words::Words;

/// Every country, by its code. Names of countries are large tables in every language; the code is what an address
/// carries anyway.
pub(crate) fn countries() -> Vec<(String, String)> {
    std::iter::once((String::new(), "–".to_owned()))
        .chain(Country::all().map(|country| (country.code().to_owned(), country.code().to_owned())))
        .collect()
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
