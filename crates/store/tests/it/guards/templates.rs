//! Attacks on the words a business writes itself.

use super::Attacks;

const FIRST: &str =
    "INSERT INTO template_version (business_id, name, channel, language, version, subject, body, created_by,
        created_at)
    VALUES ({1}, 'firm', 'email', 'en', 1, 'Subject', 'Body', {5}, {now})";
const SECOND: &str =
    "INSERT INTO template_version (business_id, name, channel, language, version, created_by, created_at)
    VALUES ({1}, 'firm', 'email', 'en', 2, {5}, {now})";

pub const TEMPLATES: Attacks = &[
    ("template_version_next", &[FIRST, FIRST]),
    ("template_version_next", &[SECOND]),
    ("template_version_append_only", &[FIRST, "UPDATE template_version SET body = 'Other'"]),
    ("template_version_append_only", &[FIRST, "DELETE FROM template_version"]),
    (
        "template_version_channel",
        &["INSERT INTO template_version (business_id, name, channel, language, version,
            created_by, created_at)
        VALUES ({1}, 'firm', 'pigeon', 'en', 1, {5}, {now})"],
    ),
    (
        "template_version_words",
        &["INSERT INTO template_version (business_id, name, channel, language, version, body,
            created_by, created_at)
        VALUES ({1}, 'firm', 'email', 'en', 1, 'Body', {5}, {now})"],
    ),
    (
        "template_version_body",
        &["INSERT INTO template_version (business_id, name, channel, language, version, subject,
            body, created_by, created_at)
        VALUES ({1}, 'firm', 'email', 'en', 1, '', '', {5}, {now})"],
    ),
    // Nobody of another business writes them.
    (
        "foreign_key",
        &["INSERT INTO template_version (business_id, name, channel, language, version, created_by,
            created_at)
        VALUES ({2}, 'firm', 'email', 'en', 1, {5}, {now})"],
    ),
];

pub const LAWFUL: &[&[&str]] = &[&[FIRST, SECOND]];

pub const TABLES: &[(&str, &str)] = &[("template_version", "template_version_append_only")];

pub const REPLACES: Attacks = &[(
    "template_version_next",
    &[FIRST, "INSERT OR REPLACE INTO template_version SELECT * FROM template_version"],
)];
