-- Customers, their contacts, invoices, and the receivable that is chased.

-- Gapless numbers: taken by UPDATE … RETURNING in the transaction that uses them, so a rollback gives the
-- number back.
CREATE TABLE number_sequence (
    business_id BLOB NOT NULL REFERENCES business (id),
    name TEXT NOT NULL,
    last_value INTEGER NOT NULL CONSTRAINT number_sequence_last_value CHECK (last_value > 0),
    PRIMARY KEY (business_id, name)
) STRICT;

CREATE TABLE customer (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    number TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CONSTRAINT customer_kind CHECK (kind IN ('consumer', 'company')),
    country TEXT NOT NULL,
    locale TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    tax_number TEXT,
    -- The business's terms unless set.
    net_days INTEGER CONSTRAINT customer_net_days CHECK (net_days BETWEEN 0 AND 365),
    preferred_method TEXT,
    note TEXT NOT NULL DEFAULT '',
    -- Moved by whoever books this customer's money and by whoever reads it in order to act on it (a
    -- hand-over, an attempt): the row is where they wait for each other. See `store::ledger::take_turn`.
    money_version INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (business_id, number),
    UNIQUE (id, business_id)
) STRICT;

CREATE INDEX customer_by_name ON customer (business_id, name);

CREATE TABLE contact (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    -- The customer's unless set.
    locale TEXT,
    time_zone TEXT,
    receives_invoices INTEGER NOT NULL CHECK (receives_invoices IN (FALSE, TRUE)),
    email_opted_out_at TEXT,
    -- The address bounced or complained: nothing goes there until a person has looked.
    email_suppressed_at TEXT,
    email_suppressed_reason TEXT,
    removed_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT contact_suppressed CHECK ((email_suppressed_at IS NULL) = (email_suppressed_reason IS NULL)),
    UNIQUE (id, business_id),
    UNIQUE (id, business_id, customer_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
) STRICT;

CREATE INDEX contact_by_customer ON contact (customer_id, created_at);

-- Stored states are decisions of people only: draft, issued, void. Open, paid, overdue … are derived from the
-- ledger and the date.
CREATE TABLE invoice (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    state TEXT NOT NULL CONSTRAINT invoice_state CHECK (state IN ('draft', 'issued', 'void')),
    number TEXT,
    title TEXT NOT NULL,
    currency TEXT NOT NULL CONSTRAINT invoice_currency CHECK (length(currency) = 3),
    net_days INTEGER NOT NULL CONSTRAINT invoice_net_days CHECK (net_days BETWEEN 0 AND 365),
    issue_date TEXT,
    due_date TEXT,
    terms TEXT NOT NULL DEFAULT '',
    purchase_order TEXT,
    project TEXT,
    note TEXT NOT NULL DEFAULT '',
    accepted_methods TEXT NOT NULL,
    net_minor INTEGER NOT NULL,
    tax_minor INTEGER NOT NULL,
    total_minor INTEGER NOT NULL,
    -- JSON: both parties as they stood on the day of issue.
    seller TEXT,
    buyer TEXT,
    issued_at TEXT,
    voided_at TEXT,
    void_reason TEXT,
    created_by BLOB,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
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
) STRICT;

CREATE INDEX invoice_by_customer ON invoice (customer_id, created_at);
CREATE INDEX invoice_by_business ON invoice (business_id, created_at);

CREATE TABLE invoice_line (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    position INTEGER NOT NULL CONSTRAINT invoice_line_position CHECK (position > 0),
    description TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    quantity_thousandths INTEGER NOT NULL,
    unit TEXT NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    tax_rate_basis_points INTEGER NOT NULL
        CONSTRAINT invoice_line_tax_rate CHECK (tax_rate_basis_points BETWEEN 0 AND 10000),
    net_minor INTEGER NOT NULL,
    period_from TEXT,
    period_to TEXT,
    project TEXT,
    CONSTRAINT invoice_line_period CHECK (period_to >= period_from),
    UNIQUE (invoice_id, position),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id)
) STRICT;

-- The unit that is chased and paid: an invoice now; deposits and instalments become further kinds.
CREATE TABLE receivable (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL CONSTRAINT receivable_kind CHECK (kind IN ('invoice')),
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CONSTRAINT receivable_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    due_date TEXT NOT NULL,
    schedule_revision INTEGER NOT NULL,
    -- When the planner looks next (business time); null once there is nothing left to decide. Cost follows
    -- what is due.
    next_decision_at TEXT,
    -- The last decision and its typed reasons, as JSON: "why was this sent", "why not".
    decision TEXT,
    decided_at TEXT,
    created_at TEXT NOT NULL,
    UNIQUE (id, business_id),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (invoice_id, business_id, customer_id, currency)
        REFERENCES invoice (id, business_id, customer_id, currency)
) STRICT;

CREATE INDEX receivable_due ON receivable (next_decision_at) WHERE next_decision_at IS NOT NULL;
CREATE INDEX receivable_by_customer ON receivable (customer_id, due_date);

-- Guards.

-- Draft, issued, void; what was issued stays as it was. A discarded draft may go.
CREATE TRIGGER invoice_starts_as_draft BEFORE INSERT ON invoice
WHEN NEW.state <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_starts_as_draft');
END;
CREATE TRIGGER invoice_transition BEFORE UPDATE ON invoice
WHEN NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES ('draft', 'issued'), ('issued', 'void'))
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_transition');
END;
CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice
WHEN NEW.id IS DISTINCT FROM OLD.id
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
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_frozen');
END;
CREATE TRIGGER invoice_lines_sum BEFORE UPDATE ON invoice
WHEN OLD.state = 'draft' AND NEW.state = 'issued'
    AND NEW.net_minor <> COALESCE((SELECT SUM(invoice_line.net_minor) FROM invoice_line WHERE invoice_line.invoice_id = NEW.id), 0)
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_lines_sum');
END;
CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice
WHEN OLD.state <> 'draft'
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_kept');
END;

CREATE TRIGGER invoice_line_added_to_draft BEFORE INSERT ON invoice_line
WHEN EXISTS (SELECT 1 FROM invoice WHERE invoice.id = NEW.invoice_id AND invoice.state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_line_added_to_draft');
END;
CREATE TRIGGER invoice_line_frozen BEFORE UPDATE ON invoice_line
WHEN NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
    OR EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_line_frozen');
END;
CREATE TRIGGER invoice_line_kept BEFORE DELETE ON invoice_line
WHEN EXISTS (SELECT 1 FROM invoice WHERE invoice.id = OLD.invoice_id AND invoice.state <> 'draft')
BEGIN
    SELECT RAISE(ABORT, 'guard: invoice_line_kept');
END;

-- Only what the planner keeps there may change.
CREATE TRIGGER receivable_frozen BEFORE UPDATE ON receivable
WHEN NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.due_date IS DISTINCT FROM OLD.due_date
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'guard: receivable_frozen');
END;
CREATE TRIGGER receivable_kept BEFORE DELETE ON receivable
BEGIN
    SELECT RAISE(ABORT, 'guard: receivable_kept');
END;
