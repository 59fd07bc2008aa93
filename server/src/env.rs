//! The outside world, as one value that every operation takes.
//!
//! Nothing in this crate asks the machine for the time, for randomness, for Stripe or for a mail server by itself:
//! it asks [`Env`]. The binary fills it with the real ones (`cli::serve`), tests and the simulated year with
//! steerable ones, and both then run the same code. `clippy.toml` refuses the direct calls.
//!
//! Two clocks are told apart everywhere, because the demo moves one of them:
//!
//! * **business time** decides dates: due, steps, holds, link age;
//! * **machine time** guards: sessions, leases, rate limits, retries, signature tolerance.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use domain::Phone;
use domain::ids::{BusinessId, ContactId, CustomerId, InvoiceId, LinkId, MemberId, SessionId};
use domain::role::{Permission, Role};
use domain::time::Timestamp;
use secrecy::SecretString;
use store::Store;
use tokio::sync::Notify;

use crate::crypto::Keys;
use crate::delivery::{MailTransport, TextTransport};
use crate::gateway::Gateways;
use crate::webhooks::Intake;

/// Everything an operation may touch besides its arguments.
#[derive(Clone)]
pub struct Env {
    /// The database.
    pub store: Store,
    /// Both clocks.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for ids, tokens, salts and nonces.
    pub entropy: Arc<dyn Entropy>,
    /// Payment providers, opened with a business's own key.
    pub gateways: Arc<dyn Gateways>,
    /// The one SMTP relay of the installation.
    pub mailer: Arc<dyn MailTransport>,
    /// The one SMS gateway of the installation.
    pub texter: Arc<dyn TextTransport>,
    /// Keys derived from the installation key.
    pub keys: Keys,
    /// What the operator configured and operations need to know.
    pub settings: Arc<Settings>,
    /// Wakes workers before their next tick.
    pub nudges: Arc<Nudges>,
    /// What receiving webhooks keeps in memory.
    pub intake: Arc<Intake>,
    /// Keeps the ids of one millisecond in the order in which they were made.
    pub ids: Arc<IdOrder>,
}

/// The part of the configuration that operations read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where people reach this installation, without a trailing slash: `https://pay.example.com`.
    /// Every link we write starts with it; the request's `Host` is never used.
    pub base_url: String,
    /// Demo mode: business time can be moved; live keys and outside mail hosts are refused.
    pub demo: bool,
    /// The sandbox's address in demo mode, told when business time moves.
    pub sandbox_url: Option<String>,
    /// The address mails are sent from; the business's name stands before it.
    pub mail_from: String,
    /// The account at the SMS gateway; without one no texts are sent, and none are taken.
    pub sms: Option<SmsAccount>,
    /// How many chasing messages may leave in one hour of machine time.
    pub chasing_per_hour: u32,
}

/// The account at the SMS gateway, as far as operations need it.
#[derive(Debug, Clone)]
pub struct SmsAccount {
    /// Its name, which signed callbacks repeat.
    pub account: String,
    /// What callbacks are signed with.
    pub token: SecretString,
    /// The number that texts come from, and that answers go to.
    pub from: Phone,
}

/// The two clocks. Implementations return times cut to microseconds, which is what both databases keep.
pub trait Clock: Send + Sync {
    /// Machine time: what guards (sessions, leases, limits, retries, signatures) are measured by.
    fn machine_now(&self) -> Timestamp;

    /// Business time: what dates are decided by. Equal to machine time outside demo and simulation.
    fn business_now(&self) -> Timestamp;

    /// Sets how far business time is ahead of machine time. Only the demo and the simulation do.
    fn set_business_offset(&self, offset: chrono::Duration);
}

/// Randomness that must not be guessed.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock, with the demo's offset for business time.
#[derive(Debug, Default)]
pub struct SystemClock {
    offset_microseconds: AtomicI64,
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn machine_now(&self) -> Timestamp {
        domain::time::truncate_micros(chrono::Utc::now())
    }

    fn business_now(&self) -> Timestamp {
        self.machine_now() + chrono::Duration::microseconds(self.offset_microseconds.load(Ordering::SeqCst))
    }

    fn set_business_offset(&self, offset: chrono::Duration) {
        let microseconds = offset.num_microseconds().unwrap_or(0);
        self.offset_microseconds.store(microseconds, Ordering::SeqCst);
    }
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system")]
    #[expect(clippy::panic, reason = "without randomness no token is safe, and nothing can go on")]
    fn fill(&self, bytes: &mut [u8]) {
        if let Err(error) = getrandom::fill(bytes) {
            panic!("the operating system gives no randomness: {error}");
        }
    }
}

/// One bell a worker: rung after a commit that gave it something to do, so that nobody waits for the next tick.
/// A lost ring costs a tick, never work.
#[derive(Debug, Default)]
pub struct Nudges {
    /// The webhook inbox has a row.
    pub inbox: Notify,
    /// A message waits in the outbox.
    pub outbox: Notify,
    /// A receivable may be due for a decision.
    pub planner: Notify,
    /// A recurring invoice may be due.
    pub recurring: Notify,
    /// Statements may be due.
    pub statements: Notify,
    /// Something may be due to be charged by itself.
    pub autopay: Notify,
    /// A payment attempt should be asked about.
    pub sweep: Notify,
    /// Something is to be forgotten earlier than usual. Nothing rings it now.
    pub janitor: Notify,
}

/// The last id's millisecond and its place in it.
#[derive(Debug, Default)]
pub struct IdOrder(Mutex<(u64, u32)>);

impl IdOrder {
    /// Writes a counter over the first 18 random bits of an id (RFC 9562, section 6.2, method 1): after the last id's place if
    /// it is of the same millisecond, else at a random place in the lower half, which leaves room for 131,072 more.
    fn put_in_order(&self, milliseconds: u64, random: &mut [u8; 10]) {
        let fresh = u32::from_be_bytes([0, random[0], random[1], random[2]]) & 0x1_FFFF;
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = if last.0 == milliseconds { last.1 + 1 } else { fresh };
        *last = (milliseconds, place);
        // 12 bits stand beside the version, 6 beside the variant, both of which are written over.
        let [_, high, middle, low] = (place << 2).to_be_bytes();
        (random[0], random[1], random[2]) = (high, middle, low >> 2);
    }
}

impl Env {
    /// Now, in business time.
    pub fn business_now(&self) -> Timestamp {
        self.clock.business_now()
    }

    /// Now, in machine time.
    pub fn machine_now(&self) -> Timestamp {
        self.clock.machine_now()
    }

    /// A new id of any typed kind: a UUID version 7 made of machine time, a counter within its millisecond, and injected
    /// randomness. Of two ids of one process the later is the larger as long as the clock does not step back: what is undone
    /// newest first is told apart by that.
    pub fn new_id<Id: From<uuid::Uuid>>(&self) -> Id {
        let mut random = [0_u8; 10];
        self.entropy.fill(&mut random);
        let milliseconds = u64::try_from(self.machine_now().timestamp_millis()).unwrap_or(0);
        self.ids.put_in_order(milliseconds, &mut random);
        Id::from(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
    }

    /// 64 random bits, for codes.
    pub fn new_bits(&self) -> u64 {
        let mut bits = [0_u8; 8];
        self.entropy.fill(&mut bits);
        u64::from_be_bytes(bits)
    }

    /// 256 random bits, for links, sessions and invitations.
    pub fn new_token(&self) -> [u8; 32] {
        let mut token = [0_u8; 32];
        self.entropy.fill(&mut token);
        token
    }
}

/// Who asks for something. Made at the edge (a cookie, a link, a command line) and checked in every operation's
/// first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// A signed-in person of a business.
    Member {
        /// The business they belong to; every row they may see carries it.
        business: BusinessId,
        /// The person.
        member: MemberId,
        /// What they may do.
        role: Role,
    },
    /// Whoever holds a portal link or the session it was exchanged for.
    Portal(PortalAccess),
    /// A worker of this process.
    System,
    /// A person at the command line of the machine.
    Operator,
    /// Nobody in particular: sign-in, first run, a portal link that is not known yet.
    Anonymous,
}

/// What a portal link or session opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalAccess {
    /// The link that opens it: who acts, in the record.
    pub link: LinkId,
    /// Whose invoices these are.
    pub business: BusinessId,
    /// Who owes them.
    pub customer: CustomerId,
    /// The contact the link was sent to, if one was.
    pub contact: Option<ContactId>,
    /// One invoice, or all of the customer's.
    pub scope: PortalScope,
    /// The browser that acts, where the link became a session.
    pub session: Option<SessionId>,
}

/// How far a portal link reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalScope {
    /// This invoice only.
    Invoice(InvoiceId),
    /// Every issued invoice of the customer.
    Customer,
}

/// The principal may not do this. Shown as 404 to strangers and 403 to members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not permitted")]
pub struct NotPermitted;

impl Principal {
    /// The business in which this principal has `permission`; an error for everybody else.
    pub fn member_with(&self, permission: Permission) -> Result<(BusinessId, MemberId), NotPermitted> {
        match self {
            Self::Member { business, member, role } if role.may(permission) => Ok((*business, *member)),
            _ => Err(NotPermitted),
        }
    }

    /// The portal access of this principal; an error for everybody else.
    pub fn portal(&self) -> Result<&PortalAccess, NotPermitted> {
        match self {
            Self::Portal(access) => Ok(access),
            _ => Err(NotPermitted),
        }
    }

    /// Passes workers and the operator only.
    pub fn internal(&self) -> Result<(), NotPermitted> {
        match self {
            Self::System | Self::Operator => Ok(()),
            _ => Err(NotPermitted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_in_the_order_in_which_they_were_made() {
        let order = IdOrder::default();
        let entropy = SystemEntropy;
        let made = |milliseconds| {
            let mut random = [0_u8; 10];
            entropy.fill(&mut random);
            order.put_in_order(milliseconds, &mut random);
            uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid()
        };
        let (now, then) = (1_789_000_000_000, 1_789_000_000_001);
        let ids: Vec<_> = (0..100_000).map(|_| made(now)).chain((0..3).map(|_| made(then))).collect();
        assert!(ids.is_sorted_by(|one, next| one < next));
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
        // What is left of chance tells the ids of two processes apart.
        let tails: std::collections::BTreeSet<_> =
            ids.iter().map(|id| id.as_u128() & ((1 << 56) - 1)).collect();
        assert_eq!(tails.len(), ids.len());
    }
}
