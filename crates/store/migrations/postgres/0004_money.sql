-- The ledger, attempts to collect, and what the payment provider told us.

-- Opened on demand. The owner is the receivable, the customer or the business itself, by kind.
CREATE TABLE account (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    currency TEXT NOT NULL CONSTRAINT account_currency CHECK (length(currency) = 3),
    kind TEXT NOT NULL
        CONSTRAINT account_kind CHECK (kind IN ('receivable', 'unapplied', 'gateway', 'revenue', 'tax', 'write_off')),
    owner_id UUID NOT NULL,
    customer_id UUID,
    receivable_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT account_owner CHECK (
        CASE kind
            WHEN 'receivable' THEN receivable_id IS NOT NULL AND receivable_id = owner_id AND customer_id IS NOT NULL
            WHEN 'unapplied' THEN receivable_id IS NULL AND customer_id IS NOT NULL AND customer_id = owner_id
            ELSE receivable_id IS NULL AND customer_id IS NULL AND owner_id = business_id
        END),
    UNIQUE (business_id, currency, kind, owner_id),
    UNIQUE (id, business_id, currency),
    FOREIGN KEY (business_id) REFERENCES business (id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (receivable_id, business_id, customer_id, currency)
        REFERENCES receivable (id, business_id, customer_id, currency)
);

-- One row is one balanced entry. Every balance is a sum over these rows.
CREATE TABLE transfer (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    currency TEXT NOT NULL,
    debit_account_id UUID NOT NULL,
    credit_account_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT transfer_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    kind TEXT NOT NULL,
    -- 'own' for what we decided; else who holds the money. With the reference it is what makes one fact one
    -- row.
    provider TEXT NOT NULL,
    provider_ref TEXT NOT NULL CONSTRAINT transfer_provider_ref CHECK (length(provider_ref) BETWEEN 1 AND 255),
    -- The transfer this one takes back, in part or whole.
    reverses UUID,
    event_id UUID NOT NULL,
    -- When the money moved, and when we booked it. Business time.
    happened_at TIMESTAMPTZ NOT NULL,
    booked_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT transfer_two_accounts CHECK (debit_account_id <> credit_account_id),
    CONSTRAINT transfer_not_itself CHECK (reverses <> id),
    UNIQUE (business_id, provider, kind, provider_ref),
    UNIQUE (id, business_id, currency),
    FOREIGN KEY (debit_account_id, business_id, currency) REFERENCES account (id, business_id, currency),
    FOREIGN KEY (credit_account_id, business_id, currency) REFERENCES account (id, business_id, currency),
    FOREIGN KEY (reverses, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX transfer_by_debit ON transfer (debit_account_id, amount_minor);
CREATE INDEX transfer_by_credit ON transfer (credit_account_id, amount_minor);
CREATE INDEX transfer_by_reversed ON transfer (reverses, amount_minor) WHERE reverses IS NOT NULL;

-- One try to collect. The row and its key are committed before the provider is asked.
CREATE TABLE payment_attempt (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL CONSTRAINT payment_attempt_currency CHECK (length(currency) = 3),
    amount_minor BIGINT NOT NULL CONSTRAINT payment_attempt_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    method TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT payment_attempt_state
        CHECK (state IN ('creating', 'open', 'processing', 'succeeded', 'failed', 'expired', 'unknown')),
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE CONSTRAINT payment_attempt_key CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    -- Machine time: the provider may forget the key a day later.
    key_made_at TIMESTAMPTZ NOT NULL,
    checkout_id TEXT,
    checkout_url TEXT,
    checkout_expires_at TIMESTAMPTZ,
    payment_intent_id TEXT,
    failure_code TEXT,
    opened_at TIMESTAMPTZ,
    succeeded_at TIMESTAMPTZ,
    -- The event that tells the last change; every change names one written with it.
    event_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    -- Asking the provider how it stands. Machine time.
    next_sync_at TIMESTAMPTZ,
    sync_tries BIGINT NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claimed_until TIMESTAMPTZ,
    CONSTRAINT payment_attempt_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL)),
    CONSTRAINT payment_attempt_open CHECK (state <> 'open'
        OR (checkout_id IS NOT NULL AND checkout_url IS NOT NULL AND checkout_expires_at IS NOT NULL)),
    CONSTRAINT payment_attempt_paid CHECK (state <> 'succeeded'
        OR (payment_intent_id IS NOT NULL AND succeeded_at IS NOT NULL)),
    CONSTRAINT payment_attempt_failed CHECK (state <> 'failed' OR failure_code IS NOT NULL),
    UNIQUE (id, business_id, customer_id, currency),
    UNIQUE (provider, provider_account, checkout_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX payment_attempt_by_checkout ON payment_attempt (business_id, checkout_id);
CREATE INDEX payment_attempt_by_intent ON payment_attempt (business_id, payment_intent_id);
CREATE INDEX payment_attempt_by_customer ON payment_attempt (customer_id, created_at);
CREATE INDEX payment_attempt_to_sync ON payment_attempt (next_sync_at) WHERE next_sync_at IS NOT NULL;

-- What the attempt is for: one part a receivable. `live` says that its attempt can still be paid; triggers
-- keep it.
CREATE TABLE attempt_part (
    attempt_id UUID NOT NULL,
    receivable_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT attempt_part_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    live BOOLEAN NOT NULL,
    PRIMARY KEY (attempt_id, receivable_id),
    FOREIGN KEY (attempt_id, business_id, customer_id, currency)
        REFERENCES payment_attempt (id, business_id, customer_id, currency),
    FOREIGN KEY (receivable_id, business_id, customer_id, currency)
        REFERENCES receivable (id, business_id, customer_id, currency)
);

CREATE UNIQUE INDEX attempt_part_business_id_receivable_id_key ON attempt_part (business_id, receivable_id) WHERE live;
CREATE INDEX attempt_part_by_receivable ON attempt_part (receivable_id);

CREATE TABLE gateway_customer (
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    provider TEXT NOT NULL,
    provider_account TEXT NOT NULL,
    remote_id TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (customer_id, provider, provider_account),
    UNIQUE (provider, provider_account, remote_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
);

-- Provider events as they came. A trigger for work, never the data of it. Machine time.
CREATE TABLE webhook_inbox (
    provider TEXT NOT NULL,
    account TEXT NOT NULL,
    event_id TEXT NOT NULL CONSTRAINT webhook_inbox_event_id CHECK (length(event_id) BETWEEN 1 AND 255),
    business_id UUID NOT NULL REFERENCES business (id),
    event_type TEXT NOT NULL,
    livemode BOOLEAN NOT NULL,
    payload BYTEA CONSTRAINT webhook_inbox_payload CHECK (octet_length(payload) BETWEEN 1 AND 262144),
    state TEXT NOT NULL CONSTRAINT webhook_inbox_state CHECK (state IN ('received', 'claimed', 'done', 'ignored', 'dead')),
    tries BIGINT NOT NULL DEFAULT 0,
    received_at TIMESTAMPTZ NOT NULL,
    next_try_at TIMESTAMPTZ NOT NULL,
    claimed_by TEXT,
    claimed_until TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    emptied_at TIMESTAMPTZ,
    last_error TEXT,
    PRIMARY KEY (provider, account, event_id),
    CONSTRAINT webhook_inbox_claim
        CHECK ((state = 'claimed') = (claimed_by IS NOT NULL) AND (state = 'claimed') = (claimed_until IS NOT NULL)),
    CONSTRAINT webhook_inbox_finished CHECK ((state IN ('done', 'ignored', 'dead')) = (finished_at IS NOT NULL)),
    CONSTRAINT webhook_inbox_emptied CHECK ((payload IS NULL) = (emptied_at IS NOT NULL))
);

CREATE INDEX webhook_inbox_waiting ON webhook_inbox (next_try_at) WHERE state IN ('received', 'claimed');
CREATE INDEX webhook_inbox_kept ON webhook_inbox (finished_at) WHERE payload IS NOT NULL;
CREATE INDEX webhook_inbox_by_business ON webhook_inbox (business_id, received_at);

-- How far a sweep has read at the provider (provider's time), and who is at it (machine time).
CREATE TABLE sweep_cursor (
    business_id UUID NOT NULL REFERENCES business (id),
    name TEXT NOT NULL,
    read_until TIMESTAMPTZ NOT NULL,
    next_run_at TIMESTAMPTZ NOT NULL,
    -- Objects found by the last sweep that no webhook had told of. Must read 0.
    drift BIGINT NOT NULL DEFAULT 0,
    claimed_by TEXT,
    claimed_until TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, name),
    CONSTRAINT sweep_cursor_claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
);

-- Guards of the ledger.

CREATE TRIGGER account_append_only BEFORE UPDATE OR DELETE ON account
    FOR EACH ROW EXECUTE FUNCTION refuse('account_append_only');
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE ON transfer
    FOR EACH ROW EXECUTE FUNCTION refuse('transfer_append_only');

-- Money from outside is booked whole into the customer's unapplied account, and what goes back leaves from
-- there; applying it is a row of our own.
CREATE FUNCTION transfer_outside_is_unapplied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.provider <> 'own' AND NEW.reverses IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM account
        WHERE account.kind = 'unapplied' AND account.id = CASE NEW.kind
            WHEN 'refund' THEN NEW.debit_account_id ELSE NEW.credit_account_id END)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: transfer_outside_is_unapplied';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfer_outside_is_unapplied BEFORE INSERT ON transfer
    FOR EACH ROW EXECUTE FUNCTION transfer_outside_is_unapplied();

-- A reversal mirrors its original, which is no reversal itself, and all of them together never take back more
-- than it moved. The row that is about to be refused as booked already is not counted twice.
CREATE FUNCTION transfer_reversal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM transfer WHERE transfer.id = NEW.reverses FOR UPDATE;
    IF NEW.reverses IS NOT NULL AND (
        NOT EXISTS (
            SELECT 1 FROM transfer AS original
            WHERE original.id = NEW.reverses AND original.reverses IS NULL
                AND original.debit_account_id = NEW.credit_account_id
                AND original.credit_account_id = NEW.debit_account_id)
        OR NEW.amount_minor
            + COALESCE((
                SELECT SUM(earlier.amount_minor) FROM transfer AS earlier
                WHERE earlier.reverses = NEW.reverses
                    AND NOT (earlier.provider = NEW.provider AND earlier.kind = NEW.kind
                        AND earlier.provider_ref = NEW.provider_ref)), 0)
            > (SELECT original.amount_minor FROM transfer AS original WHERE original.id = NEW.reverses))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: transfer_reversal';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfer_reversal BEFORE INSERT ON transfer
    FOR EACH ROW EXECUTE FUNCTION transfer_reversal();

-- Guards of payment attempts.

CREATE FUNCTION payment_attempt_starts_creating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'creating'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_starts_creating';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_starts_creating BEFORE INSERT ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_starts_creating();

-- `domain::payment` holds the same table; a test compares every pair. Money can come late: from failed and
-- expired too.
CREATE FUNCTION payment_attempt_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES
        ('creating', 'open'), ('creating', 'processing'), ('creating', 'succeeded'),
        ('creating', 'failed'), ('creating', 'expired'), ('creating', 'unknown'),
        ('unknown', 'open'), ('unknown', 'processing'), ('unknown', 'succeeded'), ('unknown', 'failed'),
        ('unknown', 'expired'), ('open', 'processing'), ('open', 'succeeded'), ('open', 'failed'), ('open', 'expired'),
        ('processing', 'succeeded'), ('processing', 'failed'), ('failed', 'succeeded'),
        ('expired', 'processing'), ('expired', 'succeeded'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_transition BEFORE UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_transition();

-- The terms of an attempt stand; the provider's ids are learnt once.
CREATE FUNCTION payment_attempt_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.method IS DISTINCT FROM OLD.method
        OR NEW.provider IS DISTINCT FROM OLD.provider
        OR NEW.provider_account IS DISTINCT FROM OLD.provider_account
        OR NEW.idempotency_key IS DISTINCT FROM OLD.idempotency_key
        OR NEW.key_made_at IS DISTINCT FROM OLD.key_made_at
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR (OLD.checkout_id IS NOT NULL AND NEW.checkout_id IS DISTINCT FROM OLD.checkout_id)
    OR (OLD.payment_intent_id IS NOT NULL AND NEW.payment_intent_id IS DISTINCT FROM OLD.payment_intent_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_frozen BEFORE UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_frozen();

-- A change names an event that is written with it: one that does not stand yet. The deferred foreign key sees
-- that it will.
CREATE FUNCTION payment_attempt_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.event_id = OLD.event_id AND (NEW.state IS DISTINCT FROM OLD.state
        OR NEW.checkout_id IS DISTINCT FROM OLD.checkout_id
        OR NEW.payment_intent_id IS DISTINCT FROM OLD.payment_intent_id
        OR NEW.failure_code IS DISTINCT FROM OLD.failure_code))
    OR (NEW.event_id <> OLD.event_id AND EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_names_event BEFORE UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_names_event();

CREATE FUNCTION payment_attempt_parts_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'creating' AND NEW.state <> 'creating'
    AND NEW.amount_minor <> COALESCE((
        SELECT SUM(attempt_part.amount_minor) FROM attempt_part WHERE attempt_part.attempt_id = NEW.id), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_parts_sum';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_parts_sum BEFORE UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_parts_sum();
CREATE TRIGGER payment_attempt_kept BEFORE DELETE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION refuse('payment_attempt_kept');

-- Parts are added while the attempt is creating and stay; `live` follows the attempt's state and nothing else.
CREATE FUNCTION attempt_part_added_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.live IS NOT TRUE
    OR NOT EXISTS (SELECT 1 FROM payment_attempt WHERE payment_attempt.id = NEW.attempt_id AND payment_attempt.state = 'creating')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: attempt_part_added_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_part_added_in_time BEFORE INSERT ON attempt_part
    FOR EACH ROW EXECUTE FUNCTION attempt_part_added_in_time();
CREATE FUNCTION attempt_part_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt_id IS DISTINCT FROM OLD.attempt_id
        OR NEW.receivable_id IS DISTINCT FROM OLD.receivable_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
    OR NEW.live <> (
        SELECT payment_attempt.state IN ('creating', 'open', 'unknown') FROM payment_attempt
        WHERE payment_attempt.id = NEW.attempt_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: attempt_part_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_part_frozen BEFORE UPDATE ON attempt_part
    FOR EACH ROW EXECUTE FUNCTION attempt_part_frozen();
CREATE TRIGGER attempt_part_kept BEFORE DELETE ON attempt_part
    FOR EACH ROW EXECUTE FUNCTION refuse('attempt_part_kept');
CREATE FUNCTION attempt_part_live_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE attempt_part SET live = (NEW.state IN ('creating', 'open', 'unknown'))
    WHERE attempt_part.attempt_id = NEW.id
        AND attempt_part.live <> (NEW.state IN ('creating', 'open', 'unknown'));
    RETURN NULL;
END $$;
CREATE TRIGGER attempt_part_live_follows AFTER UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION attempt_part_live_follows();

-- Guards of the inbox.

CREATE FUNCTION webhook_inbox_starts_received() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'received' OR NEW.payload IS NULL
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: webhook_inbox_starts_received';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER webhook_inbox_starts_received BEFORE INSERT ON webhook_inbox
    FOR EACH ROW EXECUTE FUNCTION webhook_inbox_starts_received();
CREATE FUNCTION webhook_inbox_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES
        ('received', 'claimed'), ('claimed', 'received'), ('claimed', 'done'), ('claimed', 'ignored'), ('claimed', 'dead'),
        ('dead', 'received'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: webhook_inbox_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER webhook_inbox_transition BEFORE UPDATE ON webhook_inbox
    FOR EACH ROW EXECUTE FUNCTION webhook_inbox_transition();

-- What came stays as it came; once the work on it is over, retention may empty it, once.
CREATE FUNCTION webhook_inbox_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.provider IS DISTINCT FROM OLD.provider
        OR NEW.account IS DISTINCT FROM OLD.account
        OR NEW.event_id IS DISTINCT FROM OLD.event_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.event_type IS DISTINCT FROM OLD.event_type
        OR NEW.livemode IS DISTINCT FROM OLD.livemode
        OR NEW.received_at IS DISTINCT FROM OLD.received_at
    OR (NEW.payload IS DISTINCT FROM OLD.payload AND NOT (
        NEW.payload IS NULL AND OLD.state IN ('done', 'ignored', 'dead') AND NEW.state = OLD.state))
    OR (OLD.emptied_at IS NOT NULL AND (NEW.emptied_at IS DISTINCT FROM OLD.emptied_at
        OR NEW.state IS DISTINCT FROM OLD.state))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: webhook_inbox_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER webhook_inbox_frozen BEFORE UPDATE ON webhook_inbox
    FOR EACH ROW EXECUTE FUNCTION webhook_inbox_frozen();
CREATE TRIGGER webhook_inbox_kept BEFORE DELETE ON webhook_inbox
    FOR EACH ROW EXECUTE FUNCTION refuse('webhook_inbox_kept');

-- TRUNCATE passes by row triggers.
CREATE TRIGGER account_append_only_truncate BEFORE TRUNCATE ON account
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('account_append_only');
CREATE TRIGGER transfer_append_only_truncate BEFORE TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('transfer_append_only');
CREATE TRIGGER payment_attempt_kept_truncate BEFORE TRUNCATE ON payment_attempt
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('payment_attempt_kept');
CREATE TRIGGER attempt_part_kept_truncate BEFORE TRUNCATE ON attempt_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('attempt_part_kept');
CREATE TRIGGER webhook_inbox_kept_truncate BEFORE TRUNCATE ON webhook_inbox
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('webhook_inbox_kept');
