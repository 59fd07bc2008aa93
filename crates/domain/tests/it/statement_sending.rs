//! Which month's statement is due on a day.

use domain::Date;
use domain::statement::sending::{DAY_MAX, LATE_DAYS_MAX, StatementSettings, StatementTerm};
use domain::time::{add_days, days_between};

use crate::date;

fn due(day: u32, today: &str) -> Option<(Date, Date)> {
    let settings = StatementSettings { enabled: true, day };
    settings.due(date(today)).map(|period| (period.from, period.to))
}

#[test]
fn a_months_statement_is_due_from_its_day_on_and_for_ten_days() {
    let march = Some((date("2026-03-01"), date("2026-03-31")));
    assert_eq!(due(1, "2026-03-31"), None);
    assert_eq!((due(1, "2026-04-01"), due(1, "2026-04-11"), due(1, "2026-04-12")), (march, march, None));
    assert_eq!((due(28, "2026-04-27"), due(28, "2026-04-28"), due(28, "2026-05-08")), (None, march, march));
    assert_eq!(due(5, "2026-01-05"), Some((date("2025-12-01"), date("2025-12-31"))));
    assert_eq!(due(1, "2028-03-01"), Some((date("2028-02-01"), date("2028-02-29"))));
}

#[test]
fn every_month_is_due_on_exactly_eleven_days_in_a_row_whatever_the_day() {
    for day in 1..=DAY_MAX {
        let settings = StatementSettings { enabled: true, day };
        let first = date("2026-01-01");
        let mut seen: Vec<(Date, i64)> = Vec::new();
        for today in first.iter_days().take(800) {
            let Some(period) = settings.due(today) else { continue };
            assert!(
                period.to < today && period.to == add_days(period.from, days_between(period.from, period.to))
            );
            match seen.last_mut() {
                Some((month, days)) if *month == period.from => *days += 1,
                _ => seen.push((period.from, 1)),
            }
        }
        // The first and the last may be cut off by the span that is looked at.
        let whole = &seen[1..seen.len() - 1];
        assert!(whole.len() >= 24 && whole.is_sorted_by(|one, other| one.0 < other.0), "{day}: {whole:?}");
        assert!(whole.iter().all(|(_, days)| *days == LATE_DAYS_MAX + 1), "{day}: {whole:?}");
    }
}

#[test]
fn the_customers_own_word_comes_before_the_businesss() {
    for enabled in [false, true] {
        let settings = StatementSettings { enabled, day: 1 };
        assert_eq!(settings.wanted(None), enabled);
        assert!(settings.wanted(Some(StatementTerm::Always)) && !settings.wanted(Some(StatementTerm::Never)));
    }
}
