-- Codes that prove who holds a link, and the sessions in which that was proven. Machine time.

-- One code, to the contact on file. Only its keyed hash is kept, and that only once it leaves the house.
CREATE TABLE portal_code (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    session_id UUID NOT NULL REFERENCES portal_session (id),
    channel TEXT NOT NULL CONSTRAINT portal_code_channel CHECK (channel IN ('email', 'sms')),
    code_hash BYTEA CONSTRAINT portal_code_hash CHECK (code_hash IS NULL OR octet_length(code_hash) = 32),
    asked_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0 CONSTRAINT portal_code_tries CHECK (tries BETWEEN 0 AND 5),
    used_at TIMESTAMPTZ,
    CONSTRAINT portal_code_lifetime CHECK (expires_at > asked_at AND expires_at <= asked_at + INTERVAL '600 seconds'),
    CONSTRAINT portal_code_used CHECK (used_at IS NULL OR (code_hash IS NOT NULL AND used_at < expires_at)),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id)
);

CREATE INDEX portal_code_by_session ON portal_code (session_id, customer_id, asked_at);
CREATE INDEX portal_code_by_end ON portal_code (expires_at);

-- A code is made anew until it is used or over (a hand-over that was put off makes another one); tries only count up.
CREATE FUNCTION portal_code_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.session_id IS DISTINCT FROM OLD.session_id
        OR NEW.channel IS DISTINCT FROM OLD.channel
        OR NEW.asked_at IS DISTINCT FROM OLD.asked_at
        OR NEW.expires_at IS DISTINCT FROM OLD.expires_at
        OR NEW.tries < OLD.tries
        OR OLD.used_at IS NOT NULL
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: portal_code_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER portal_code_frozen BEFORE UPDATE ON portal_code
    FOR EACH ROW EXECUTE FUNCTION portal_code_frozen();

-- In this session it was proven, once, that its holder reads what goes to the contact on file.
CREATE TABLE portal_proof (
    session_id UUID NOT NULL REFERENCES portal_session (id),
    customer_id UUID NOT NULL,
    business_id UUID NOT NULL,
    contact_id UUID NOT NULL,
    proven_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (session_id, customer_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id)
);

CREATE FUNCTION portal_proof_earned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM portal_code
        WHERE portal_code.session_id = NEW.session_id AND portal_code.customer_id = NEW.customer_id
            AND portal_code.contact_id = NEW.contact_id AND portal_code.used_at = NEW.proven_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: portal_proof_earned';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER portal_proof_earned BEFORE INSERT ON portal_proof
    FOR EACH ROW EXECUTE FUNCTION portal_proof_earned();
CREATE TRIGGER portal_proof_append_only BEFORE UPDATE OR DELETE ON portal_proof
    FOR EACH ROW EXECUTE FUNCTION refuse('portal_proof_append_only');
CREATE TRIGGER portal_proof_append_only_truncate BEFORE TRUNCATE ON portal_proof
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('portal_proof_append_only');
