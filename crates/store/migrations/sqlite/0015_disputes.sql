-- Payments that their payer contests with the bank.

CREATE TABLE dispute (
    business_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    provider_ref TEXT NOT NULL CONSTRAINT dispute_provider_ref CHECK (length(provider_ref) BETWEEN 1 AND 255),
    customer_id BLOB NOT NULL,
    -- The payment's row in the ledger. What moved stands there, under the dispute's id.
    payment_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CONSTRAINT dispute_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    stage TEXT NOT NULL CONSTRAINT dispute_stage CHECK (stage IN ('inquiry', 'inquiry_closed', 'open', 'lost', 'won')),
    -- The event that tells the last change; every change names one written with it.
    event_id BLOB NOT NULL,
    -- Business time.
    opened_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (business_id, provider, provider_ref),
    FOREIGN KEY (payment_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX dispute_undecided ON dispute (customer_id) WHERE stage IN ('inquiry', 'open');
CREATE INDEX dispute_by_customer ON dispute (customer_id, opened_at);

-- It only moves on. `domain::dispute` holds the same order; a test compares every pair.
CREATE TRIGGER dispute_transition BEFORE UPDATE ON dispute
WHEN (OLD.stage, NEW.stage) NOT IN (VALUES
        ('inquiry', 'inquiry_closed'), ('inquiry', 'open'), ('inquiry', 'lost'), ('inquiry', 'won'),
        ('inquiry_closed', 'open'), ('inquiry_closed', 'lost'), ('inquiry_closed', 'won'),
        ('open', 'lost'), ('open', 'won'), ('lost', 'won'))
BEGIN
    SELECT RAISE(ABORT, 'guard: dispute_transition');
END;
CREATE TRIGGER dispute_frozen BEFORE UPDATE ON dispute
WHEN NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.provider IS DISTINCT FROM OLD.provider
    OR NEW.provider_ref IS DISTINCT FROM OLD.provider_ref
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.payment_id IS DISTINCT FROM OLD.payment_id
    OR NEW.currency IS DISTINCT FROM OLD.currency
    OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
    OR NEW.opened_at IS DISTINCT FROM OLD.opened_at
BEGIN
    SELECT RAISE(ABORT, 'guard: dispute_frozen');
END;
CREATE TRIGGER dispute_names_event BEFORE UPDATE ON dispute
WHEN NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id)
BEGIN
    SELECT RAISE(ABORT, 'guard: dispute_names_event');
END;
CREATE TRIGGER dispute_kept BEFORE DELETE ON dispute
BEGIN
    SELECT RAISE(ABORT, 'guard: dispute_kept');
END;
