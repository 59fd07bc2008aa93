-- Invoices that are written again and again, and what became of each of their dates.

CREATE TABLE recurring (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    state TEXT NOT NULL
        CONSTRAINT recurring_state CHECK (state IN ('running', 'missed', 'failed', 'paused', 'ended')),
    -- What each invoice says.
    title TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL,
    -- What the customer agreed to then unless set.
    net_days BIGINT CONSTRAINT recurring_net_days CHECK (net_days BETWEEN 0 AND 365),
    purchase_order TEXT,
    project TEXT,
    -- JSON: the lines as an invoice has them, without days of their own.
    lines TEXT NOT NULL,
    -- When.
    cycle TEXT NOT NULL CONSTRAINT recurring_cycle CHECK (cycle IN ('week', 'month', 'year')),
    every_cycles BIGINT NOT NULL CONSTRAINT recurring_every_cycles CHECK (every_cycles BETWEEN 1 AND 52),
    month_end BOOLEAN NOT NULL,
    first_on DATE NOT NULL,
    last_on DATE,
    count_max BIGINT CONSTRAINT recurring_count_max CHECK (count_max BETWEEN 1 AND 999),
    covers TEXT NOT NULL CONSTRAINT recurring_covers CHECK (covers IN ('ahead', 'behind', 'nothing')),
    as_draft BOOLEAN NOT NULL,
    -- Every date before this day was dealt with.
    next_from DATE NOT NULL,
    -- When a worker looks next (business time); null while a person has the say, and once it is over.
    next_at TIMESTAMPTZ,
    -- How often in a row it could not be written.
    tries BIGINT NOT NULL DEFAULT 0,
    created_by UUID NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT recurring_until CHECK (last_on IS NULL OR count_max IS NULL),
    CONSTRAINT recurring_looked_at CHECK (next_at IS NULL OR state = 'running'),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id)
);

CREATE INDEX recurring_due ON recurring (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX recurring_by_customer ON recurring (customer_id);
CREATE INDEX recurring_by_business ON recurring (business_id, created_at);

CREATE TABLE recurring_occurrence (
    recurring_id UUID NOT NULL,
    business_id UUID NOT NULL,
    on_date DATE NOT NULL,
    outcome TEXT NOT NULL
        CONSTRAINT recurring_occurrence_outcome CHECK (outcome IN ('issued', 'drafted', 'skipped')),
    -- A draft may be thrown away.
    invoice_id UUID UNIQUE REFERENCES invoice (id) ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT recurring_occurrence_invoice CHECK (
        CASE outcome WHEN 'issued' THEN invoice_id IS NOT NULL WHEN 'skipped' THEN invoice_id IS NULL ELSE TRUE END),
    -- Each date is dealt with once, whoever looks how often.
    PRIMARY KEY (recurring_id, on_date),
    FOREIGN KEY (recurring_id, business_id) REFERENCES recurring (id, business_id)
);

CREATE FUNCTION recurring_starts_running() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'running'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_starts_running';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_starts_running BEFORE INSERT ON recurring
    FOR EACH ROW EXECUTE FUNCTION recurring_starts_running();
-- `domain::recurring` holds the same table; a test compares every pair.
CREATE FUNCTION recurring_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES
            ('running', 'missed'), ('running', 'failed'), ('running', 'paused'), ('running', 'ended'),
            ('missed', 'running'), ('missed', 'paused'), ('missed', 'ended'),
            ('failed', 'running'), ('failed', 'paused'), ('failed', 'ended'),
            ('paused', 'running'), ('paused', 'ended'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_transition BEFORE UPDATE ON recurring
    FOR EACH ROW EXECUTE FUNCTION recurring_transition();
CREATE FUNCTION recurring_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.created_by IS DISTINCT FROM OLD.created_by
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR OLD.state = 'ended'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_frozen BEFORE UPDATE ON recurring
    FOR EACH ROW EXECUTE FUNCTION recurring_frozen();
-- What was dealt with stays dealt with.
CREATE FUNCTION recurring_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.next_from < OLD.next_from
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_moves_on';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_moves_on BEFORE UPDATE ON recurring
    FOR EACH ROW EXECUTE FUNCTION recurring_moves_on();
CREATE TRIGGER recurring_kept BEFORE DELETE ON recurring
    FOR EACH ROW EXECUTE FUNCTION refuse('recurring_kept');
CREATE TRIGGER recurring_kept_truncate BEFORE TRUNCATE ON recurring
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('recurring_kept');

-- A date is written down in the transaction that moves its series past it, about an invoice to the same customer.
CREATE FUNCTION recurring_occurrence_dealt_with() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM recurring WHERE recurring.id = NEW.recurring_id AND recurring.next_from > NEW.on_date)
        OR (NEW.outcome <> 'skipped' AND NOT EXISTS (SELECT 1 FROM invoice JOIN recurring ON recurring.id = NEW.recurring_id
            WHERE invoice.id = NEW.invoice_id AND invoice.business_id = NEW.business_id
                AND invoice.customer_id = recurring.customer_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_occurrence_dealt_with';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_occurrence_dealt_with BEFORE INSERT ON recurring_occurrence
    FOR EACH ROW EXECUTE FUNCTION recurring_occurrence_dealt_with();
CREATE FUNCTION recurring_occurrence_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.recurring_id IS DISTINCT FROM OLD.recurring_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.on_date IS DISTINCT FROM OLD.on_date
        OR NEW.outcome IS DISTINCT FROM OLD.outcome
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR NEW.invoice_id IS NOT NULL
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: recurring_occurrence_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER recurring_occurrence_frozen BEFORE UPDATE ON recurring_occurrence
    FOR EACH ROW EXECUTE FUNCTION recurring_occurrence_frozen();
CREATE TRIGGER recurring_occurrence_kept BEFORE DELETE ON recurring_occurrence
    FOR EACH ROW EXECUTE FUNCTION refuse('recurring_occurrence_kept');
CREATE TRIGGER recurring_occurrence_kept_truncate BEFORE TRUNCATE ON recurring_occurrence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('recurring_occurrence_kept');
