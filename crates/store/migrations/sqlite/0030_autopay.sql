-- Charging what is due by itself: what customers agreed to, what was announced to them, and what came of that.

-- Whether customers may have what is due charged by itself. While not, nobody is charged.
ALTER TABLE follow_up_settings ADD COLUMN autopay_enabled INTEGER NOT NULL DEFAULT FALSE
    CHECK (autopay_enabled IN (FALSE, TRUE));

-- A customer's word that what falls due in a currency is charged to what they keep: who, in which words exactly, when and from where.
CREATE TABLE autopay (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    currency TEXT NOT NULL CONSTRAINT autopay_currency CHECK (length(currency) = 3),
    saved_method_id BLOB NOT NULL,
    -- Who they proved to be, and the link they came by.
    contact_id BLOB NOT NULL,
    link_id BLOB NOT NULL,
    consent_text TEXT NOT NULL CONSTRAINT autopay_consent CHECK (length(consent_text) BETWEEN 1 AND 4000),
    -- SHA-256 of the text: which version of it.
    consent_hash BLOB NOT NULL CONSTRAINT autopay_hash CHECK (length(consent_hash) = 32),
    locale TEXT NOT NULL,
    -- Personal data of the evidence; erased with the person.
    address TEXT,
    user_agent TEXT,
    -- Business time.
    agreed_at TEXT NOT NULL,
    ended_at TEXT,
    end_reason TEXT CONSTRAINT autopay_reason CHECK (end_reason IN ('customer', 'member', 'method', 'declined')),
    -- When a worker looks at it (business time).
    next_at TEXT,
    event_id BLOB NOT NULL,
    CONSTRAINT autopay_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT autopay_looked_at CHECK ((ended_at IS NULL) = (next_at IS NOT NULL)),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (saved_method_id, business_id, customer_id) REFERENCES saved_method (id, business_id, customer_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (link_id, business_id) REFERENCES portal_link (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- A currency is charged to one method.
CREATE UNIQUE INDEX autopay_customer_id_currency_key ON autopay (customer_id, currency) WHERE ended_at IS NULL;
CREATE INDEX autopay_due ON autopay (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX autopay_by_method ON autopay (saved_method_id);

-- A charge that was announced: once for a customer, currency and day.
CREATE TABLE autopay_debit (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    autopay_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    -- What was announced: the sum of its items.
    amount_minor INTEGER NOT NULL CONSTRAINT autopay_debit_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    -- The day that was announced first, and the one on which it is charged next.
    charge_on TEXT NOT NULL,
    next_on TEXT NOT NULL,
    -- The word that named the next day.
    message_id BLOB NOT NULL REFERENCES message (id),
    -- Of how many tries it was concluded what follows.
    answered INTEGER NOT NULL DEFAULT 0 CONSTRAINT autopay_debit_answered CHECK (answered BETWEEN 0 AND 3),
    state TEXT NOT NULL CONSTRAINT autopay_debit_state
        CHECK (state IN ('announced', 'collected', 'called_off', 'lapsed', 'given_up')),
    created_at TEXT NOT NULL,
    CONSTRAINT autopay_debit_next CHECK (next_on >= charge_on),
    UNIQUE (customer_id, currency, charge_on),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (autopay_id, business_id, customer_id, currency)
        REFERENCES autopay (id, business_id, customer_id, currency)
) STRICT;

CREATE INDEX autopay_debit_by_autopay ON autopay_debit (autopay_id);

-- What a charge is for. `live` says that it is not over; triggers keep it.
CREATE TABLE autopay_item (
    debit_id BLOB NOT NULL,
    receivable_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CONSTRAINT autopay_item_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    live INTEGER NOT NULL CHECK (live IN (FALSE, TRUE)),
    PRIMARY KEY (debit_id, receivable_id),
    FOREIGN KEY (debit_id, business_id, customer_id, currency)
        REFERENCES autopay_debit (id, business_id, customer_id, currency),
    FOREIGN KEY (receivable_id, business_id, customer_id, currency)
        REFERENCES receivable (id, business_id, customer_id, currency)
) STRICT;

-- Nothing is announced twice at the same time.
CREATE UNIQUE INDEX autopay_item_receivable_id_key ON autopay_item (receivable_id) WHERE live;

-- A try to charge what was announced: nobody is there to answer the bank.
ALTER TABLE payment_attempt ADD COLUMN debit_id BLOB REFERENCES autopay_debit (id);
ALTER TABLE payment_attempt ADD COLUMN debit_try INTEGER
    CONSTRAINT payment_attempt_debit_try CHECK (debit_try BETWEEN 1 AND 3);
CREATE UNIQUE INDEX payment_attempt_debit_id_debit_try_key ON payment_attempt (debit_id, debit_try) WHERE debit_id IS NOT NULL;

-- It is charged to a method that is kept, in the currency in which that is kept.
CREATE TRIGGER autopay_of_method BEFORE INSERT ON autopay
WHEN NEW.ended_at IS NOT NULL OR NOT EXISTS (
    SELECT 1 FROM saved_method JOIN method_setup ON method_setup.id = saved_method.setup_id
    WHERE saved_method.id = NEW.saved_method_id AND saved_method.ended_at IS NULL
        AND method_setup.currency = NEW.currency)
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_of_method');
END;
-- What was agreed to stays as it was shown; only who it came from can be erased. It ends once, and is agreed to anew.
CREATE TRIGGER autopay_frozen BEFORE UPDATE ON autopay
WHEN NEW.id IS DISTINCT FROM OLD.id
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
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_frozen');
END;
CREATE TRIGGER autopay_names_event BEFORE UPDATE ON autopay
WHEN NEW.ended_at IS DISTINCT FROM OLD.ended_at
    AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_names_event');
END;
-- It ends with everything that was announced, and before its method.
CREATE TRIGGER autopay_ends_whole BEFORE UPDATE ON autopay
WHEN NEW.ended_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM autopay_debit WHERE autopay_debit.autopay_id = NEW.id AND autopay_debit.state = 'announced')
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_ends_whole');
END;
CREATE TRIGGER saved_method_ends_autopay BEFORE UPDATE ON saved_method
WHEN NEW.ended_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM autopay WHERE autopay.saved_method_id = NEW.id AND autopay.ended_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'guard: saved_method_ends_autopay');
END;
CREATE TRIGGER autopay_kept BEFORE DELETE ON autopay
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_kept');
END;

CREATE TRIGGER autopay_debit_of_live BEFORE INSERT ON autopay_debit
WHEN NEW.state <> 'announced' OR NEW.answered <> 0 OR NEW.next_on <> NEW.charge_on OR NOT EXISTS (
    SELECT 1 FROM autopay WHERE autopay.id = NEW.autopay_id AND autopay.ended_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_debit_of_live');
END;
CREATE TRIGGER autopay_debit_frozen BEFORE UPDATE ON autopay_debit
WHEN NEW.id IS DISTINCT FROM OLD.id
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
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_debit_frozen');
END;
CREATE TRIGGER autopay_debit_kept BEFORE DELETE ON autopay_debit
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_debit_kept');
END;

-- No more than was announced, and not to what is over.
CREATE TRIGGER autopay_item_within_amount BEFORE INSERT ON autopay_item
WHEN NEW.live IS NOT TRUE OR NOT EXISTS (
    SELECT 1 FROM autopay_debit WHERE autopay_debit.id = NEW.debit_id AND autopay_debit.state = 'announced'
        AND autopay_debit.amount_minor >= NEW.amount_minor + COALESCE((
            SELECT SUM(autopay_item.amount_minor) FROM autopay_item WHERE autopay_item.debit_id = NEW.debit_id), 0))
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_item_within_amount');
END;
CREATE TRIGGER autopay_item_frozen BEFORE UPDATE ON autopay_item
WHEN NEW.debit_id IS DISTINCT FROM OLD.debit_id
    OR NEW.receivable_id IS DISTINCT FROM OLD.receivable_id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.currency IS DISTINCT FROM OLD.currency
    OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
    OR NEW.live <> (SELECT autopay_debit.state = 'announced' FROM autopay_debit WHERE autopay_debit.id = NEW.debit_id)
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_item_frozen');
END;
CREATE TRIGGER autopay_item_kept BEFORE DELETE ON autopay_item
BEGIN
    SELECT RAISE(ABORT, 'guard: autopay_item_kept');
END;
CREATE TRIGGER autopay_item_live_follows AFTER UPDATE ON autopay_debit
BEGIN
    UPDATE autopay_item SET live = (NEW.state = 'announced')
    WHERE autopay_item.debit_id = NEW.id AND autopay_item.live <> (NEW.state = 'announced');
END;

-- It is charged as its customer agreed, while that holds, one try after the other; and stays that try.
CREATE TRIGGER payment_attempt_of_debit BEFORE INSERT ON payment_attempt
WHEN (NEW.debit_id IS NULL) <> (NEW.debit_try IS NULL) OR (NEW.debit_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM autopay_debit JOIN autopay ON autopay.id = autopay_debit.autopay_id
    WHERE autopay_debit.id = NEW.debit_id AND autopay_debit.state = 'announced' AND autopay.ended_at IS NULL
        AND autopay_debit.answered + 1 = NEW.debit_try AND autopay.saved_method_id = NEW.saved_method_id
        AND autopay.business_id = NEW.business_id AND autopay.customer_id = NEW.customer_id
        AND autopay.currency = NEW.currency))
BEGIN
    SELECT RAISE(ABORT, 'guard: payment_attempt_of_debit');
END;
CREATE TRIGGER payment_attempt_debit_stands BEFORE UPDATE ON payment_attempt
WHEN NEW.debit_id IS DISTINCT FROM OLD.debit_id OR NEW.debit_try IS DISTINCT FROM OLD.debit_try
BEGIN
    SELECT RAISE(ABORT, 'guard: payment_attempt_frozen');
END;
-- Nothing is charged that was not announced, and never more than was.
CREATE TRIGGER attempt_part_announced BEFORE INSERT ON attempt_part
WHEN EXISTS (
    SELECT 1 FROM payment_attempt WHERE payment_attempt.id = NEW.attempt_id AND payment_attempt.debit_id IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM autopay_item WHERE autopay_item.debit_id = payment_attempt.debit_id
                AND autopay_item.receivable_id = NEW.receivable_id AND autopay_item.amount_minor >= NEW.amount_minor))
BEGIN
    SELECT RAISE(ABORT, 'guard: attempt_part_announced');
END;
