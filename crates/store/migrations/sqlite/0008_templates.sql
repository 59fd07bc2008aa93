-- The words a business writes itself, in place of those that are built in. Every version stays as it was written: what was
-- said with it can be looked up. The newest version of a text is the one in use; one without words gives the text back
-- to what is built in.
CREATE TABLE template_version (
    business_id BLOB NOT NULL REFERENCES business (id),
    -- The name that steps call it by.
    name TEXT NOT NULL,
    channel TEXT NOT NULL CONSTRAINT template_version_channel CHECK (channel IN ('email', 'sms', 'letter', 'call')),
    language TEXT NOT NULL,
    version INTEGER NOT NULL CONSTRAINT template_version_version CHECK (version > 0),
    -- Empty where the channel has none. Null, with the body, when the text was given back.
    subject TEXT,
    body TEXT CONSTRAINT template_version_body CHECK (body <> ''),
    created_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (business_id, name, channel, language, version),
    CONSTRAINT template_version_words CHECK ((subject IS NULL) = (body IS NULL)),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id)
) STRICT;

-- Versions are counted without a gap, so that of two who write at once one notices.
CREATE TRIGGER template_version_next BEFORE INSERT ON template_version
WHEN NEW.version <> 1 + COALESCE((
    SELECT MAX(template_version.version) FROM template_version
    WHERE template_version.business_id = NEW.business_id AND template_version.name = NEW.name
        AND template_version.channel = NEW.channel AND template_version.language = NEW.language), 0)
BEGIN
    SELECT RAISE(ABORT, 'guard: template_version_next');
END;
CREATE TRIGGER template_version_append_only_update BEFORE UPDATE ON template_version
BEGIN
    SELECT RAISE(ABORT, 'guard: template_version_append_only');
END;
CREATE TRIGGER template_version_append_only_delete BEFORE DELETE ON template_version
BEGIN
    SELECT RAISE(ABORT, 'guard: template_version_append_only');
END;
