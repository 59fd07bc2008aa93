-- A proof ends when the contact is gone or is reached elsewhere, and the session can be proven anew.

DROP TRIGGER portal_proof_append_only ON portal_proof;
DROP TRIGGER portal_proof_append_only_truncate ON portal_proof;
ALTER TABLE portal_proof ADD COLUMN ended_at TIMESTAMPTZ;
UPDATE portal_proof SET ended_at = contact.removed_at FROM contact WHERE contact.id = portal_proof.contact_id;
ALTER TABLE portal_proof DROP CONSTRAINT portal_proof_pkey;
ALTER TABLE portal_proof ADD PRIMARY KEY (session_id, customer_id, proven_at);

CREATE UNIQUE INDEX portal_proof_session_id_customer_id_key ON portal_proof (session_id, customer_id) WHERE ended_at IS NULL;
CREATE INDEX portal_proof_by_contact ON portal_proof (contact_id) WHERE ended_at IS NULL;

CREATE OR REPLACE FUNCTION portal_proof_earned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM portal_code
        WHERE portal_code.session_id = NEW.session_id AND portal_code.customer_id = NEW.customer_id
            AND portal_code.contact_id = NEW.contact_id AND portal_code.used_at = NEW.proven_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: portal_proof_earned';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION portal_proof_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.session_id IS DISTINCT FROM OLD.session_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.proven_at IS DISTINCT FROM OLD.proven_at
        OR OLD.ended_at IS NOT NULL
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: portal_proof_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER portal_proof_frozen BEFORE UPDATE ON portal_proof
    FOR EACH ROW EXECUTE FUNCTION portal_proof_frozen();
CREATE TRIGGER portal_proof_kept BEFORE DELETE ON portal_proof
    FOR EACH ROW EXECUTE FUNCTION refuse('portal_proof_kept');
CREATE TRIGGER portal_proof_kept_truncate BEFORE TRUNCATE ON portal_proof
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('portal_proof_kept');

-- Since when a customer knows the account that the provider keeps for them: what arrives there is looked for.
ALTER TABLE gateway_customer ADD COLUMN account_shown_at TIMESTAMPTZ;
