-- Bank statements: what stands on them, once, whichever file it comes in, and what a person decided about it.

CREATE TABLE bank_statement (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    file_name TEXT NOT NULL,
    format TEXT NOT NULL CONSTRAINT bank_statement_format CHECK (format IN ('csv', 'camt')),
    -- How many entries the file had. How many of them were new is how many rows name it.
    entries BIGINT NOT NULL CONSTRAINT bank_statement_entries CHECK (entries >= 0),
    imported_by UUID NOT NULL,
    imported_at TIMESTAMPTZ NOT NULL,
    UNIQUE (id, business_id, format),
    FOREIGN KEY (imported_by, business_id) REFERENCES member (id, business_id)
);

CREATE INDEX bank_statement_by_business ON bank_statement (business_id, imported_at);

CREATE TABLE bank_entry (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    -- The file it came in first.
    statement_id UUID NOT NULL,
    format TEXT NOT NULL,
    -- What tells it from all others: the bank's reference, or what stands there, and its place among twins.
    entry_key TEXT NOT NULL CONSTRAINT bank_entry_entry_key CHECK (length(entry_key) BETWEEN 1 AND 64),
    account TEXT NOT NULL,
    booked_on DATE NOT NULL,
    currency TEXT NOT NULL CONSTRAINT bank_entry_currency CHECK (length(currency) = 3),
    -- Less than nothing went out.
    amount_minor BIGINT NOT NULL CONSTRAINT bank_entry_amount
        CHECK (amount_minor <> 0 AND amount_minor BETWEEN -9007199254740991 AND 9007199254740991),
    reference TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    remittance TEXT NOT NULL,
    returned BOOLEAN NOT NULL,
    -- Booked: it made the payment. Recorded: it is a payment that was in the books before. Shown: nothing to decide.
    state TEXT NOT NULL CONSTRAINT bank_entry_state
        CHECK (state IN ('waiting', 'booked', 'recorded', 'set_aside', 'shown')),
    payment_id UUID,
    -- How often it can have been booked: once more each time what it made was taken back.
    round BIGINT NOT NULL DEFAULT 1 CONSTRAINT bank_entry_round CHECK (round >= 1),
    decided_by UUID,
    decided_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT bank_entry_payment CHECK ((state IN ('booked', 'recorded')) = (payment_id IS NOT NULL)),
    -- What went out or came back is shown and never booked.
    CONSTRAINT bank_entry_incoming CHECK (state = 'shown' OR (amount_minor > 0 AND NOT returned)),
    UNIQUE (business_id, entry_key),
    -- Files of one format tell of the same money once.
    UNIQUE (payment_id, format),
    FOREIGN KEY (statement_id, business_id, format) REFERENCES bank_statement (id, business_id, format),
    FOREIGN KEY (payment_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (decided_by, business_id) REFERENCES member (id, business_id)
);

CREATE INDEX bank_entry_waiting ON bank_entry (business_id, booked_on) WHERE state = 'waiting';
CREATE INDEX bank_entry_by_statement ON bank_entry (statement_id, booked_on);
CREATE INDEX hand_payment_by_day ON hand_payment (business_id, received_on);

-- A table whose columns nobody has named yet, kept until somebody has, or for a day.
CREATE TABLE bank_upload (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    -- The account it is of.
    currency TEXT NOT NULL CONSTRAINT bank_upload_currency CHECK (length(currency) = 3),
    file_name TEXT NOT NULL,
    content BYTEA NOT NULL CONSTRAINT bank_upload_content CHECK (length(content) BETWEEN 1 AND 10485760),
    -- Machine time.
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX bank_upload_by_age ON bank_upload (created_at);

-- What the columns of an account's tables mean, by their header.
CREATE TABLE bank_columns (
    business_id UUID NOT NULL REFERENCES business (id),
    currency TEXT NOT NULL CONSTRAINT bank_columns_currency CHECK (length(currency) = 3),
    header_hash BYTEA NOT NULL CONSTRAINT bank_columns_header_hash CHECK (length(header_hash) = 32),
    columns TEXT NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, currency, header_hash)
);

-- What the bank said stays. An entry is decided once; what it made is undone in the ledger, and only then it waits again.
CREATE FUNCTION bank_entry_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.statement_id IS DISTINCT FROM OLD.statement_id
        OR NEW.format IS DISTINCT FROM OLD.format
        OR NEW.entry_key IS DISTINCT FROM OLD.entry_key
        OR NEW.account IS DISTINCT FROM OLD.account
        OR NEW.booked_on IS DISTINCT FROM OLD.booked_on
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.reference IS DISTINCT FROM OLD.reference
        OR NEW.counterparty IS DISTINCT FROM OLD.counterparty
        OR NEW.remittance IS DISTINCT FROM OLD.remittance
        OR NEW.returned IS DISTINCT FROM OLD.returned
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR NEW.round <> OLD.round + (CASE WHEN OLD.state = 'booked' AND NEW.state = 'waiting' THEN 1 ELSE 0 END)
        OR (OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES
            ('waiting', 'booked'), ('waiting', 'recorded'), ('waiting', 'set_aside'),
            ('recorded', 'waiting'), ('set_aside', 'waiting'), ('booked', 'waiting')))
        OR (OLD.state = NEW.state AND NEW.payment_id IS DISTINCT FROM OLD.payment_id)
        OR (OLD.state = 'booked' AND NEW.state = 'waiting'
            AND NOT EXISTS (SELECT 1 FROM transfer WHERE reverses = OLD.payment_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: bank_entry_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bank_entry_frozen BEFORE UPDATE ON bank_entry
    FOR EACH ROW EXECUTE FUNCTION bank_entry_frozen();
CREATE TRIGGER bank_entry_kept BEFORE DELETE ON bank_entry
    FOR EACH ROW EXECUTE FUNCTION refuse('bank_entry_kept');
CREATE TRIGGER bank_entry_kept_truncate BEFORE TRUNCATE ON bank_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('bank_entry_kept');
CREATE TRIGGER bank_statement_append_only BEFORE UPDATE OR DELETE ON bank_statement
    FOR EACH ROW EXECUTE FUNCTION refuse('bank_statement_append_only');
CREATE TRIGGER bank_statement_append_only_truncate BEFORE TRUNCATE ON bank_statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('bank_statement_append_only');
