-- Payments that their payer contests with the bank.

CREATE TABLE dispute (
    business_id UUID NOT NULL,
    provider TEXT NOT NULL,
    provider_ref TEXT NOT NULL CONSTRAINT dispute_provider_ref CHECK (length(provider_ref) BETWEEN 1 AND 255),
    customer_id UUID NOT NULL,
    -- The payment's row in the ledger. What moved stands there, under the dispute's id.
    payment_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT dispute_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    stage TEXT NOT NULL CONSTRAINT dispute_stage CHECK (stage IN ('inquiry', 'inquiry_closed', 'open', 'lost', 'won')),
    -- The event that tells the last change; every change names one written with it.
    event_id UUID NOT NULL,
    -- Business time.
    opened_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, provider, provider_ref),
    FOREIGN KEY (payment_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX dispute_undecided ON dispute (customer_id) WHERE stage IN ('inquiry', 'open');
CREATE INDEX dispute_by_customer ON dispute (customer_id, opened_at);

-- It only moves on. `domain::dispute` holds the same order; a test compares every pair.
CREATE FUNCTION dispute_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.stage, NEW.stage) NOT IN (VALUES
        ('inquiry', 'inquiry_closed'), ('inquiry', 'open'), ('inquiry', 'lost'), ('inquiry', 'won'),
        ('inquiry_closed', 'open'), ('inquiry_closed', 'lost'), ('inquiry_closed', 'won'),
        ('open', 'lost'), ('open', 'won'), ('lost', 'won'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: dispute_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_transition BEFORE UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION dispute_transition();
CREATE FUNCTION dispute_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.provider IS DISTINCT FROM OLD.provider
        OR NEW.provider_ref IS DISTINCT FROM OLD.provider_ref
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.payment_id IS DISTINCT FROM OLD.payment_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: dispute_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_frozen BEFORE UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION dispute_frozen();
CREATE FUNCTION dispute_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: dispute_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dispute_names_event BEFORE UPDATE ON dispute
    FOR EACH ROW EXECUTE FUNCTION dispute_names_event();
CREATE TRIGGER dispute_kept BEFORE DELETE ON dispute
    FOR EACH ROW EXECUTE FUNCTION refuse('dispute_kept');
CREATE TRIGGER dispute_kept_truncate BEFORE TRUNCATE ON dispute
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('dispute_kept');
