-- Credit notes: issued invoices made smaller, each under a number of its own.

CREATE TABLE credit_note (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    invoice_id BLOB NOT NULL,
    receivable_id BLOB NOT NULL,
    number TEXT NOT NULL CONSTRAINT credit_note_number CHECK (length(number) BETWEEN 1 AND 60),
    currency TEXT NOT NULL,
    net_minor INTEGER NOT NULL CONSTRAINT credit_note_net CHECK (net_minor BETWEEN 0 AND 9007199254740991),
    tax_minor INTEGER NOT NULL CONSTRAINT credit_note_tax CHECK (tax_minor BETWEEN 0 AND 9007199254740991),
    total_minor INTEGER NOT NULL CONSTRAINT credit_note_total
        CHECK (total_minor BETWEEN 1 AND 9007199254740991 AND total_minor = net_minor + tax_minor),
    -- Net and tax of each rate, as it stands on the document.
    tax_by_rate TEXT NOT NULL,
    issue_date TEXT NOT NULL,
    reason TEXT NOT NULL CONSTRAINT credit_note_reason CHECK (length(reason) BETWEEN 1 AND 200),
    -- What the form was known by: sent twice, it makes one.
    form TEXT NOT NULL CONSTRAINT credit_note_form CHECK (length(form) BETWEEN 8 AND 64),
    issued_by BLOB NOT NULL,
    event_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (business_id, number),
    UNIQUE (business_id, form),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id),
    FOREIGN KEY (receivable_id, business_id, customer_id, currency)
        REFERENCES receivable (id, business_id, customer_id, currency),
    FOREIGN KEY (issued_by, business_id) REFERENCES member (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX credit_note_by_invoice ON credit_note (invoice_id);

-- They are about one issued invoice and its own receivable, and all of them together never exceed it.
CREATE TRIGGER credit_note_within_invoice BEFORE INSERT ON credit_note
WHEN NEW.total_minor + COALESCE((
        SELECT SUM(credit_note.total_minor) FROM credit_note WHERE credit_note.receivable_id = NEW.receivable_id), 0)
    > COALESCE((
        SELECT receivable.amount_minor FROM receivable JOIN invoice ON invoice.id = receivable.invoice_id
        WHERE receivable.id = NEW.receivable_id AND invoice.id = NEW.invoice_id AND invoice.state = 'issued'), 0)
BEGIN
    SELECT RAISE(ABORT, 'guard: credit_note_within_invoice');
END;

-- What was credited stays credited: the invoice is not voided beside it.
CREATE TRIGGER credit_note_keeps_invoice BEFORE UPDATE ON invoice
WHEN NEW.state = 'void' AND OLD.state <> 'void'
    AND EXISTS (SELECT 1 FROM credit_note WHERE credit_note.invoice_id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'guard: credit_note_keeps_invoice');
END;

CREATE TRIGGER credit_note_append_only_update BEFORE UPDATE ON credit_note
BEGIN
    SELECT RAISE(ABORT, 'guard: credit_note_append_only');
END;
CREATE TRIGGER credit_note_append_only_delete BEFORE DELETE ON credit_note
BEGIN
    SELECT RAISE(ABORT, 'guard: credit_note_append_only');
END;
