//! What a business says to terms without asking anybody, and who may say yes to the rest.
//!
//! The answer gives every reason, each with what would do, so that a refusal tells what to propose instead.

use serde::{Deserialize, Serialize};

use super::{Forbearance, Terms};
use crate::time;
use crate::{Date, FieldErrors, FieldProblem, Money, Role};

/// Limits on the shape of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The smallest down payment, in percent of the total.
    pub down_percent_min: u32,
    /// The last instalment is due within so many months.
    pub months_max: u32,
    /// The most instalments, the down payment aside.
    pub count_max: u32,
    /// The smallest instalment. The last one may be smaller when it is what is left.
    pub instalment_min: Option<Money>,
}

/// What is accepted without asking anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    /// The shape.
    pub limits: Limits,
    /// The largest total.
    pub total_max: Option<Money>,
    /// Also when a plan of this customer was broken before.
    pub after_broken: bool,
}

/// Up to which total somebody may say yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// Never.
    Nothing,
    /// Up to this total, in its currency only.
    UpTo(Money),
    /// Any total.
    Any,
}

impl Reach {
    /// Whether it reaches this far.
    fn covers(self, total: Money) -> bool {
        match self {
            Self::Nothing => false,
            // Other currencies do not compare.
            Self::UpTo(most) => total.compare(most).is_ok_and(std::cmp::Ordering::is_le),
            Self::Any => true,
        }
    }
}

/// Who may say yes up to which total. Owners always may, viewers never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Managers.
    pub manager: Reach,
    /// Clerks.
    pub clerk: Reach,
}

/// What a business, or it for one of its customers, set about plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// What is accepted at once; nothing when every proposal is answered by a person.
    pub accepts: Option<Acceptance>,
    /// What is outside of these is refused at once, and cannot be offered by a member either.
    pub bounds: Limits,
    /// Who may say yes to what is neither.
    pub approval: Approval,
    /// For how many days an offer, and a proposal, is good.
    pub offer_days: u32,
    /// What is promised in new versions.
    pub forbearance: Forbearance,
    /// Whether customers are shown what is usually accepted.
    pub shown: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self::STANDARD
    }
}

impl Policy {
    /// The longest time a plan may take.
    pub const MONTHS_MAX: u32 = 60;
    /// The longest time an offer may be good for.
    pub const OFFER_DAYS_MAX: u32 = 60;

    /// What a business has that has set nothing: a person answers everything within two years.
    pub const STANDARD: Self = Self {
        accepts: None,
        bounds: Limits {
            down_percent_min: 0,
            months_max: 24,
            count_max: Terms::COUNT_MAX,
            instalment_min: None,
        },
        approval: Approval { manager: Reach::Any, clerk: Reach::Nothing },
        offer_days: 7,
        forbearance: Forbearance { grace_days: 5, cure_days: 10, fees_waived: true },
        shown: true,
    };

    /// What makes it no policy, by field.
    pub fn check(&self) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::new();
        let limits = [("bounds", Some(self.bounds)), ("accepts", self.accepts.map(|accepts| accepts.limits))];
        for (name, limits) in limits {
            let Some(limits) = limits else { continue };
            let mut number = |field: &str, value: u32, min: u32, max: u32| {
                errors.check(format!("{name}.{field}"), in_range(value, min, max));
            };
            number("down_percent_min", limits.down_percent_min, 0, 99);
            number("months_max", limits.months_max, 1, Self::MONTHS_MAX);
            number("count_max", limits.count_max, 1, Terms::COUNT_MAX);
        }
        let reached = [self.approval.manager, self.approval.clerk].map(|reach| match reach {
            Reach::UpTo(most) => Some(most),
            Reach::Nothing | Reach::Any => None,
        });
        let amounts = [
            ("bounds.instalment_min", self.bounds.instalment_min),
            ("accepts.instalment_min", self.accepts.and_then(|accepts| accepts.limits.instalment_min)),
            ("accepts.total_max", self.accepts.and_then(|accepts| accepts.total_max)),
            ("approval.manager", reached[0]),
            ("approval.clerk", reached[1]),
        ];
        for (field, amount) in amounts {
            if amount.is_some_and(|amount| !amount.is_positive()) {
                errors.push(field, FieldProblem::NotPositive);
            }
        }
        errors.check("offer_days", in_range(self.offer_days, 1, Self::OFFER_DAYS_MAX));
        let promised = self.forbearance;
        errors.check("grace_days", in_range(promised.grace_days, 0, Forbearance::GRACE_DAYS_MAX));
        let (cure_min, cure_max) = Forbearance::CURE_DAYS;
        errors.check("cure_days", in_range(promised.cure_days, cure_min, cure_max));
        errors.into_result()
    }

    /// Whether a member of this role may agree to so much.
    pub fn may_approve(&self, role: Role, total: Money) -> bool {
        match role {
            Role::Owner => true,
            Role::Manager => self.approval.manager.covers(total),
            Role::Clerk => self.approval.clerk.covers(total),
            Role::Viewer => false,
        }
    }

    /// Which hard bounds these terms break, if agreed on this day. One that was set in another currency bounds nothing.
    pub fn out_of_bounds(&self, terms: &Terms, today: Date) -> Vec<Reason> {
        let exceeded = self.bounds.exceeded(terms, today).into_iter();
        exceeded.filter(|reason| !matches!(reason, Reason::OtherCurrency { .. })).collect()
    }

    /// What is said to terms that a customer proposes today.
    pub fn answer(&self, record: Record, terms: &Terms, today: Date) -> Answer {
        let out_of_bounds = self.out_of_bounds(terms, today);
        if !out_of_bounds.is_empty() {
            return Answer::Refuse(out_of_bounds);
        }
        let Some(accepts) = self.accepts else { return Answer::Ask(vec![Reason::ByPerson]) };
        let mut reasons = accepts.limits.exceeded(terms, today);
        if let Some(known) = self.bounds.instalment_min.filter(|least| least.currency() != terms.currency()) {
            reasons.push(Reason::OtherCurrency { known });
        }
        if let Some(most) = accepts.total_max {
            match terms.total().compare(most) {
                Ok(std::cmp::Ordering::Greater) => reasons.push(Reason::Total { most }),
                Ok(_) => {}
                Err(_) => reasons.push(Reason::OtherCurrency { known: most }),
            }
        }
        if record.broken_plans > 0 && !accepts.after_broken {
            reasons.push(Reason::BrokenBefore);
        }
        if reasons.is_empty() { Answer::Accept } else { Answer::Ask(reasons) }
    }
}

impl Limits {
    /// Which of them these terms exceed, if agreed on this day.
    fn exceeded(&self, terms: &Terms, today: Date) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let least_down = percent_up(terms.total(), self.down_percent_min);
        let down = terms.shape().down.map_or(0, Money::minor);
        if down < least_down.minor() {
            reasons.push(Reason::Down { least: least_down });
        }
        let latest = time::add_months(today, self.months_max);
        if terms.last_on() > latest {
            reasons.push(Reason::LastOn { latest });
        }
        if terms.count() > self.count_max {
            reasons.push(Reason::Count { most: self.count_max });
        }
        if let Some(least) = self.instalment_min {
            match terms.instalment().compare(least) {
                Ok(std::cmp::Ordering::Less) => reasons.push(Reason::Instalment { least }),
                Ok(_) => {}
                Err(_) => reasons.push(Reason::OtherCurrency { known: least }),
            }
        }
        reasons
    }
}

/// So many percent, rounded up to the minor unit: never less than was asked for, never more than the whole.
fn percent_up(total: Money, percent: u32) -> Money {
    let percent = i64::from(percent.min(100));
    let (hundreds, rest) = (total.minor() / 100, total.minor() % 100);
    let minor = hundreds * percent + (rest * percent + 99) / 100;
    Money::new(minor, total.currency()).unwrap_or(total)
}

fn in_range(value: u32, min: u32, max: u32) -> Result<(), FieldProblem> {
    if (min..=max).contains(&value) {
        Ok(())
    } else {
        Err(FieldProblem::NumberOutOfRange { min: min.into(), max: max.into() })
    }
}

/// What is known of a customer who proposes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// How many of their plans were broken.
    pub broken_plans: u32,
}

/// What is said at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Agreed.
    Accept,
    /// A person is asked, because of these.
    Ask(Vec<Reason>),
    /// Not possible, because of these.
    Refuse(Vec<Reason>),
}

/// Why something is not accepted at once, with what would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Too little is paid on the day of the agreement.
    Down {
        /// What would do.
        least: Money,
    },
    /// It takes too long.
    LastOn {
        /// The latest day for the last instalment.
        latest: Date,
    },
    /// Too many instalments.
    Count {
        /// What would do.
        most: u32,
    },
    /// The instalments are too small.
    Instalment {
        /// What would do.
        least: Money,
    },
    /// The total is too large.
    Total {
        /// What would do.
        most: Money,
    },
    /// An amount to compare with was set in another currency.
    OtherCurrency {
        /// The amount that was set.
        known: Money,
    },
    /// A plan of this customer was broken before.
    BrokenBefore,
    /// The business answers every proposal in person.
    ByPerson,
}
