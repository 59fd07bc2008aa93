-- Invoices that are written again and again, and what became of each of their dates.

CREATE TABLE recurring (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    state TEXT NOT NULL
        CONSTRAINT recurring_state CHECK (state IN ('running', 'missed', 'failed', 'paused', 'ended')),
    -- What each invoice says.
    title TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL,
    -- What the customer agreed to then unless set.
    net_days INTEGER CONSTRAINT recurring_net_days CHECK (net_days BETWEEN 0 AND 365),
    purchase_order TEXT,
    project TEXT,
    -- JSON: the lines as an invoice has them, without days of their own.
    lines TEXT NOT NULL,
    -- When.
    cycle TEXT NOT NULL CONSTRAINT recurring_cycle CHECK (cycle IN ('week', 'month', 'year')),
    every_cycles INTEGER NOT NULL CONSTRAINT recurring_every_cycles CHECK (every_cycles BETWEEN 1 AND 52),
    month_end INTEGER NOT NULL CONSTRAINT recurring_month_end CHECK (month_end IN (0, 1)),
    first_on TEXT NOT NULL,
    last_on TEXT,
    count_max INTEGER CONSTRAINT recurring_count_max CHECK (count_max BETWEEN 1 AND 999),
    covers TEXT NOT NULL CONSTRAINT recurring_covers CHECK (covers IN ('ahead', 'behind', 'nothing')),
    as_draft INTEGER NOT NULL CONSTRAINT recurring_as_draft CHECK (as_draft IN (0, 1)),
    -- Every date before this day was dealt with.
    next_from TEXT NOT NULL,
    -- When a worker looks next (business time); null while a person has the say, and once it is over.
    next_at TEXT,
    -- How often in a row it could not be written.
    tries INTEGER NOT NULL DEFAULT 0,
    created_by BLOB NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT recurring_until CHECK (last_on IS NULL OR count_max IS NULL),
    CONSTRAINT recurring_looked_at CHECK (next_at IS NULL OR state = 'running'),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX recurring_due ON recurring (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX recurring_by_customer ON recurring (customer_id);
CREATE INDEX recurring_by_business ON recurring (business_id, created_at);

CREATE TABLE recurring_occurrence (
    recurring_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    on_date TEXT NOT NULL,
    outcome TEXT NOT NULL
        CONSTRAINT recurring_occurrence_outcome CHECK (outcome IN ('issued', 'drafted', 'skipped')),
    -- A draft may be thrown away.
    invoice_id BLOB UNIQUE REFERENCES invoice (id) ON DELETE SET NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT recurring_occurrence_invoice CHECK (
        CASE outcome WHEN 'issued' THEN invoice_id IS NOT NULL WHEN 'skipped' THEN invoice_id IS NULL ELSE TRUE END),
    -- Each date is dealt with once, whoever looks how often.
    PRIMARY KEY (recurring_id, on_date),
    FOREIGN KEY (recurring_id, business_id) REFERENCES recurring (id, business_id)
) STRICT;

CREATE TRIGGER recurring_starts_running BEFORE INSERT ON recurring
WHEN NEW.state <> 'running'
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_starts_running');
END;
-- `domain::recurring` holds the same table; a test compares every pair.
CREATE TRIGGER recurring_transition BEFORE UPDATE ON recurring
WHEN NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES
        ('running', 'missed'), ('running', 'failed'), ('running', 'paused'), ('running', 'ended'),
        ('missed', 'running'), ('missed', 'paused'), ('missed', 'ended'),
        ('failed', 'running'), ('failed', 'paused'), ('failed', 'ended'),
        ('paused', 'running'), ('paused', 'ended'))
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_transition');
END;
CREATE TRIGGER recurring_frozen BEFORE UPDATE ON recurring
WHEN NEW.id IS DISTINCT FROM OLD.id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.created_by IS DISTINCT FROM OLD.created_by
    OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR OLD.state = 'ended'
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_frozen');
END;
-- What was dealt with stays dealt with.
CREATE TRIGGER recurring_moves_on BEFORE UPDATE ON recurring
WHEN NEW.next_from < OLD.next_from
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_moves_on');
END;
CREATE TRIGGER recurring_kept BEFORE DELETE ON recurring
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_kept');
END;

-- A date is written down in the transaction that moves its series past it, about an invoice to the same customer.
CREATE TRIGGER recurring_occurrence_dealt_with BEFORE INSERT ON recurring_occurrence
WHEN NOT EXISTS (SELECT 1 FROM recurring WHERE recurring.id = NEW.recurring_id AND recurring.next_from > NEW.on_date)
    OR (NEW.outcome <> 'skipped' AND NOT EXISTS (SELECT 1 FROM invoice JOIN recurring ON recurring.id = NEW.recurring_id
        WHERE invoice.id = NEW.invoice_id AND invoice.business_id = NEW.business_id
            AND invoice.customer_id = recurring.customer_id))
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_occurrence_dealt_with');
END;
CREATE TRIGGER recurring_occurrence_frozen BEFORE UPDATE ON recurring_occurrence
WHEN NEW.recurring_id IS DISTINCT FROM OLD.recurring_id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.on_date IS DISTINCT FROM OLD.on_date
    OR NEW.outcome IS DISTINCT FROM OLD.outcome
    OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR NEW.invoice_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_occurrence_frozen');
END;
CREATE TRIGGER recurring_occurrence_kept BEFORE DELETE ON recurring_occurrence
BEGIN
    SELECT RAISE(ABORT, 'guard: recurring_occurrence_kept');
END;
