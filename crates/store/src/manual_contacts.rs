//! What people did themselves: a call, a mail of their own, a letter. It counts for the minimum gap and for the caps on
//! calls like what Dunlin sends.

use domain::message::Channel;
use domain::{BusinessId, ContactId, CustomerId, ManualContactId, MemberId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A contact a person made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManualContact {
    /// Its id.
    pub id: ManualContactId,
    /// Whose.
    pub business: BusinessId,
    /// With which customer.
    pub customer: CustomerId,
    /// With whom there, if that is known.
    pub contact: Option<ContactId>,
    /// How: e-mail, text message, letter or call.
    pub channel: Channel,
    /// When. Business time.
    pub at: Timestamp,
    /// Whether they spoke with each other; only of calls.
    pub conversation: bool,
    /// In the author's words; may be empty.
    pub note: String,
    /// Who.
    pub by: MemberId,
    /// When it was written down. Business time.
    pub created_at: Timestamp,
}

/// Writes a contact down. It stays as it is; a mistake is told by another row.
pub async fn record(tx: &mut Tx, made: &ManualContact) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO manual_contact (id, business_id, customer_id, contact_id, channel, at, conversation, note,
                by_member, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        )
        .bind(made.id.uuid())
        .bind(made.business.uuid())
        .bind(made.customer.uuid())
        .bind(made.contact.map(ContactId::uuid))
        .bind(made.channel.as_str())
        .bind(made.at)
        .bind(made.conversation)
        .bind(&made.note[..])
        .bind(made.by.uuid())
        .bind(made.created_at)
    )
    .map(|_rows| ())
}

row! {
    pub(crate) struct ManualContactRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        contact_id: Option<Uuid>,
        channel: String,
        at: Timestamp,
        conversation: bool,
        note: String,
        by_member: Uuid,
        created_at: Timestamp,
    }
}

impl TryFrom<ManualContactRow> for ManualContact {
    type Error = StoreError;

    fn try_from(row: ManualContactRow) -> Result<Self, StoreError> {
        let id = ManualContactId::from_uuid(row.id);
        let read = Reading { table: "manual_contact", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            contact: row.contact_id.map(ContactId::from_uuid),
            channel: read.known("channel", Channel::from_name(&row.channel))?,
            at: row.at,
            conversation: row.conversation,
            note: row.note,
            by: MemberId::from_uuid(row.by_member),
            created_at: row.created_at,
        })
    }
}

/// The contacts people made with a customer since a moment, oldest first.
pub async fn since(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    since: Timestamp,
) -> Result<Vec<ManualContact>, StoreError> {
    let rows: Vec<ManualContactRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM manual_contact WHERE customer_id = $2 AND business_id = $1 AND at >= $3 ORDER BY at, id")
        .bind(business.uuid()).bind(customer.uuid()).bind(since).fetch_all(connection))?;
    rows.into_iter().map(ManualContact::try_from).collect()
}
