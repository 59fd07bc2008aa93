-- Codes that prove who holds a link, and the sessions in which that was proven. Machine time.

-- One code, to the contact on file. Only its keyed hash is kept, and that only once it leaves the house.
CREATE TABLE portal_code (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    session_id BLOB NOT NULL REFERENCES portal_session (id),
    channel TEXT NOT NULL CONSTRAINT portal_code_channel CHECK (channel IN ('email', 'sms')),
    code_hash BLOB CONSTRAINT portal_code_hash CHECK (code_hash IS NULL OR length(code_hash) = 32),
    asked_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0 CONSTRAINT portal_code_tries CHECK (tries BETWEEN 0 AND 5),
    used_at TEXT,
    CONSTRAINT portal_code_lifetime CHECK (expires_at > asked_at AND unixepoch(expires_at) - unixepoch(asked_at) <= 600),
    CONSTRAINT portal_code_used CHECK (used_at IS NULL OR (code_hash IS NOT NULL AND used_at < expires_at)),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id)
) STRICT;

CREATE INDEX portal_code_by_session ON portal_code (session_id, customer_id, asked_at);
CREATE INDEX portal_code_by_end ON portal_code (expires_at);

-- A code is made anew until it is used or over (a hand-over that was put off makes another one); tries only count up.
CREATE TRIGGER portal_code_frozen BEFORE UPDATE ON portal_code
WHEN NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.session_id IS DISTINCT FROM OLD.session_id
        OR NEW.channel IS DISTINCT FROM OLD.channel
        OR NEW.asked_at IS DISTINCT FROM OLD.asked_at
        OR NEW.expires_at IS DISTINCT FROM OLD.expires_at
        OR NEW.tries < OLD.tries
    OR OLD.used_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_code_frozen');
END;

-- In this session it was proven, once, that its holder reads what goes to the contact on file.
CREATE TABLE portal_proof (
    session_id BLOB NOT NULL REFERENCES portal_session (id),
    customer_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    proven_at TEXT NOT NULL,
    PRIMARY KEY (session_id, customer_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id)
) STRICT;

CREATE TRIGGER portal_proof_earned BEFORE INSERT ON portal_proof
WHEN NOT EXISTS (
    SELECT 1 FROM portal_code
    WHERE portal_code.session_id = NEW.session_id AND portal_code.customer_id = NEW.customer_id
        AND portal_code.contact_id = NEW.contact_id AND portal_code.used_at = NEW.proven_at)
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_earned');
END;
CREATE TRIGGER portal_proof_append_only_update BEFORE UPDATE ON portal_proof
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_append_only');
END;
CREATE TRIGGER portal_proof_append_only_delete BEFORE DELETE ON portal_proof
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_append_only');
END;
