-- Charging what is due by itself: what customers agreed to, what was announced to them, and what came of that.

-- Whether customers may have what is due charged by itself. While not, nobody is charged.
ALTER TABLE follow_up_settings ADD COLUMN autopay_enabled BOOLEAN NOT NULL DEFAULT FALSE;

-- A customer's word that what falls due in a currency is charged to what they keep: who, in which words exactly, when and from where.
CREATE TABLE autopay (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL CONSTRAINT autopay_currency CHECK (length(currency) = 3),
    saved_method_id UUID NOT NULL,
    -- Who they proved to be, and the link they came by.
    contact_id UUID NOT NULL,
    link_id UUID NOT NULL,
    consent_text TEXT NOT NULL CONSTRAINT autopay_consent CHECK (length(consent_text) BETWEEN 1 AND 4000),
    -- SHA-256 of the text: which version of it.
    consent_hash BYTEA NOT NULL CONSTRAINT autopay_hash CHECK (octet_length(consent_hash) = 32),
    locale TEXT NOT NULL,
    -- Personal data of the evidence; erased with the person.
    address TEXT,
    user_agent TEXT,
    -- Business time.
    agreed_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    end_reason TEXT CONSTRAINT autopay_reason CHECK (end_reason IN ('customer', 'member', 'method', 'declined')),
    -- When a worker looks at it (business time).
    next_at TIMESTAMPTZ,
    event_id UUID NOT NULL,
    CONSTRAINT autopay_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT autopay_looked_at CHECK ((ended_at IS NULL) = (next_at IS NOT NULL)),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (saved_method_id, business_id, customer_id) REFERENCES saved_method (id, business_id, customer_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (link_id, business_id) REFERENCES portal_link (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

-- A currency is charged to one method.
CREATE UNIQUE INDEX autopay_customer_id_currency_key ON autopay (customer_id, currency) WHERE ended_at IS NULL;
CREATE INDEX autopay_due ON autopay (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX autopay_by_method ON autopay (saved_method_id);

-- A charge that was announced: once for a customer, currency and day.
CREATE TABLE autopay_debit (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    autopay_id UUID NOT NULL,
    currency TEXT NOT NULL,
    -- What was announced: the sum of its items.
    amount_minor BIGINT NOT NULL CONSTRAINT autopay_debit_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    -- The day that was announced first, and the one on which it is charged next.
    charge_on DATE NOT NULL,
    next_on DATE NOT NULL,
    -- The word that named the next day.
    message_id UUID NOT NULL REFERENCES message (id),
    -- Of how many tries it was concluded what follows.
    answered BIGINT NOT NULL DEFAULT 0 CONSTRAINT autopay_debit_answered CHECK (answered BETWEEN 0 AND 3),
    state TEXT NOT NULL CONSTRAINT autopay_debit_state
        CHECK (state IN ('announced', 'collected', 'called_off', 'lapsed', 'given_up')),
    created_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT autopay_debit_next CHECK (next_on >= charge_on),
    UNIQUE (customer_id, currency, charge_on),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (autopay_id, business_id, customer_id, currency)
        REFERENCES autopay (id, business_id, customer_id, currency)
);

CREATE INDEX autopay_debit_by_autopay ON autopay_debit (autopay_id);

-- What a charge is for. `live` says that it is not over; triggers keep it.
CREATE TABLE autopay_item (
    debit_id UUID NOT NULL,
    receivable_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT autopay_item_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    live BOOLEAN NOT NULL,
    PRIMARY KEY (debit_id, receivable_id),
    FOREIGN KEY (debit_id, business_id, customer_id, currency)
        REFERENCES autopay_debit (id, business_id, customer_id, currency),
    FOREIGN KEY (receivable_id, business_id, customer_id, currency)
        REFERENCES receivable (id, business_id, customer_id, currency)
);

-- Nothing is announced twice at the same time.
CREATE UNIQUE INDEX autopay_item_receivable_id_key ON autopay_item (receivable_id) WHERE live;

-- A try to charge what was announced: nobody is there to answer the bank.
ALTER TABLE payment_attempt ADD COLUMN debit_id UUID REFERENCES autopay_debit (id);
ALTER TABLE payment_attempt ADD COLUMN debit_try BIGINT
    CONSTRAINT payment_attempt_debit_try CHECK (debit_try BETWEEN 1 AND 3);
CREATE UNIQUE INDEX payment_attempt_debit_id_debit_try_key ON payment_attempt (debit_id, debit_try) WHERE debit_id IS NOT NULL;

-- It is charged to a method that is kept, in the currency in which that is kept.
CREATE FUNCTION autopay_of_method() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM saved_method JOIN method_setup ON method_setup.id = saved_method.setup_id
        WHERE saved_method.id = NEW.saved_method_id AND saved_method.ended_at IS NULL
            AND method_setup.currency = NEW.currency)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_of_method';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_of_method BEFORE INSERT ON autopay
    FOR EACH ROW EXECUTE FUNCTION autopay_of_method();
-- What was agreed to stays as it was shown; only who it came from can be erased. It ends once, and is agreed to anew.
CREATE FUNCTION autopay_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.saved_method_id IS DISTINCT FROM OLD.saved_method_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.link_id IS DISTINCT FROM OLD.link_id
        OR NEW.consent_text IS DISTINCT FROM OLD.consent_text
        OR NEW.consent_hash IS DISTINCT FROM OLD.consent_hash
        OR NEW.locale IS DISTINCT FROM OLD.locale
        OR NEW.agreed_at IS DISTINCT FROM OLD.agreed_at
        OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address)
        OR (NEW.user_agent IS NOT NULL AND NEW.user_agent IS DISTINCT FROM OLD.user_agent)
        OR (OLD.ended_at IS NOT NULL
            AND (NEW.ended_at IS DISTINCT FROM OLD.ended_at OR NEW.end_reason IS DISTINCT FROM OLD.end_reason))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_frozen BEFORE UPDATE ON autopay
    FOR EACH ROW EXECUTE FUNCTION autopay_frozen();
CREATE FUNCTION autopay_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS DISTINCT FROM OLD.ended_at
        AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_names_event BEFORE UPDATE ON autopay
    FOR EACH ROW EXECUTE FUNCTION autopay_names_event();
-- It ends with everything that was announced, and before its method.
CREATE FUNCTION autopay_ends_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM autopay_debit WHERE autopay_debit.autopay_id = NEW.id AND autopay_debit.state = 'announced')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_ends_whole';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_ends_whole BEFORE UPDATE ON autopay
    FOR EACH ROW EXECUTE FUNCTION autopay_ends_whole();
CREATE FUNCTION saved_method_ends_autopay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM autopay WHERE autopay.saved_method_id = NEW.id AND autopay.ended_at IS NULL)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: saved_method_ends_autopay';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER saved_method_ends_autopay BEFORE UPDATE ON saved_method
    FOR EACH ROW EXECUTE FUNCTION saved_method_ends_autopay();
CREATE TRIGGER autopay_kept BEFORE DELETE ON autopay
    FOR EACH ROW EXECUTE FUNCTION refuse('autopay_kept');
CREATE TRIGGER autopay_kept_truncate BEFORE TRUNCATE ON autopay
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('autopay_kept');

CREATE FUNCTION autopay_debit_of_live() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'announced' OR NEW.answered <> 0 OR NEW.next_on <> NEW.charge_on OR NOT EXISTS (
        SELECT 1 FROM autopay WHERE autopay.id = NEW.autopay_id AND autopay.ended_at IS NULL)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_debit_of_live';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_debit_of_live BEFORE INSERT ON autopay_debit
    FOR EACH ROW EXECUTE FUNCTION autopay_debit_of_live();
CREATE FUNCTION autopay_debit_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.autopay_id IS DISTINCT FROM OLD.autopay_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.charge_on IS DISTINCT FROM OLD.charge_on
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR NEW.next_on < OLD.next_on
        OR NEW.answered < OLD.answered
        OR OLD.state <> 'announced'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_debit_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_debit_frozen BEFORE UPDATE ON autopay_debit
    FOR EACH ROW EXECUTE FUNCTION autopay_debit_frozen();
CREATE TRIGGER autopay_debit_kept BEFORE DELETE ON autopay_debit
    FOR EACH ROW EXECUTE FUNCTION refuse('autopay_debit_kept');
CREATE TRIGGER autopay_debit_kept_truncate BEFORE TRUNCATE ON autopay_debit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('autopay_debit_kept');

-- No more than was announced, and not to what is over.
CREATE FUNCTION autopay_item_within_amount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.live IS NOT TRUE OR NOT EXISTS (
        SELECT 1 FROM autopay_debit WHERE autopay_debit.id = NEW.debit_id AND autopay_debit.state = 'announced'
            AND autopay_debit.amount_minor >= NEW.amount_minor + COALESCE((
                SELECT SUM(autopay_item.amount_minor) FROM autopay_item WHERE autopay_item.debit_id = NEW.debit_id), 0))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_item_within_amount';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_item_within_amount BEFORE INSERT ON autopay_item
    FOR EACH ROW EXECUTE FUNCTION autopay_item_within_amount();
CREATE FUNCTION autopay_item_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.debit_id IS DISTINCT FROM OLD.debit_id
        OR NEW.receivable_id IS DISTINCT FROM OLD.receivable_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.live <> (SELECT autopay_debit.state = 'announced' FROM autopay_debit WHERE autopay_debit.id = NEW.debit_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: autopay_item_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER autopay_item_frozen BEFORE UPDATE ON autopay_item
    FOR EACH ROW EXECUTE FUNCTION autopay_item_frozen();
CREATE TRIGGER autopay_item_kept BEFORE DELETE ON autopay_item
    FOR EACH ROW EXECUTE FUNCTION refuse('autopay_item_kept');
CREATE TRIGGER autopay_item_kept_truncate BEFORE TRUNCATE ON autopay_item
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('autopay_item_kept');
CREATE FUNCTION autopay_item_live_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE autopay_item SET live = (NEW.state = 'announced')
    WHERE autopay_item.debit_id = NEW.id AND autopay_item.live <> (NEW.state = 'announced');
    RETURN NULL;
END $$;
CREATE TRIGGER autopay_item_live_follows AFTER UPDATE ON autopay_debit
    FOR EACH ROW EXECUTE FUNCTION autopay_item_live_follows();

-- It is charged as its customer agreed, while that holds, one try after the other; and stays that try.
CREATE FUNCTION payment_attempt_of_debit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.debit_id IS NULL) <> (NEW.debit_try IS NULL) OR (NEW.debit_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM autopay_debit JOIN autopay ON autopay.id = autopay_debit.autopay_id
        WHERE autopay_debit.id = NEW.debit_id AND autopay_debit.state = 'announced' AND autopay.ended_at IS NULL
            AND autopay_debit.answered + 1 = NEW.debit_try AND autopay.saved_method_id = NEW.saved_method_id
            AND autopay.business_id = NEW.business_id AND autopay.customer_id = NEW.customer_id
            AND autopay.currency = NEW.currency))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_of_debit';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_of_debit BEFORE INSERT ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_of_debit();
CREATE FUNCTION payment_attempt_debit_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.debit_id IS DISTINCT FROM OLD.debit_id OR NEW.debit_try IS DISTINCT FROM OLD.debit_try
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: payment_attempt_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_attempt_debit_stands BEFORE UPDATE ON payment_attempt
    FOR EACH ROW EXECUTE FUNCTION payment_attempt_debit_stands();
-- Nothing is charged that was not announced, and never more than was.
CREATE FUNCTION attempt_part_announced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payment_attempt WHERE payment_attempt.id = NEW.attempt_id AND payment_attempt.debit_id IS NOT NULL
            AND NOT EXISTS (
                SELECT 1 FROM autopay_item WHERE autopay_item.debit_id = payment_attempt.debit_id
                    AND autopay_item.receivable_id = NEW.receivable_id AND autopay_item.amount_minor >= NEW.amount_minor))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: attempt_part_announced';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attempt_part_announced BEFORE INSERT ON attempt_part
    FOR EACH ROW EXECUTE FUNCTION attempt_part_announced();
