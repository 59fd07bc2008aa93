-- The words a business writes itself, in place of those that are built in. Every version stays as it was written: what was
-- said with it can be looked up. The newest version of a text is the one in use; one without words gives the text back
-- to what is built in.
CREATE TABLE template_version (
    business_id UUID NOT NULL REFERENCES business (id),
    -- The name that steps call it by.
    name TEXT NOT NULL,
    channel TEXT NOT NULL CONSTRAINT template_version_channel CHECK (channel IN ('email', 'sms', 'letter', 'call')),
    language TEXT NOT NULL,
    version BIGINT NOT NULL CONSTRAINT template_version_version CHECK (version > 0),
    -- Empty where the channel has none. Null, with the body, when the text was given back.
    subject TEXT,
    body TEXT CONSTRAINT template_version_body CHECK (body <> ''),
    created_by UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, name, channel, language, version),
    CONSTRAINT template_version_words CHECK ((subject IS NULL) = (body IS NULL)),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id)
);

-- Versions are counted without a gap, so that of two who write at once one notices.
CREATE FUNCTION template_version_next() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> 1 + COALESCE((
            SELECT MAX(template_version.version) FROM template_version
            WHERE template_version.business_id = NEW.business_id AND template_version.name = NEW.name
                AND template_version.channel = NEW.channel AND template_version.language = NEW.language), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: template_version_next';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER template_version_next BEFORE INSERT ON template_version
    FOR EACH ROW EXECUTE FUNCTION template_version_next();
CREATE TRIGGER template_version_append_only BEFORE UPDATE OR DELETE ON template_version
    FOR EACH ROW EXECUTE FUNCTION refuse('template_version_append_only');
CREATE TRIGGER template_version_append_only_truncate BEFORE TRUNCATE ON template_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('template_version_append_only');
