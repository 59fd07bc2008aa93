//! Rule packs: what the law or good practice asks of whoever writes or calls about money, as data.
//!
//! A pack is chosen by the customer's country and by whether they are a consumer. The gate (`gate`) applies it to every
//! channel; nothing else reads it. To add one: a constant with its source, and its line in [`RulePack::of`]. What no pack
//! says is left to the business's own hours and gap.

use chrono::NaiveTime;

use crate::Country;
use crate::customer::CustomerKind;
use crate::time::Zone;

/// Rules for contacting the customers of one country and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RulePack {
    /// Its stable name, as it is shown with what it refused.
    pub name: &'static str,
    /// Where it is written.
    pub source: &'static str,
    /// The hours outside of which nobody is contacted, where they are.
    pub hours: Option<Hours>,
    /// How often they may be called.
    pub calls: Option<CallCap>,
    /// Whether every message says how to stop them.
    pub opt_out_in_every_message: bool,
}

/// Hours of a day, in minutes after midnight: from the first up to, not including, the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hours {
    from_minute: u32,
    to_minute: u32,
}

impl Hours {
    /// When they begin.
    pub fn opens(self) -> NaiveTime {
        minute(self.from_minute)
    }

    /// When they end.
    pub fn closes(self) -> NaiveTime {
        minute(self.to_minute)
    }
}

fn minute(minute: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(minute / 60, minute % 60, 0).unwrap_or(NaiveTime::MIN)
}

/// How often a person may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallCap {
    /// At most so many calls …
    pub most: usize,
    /// … within so many consecutive days.
    pub within_days: u32,
    /// No call for so many days after a conversation.
    pub quiet_days_after_conversation: u32,
}

/// Regulation F. It binds collectors, and by California's Rosenthal Act original creditors too: our default for consumers
/// in the United States.
pub const US_CONSUMER: RulePack = RulePack {
    name: "us-consumer",
    source: "12 CFR 1006.6(b)(1), 1006.6(e), 1006.14(b)(2)",
    hours: Some(Hours { from_minute: 8 * 60, to_minute: 21 * 60 }),
    calls: Some(CallCap { most: 7, within_days: 7, quiet_days_after_conversation: 7 }),
    opt_out_in_every_message: true,
};

/// Companies in the United States: hours by courtesy of 47 CFR 64.1200(c)(1), which knows no difference for mobile numbers.
pub const US_COMPANY: RulePack = RulePack {
    name: "us-company",
    source: "47 CFR 64.1200(c)(1)",
    hours: Some(Hours { from_minute: 8 * 60, to_minute: 21 * 60 }),
    calls: None,
    opt_out_in_every_message: true,
};

/// Everywhere else: the business's own hours, gap and settings.
pub const GENERAL: RulePack = RulePack {
    name: "general",
    source: "the business's own settings",
    hours: None,
    calls: None,
    opt_out_in_every_message: true,
};

impl RulePack {
    /// Every pack.
    pub const ALL: &'static [Self] = &[US_CONSUMER, US_COMPANY, GENERAL];

    /// The pack for a customer.
    pub fn of(country: Country, kind: CustomerKind) -> &'static Self {
        match (country.code(), kind) {
            ("US", CustomerKind::Consumer) => &US_CONSUMER,
            ("US", CustomerKind::Company) => &US_COMPANY,
            _ => &GENERAL,
        }
    }
}

/// The zones in which somebody of this country may be, for countries with several: the westernmost and easternmost are
/// what matters, the others are named so that none is forgotten when clocks change on different days. Empty where a
/// customer's own zone is all there is to know.
pub fn candidate_zones(country: Country) -> Vec<Zone> {
    let names: &[&str] = match country.code() {
        "US" => &[
            "America/New_York",
            "America/Chicago",
            "America/Denver",
            "America/Phoenix",
            "America/Los_Angeles",
            "America/Anchorage",
            "Pacific/Honolulu",
        ],
        "CA" => &[
            "America/St_Johns",
            "America/Halifax",
            "America/Toronto",
            "America/Winnipeg",
            "America/Regina",
            "America/Edmonton",
            "America/Vancouver",
        ],
        "AU" => &[
            "Australia/Perth",
            "Australia/Adelaide",
            "Australia/Darwin",
            "Australia/Brisbane",
            "Australia/Sydney",
        ],
        "BR" => &["America/Noronha", "America/Sao_Paulo", "America/Manaus", "America/Rio_Branco"],
        "MX" => &["America/Cancun", "America/Mexico_City", "America/Hermosillo", "America/Tijuana"],
        "ES" => &["Europe/Madrid", "Atlantic/Canary"],
        "PT" => &["Europe/Lisbon", "Atlantic/Azores"],
        _ => &[],
    };
    names.iter().filter_map(|name| Zone::parse(name).ok()).collect()
}
