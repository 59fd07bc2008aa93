//! Chance from a seed.

use chrono::Duration;

/// A small generator (SplitMix64): the same seed gives the same run, on every machine.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// Chance from this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from `from` up to and including `to`.
    pub fn within(&mut self, from: i64, to: i64) -> i64 {
        let span = to.abs_diff(from).saturating_add(1);
        from.saturating_add_unsigned(self.next() % span)
    }

    /// True so many times in a hundred.
    pub fn percent(&mut self, percent: i64) -> bool {
        self.within(0, 99) < percent
    }

    /// One of these.
    ///
    /// # Panics
    /// If there is nothing to choose from.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = i64::try_from(of.len()).unwrap_or(i64::MAX) - 1;
        &of[usize::try_from(self.within(0, last)).unwrap_or(0)]
    }

    /// These in another order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            let other = self.within(0, i64::try_from(at).unwrap_or(0));
            items.swap(at, usize::try_from(other).unwrap_or(0));
        }
    }

    /// A span of time between so many minutes and so many, to the second.
    pub fn minutes(&mut self, from: i64, to: i64) -> Duration {
        Duration::seconds(self.within(from * 60, to * 60))
    }

    /// A span of time between so many days and so many, to the second.
    pub fn days(&mut self, from: i64, to: i64) -> Duration {
        self.minutes(from * 24 * 60, to * 24 * 60)
    }
}
