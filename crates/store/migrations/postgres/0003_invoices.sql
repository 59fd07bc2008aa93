-- Customers, their contacts, invoices, and the receivable that is chased.

-- Gapless numbers: taken by UPDATE … RETURNING in the transaction that uses them, so a rollback gives the
-- number back.
CREATE TABLE number_sequence (
    business_id UUID NOT NULL REFERENCES business (id),
    name TEXT NOT NULL,
    last_value BIGINT NOT NULL CONSTRAINT number_sequence_last_value CHECK (last_value > 0),
    PRIMARY KEY (business_id, name)
);

CREATE TABLE customer (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT customer_kind CHECK (kind IN ('consumer', 'company')),
    country TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    tax_number TEXT,
    -- The business's terms unless set.
    net_days BIGINT CONSTRAINT customer_net_days CHECK (net_days BETWEEN 0 AND 365),
    preferred_method TEXT,
    note TEXT NOT NULL DEFAULT '',
    -- Moved by whoever books this customer's money and by whoever reads it in order to act on it (a
    -- hand-over, an attempt): the row is where they wait for each other. See `store::ledger::take_turn`.
    money_version BIGINT NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (business_id, number),
    UNIQUE (id, business_id)
);

CREATE INDEX customer_by_name ON customer (business_id, name);

CREATE TABLE contact (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    -- The customer's unless set.
    locale TEXT,
    time_zone TEXT,
    receives_invoices BOOLEAN NOT NULL,
    email_opted_out_at TIMESTAMPTZ,
    -- The address bounced or complained: nothing goes there until a person has looked.
    email_suppressed_at TIMESTAMPTZ,
    email_suppressed_reason TEXT,
    removed_at TIMESTAMPTZ,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT contact_suppressed CHECK ((email_suppressed_at IS NULL) = (email_suppressed_reason IS NULL)),
    UNIQUE (id, business_id),
    UNIQUE (id, business_id, customer_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
);

CREATE INDEX contact_by_customer ON contact (customer_id, created_at);

-- Stored states are decisions of people only: draft, issued, void. Open, paid, overdue … are derived from the
-- ledger and the date.
CREATE TABLE invoice (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    state TEXT NOT NULL CONSTRAINT invoice_state CHECK (state IN ('draft', 'issued', 'void')),
    number TEXT,
    title TEXT NOT NULL,
    currency TEXT NOT NULL CONSTRAINT invoice_currency CHECK (length(currency) = 3),
    net_days BIGINT NOT NULL CONSTRAINT invoice_net_days CHECK (net_days BETWEEN 0 AND 365),
    issue_date DATE,
    due_date DATE,
    terms TEXT NOT NULL DEFAULT '',
    purchase_order TEXT,
    project TEXT,
    note TEXT NOT NULL DEFAULT '',
    accepted_methods TEXT NOT NULL,
    net_minor BIGINT NOT NULL,
    tax_minor BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    -- JSON: both parties as they stood on the day of issue.
    seller TEXT,
    buyer TEXT,
    issued_at TIMESTAMPTZ,
    voided_at TIMESTAMPTZ,
    void_reason TEXT,
    created_by UUID,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT invoice_total CHECK (total_minor = net_minor + tax_minor
        AND total_minor BETWEEN 0 AND 9007199254740991),
    CONSTRAINT invoice_issued CHECK (
        state = 'draft'
        OR (number IS NOT NULL AND issue_date IS NOT NULL AND due_date IS NOT NULL AND issued_at IS NOT NULL
            AND seller IS NOT NULL AND buyer IS NOT NULL AND total_minor > 0)),
    CONSTRAINT invoice_due CHECK (due_date >= issue_date),
    CONSTRAINT invoice_voided CHECK ((state = 'void') = (voided_at IS NOT NULL)),
    UNIQUE (business_id, number),
    UNIQUE (id, business_id),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
);

CREATE INDEX invoice_by_customer ON invoice (customer_id, created_at);
CREATE INDEX invoice_by_business ON invoice (business_id, created_at);

CREATE TABLE invoice_line (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    position BIGINT NOT NULL CONSTRAINT invoice_line_position CHECK (position > 0),
    description TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    quantity_thousandths BIGINT NOT NULL,
    unit TEXT NOT NULL,
    unit_price_minor BIGINT NOT NULL,
    tax_rate_basis_points BIGINT NOT NULL
        CONSTRAINT invoice_line_tax_rate CHECK (tax_rate_basis_points BETWEEN 0 AND 10000),
    net_minor BIGINT NOT NULL,
    period_from DATE,
    period_to DATE,
    project TEXT,
    CONSTRAINT invoice_line_period CHECK (period_to >= period_from),
    UNIQUE (invoice_id, position),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id)
);

-- The unit that is chased and paid: an invoice now; deposits and instalments become further kinds.
CREATE TABLE receivable (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    invoice_id UUID NOT NULL UNIQUE,
    kind TEXT NOT NULL CONSTRAINT receivable_kind CHECK (kind IN ('invoice')),
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT receivable_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    due_date DATE NOT NULL,
    schedule_revision BIGINT NOT NULL,
    -- When the planner looks next (business time); null once there is nothing left to decide. Cost follows
    -- what is due.
    next_decision_at TIMESTAMPTZ,
    -- The last decision and its typed reasons, as JSON: "why was this sent", "why not".
    decision TEXT,
    decided_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (id, business_id),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (invoice_id, business_id, customer_id, currency)
        REFERENCES invoice (id, business_id, customer_id, currency)
);

CREATE INDEX receivable_due ON receivable (next_decision_at) WHERE next_decision_at IS NOT NULL;
CREATE INDEX receivable_by_customer ON receivable (customer_id, due_date);

-- Guards.

-- Draft, issued, void; what was issued stays as it was. A discarded draft may go.
CREATE FUNCTION invoice_starts_as_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'draft'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_starts_as_draft';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_starts_as_draft BEFORE INSERT ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_starts_as_draft();
CREATE FUNCTION invoice_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES ('draft', 'issued'), ('issued', 'void'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_transition BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_transition();
CREATE FUNCTION invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.created_by IS DISTINCT FROM OLD.created_by
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR (OLD.state <> 'draft' AND (NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.title IS DISTINCT FROM OLD.title
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.net_days IS DISTINCT FROM OLD.net_days
        OR NEW.issue_date IS DISTINCT FROM OLD.issue_date
        OR NEW.due_date IS DISTINCT FROM OLD.due_date
        OR NEW.terms IS DISTINCT FROM OLD.terms
        OR NEW.purchase_order IS DISTINCT FROM OLD.purchase_order
        OR NEW.project IS DISTINCT FROM OLD.project
        OR NEW.note IS DISTINCT FROM OLD.note
        OR NEW.accepted_methods IS DISTINCT FROM OLD.accepted_methods
        OR NEW.net_minor IS DISTINCT FROM OLD.net_minor
        OR NEW.tax_minor IS DISTINCT FROM OLD.tax_minor
        OR NEW.total_minor IS DISTINCT FROM OLD.total_minor
        OR NEW.seller IS DISTINCT FROM OLD.seller
        OR NEW.buyer IS DISTINCT FROM OLD.buyer
        OR NEW.issued_at IS DISTINCT FROM OLD.issued_at))
    OR (OLD.state = 'void' AND (NEW.voided_at IS DISTINCT FROM OLD.voided_at
        OR NEW.void_reason IS DISTINCT FROM OLD.void_reason))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_frozen();
CREATE FUNCTION invoice_lines_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' AND NEW.state = 'issued'
    AND NEW.net_minor <> COALESCE((SELECT SUM(invoice_line.net_minor) FROM invoice_line WHERE invoice_line.invoice_id = NEW.id), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_lines_sum';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_lines_sum BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_lines_sum();
CREATE FUNCTION invoice_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_kept';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_kept();

CREATE FUNCTION invoice_line_added_to_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoice WHERE invoice.id = NEW.invoice_id AND invoice.state <> 'draft')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_line_added_to_draft';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_line_added_to_draft BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_added_to_draft();
CREATE FUNCTION invoice_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
    OR EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.state <> 'draft')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_line_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_line_frozen BEFORE UPDATE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_frozen();
CREATE FUNCTION invoice_line_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.state <> 'draft')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: invoice_line_kept';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER invoice_line_kept BEFORE DELETE ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_kept();

-- Only what the planner keeps there may change.
CREATE FUNCTION receivable_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.due_date IS DISTINCT FROM OLD.due_date
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: receivable_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER receivable_frozen BEFORE UPDATE ON receivable
    FOR EACH ROW EXECUTE FUNCTION receivable_frozen();
CREATE TRIGGER receivable_kept BEFORE DELETE ON receivable
    FOR EACH ROW EXECUTE FUNCTION refuse('receivable_kept');

-- TRUNCATE passes by row triggers.
CREATE TRIGGER invoice_kept_truncate BEFORE TRUNCATE ON invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('invoice_kept');
CREATE TRIGGER invoice_line_kept_truncate BEFORE TRUNCATE ON invoice_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('invoice_line_kept');
CREATE TRIGGER receivable_kept_truncate BEFORE TRUNCATE ON receivable
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('receivable_kept');
