//! The words a business writes itself, in place of those that are built in.
//!
//! A save never changes a version: it adds one. The newest is in use; one without words gives the text back.

use domain::message::Channel;
use domain::schedule::StepId;
use domain::{BusinessId, Language, MemberId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Which text of a business.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateKey {
    /// The name that steps call it by.
    pub name: StepId,
    /// How it is said.
    pub channel: Channel,
    /// In which language.
    pub language: Language,
}

impl std::fmt::Display for TemplateKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {}", self.channel, self.name, self.language)
    }
}

/// The words of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// One line; empty where the channel has none.
    pub subject: String,
    /// Paragraphs, set apart by empty lines. Never empty.
    pub body: String,
}

/// The newest version of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Which text.
    pub key: TemplateKey,
    /// Counts saves, from 1.
    pub version: i64,
    /// The words; `None` when the text was given back to what is built in.
    pub words: Option<Words>,
    /// Who saved it.
    pub by: MemberId,
    /// When. Business time.
    pub at: Timestamp,
}

row! {
    struct VersionRow {
        name: String,
        channel: String,
        language: String,
        version: i64,
        subject: Option<String>,
        body: Option<String>,
        created_by: Uuid,
        created_at: Timestamp,
    }
}

impl TryFrom<VersionRow> for TemplateVersion {
    type Error = StoreError;

    fn try_from(row: VersionRow) -> Result<Self, StoreError> {
        let place = format!("{} {} {}", row.channel, row.name, row.language);
        let at = Reading { table: "template_version", row: &place };
        let words = match (row.subject, row.body) {
            (Some(subject), Some(body)) => Some(Words { subject, body }),
            (None, None) => None,
            (None, Some(_)) => {
                return Err(StoreError::corrupt(at.table, "subject", &place, "missing beside a body"));
            }
            (Some(_), None) => {
                return Err(StoreError::corrupt(at.table, "body", &place, "missing beside a subject"));
            }
        };
        Ok(Self {
            key: TemplateKey {
                name: at.value("name", StepId::parse(&row.name))?,
                channel: at.known("channel", Channel::from_name(&row.channel))?,
                language: at.known("language", Language::from_name(&row.language))?,
            },
            version: row.version,
            words,
            by: MemberId::from_uuid(row.created_by),
            at: row.created_at,
        })
    }
}

/// The newest versions that a condition names.
macro_rules! newest_versions {
    ($condition:literal) => {
        concat!(
            "SELECT name, channel, language, version, subject, body, created_by, created_at
             FROM template_version
             WHERE version = (SELECT MAX(newest.version) FROM template_version AS newest
                    WHERE newest.business_id = template_version.business_id AND newest.name = template_version.name
                        AND newest.channel = template_version.channel
                        AND newest.language = template_version.language)
                AND ",
            $condition
        )
    };
}

/// The newest version of a text, given back or not; `None` if the business never wrote it.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    key: &TemplateKey,
) -> Result<Option<TemplateVersion>, StoreError> {
    let row: Option<VersionRow> = on!(tx, connection => sqlx::query_as(newest_versions!(
        "business_id = $1 AND name = $2 AND channel = $3 AND language = $4"))
        .bind(business.uuid()).bind(key.name.as_str()).bind(key.channel.as_str()).bind(key.language.as_str())
        .fetch_optional(connection))?;
    row.map(TemplateVersion::try_from).transpose()
}

/// The newest version of every text the business ever wrote.
pub async fn of_business(tx: &mut Tx, business: BusinessId) -> Result<Vec<TemplateVersion>, StoreError> {
    let rows: Vec<VersionRow> = on!(tx, connection => sqlx::query_as(newest_versions!(
        "business_id = $1 ORDER BY name, channel, language"))
        .bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(TemplateVersion::try_from).collect()
}

/// Adds a version, the one after `read`, the newest that its writer saw (0: none): false if somebody else added one
/// meanwhile. Without words it gives the text back.
pub async fn save(
    tx: &mut Tx,
    business: BusinessId,
    key: &TemplateKey,
    read: i64,
    words: Option<&Words>,
    (by, now): (MemberId, Timestamp),
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO template_version (business_id, name, channel, language, version, subject, body, created_by,
                created_at)
             SELECT business.id, $2, $3, $4, $5, $6, $7, $8, $9 FROM business
             WHERE business.id = $1 AND $5 = 1 + COALESCE((
                SELECT MAX(newest.version) FROM template_version AS newest
                WHERE newest.business_id = $1 AND newest.name = $2 AND newest.channel = $3
                    AND newest.language = $4), 0)
             ON CONFLICT (business_id, name, channel, language, version) DO NOTHING"
        )
        .bind(business.uuid())
        .bind(key.name.as_str())
        .bind(key.channel.as_str())
        .bind(key.language.as_str())
        .bind(read + 1)
        .bind(words.map(|words| words.subject.as_str()))
        .bind(words.map(|words| words.body.as_str()))
        .bind(by.uuid())
        .bind(now)
    )?;
    Ok(rows == 1)
}
