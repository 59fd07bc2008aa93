-- A proof ends when the contact is gone or is reached elsewhere, and the session can be proven anew.

DROP TRIGGER portal_proof_earned;
DROP TRIGGER portal_proof_append_only_update;
DROP TRIGGER portal_proof_append_only_delete;
ALTER TABLE portal_proof RENAME TO portal_proof_before;

-- In this session it was proven that its holder reads what goes to the contact on file.
CREATE TABLE portal_proof (
    session_id BLOB NOT NULL REFERENCES portal_session (id),
    customer_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    contact_id BLOB NOT NULL,
    proven_at TEXT NOT NULL,
    ended_at TEXT,
    PRIMARY KEY (session_id, customer_id, proven_at),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id)
) STRICT;

INSERT INTO portal_proof (session_id, customer_id, business_id, contact_id, proven_at, ended_at)
SELECT session_id, before.customer_id, before.business_id, contact_id, proven_at, contact.removed_at
FROM portal_proof_before AS before JOIN contact ON contact.id = contact_id;
DROP TABLE portal_proof_before;

CREATE UNIQUE INDEX portal_proof_session_id_customer_id_key ON portal_proof (session_id, customer_id) WHERE ended_at IS NULL;
CREATE INDEX portal_proof_by_contact ON portal_proof (contact_id) WHERE ended_at IS NULL;

CREATE TRIGGER portal_proof_earned BEFORE INSERT ON portal_proof
WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM portal_code
    WHERE portal_code.session_id = NEW.session_id AND portal_code.customer_id = NEW.customer_id
        AND portal_code.contact_id = NEW.contact_id AND portal_code.used_at = NEW.proven_at)
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_earned');
END;
CREATE TRIGGER portal_proof_frozen BEFORE UPDATE ON portal_proof
WHEN NEW.session_id IS DISTINCT FROM OLD.session_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
    OR NEW.proven_at IS DISTINCT FROM OLD.proven_at
    OR OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_frozen');
END;
CREATE TRIGGER portal_proof_kept BEFORE DELETE ON portal_proof
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_proof_kept');
END;

-- Since when a customer knows the account that the provider keeps for them: what arrives there is looked for.
ALTER TABLE gateway_customer ADD COLUMN account_shown_at TEXT;
