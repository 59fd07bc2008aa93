//! The list of a business's messages, for people who look for one.

use domain::message::{Channel, MessageState};
use domain::{BusinessId, CustomerId, MessageId};

use super::{Message, MessageRow, with_parts};
use crate::{StoreError, Tx};

/// Which messages to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<MessageState>,
    /// Only those by this channel.
    pub channel: Option<Channel>,
    /// Only those to this customer.
    pub customer: Option<CustomerId>,
    /// Only those planned before this one: the next page.
    pub after: Option<MessageId>,
}

/// The messages of a business, newest first. What is between two states for a moment is listed as the one it came from.
pub async fn list(
    tx: &mut Tx,
    business: BusinessId,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.business_id = $1
            AND ($2 IS NULL OR (CASE WHEN message.state IN ('claimed', 'handing_over') THEN 'queued'
                                     ELSE message.state END) = $2)
            AND ($3 IS NULL OR message.channel = $3)
            AND ($4 IS NULL OR message.customer_id = $4)
            AND ($5 IS NULL OR (message.created_at, message.id) < (
                SELECT last.created_at, last.id FROM message AS last WHERE last.id = $5))
          ORDER BY message.created_at DESC, message.id DESC LIMIT $6"))
        .bind(business.uuid())
        .bind(filter.state.map(MessageState::as_str))
        .bind(filter.channel.map(Channel::as_str))
        .bind(filter.customer.map(CustomerId::uuid))
        .bind(filter.after.map(MessageId::uuid))
        .bind(limit)
        .fetch_all(connection))?;
    with_parts(tx, rows).await
}
