//! Tables of a bank whose columns a person is to name, and what was said about those that came before.

use domain::{BankUploadId, BusinessId, Currency, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A table that waits for its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankUpload {
    /// Its id.
    pub id: BankUploadId,
    /// Whose.
    pub business: BusinessId,
    /// Which account it is of: a business has one a currency.
    pub currency: Currency,
    /// What the file is called.
    pub file_name: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Keeps a table until somebody has named its columns. Machine time.
pub async fn keep(tx: &mut Tx, upload: &BankUpload, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO bank_upload (id, business_id, currency, file_name, content, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        )
        .bind(upload.id.uuid())
        .bind(upload.business.uuid())
        .bind(upload.currency.code())
        .bind(&upload.file_name[..])
        .bind(&upload.content[..])
        .bind(now)
    )?;
    Ok(())
}

row! {
    struct UploadRow {
        id: Uuid,
        currency: String,
        file_name: String,
        content: Vec<u8>,
    }
}

/// A table that waits for its columns.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    id: BankUploadId,
) -> Result<Option<BankUpload>, StoreError> {
    let row: Option<UploadRow> = on!(tx, connection => sqlx::query_as(
        "SELECT id, currency, file_name, content FROM bank_upload WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(|row| {
        let id = BankUploadId::from_uuid(row.id);
        let currency = Reading { table: "bank_upload", row: id }.currency(&row.currency)?;
        Ok(BankUpload { id, business, currency, file_name: row.file_name, content: row.content })
    })
    .transpose()
}

/// Forgets a table: it was imported.
pub async fn forget(tx: &mut Tx, business: BusinessId, id: BankUploadId) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("DELETE FROM bank_upload WHERE id = $1 AND business_id = $2")
            .bind(id.uuid())
            .bind(business.uuid())
    )?;
    Ok(())
}

/// Forgets the tables that nobody came back to since then. Machine time.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    execute!(tx, sqlx::query("DELETE FROM bank_upload WHERE created_at < $1").bind(before))
}

/// What the columns of an account's table with this header mean, as JSON, if somebody said so.
pub async fn columns(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
    header: &[u8; 32],
) -> Result<Option<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT columns FROM bank_columns WHERE business_id = $1 AND currency = $2 AND header_hash = $3")
        .bind(business.uuid()).bind(currency.code()).bind(&header[..]).fetch_optional(connection))
}

/// Remembers what they mean.
pub async fn remember_columns(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
    header: &[u8; 32],
    columns: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO bank_columns (business_id, currency, header_hash, columns, updated_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (business_id, currency, header_hash)
             DO UPDATE SET columns = excluded.columns, updated_at = excluded.updated_at"
        )
        .bind(business.uuid())
        .bind(currency.code())
        .bind(&header[..])
        .bind(columns)
        .bind(now)
    )?;
    Ok(())
}
