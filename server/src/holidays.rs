//! Public holidays by country, from the database that the crate `opening-hours` carries (taken from Nager.Date).
//!
//! Days that are holidays in the whole country count. Regional ones do not: of a customer only the country is known, and
//! a reminder on a day that is a holiday elsewhere harms nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use domain::{Country, Date, time};

/// The holidays of one country around one day.
type Days = Arc<BTreeSet<Date>>;

/// Looked up once a country and month: a planner asks for the same few thousands of times.
static KNOWN: LazyLock<Mutex<BTreeMap<Country, (Date, Days)>>> = LazyLock::new(Mutex::default);

/// How far ahead holidays matter: the forecast's ninety days and a long way to the next open day after them.
const DAYS_AHEAD: i64 = 400;
/// How long what was looked up is good for, as the days move on.
const GOOD_FOR_DAYS: i64 = 30;

/// The public holidays of a country from a week before a day to more than a year after it; empty for countries that the
/// database does not know.
pub fn around(country: Country, day: Date) -> Days {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((from, days)) = known.get(&country)
        && (0..GOOD_FOR_DAYS).contains(&time::days_between(*from, day))
    {
        return Arc::clone(days);
    }
    let days = Arc::new(look_up(country, day));
    known.insert(country, (day, Arc::clone(&days)));
    days
}

fn look_up(country: Country, day: Date) -> BTreeSet<Date> {
    let Ok(country) = country.code().parse::<opening_hours::localization::Country>() else {
        return BTreeSet::new();
    };
    let holidays = country.holidays();
    let days = (-7..DAYS_AHEAD + GOOD_FOR_DAYS).map(|days| time::add_days(day, days));
    days.filter(|day| holidays.get_public().contains(*day)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_holidays_where_they_are_and_only_there() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let around = |code: &str, day: Date| around(Country::from_code(code).unwrap(), day);
        let spring = day("2026-03-01");
        for (country, holiday) in [
            ("DE", "2026-04-03"),
            ("DE", "2026-04-06"),
            ("US", "2026-07-03"),
            ("IE", "2026-03-17"),
            ("FR", "2026-07-14"),
            ("GB", "2026-12-25"),
        ] {
            assert!(around(country, spring).contains(&day(holiday)), "{country} {holiday}");
        }
        assert!(!around("US", spring).contains(&day("2026-04-06")));
        assert!(around("DE", spring).len() < 40, "a year and a little");
        // What was kept moves on with the days, and back when a clock is put right.
        assert!(around("DE", day("2027-12-01")).contains(&day("2027-12-25")));
        assert!(around("DE", day("2026-12-01")).contains(&day("2026-12-25")));
    }
}
