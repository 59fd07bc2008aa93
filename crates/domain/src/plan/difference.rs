//! How one version differs from another: "you asked for 6 × 200, they offer 4 × 300 from 1 March".

use super::{Forbearance, Pace, Terms};
use crate::{Date, Money};

/// What the instalments come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instalments {
    /// How many.
    pub count: u32,
    /// How much each.
    pub each: Money,
    /// How far apart.
    pub pace: Pace,
}

impl Instalments {
    fn of(terms: &Terms) -> Self {
        Self { count: terms.count(), each: terms.instalment(), pace: terms.shape().pace }
    }
}

/// Something that is one thing in the older version and another in the newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// What all of it comes to, because other invoices are under it or something was paid meanwhile.
    Total(Money, Money),
    /// What is paid on the day of the agreement.
    Down(Option<Money>, Option<Money>),
    /// How many instalments of which size, how far apart.
    Instalments(Instalments, Instalments),
    /// When the first is due.
    FirstOn(Date, Date),
    /// When the last is due.
    LastOn(Date, Date),
    /// Whether each is charged on its day.
    Autopay(bool, bool),
    /// What is promised while it is kept, and follows when it is not.
    Forbearance(Forbearance, Forbearance),
}

impl Difference {
    /// Everything that differs, in the order in which it is read; nothing when the two come to the same.
    pub fn between(old: (&Terms, Forbearance), new: (&Terms, Forbearance)) -> Vec<Self> {
        let ((old, old_promise), (new, new_promise)) = (old, new);
        let differ = [
            Self::Total(old.total(), new.total()),
            Self::Down(old.shape().down, new.shape().down),
            Self::Instalments(Instalments::of(old), Instalments::of(new)),
            Self::FirstOn(old.shape().first_on, new.shape().first_on),
            Self::LastOn(old.last_on(), new.last_on()),
            Self::Autopay(old.shape().autopay, new.shape().autopay),
            Self::Forbearance(old_promise, new_promise),
        ];
        differ.into_iter().filter(Self::is_one).collect()
    }

    fn is_one(&self) -> bool {
        match self {
            Self::Total(old, new) => old != new,
            Self::Down(old, new) => old != new,
            Self::Instalments(old, new) => old != new,
            Self::FirstOn(old, new) | Self::LastOn(old, new) => old != new,
            Self::Autopay(old, new) => old != new,
            Self::Forbearance(old, new) => old != new,
        }
    }
}
