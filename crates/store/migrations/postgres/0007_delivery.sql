-- Text messages: who agreed to them, what became of each, and what came back.

-- Consent is a fact with its evidence (when, how, in which words), and it is given for a number: a new number starts
-- without any.
ALTER TABLE contact ADD COLUMN sms_consent_at TIMESTAMPTZ;
ALTER TABLE contact ADD COLUMN sms_consent_source TEXT CONSTRAINT contact_sms_consent_source
    CHECK (sms_consent_source IN ('contract', 'web_form', 'writing', 'phone', 'in_person', 'text_message'));
ALTER TABLE contact ADD COLUMN sms_consent_text TEXT CONSTRAINT contact_sms_consent CHECK (
    (sms_consent_at IS NULL) = (sms_consent_source IS NULL) AND (sms_consent_at IS NULL) = (sms_consent_text IS NULL)
    AND (sms_consent_at IS NULL OR phone IS NOT NULL));
ALTER TABLE contact ADD COLUMN sms_opted_out_at TIMESTAMPTZ;
-- The network said that this number takes no texts.
ALTER TABLE contact ADD COLUMN sms_suppressed_at TIMESTAMPTZ;
ALTER TABLE contact ADD COLUMN sms_suppressed_reason TEXT CONSTRAINT contact_sms_suppressed
    CHECK ((sms_suppressed_at IS NULL) = (sms_suppressed_reason IS NULL));

-- Whoever answers a text is known by the number alone.
CREATE INDEX contact_by_phone ON contact (phone) WHERE phone IS NOT NULL;

CREATE FUNCTION contact_consent_of_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.phone IS DISTINCT FROM OLD.phone
    AND NEW.sms_consent_at IS NOT NULL AND NEW.sms_consent_at IS NOT DISTINCT FROM OLD.sms_consent_at
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: contact_consent_of_number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER contact_consent_of_number BEFORE UPDATE ON contact
    FOR EACH ROW EXECUTE FUNCTION contact_consent_of_number();

-- What the gateway calls the message.
ALTER TABLE message ADD COLUMN provider_ref TEXT;
-- What the text costs, counted when it was written.
ALTER TABLE message ADD COLUMN segments BIGINT CONSTRAINT message_segments
    CHECK (segments IS NULL OR (segments > 0 AND channel = 'sms'));
-- When the other side confirmed that it arrived. Business time.
ALTER TABLE message ADD COLUMN delivered_at TIMESTAMPTZ CONSTRAINT message_delivered
    CHECK (delivered_at IS NULL OR state = 'sent');

CREATE UNIQUE INDEX message_provider_ref_key ON message (provider_ref) WHERE provider_ref IS NOT NULL;
CREATE INDEX message_paid_for ON message (business_id, handed_over_at) WHERE segments IS NOT NULL;
CREATE INDEX message_by_number ON message (to_address, handed_over_at) WHERE channel = 'sms';

-- Segments belong to the body and are written with it; a name and a confirmation are given once.
CREATE FUNCTION message_evidence_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref)
    OR (OLD.delivered_at IS NOT NULL AND NEW.delivered_at IS DISTINCT FROM OLD.delivered_at)
    OR (NEW.segments IS DISTINCT FROM OLD.segments
        AND NOT (OLD.state = 'claimed' AND NEW.state = 'handing_over'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_evidence_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_evidence_frozen BEFORE UPDATE ON message
    FOR EACH ROW EXECUTE FUNCTION message_evidence_frozen();

-- What the gateway reported about a message, in whatever order it came; each status once. A report may come before
-- the hand-over is recorded: it waits here.
CREATE TABLE delivery_report (
    message_id UUID NOT NULL,
    business_id UUID NOT NULL,
    status TEXT NOT NULL CONSTRAINT delivery_report_status
        CHECK (status IN ('sent', 'delivered', 'undelivered', 'failed')),
    provider_ref TEXT NOT NULL,
    -- The gateway's error code, or empty.
    detail TEXT NOT NULL DEFAULT '',
    -- Business time.
    received_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (message_id, status),
    FOREIGN KEY (message_id, business_id) REFERENCES message (id, business_id)
);

CREATE TRIGGER delivery_report_append_only BEFORE UPDATE OR DELETE ON delivery_report
    FOR EACH ROW EXECUTE FUNCTION refuse('delivery_report_append_only');
CREATE TRIGGER delivery_report_append_only_truncate BEFORE TRUNCATE ON delivery_report
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('delivery_report_append_only');

-- The texts that came in, by the gateway's name for them, so that each acts once. What they said stands in the log,
-- apart, where it can be erased.
CREATE TABLE incoming_text (
    provider_ref TEXT NOT NULL PRIMARY KEY,
    -- Machine time.
    received_at TIMESTAMPTZ NOT NULL
);
