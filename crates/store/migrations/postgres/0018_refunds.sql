-- Refunds that a member asked for: committed before the provider is asked, so that each gives money back once.

CREATE TABLE refund (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    -- The payment's row in the ledger. What moved stands there, under the provider's id of the refund.
    payment_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT refund_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    state TEXT NOT NULL CONSTRAINT refund_state CHECK (state IN ('asked', 'refused', 'pending', 'succeeded', 'failed')),
    -- The provider's id of it, once that is known.
    provider_ref TEXT CONSTRAINT refund_provider_ref CHECK (length(provider_ref) BETWEEN 1 AND 255),
    -- What the form was known by: sent twice, it asks once.
    form TEXT NOT NULL CONSTRAINT refund_form CHECK (length(form) BETWEEN 8 AND 64),
    reason TEXT NOT NULL CONSTRAINT refund_reason CHECK (length(reason) BETWEEN 1 AND 200),
    asked_by UUID NOT NULL,
    -- The event that tells the last change; every change names one written with it.
    event_id UUID NOT NULL,
    -- Business time.
    created_at TIMESTAMPTZ NOT NULL,
    -- Machine time: the provider may forget the key, which is the refund's id, a day later.
    key_made_at TIMESTAMPTZ NOT NULL,
    next_ask_at TIMESTAMPTZ,
    tries BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT refund_known CHECK ((state IN ('asked', 'refused')) = (provider_ref IS NULL)),
    UNIQUE (business_id, form),
    UNIQUE (business_id, provider_ref),
    FOREIGN KEY (payment_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (asked_by, business_id) REFERENCES member (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX refund_by_payment ON refund (payment_id);
CREATE INDEX refund_to_ask ON refund (next_ask_at) WHERE next_ask_at IS NOT NULL;

-- All refunds of a payment together never give back more than came.
CREATE FUNCTION refund_within_payment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'asked'
    OR NEW.amount_minor + COALESCE((
            SELECT SUM(refund.amount_minor) FROM refund
            WHERE refund.payment_id = NEW.payment_id AND refund.state IN ('asked', 'pending', 'succeeded')), 0)
        > COALESCE((SELECT transfer.amount_minor FROM transfer WHERE transfer.id = NEW.payment_id
            AND transfer.kind = 'payment' AND transfer.provider = 'stripe'), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: refund_within_payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_within_payment BEFORE INSERT ON refund
    FOR EACH ROW EXECUTE FUNCTION refund_within_payment();

-- `domain::refund` holds the same table; a test compares every pair.
CREATE FUNCTION refund_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES
        ('asked', 'refused'), ('asked', 'pending'), ('asked', 'succeeded'), ('asked', 'failed'),
        ('pending', 'succeeded'), ('pending', 'failed'), ('succeeded', 'failed'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: refund_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_transition BEFORE UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refund_transition();
CREATE FUNCTION refund_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.payment_id IS DISTINCT FROM OLD.payment_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.form IS DISTINCT FROM OLD.form
        OR NEW.reason IS DISTINCT FROM OLD.reason
        OR NEW.asked_by IS DISTINCT FROM OLD.asked_by
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR NEW.key_made_at IS DISTINCT FROM OLD.key_made_at
        OR (OLD.provider_ref IS NOT NULL AND NEW.provider_ref IS DISTINCT FROM OLD.provider_ref)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: refund_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_frozen BEFORE UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refund_frozen();
CREATE FUNCTION refund_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
        AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: refund_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_names_event BEFORE UPDATE ON refund
    FOR EACH ROW EXECUTE FUNCTION refund_names_event();
CREATE TRIGGER refund_kept BEFORE DELETE ON refund
    FOR EACH ROW EXECUTE FUNCTION refuse('refund_kept');
CREATE TRIGGER refund_kept_truncate BEFORE TRUNCATE ON refund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('refund_kept');
