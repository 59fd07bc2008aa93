//! The dead-man alarm: silence that is a fault, told from silence that is right.
//!
//! A follow-up that says nothing looks the same from outside whether nothing is due or nothing works. [`judge`] tells the two
//! apart from a few figures of the whole installation, and each alarm names what a person can do about it.

use chrono::TimeDelta;
use serde::Serialize;

use crate::Timestamp;

/// How long something may be due before silence is a fault. Workers look every minute.
pub const PATIENCE: TimeDelta = TimeDelta::hours(1);

/// How far business time may stand before the record: events are stamped when they happen and committed a little later.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// What is known of the installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// The newest event on record. Business time.
    pub newest_event: Option<Timestamp>,
    /// Since when the receivable waits for its decision that has waited longest. Business time; none when none is due.
    pub undecided_since: Option<Timestamp>,
    /// Since when the receivable cannot be decided about that cannot be longest. Business time; none when all can.
    pub stuck_since: Option<Timestamp>,
    /// How many receivables cannot be decided about.
    pub stuck: u32,
    /// Since when the chasing message has been ready to leave that has been longest. Machine time; none when none is.
    pub unsent_since: Option<Timestamp>,
    /// How many chasing messages are ready to leave.
    pub ready: u32,
    /// How many chasing messages left within the last hour of machine time.
    pub left_in_an_hour: u32,
    /// When anything was last handed to a relay or gateway, and taken. Machine time.
    pub last_taken: Option<Timestamp>,
    /// When a hand-over was last put off by the other side, of messages that still wait. Machine time.
    pub last_put_off: Option<Timestamp>,
    /// How many messages still wait because the other side put them off.
    pub put_off: u32,
}

/// Something that keeps messages from being sent although they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "alarm", rename_all = "snake_case")]
pub enum Alarm {
    /// The clock stands before what is on record: whatever were sent now might be sent twice.
    ClockBehind {
        /// The newest event.
        record_at: Timestamp,
    },
    /// Something was due for a decision, and nobody decided.
    NothingDecided {
        /// Since when. Business time.
        since: Timestamp,
    },
    /// Deciding about some receivables fails again and again; the others are decided about.
    Undecidable {
        /// How many.
        waiting: u32,
    },
    /// The other side puts off whatever is handed to it.
    RelayDown {
        /// How many messages wait for it.
        waiting: u32,
    },
    /// As many chasing messages left within an hour as may, and more are ready.
    CapUsedUp {
        /// How many wait.
        waiting: u32,
    },
    /// Messages were ready to leave, and none did.
    NothingSent {
        /// Since when. Machine time.
        since: Timestamp,
    },
}

impl Alarm {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClockBehind { .. } => "clock_behind",
            Self::NothingDecided { .. } => "nothing_decided",
            Self::Undecidable { .. } => "undecidable",
            Self::RelayDown { .. } => "relay_down",
            Self::CapUsedUp { .. } => "cap_used_up",
            Self::NothingSent { .. } => "nothing_sent",
        }
    }

    /// Every name, for figures that say of each whether it rings.
    pub const NAMES: [&'static str; 6] =
        ["clock_behind", "nothing_decided", "undecidable", "relay_down", "cap_used_up", "nothing_sent"];
}

/// What rings now. What follows from another alarm is left out: a clock that is behind keeps everything undecided and unsent,
/// and a relay that is down or a cap that is used up keeps messages waiting.
pub fn judge(watched: &Watched, business_now: Timestamp, machine_now: Timestamp, cap: u32) -> Vec<Alarm> {
    if let Some(record_at) = watched.newest_event.filter(|at| *at > business_now + CLOCK_TOLERANCE) {
        return vec![Alarm::ClockBehind { record_at }];
    }
    let mut alarms = Vec::new();
    if let Some(since) = watched.undecided_since.filter(|since| *since + PATIENCE < business_now) {
        alarms.push(Alarm::NothingDecided { since });
    }
    // One failure may be the database's, and passes; what failed for an hour will not mend itself.
    if watched.stuck_since.is_some_and(|since| since + PATIENCE < business_now) {
        alarms.push(Alarm::Undecidable { waiting: watched.stuck });
    }
    // A relay that put off one message and took another since is well; greylisting looks like that.
    let relay_is_down = watched.put_off > 0 && watched.last_put_off > watched.last_taken;
    let is_late = |since: &Timestamp| *since + PATIENCE < machine_now;
    if relay_is_down {
        alarms.push(Alarm::RelayDown { waiting: watched.put_off });
    } else if watched.ready > 0 && watched.left_in_an_hour >= cap {
        alarms.push(Alarm::CapUsedUp { waiting: watched.ready });
    } else if let Some(since) = watched.unsent_since.filter(is_late) {
        let something_left = watched.last_taken.is_some_and(|taken| taken > since);
        if !something_left {
            alarms.push(Alarm::NothingSent { since });
        }
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn names(watched: &Watched) -> Vec<&'static str> {
        judge(watched, at(1000), at(1000), 200).into_iter().map(Alarm::name).collect()
    }

    #[test]
    fn an_installation_with_nothing_due_is_silent_and_well() {
        let none: [&str; 0] = [];
        assert_eq!(names(&Watched::default()), none);
        let busy = Watched {
            newest_event: Some(at(1004)),
            undecided_since: Some(at(990)),
            stuck_since: Some(at(950)),
            stuck: 1,
            unsent_since: Some(at(950)),
            ready: 3,
            left_in_an_hour: 199,
            ..Watched::default()
        };
        assert_eq!(names(&busy), none, "an hour's patience");
    }

    #[test]
    fn each_fault_rings_its_own_bell() {
        let clock =
            Watched { newest_event: Some(at(1006)), undecided_since: Some(at(1)), ..Watched::default() };
        assert_eq!(names(&clock), ["clock_behind"], "what follows from it is left out");
        let planner = Watched { undecided_since: Some(at(939)), ..Watched::default() };
        assert_eq!(names(&planner), ["nothing_decided"]);
        let undecidable = Watched { stuck_since: Some(at(939)), stuck: 1, ..Watched::default() };
        assert_eq!(names(&undecidable), ["undecidable"]);
        let stuck = Watched {
            unsent_since: Some(at(939)),
            ready: 1,
            last_taken: Some(at(938)),
            ..Watched::default()
        };
        assert_eq!(names(&stuck), ["nothing_sent"]);
        let slow = Watched { last_taken: Some(at(940)), ..stuck.clone() };
        assert_eq!(names(&slow), [""; 0], "one by one, but they leave");
        let full = Watched { ready: 7, left_in_an_hour: 200, ..stuck };
        assert_eq!(names(&full), ["cap_used_up"]);
        let down = Watched { put_off: 2, last_put_off: Some(at(990)), last_taken: Some(at(980)), ..full };
        assert_eq!(names(&down), ["relay_down"]);
        let greylisted =
            Watched { last_taken: Some(at(991)), left_in_an_hour: 1, ready: 0, unsent_since: None, ..down };
        assert_eq!(names(&greylisted), [""; 0]);
    }
}
