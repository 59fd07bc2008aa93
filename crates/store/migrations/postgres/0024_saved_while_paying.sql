-- Keeping a way to pay while paying with it: what was agreed to names the attempt that brings the method.
ALTER TABLE method_setup ADD COLUMN attempt_id UUID REFERENCES payment_attempt (id);
CREATE UNIQUE INDEX method_setup_attempt_id_key ON method_setup (attempt_id) WHERE attempt_id IS NOT NULL;

-- It is the same customer's attempt, in the currency and by the method that were agreed to; and it stays that one.
CREATE FUNCTION method_setup_of_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM payment_attempt WHERE payment_attempt.id = NEW.attempt_id
            AND payment_attempt.business_id = NEW.business_id AND payment_attempt.customer_id = NEW.customer_id
            AND payment_attempt.currency = NEW.currency AND payment_attempt.method = NEW.method)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: method_setup_of_attempt';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER method_setup_of_attempt BEFORE INSERT ON method_setup
    FOR EACH ROW EXECUTE FUNCTION method_setup_of_attempt();
CREATE FUNCTION method_setup_attempt_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt_id IS DISTINCT FROM OLD.attempt_id THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: method_setup_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER method_setup_attempt_stands BEFORE UPDATE ON method_setup
    FOR EACH ROW EXECUTE FUNCTION method_setup_attempt_stands();
