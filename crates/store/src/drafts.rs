//! What was typed into a refused form, kept a quarter of an hour under the browser's cookie, so that the page can show it
//! again without putting it into an address. Never passwords, codes or files: the caller leaves them out.

use domain::{DraftId, Timestamp};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A refused form. Machine time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDraft {
    /// Its id, which stands in the address the browser is sent back to.
    pub id: DraftId,
    /// Which form it was.
    pub form: String,
    /// What was typed, as JSON.
    pub fields: String,
    /// What was wrong with it, as JSON.
    pub errors: String,
    /// When it was refused.
    pub created_at: Timestamp,
    /// When it is forgotten: at most a quarter of an hour later.
    pub expires_at: Timestamp,
}

row! {
    struct DraftRow {
        id: Uuid,
        form: String,
        fields: String,
        errors: String,
        created_at: Timestamp,
        expires_at: Timestamp,
    }
}

/// Keeps a refused form for the browser with this keyed hash of its cookie.
pub async fn keep(tx: &mut Tx, browser_hash: &[u8; 32], draft: &FormDraft) -> Result<(), StoreError> {
    let sql = "INSERT INTO form_draft (id, browser_hash, form, fields, errors, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(draft.id.uuid())
            .bind(browser_hash.as_slice())
            .bind(draft.form.as_str())
            .bind(draft.fields.as_str())
            .bind(draft.errors.as_str())
            .bind(draft.created_at)
            .bind(draft.expires_at)
    )?;
    Ok(())
}

/// The refused form of this id, if this browser typed it into that form and it is not forgotten yet.
pub async fn find(
    tx: &mut Tx,
    browser_hash: &[u8; 32],
    id: DraftId,
    form: &str,
    now: Timestamp,
) -> Result<Option<FormDraft>, StoreError> {
    let sql =
        "SELECT * FROM form_draft WHERE id = $1 AND browser_hash = $2 AND form = $3 AND expires_at > $4";
    let row: Option<DraftRow> = on!(tx, connection => sqlx::query_as(sql)
        .bind(id.uuid())
        .bind(browser_hash.as_slice())
        .bind(form)
        .bind(now)
        .fetch_optional(connection))?;
    Ok(row.map(|row| FormDraft {
        id: DraftId::from_uuid(row.id),
        form: row.form,
        fields: row.fields,
        errors: row.errors,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Forgets what has expired.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    execute!(tx, sqlx::query("DELETE FROM form_draft WHERE expires_at <= $1").bind(now))
}
