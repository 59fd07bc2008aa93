//! Faults planted on purpose, to see that they are found.
//!
//! A simulated year that nothing fails in proves little: perhaps nobody looks. So each mistake that a system like this one is
//! known for can be planted at the very place where the right thing is done, and the simulation has to tell by which of its
//! truths it was found.
//!
//! - Without the feature `sabotage` (off unless asked for, and refused in a release build) [`is`] is a constant `false`, and
//!   nothing of it is left in the program.
//! - With it, a fault is planted by name around one future, so that tests in one process do not disturb each other.
//!
//! To add one: a variant, its line of meaning, the place that asks for it, and the truth that finds it in
//! `tests/it/sabotage.rs`.

use std::sync::Arc;

use domain::schedule::{Said, Schedule};
use domain::sms::ConsentSource;
use store::consent::Consent;
use store::customers::Contact;

#[cfg(all(feature = "sabotage", not(debug_assertions)))]
compile_error!("the feature `sabotage` plants faults on purpose: it is for tests, never for a release build");

macro_rules! faults {
    ($($variant:ident = $name:literal, $meaning:literal;)+) => {
        /// A mistake that can be planted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault {
            $(#[doc = $meaning] $variant,)+
        }

        impl Fault {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What goes wrong.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

faults! {
    ForgetsTheRecheck = "forgets-the-recheck", "Hands over what was planned without reading the facts again.";
    IgnoresHoldsByWord = "ignores-holds-by-word", "Chases although a person said not to.";
    IgnoresPaymentsUnderWay = "ignores-payments-under-way", "Chases although a payment is on its way.";
    SendsAgainWhenUncertain = "sends-again-when-uncertain", "Tries again what may have arrived.";
    WrongZone = "wrong-zone", "Takes the business's zone for the contact's.";
    ForgetsTheGap = "forgets-the-gap", "Writes again as soon as anything is due.";
    IgnoresHolidays = "ignores-holidays", "Takes public holidays for business days.";
    IgnoresTheCap = "ignores-the-cap", "Sends everything that waits in one hour.";
    IgnoresApproval = "ignores-approval", "Says what a person wanted to see first.";
    IgnoresQuarantine = "ignores-quarantine", "Chases what nobody has released after an import or a restore.";
    WritesToDeadAddresses = "writes-to-dead-addresses", "Goes on writing to an address that does not exist.";
    ADayEarly = "a-day-early", "Takes every due date for the day before.";
    NeverWakes = "never-wakes", "Forgets to look again.";
    SaysAllItMissed = "says-all-it-missed", "Says one by one what came due while it was down.";
    CountsNoManualContact = "counts-no-manual-contact", "Takes no notice of what people did themselves.";
    ForgetsOptOuts = "forgets-opt-outs", "Writes to people who asked for no more mail.";
    TextsAnybody = "texts-anybody", "Texts whoever has a number, whether they agreed to it or not.";
    ForgetsStops = "forgets-stops", "Goes on texting whoever answered STOP.";
    OverspendsOnTexts = "overspends-on-texts", "Sends more texts in a month than the business pays for.";
    PostsNothing = "posts-nothing", "Takes a letter for sent that nobody was asked to post.";
    TrustsTheClock = "trusts-the-clock", "Goes on when the clock stands before what is on record.";
    KeepsNoReasons = "keeps-no-reasons", "Decides, and does not write down why.";
}

impl Fault {
    /// The fault of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }
}

#[cfg(feature = "sabotage")]
tokio::task_local! {
    static PLANTED: Fault;
}

/// Runs a future in which this fault is planted.
#[cfg(feature = "sabotage")]
pub async fn plant<F: Future>(fault: Fault, future: F) -> F::Output {
    PLANTED.scope(fault, future).await
}

/// Whether this fault is planted where the caller runs.
#[cfg(feature = "sabotage")]
pub fn is(fault: Fault) -> bool {
    PLANTED.try_with(|planted| *planted == fault).unwrap_or(false)
}

/// Whether this fault is planted: never, in this build.
#[cfg(not(feature = "sabotage"))]
pub const fn is(_: Fault) -> bool {
    false
}

/// Forgets about a contact what the planted fault forgets.
pub fn forget(contact: &mut Contact) {
    contact.email_suppressed.take_if(|_| is(Fault::WritesToDeadAddresses));
    contact.email_opted_out_at.take_if(|_| is(Fault::ForgetsOptOuts));
    contact.texting.opted_out_at.take_if(|_| is(Fault::ForgetsStops));
    if is(Fault::TextsAnybody) {
        let (source, text) = (ConsentSource::Contract, String::new());
        contact.texting.consent.get_or_insert(Consent { at: contact.created_at, source, text });
    }
}

/// The schedule that is followed: the one given, or (for [`Fault::SaysAllItMissed`]) no more of it than the first step that is
/// unsaid of some receivable.
pub fn followed<'a>(schedule: Arc<Schedule>, said: impl Iterator<Item = &'a [Said]>) -> Arc<Schedule> {
    if !is(Fault::SaysAllItMissed) {
        return schedule;
    }
    let steps = schedule.steps();
    let unsaid = |said: &[Said]| {
        steps.iter().position(|step| said.iter().all(|said| said.offset_days < step.offset_days))
    };
    let first = said.filter_map(unsaid).min().unwrap_or(steps.len() - 1);
    Schedule::new(schedule.revision(), steps[..=first].to_vec()).map_or(schedule, Arc::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_by_its_name_and_none_is_planted_by_itself() {
        for fault in Fault::ALL {
            assert_eq!(Fault::from_name(fault.name()), Some(*fault));
            assert!(!is(*fault), "{}", fault.name());
        }
        assert_eq!(Fault::from_name("none"), None);
    }
}
