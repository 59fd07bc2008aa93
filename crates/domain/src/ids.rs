//! Identifiers: one type for each kind of thing, so that an invoice is never looked up with a customer's id.
//!
//! An id is a UUID (version 7, made by the server from its injected clock and entropy) and is shown with the prefix
//! of its kind: `inv_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f`. The database stores the bare UUID, everything a person or
//! another system sees carries the prefix.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// The text is not an id of the expected kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}… with 32 lower-case hexadecimal digits")]
pub struct IdError {
    /// The prefix that was expected, underscore included.
    pub prefix: &'static str,
}

/// Parses `prefix` followed by exactly 32 lower-case hexadecimal digits; nothing else, so that each id has one
/// spelling and an address can be compared as text.
fn parse(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    let digits = text.strip_prefix(prefix).ok_or(IdError { prefix })?;
    let canonical = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if !canonical {
        return Err(IdError { prefix });
    }
    Uuid::try_parse(digits).map_err(|_| IdError { prefix })
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What this kind of id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps a UUID that is known to identify this kind of thing.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid) }

            /// The bare UUID, as the database stores it.
            pub const fn uuid(self) -> Uuid { self.0 }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self { Self(uuid) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0.as_simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> { parse(text, $prefix).map(Self) }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )+ };
}

ids! {
    /// A business: the tenant, whoever is owed.
    BusinessId = "biz_";
    /// A person of a business.
    MemberId = "mem_";
    /// Who owes.
    CustomerId = "cust_";
    /// A person at a customer.
    ContactId = "con_";
    /// An invoice.
    InvoiceId = "inv_";
    /// One line of an invoice.
    LineId = "line_";
    /// The unit that is chased.
    ReceivableId = "rcv_";
    /// A ledger account.
    AccountId = "acc_";
    /// One balanced row of the ledger.
    TransferId = "trf_";
    /// One try to collect.
    AttemptId = "pat_";
    /// One e-mail (later also SMS or letter) handed, or to be handed, over.
    MessageId = "msg_";
    /// A portal link.
    LinkId = "lnk_";
    /// One row of the append-only log.
    EventId = "ev_";
    /// Something a person must do.
    TaskId = "task_";
    /// An invitation to become a member.
    InvitationId = "ivt_";
    /// A way to pay that a customer keeps for later.
    SavedMethodId = "smt_";
    /// A customer's word that what is due is charged by itself.
    AutopayId = "apy_";
    /// A charge by itself that was announced.
    DebitId = "dbt_";
    /// A customer's word that a way to pay may be kept.
    MethodSetupId = "msu_";
    /// A code that proves who holds a link.
    CodeId = "cod_";
    /// A sign-in, or a customer's browser that opened a link.
    SessionId = "ses_";
    /// A refused form that keeps what was typed.
    DraftId = "frm_";
    /// A schedule: the ordered follow-up.
    ScheduleId = "sch_";
    /// A group of customers that are followed up alike.
    GroupId = "grp_";
    /// A refund that a member asked for.
    RefundId = "rfd_";
    /// A credit note.
    CreditNoteId = "crn_";
    /// A hold by word.
    HoldId = "hld_";
    /// A negotiation about a payment plan.
    ProposalId = "ppr_";
    /// A payment plan.
    PlanId = "pln_";
    /// An instalment of a payment plan.
    InstalmentId = "ins_";
    /// An invoice that is written again and again.
    RecurringId = "rec_";
    /// A bank statement that was imported.
    BankStatementId = "bst_";
    /// An entry of a bank statement.
    BankEntryId = "ben_";
    /// A bank statement whose columns nobody has named yet.
    BankUploadId = "bup_";
    /// A call, mail or letter that a person made on their own.
    ManualContactId = "mco_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let id = InvoiceId::from_uuid(Uuid::from_u128(0x0198_c2f7_a1b2_7c3d_8e4f_5a6b_7c8d_9e0f));
        assert_eq!(id.to_string(), "inv_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"inv_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f\"");
        assert_eq!(serde_json::from_str::<InvoiceId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
        for other in [
            "inv_0198C2F7A1B27C3D8E4F5A6B7C8D9E0F",
            "inv_0198c2f7-a1b2-7c3d-8e4f-5a6b7c8d9e0f",
            "cust_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f",
            "0198c2f7a1b27c3d8e4f5a6b7c8d9e0f",
            "inv_0198c2f7a1b27c3d8e4f5a6b7c8d9e0",
            "inv_",
            "",
        ] {
            assert_eq!(other.parse::<InvoiceId>(), Err(IdError { prefix: "inv_" }), "{other}");
        }
    }
}
