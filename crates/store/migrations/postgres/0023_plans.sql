-- Payment plans: what the business set, what is proposed and agreed to in which words, and the plan that comes of it.

-- What a business set about plans, for all its customers or for one. No row: `domain::plan::Policy::STANDARD`.
CREATE TABLE plan_policy (
    -- Whose: the business's own id, or the customer's.
    owner_id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    customer_id UUID,
    -- JSON, as `domain::plan` serialises it.
    policy TEXT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1,
    updated_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT plan_policy_owner CHECK (owner_id = COALESCE(customer_id, business_id)),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
);

-- A negotiation. What is on the table is its newest version.
CREATE TABLE plan_proposal (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CONSTRAINT plan_proposal_state
        CHECK (state IN ('open', 'accepted', 'declined', 'withdrawn', 'expired', 'moot')),
    newest BIGINT NOT NULL,
    -- The plan that came of it.
    plan_id UUID,
    -- Which side ended it and in which words, where a side did.
    ended_by TEXT CONSTRAINT plan_proposal_ended_by CHECK (ended_by IN ('customer', 'business')),
    end_word TEXT NOT NULL DEFAULT '' CONSTRAINT plan_proposal_end_word CHECK (length(end_word) <= 4000),
    -- The event that tells the last change; every change names one written with it.
    event_id UUID NOT NULL,
    -- Business time.
    created_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    CONSTRAINT plan_proposal_newest CHECK (newest BETWEEN 1 AND 20),
    CONSTRAINT plan_proposal_plan CHECK ((state = 'accepted') = (plan_id IS NOT NULL)),
    CONSTRAINT plan_proposal_ended CHECK ((state = 'open') = (ended_at IS NULL)
        AND (state IN ('accepted', 'declined', 'withdrawn')) = (ended_by IS NOT NULL)),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX plan_proposal_by_customer ON plan_proposal (customer_id, created_at);
CREATE INDEX plan_proposal_open ON plan_proposal (business_id, created_at) WHERE state = 'open';

-- The invoices that a negotiation is about: each version covers these, or some of them. `live` says that it goes on; triggers
-- keep it. One negotiation at a time about an invoice.
CREATE TABLE plan_proposal_invoice (
    proposal_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    live BOOLEAN NOT NULL,
    PRIMARY KEY (proposal_id, invoice_id),
    FOREIGN KEY (proposal_id, business_id, customer_id, currency)
        REFERENCES plan_proposal (id, business_id, customer_id, currency),
    FOREIGN KEY (invoice_id, business_id, customer_id, currency)
        REFERENCES invoice (id, business_id, customer_id, currency)
);

CREATE UNIQUE INDEX plan_proposal_invoice_business_id_invoice_id_key
    ON plan_proposal_invoice (business_id, invoice_id) WHERE live;

-- A version: the terms as one side wrote them. Never changed; who wants others writes another.
CREATE TABLE plan_version (
    proposal_id UUID NOT NULL,
    number BIGINT NOT NULL CONSTRAINT plan_version_number CHECK (number > 0),
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    side TEXT NOT NULL CONSTRAINT plan_version_side CHECK (side IN ('customer', 'business')),
    total_minor BIGINT NOT NULL CONSTRAINT plan_version_total CHECK (total_minor BETWEEN 1 AND 9007199254740991),
    -- Paid on the day of the agreement; 0 for nothing.
    down_minor BIGINT NOT NULL CONSTRAINT plan_version_down CHECK (down_minor >= 0 AND down_minor < total_minor),
    -- The rest in so many instalments, or in instalments of this size.
    part_count BIGINT CONSTRAINT plan_version_part_count CHECK (part_count BETWEEN 1 AND 60),
    each_minor BIGINT CONSTRAINT plan_version_each CHECK (each_minor BETWEEN 1 AND 9007199254740991),
    pace TEXT NOT NULL CONSTRAINT plan_version_pace CHECK (pace IN ('weekly', 'two_weekly', 'monthly')),
    first_on DATE NOT NULL,
    autopay BOOLEAN NOT NULL,
    -- What is promised while it is kept, and follows when it is not.
    grace_days BIGINT NOT NULL CONSTRAINT plan_version_grace_days CHECK (grace_days BETWEEN 0 AND 30),
    cure_days BIGINT NOT NULL CONSTRAINT plan_version_cure_days CHECK (cure_days BETWEEN 3 AND 60),
    fees_waived BOOLEAN NOT NULL,
    -- SHA-256 of the terms in their one spelling.
    terms_hash BYTEA NOT NULL CONSTRAINT plan_version_hash CHECK (length(terms_hash) = 32),
    -- What the side says to it, in its own words.
    word TEXT NOT NULL DEFAULT '' CONSTRAINT plan_version_word CHECK (length(word) <= 4000),
    -- Business time.
    made_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT plan_version_parts CHECK ((part_count IS NULL) <> (each_minor IS NULL)),
    CONSTRAINT plan_version_lifetime CHECK (expires_at > made_at),
    PRIMARY KEY (proposal_id, number),
    UNIQUE (proposal_id, number, terms_hash),
    UNIQUE (proposal_id, number, total_minor),
    FOREIGN KEY (proposal_id, business_id, customer_id, currency)
        REFERENCES plan_proposal (id, business_id, customer_id, currency)
);

-- The invoices under a version and what was open of them. Written before the version, which checks that they come to its total.
CREATE TABLE plan_version_invoice (
    proposal_id UUID NOT NULL,
    number BIGINT NOT NULL,
    invoice_id UUID NOT NULL,
    open_minor BIGINT NOT NULL CONSTRAINT plan_version_invoice_open CHECK (open_minor BETWEEN 1 AND 9007199254740991),
    PRIMARY KEY (proposal_id, number, invoice_id),
    FOREIGN KEY (proposal_id, number) REFERENCES plan_version (proposal_id, number) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (proposal_id, invoice_id) REFERENCES plan_proposal_invoice (proposal_id, invoice_id)
);

-- The evidence that a side agreed to a version, by writing it or by accepting it: what was shown, word for word, when, to whom.
CREATE TABLE plan_agreement (
    proposal_id UUID NOT NULL,
    number BIGINT NOT NULL,
    side TEXT NOT NULL CONSTRAINT plan_agreement_side CHECK (side IN ('customer', 'business')),
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    -- Of a customer: who they proved to be, and the link they came by. Of the business: the member, none when its policy answered.
    contact_id UUID,
    link_id UUID,
    member_id UUID,
    terms_hash BYTEA NOT NULL,
    shown_text TEXT NOT NULL CONSTRAINT plan_agreement_text CHECK (length(shown_text) BETWEEN 1 AND 40000),
    -- SHA-256 of the text.
    text_hash BYTEA NOT NULL CONSTRAINT plan_agreement_hash CHECK (length(text_hash) = 32),
    locale TEXT NOT NULL,
    -- Personal data of the evidence; erased with the person.
    address TEXT,
    user_agent TEXT,
    -- Business time.
    agreed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT plan_agreement_who CHECK (CASE side
        WHEN 'customer' THEN contact_id IS NOT NULL AND link_id IS NOT NULL AND member_id IS NULL
        ELSE contact_id IS NULL AND link_id IS NULL END),
    PRIMARY KEY (proposal_id, number, side),
    FOREIGN KEY (proposal_id, number, terms_hash) REFERENCES plan_version (proposal_id, number, terms_hash),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (link_id, business_id) REFERENCES portal_link (id, business_id),
    FOREIGN KEY (member_id, business_id) REFERENCES member (id, business_id)
);

-- A plan that both sides agreed to. How it stands is derived from its instalments and the money since; stored is what was decided.
CREATE TABLE plan (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    -- The version that was agreed to: its terms and promises stand there.
    proposal_id UUID NOT NULL UNIQUE,
    version_number BIGINT NOT NULL,
    total_minor BIGINT NOT NULL,
    state TEXT NOT NULL CONSTRAINT plan_state
        CHECK (state IN ('active', 'completed', 'broken', 'superseded', 'cancelled')),
    -- The plan that this one took the place of, in the same transaction.
    supersedes_id UUID UNIQUE,
    -- In the business's zone, and the moment. Money counts from that moment on.
    agreed_on DATE NOT NULL,
    agreed_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ,
    -- When a worker looks next (business time); null once there is nothing left to do.
    next_look_at TIMESTAMPTZ,
    -- The last word about a missed instalment: which, and the day it went out.
    warned_number BIGINT,
    warned_on DATE,
    event_id UUID NOT NULL,
    CONSTRAINT plan_warned CHECK ((warned_number IS NULL) = (warned_on IS NULL)),
    CONSTRAINT plan_ended CHECK ((state = 'active') = (ended_at IS NULL)),
    CONSTRAINT plan_looked_at CHECK (next_look_at IS NULL OR state = 'active'),
    CONSTRAINT plan_supersedes CHECK (supersedes_id <> id),
    UNIQUE (id, business_id, customer_id, currency),
    FOREIGN KEY (proposal_id, business_id, customer_id, currency)
        REFERENCES plan_proposal (id, business_id, customer_id, currency),
    FOREIGN KEY (proposal_id, version_number, total_minor) REFERENCES plan_version (proposal_id, number, total_minor),
    FOREIGN KEY (supersedes_id, business_id, customer_id, currency)
        REFERENCES plan (id, business_id, customer_id, currency),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX plan_by_customer ON plan (customer_id, agreed_at);
CREATE INDEX plan_by_business ON plan (business_id, agreed_at);
CREATE INDEX plan_to_look_at ON plan (next_look_at) WHERE next_look_at IS NOT NULL;

-- The invoices under a plan. Written before it, which checks them. `live` says that it is active; triggers keep it. One live plan
-- an invoice.
CREATE TABLE plan_invoice (
    plan_id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT plan_invoice_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    live BOOLEAN NOT NULL,
    PRIMARY KEY (plan_id, invoice_id),
    FOREIGN KEY (plan_id, business_id, customer_id, currency)
        REFERENCES plan (id, business_id, customer_id, currency) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (invoice_id, business_id, customer_id, currency)
        REFERENCES invoice (id, business_id, customer_id, currency)
);

CREATE UNIQUE INDEX plan_invoice_business_id_invoice_id_key ON plan_invoice (business_id, invoice_id) WHERE live;
CREATE INDEX plan_invoice_by_invoice ON plan_invoice (invoice_id);

-- The timetable. Written before the plan, which checks that it comes to the total.
CREATE TABLE instalment (
    id UUID NOT NULL PRIMARY KEY,
    plan_id UUID NOT NULL,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    number BIGINT NOT NULL CONSTRAINT instalment_number CHECK (number BETWEEN 1 AND 61),
    due_on DATE NOT NULL,
    amount_minor BIGINT NOT NULL CONSTRAINT instalment_amount CHECK (amount_minor BETWEEN 1 AND 9007199254740991),
    UNIQUE (plan_id, number),
    UNIQUE (plan_id, due_on),
    FOREIGN KEY (plan_id, business_id, customer_id, currency)
        REFERENCES plan (id, business_id, customer_id, currency) DEFERRABLE INITIALLY DEFERRED
);

CREATE INDEX instalment_by_day ON instalment (business_id, due_on);

-- What refers to a table that comes later.
ALTER TABLE plan_proposal ADD FOREIGN KEY (id, newest) REFERENCES plan_version (proposal_id, number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE plan_proposal ADD FOREIGN KEY (plan_id, business_id, customer_id, currency)
        REFERENCES plan (id, business_id, customer_id, currency) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE plan ADD FOREIGN KEY (id, warned_number) REFERENCES instalment (plan_id, number);

-- Guards of the negotiation.

CREATE FUNCTION plan_proposal_starts_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'open' OR NEW.newest <> 1
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_starts_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_starts_open BEFORE INSERT ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_starts_open();
-- `domain::plan::negotiation` holds the same table; a test compares every pair.
CREATE FUNCTION plan_proposal_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND OLD.state <> 'open'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_transition BEFORE UPDATE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_transition();
-- Versions follow each other one by one, and none follows the end.
CREATE FUNCTION plan_proposal_newest_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.newest <> OLD.newest AND (NEW.newest <> OLD.newest + 1 OR OLD.state <> 'open' OR NEW.state <> 'open')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_newest_follows';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_newest_follows BEFORE UPDATE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_newest_follows();
CREATE FUNCTION plan_proposal_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR (OLD.state <> 'open' AND (NEW.plan_id IS DISTINCT FROM OLD.plan_id
            OR NEW.ended_by IS DISTINCT FROM OLD.ended_by
            OR NEW.end_word IS DISTINCT FROM OLD.end_word
            OR NEW.ended_at IS DISTINCT FROM OLD.ended_at))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_frozen BEFORE UPDATE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_frozen();
CREATE FUNCTION plan_proposal_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.state <> OLD.state OR NEW.newest <> OLD.newest)
        AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_names_event BEFORE UPDATE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_names_event();
CREATE TRIGGER plan_proposal_kept BEFORE DELETE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_proposal_kept');
CREATE TRIGGER plan_proposal_kept_truncate BEFORE TRUNCATE ON plan_proposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_proposal_kept');

-- What it is about is said with its first version; `live` follows its state and nothing else.
CREATE FUNCTION plan_proposal_invoice_added_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.live IS NOT TRUE
        OR EXISTS (SELECT 1 FROM plan_version WHERE plan_version.proposal_id = NEW.proposal_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_invoice_added_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_invoice_added_in_time BEFORE INSERT ON plan_proposal_invoice
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_invoice_added_in_time();
CREATE FUNCTION plan_proposal_invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.live <> (SELECT plan_proposal.state = 'open' FROM plan_proposal WHERE plan_proposal.id = NEW.proposal_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_proposal_invoice_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_proposal_invoice_frozen BEFORE UPDATE ON plan_proposal_invoice
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_invoice_frozen();
CREATE TRIGGER plan_proposal_invoice_kept BEFORE DELETE ON plan_proposal_invoice
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_proposal_invoice_kept');
CREATE TRIGGER plan_proposal_invoice_kept_truncate BEFORE TRUNCATE ON plan_proposal_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_proposal_invoice_kept');
CREATE FUNCTION plan_proposal_invoice_live_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE plan_proposal_invoice SET live = (NEW.state = 'open')
    WHERE plan_proposal_invoice.proposal_id = NEW.id AND plan_proposal_invoice.live <> (NEW.state = 'open');
    RETURN NULL;
END $$;
CREATE TRIGGER plan_proposal_invoice_live_follows AFTER UPDATE ON plan_proposal
    FOR EACH ROW EXECUTE FUNCTION plan_proposal_invoice_live_follows();

-- It is the newest of an open negotiation, and its invoices come to its total.
CREATE FUNCTION plan_version_is_newest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
            SELECT 1 FROM plan_proposal
            WHERE plan_proposal.id = NEW.proposal_id AND plan_proposal.state = 'open' AND plan_proposal.newest = NEW.number)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_version_is_newest';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_version_is_newest BEFORE INSERT ON plan_version
    FOR EACH ROW EXECUTE FUNCTION plan_version_is_newest();
CREATE FUNCTION plan_version_invoices_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.total_minor <> COALESCE((
            SELECT SUM(plan_version_invoice.open_minor) FROM plan_version_invoice
            WHERE plan_version_invoice.proposal_id = NEW.proposal_id AND plan_version_invoice.number = NEW.number), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_version_invoices_sum';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_version_invoices_sum BEFORE INSERT ON plan_version
    FOR EACH ROW EXECUTE FUNCTION plan_version_invoices_sum();
CREATE TRIGGER plan_version_append_only BEFORE UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_version_append_only');
CREATE TRIGGER plan_version_append_only_truncate BEFORE TRUNCATE ON plan_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_version_append_only');
CREATE FUNCTION plan_version_invoice_added_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
            SELECT 1 FROM plan_version
            WHERE plan_version.proposal_id = NEW.proposal_id AND plan_version.number = NEW.number)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_version_invoice_added_before';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_version_invoice_added_before BEFORE INSERT ON plan_version_invoice
    FOR EACH ROW EXECUTE FUNCTION plan_version_invoice_added_before();
CREATE TRIGGER plan_version_invoice_append_only BEFORE UPDATE OR DELETE ON plan_version_invoice
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_version_invoice_append_only');
CREATE TRIGGER plan_version_invoice_append_only_truncate BEFORE TRUNCATE ON plan_version_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_version_invoice_append_only');

-- Agreed to is the newest version, in time, while the negotiation is open.
CREATE FUNCTION plan_agreement_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
            SELECT 1 FROM plan_version
            JOIN plan_proposal ON plan_proposal.id = plan_version.proposal_id
            WHERE plan_version.proposal_id = NEW.proposal_id AND plan_version.number = NEW.number
                AND plan_proposal.newest = NEW.number AND plan_proposal.state = 'open'
                AND plan_version.business_id = NEW.business_id AND plan_version.customer_id = NEW.customer_id
                AND NEW.agreed_at < plan_version.expires_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_agreement_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_agreement_in_time BEFORE INSERT ON plan_agreement
    FOR EACH ROW EXECUTE FUNCTION plan_agreement_in_time();
-- What was agreed to stays as it was shown; only who it came from can be erased.
CREATE FUNCTION plan_agreement_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
        OR NEW.number IS DISTINCT FROM OLD.number
        OR NEW.side IS DISTINCT FROM OLD.side
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.link_id IS DISTINCT FROM OLD.link_id
        OR NEW.member_id IS DISTINCT FROM OLD.member_id
        OR NEW.terms_hash IS DISTINCT FROM OLD.terms_hash
        OR NEW.shown_text IS DISTINCT FROM OLD.shown_text
        OR NEW.text_hash IS DISTINCT FROM OLD.text_hash
        OR NEW.locale IS DISTINCT FROM OLD.locale
        OR NEW.agreed_at IS DISTINCT FROM OLD.agreed_at
        OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address)
        OR (NEW.user_agent IS NOT NULL AND NEW.user_agent IS DISTINCT FROM OLD.user_agent)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_agreement_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_agreement_frozen BEFORE UPDATE ON plan_agreement
    FOR EACH ROW EXECUTE FUNCTION plan_agreement_frozen();
CREATE TRIGGER plan_agreement_kept BEFORE DELETE ON plan_agreement
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_agreement_kept');
CREATE TRIGGER plan_agreement_kept_truncate BEFORE TRUNCATE ON plan_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_agreement_kept');

-- Guards of the plan.

-- Both sides agreed to the version it is made of, it covers the same amounts of the same invoices, and its timetable comes to the
-- total, in order.
CREATE FUNCTION plan_is_agreed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'active'
        OR NOT EXISTS (
            SELECT 1 FROM plan_proposal
            WHERE plan_proposal.id = NEW.proposal_id AND plan_proposal.state = 'accepted' AND plan_proposal.plan_id = NEW.id
                AND plan_proposal.newest = NEW.version_number)
        OR 2 <> (
            SELECT COUNT(*) FROM plan_agreement
            WHERE plan_agreement.proposal_id = NEW.proposal_id AND plan_agreement.number = NEW.version_number)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_is_agreed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_is_agreed BEFORE INSERT ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_is_agreed();
CREATE FUNCTION plan_covers_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
            SELECT 1 FROM plan_invoice WHERE plan_invoice.plan_id = NEW.id AND NOT EXISTS (
                SELECT 1 FROM plan_version_invoice
                WHERE plan_version_invoice.proposal_id = NEW.proposal_id AND plan_version_invoice.number = NEW.version_number
                    AND plan_version_invoice.invoice_id = plan_invoice.invoice_id
                    AND plan_version_invoice.open_minor = plan_invoice.amount_minor))
        OR NEW.total_minor <> COALESCE((
            SELECT SUM(plan_invoice.amount_minor) FROM plan_invoice WHERE plan_invoice.plan_id = NEW.id), 0)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_covers_version';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_covers_version BEFORE INSERT ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_covers_version();
CREATE FUNCTION plan_instalments_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.total_minor <> COALESCE((
            SELECT SUM(instalment.amount_minor) FROM instalment WHERE instalment.plan_id = NEW.id), 0)
        OR EXISTS (
            SELECT 1 FROM instalment AS earlier JOIN instalment AS later ON later.plan_id = earlier.plan_id
            WHERE earlier.plan_id = NEW.id AND earlier.number < later.number AND earlier.due_on >= later.due_on)
        OR EXISTS (
            SELECT 1 FROM instalment WHERE instalment.plan_id = NEW.id AND instalment.due_on < NEW.agreed_on)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_instalments_sum';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_instalments_sum BEFORE INSERT ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_instalments_sum();
-- It takes the place of one that has just made room.
CREATE FUNCTION plan_supersedes_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM plan AS earlier WHERE earlier.id = NEW.supersedes_id AND earlier.state = 'superseded')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_supersedes_one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_supersedes_one BEFORE INSERT ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_supersedes_one();
-- `domain::plan::keeping` holds the same table; a test compares every pair.
CREATE FUNCTION plan_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES
            ('active', 'completed'), ('active', 'broken'), ('active', 'superseded'), ('active', 'cancelled'),
            ('completed', 'active'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_transition BEFORE UPDATE ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_transition();
CREATE FUNCTION plan_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.proposal_id IS DISTINCT FROM OLD.proposal_id
        OR NEW.version_number IS DISTINCT FROM OLD.version_number
        OR NEW.total_minor IS DISTINCT FROM OLD.total_minor
        OR NEW.supersedes_id IS DISTINCT FROM OLD.supersedes_id
        OR NEW.agreed_on IS DISTINCT FROM OLD.agreed_on
        OR NEW.agreed_at IS DISTINCT FROM OLD.agreed_at
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_frozen BEFORE UPDATE ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_frozen();
CREATE FUNCTION plan_names_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
        AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_names_event';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_names_event BEFORE UPDATE ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_names_event();
CREATE TRIGGER plan_kept BEFORE DELETE ON plan
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_kept');
CREATE TRIGGER plan_kept_truncate BEFORE TRUNCATE ON plan
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_kept');

-- What is under a plan is said before it stands; `live` follows its state and nothing else.
CREATE FUNCTION plan_invoice_added_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.live IS NOT TRUE
        OR EXISTS (SELECT 1 FROM plan WHERE plan.id = NEW.plan_id)
        OR NOT EXISTS (SELECT 1 FROM invoice WHERE invoice.id = NEW.invoice_id AND invoice.state = 'issued')
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_invoice_added_before';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_invoice_added_before BEFORE INSERT ON plan_invoice
    FOR EACH ROW EXECUTE FUNCTION plan_invoice_added_before();
CREATE FUNCTION plan_invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.plan_id IS DISTINCT FROM OLD.plan_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.currency IS DISTINCT FROM OLD.currency
        OR NEW.amount_minor IS DISTINCT FROM OLD.amount_minor
        OR NEW.live <> (SELECT plan.state = 'active' FROM plan WHERE plan.id = NEW.plan_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_invoice_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_invoice_frozen BEFORE UPDATE ON plan_invoice
    FOR EACH ROW EXECUTE FUNCTION plan_invoice_frozen();
CREATE TRIGGER plan_invoice_kept BEFORE DELETE ON plan_invoice
    FOR EACH ROW EXECUTE FUNCTION refuse('plan_invoice_kept');
CREATE TRIGGER plan_invoice_kept_truncate BEFORE TRUNCATE ON plan_invoice
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('plan_invoice_kept');
CREATE FUNCTION plan_invoice_live_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE plan_invoice SET live = (NEW.state = 'active')
    WHERE plan_invoice.plan_id = NEW.id AND plan_invoice.live <> (NEW.state = 'active');
    RETURN NULL;
END $$;
CREATE TRIGGER plan_invoice_live_follows AFTER UPDATE ON plan
    FOR EACH ROW EXECUTE FUNCTION plan_invoice_live_follows();
-- An invoice under a plan is not voided beside it.
CREATE FUNCTION plan_keeps_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'void' AND OLD.state <> 'void'
        AND EXISTS (SELECT 1 FROM plan_invoice WHERE plan_invoice.invoice_id = NEW.id AND plan_invoice.live)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: plan_keeps_invoice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_keeps_invoice BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION plan_keeps_invoice();
CREATE FUNCTION instalment_added_before() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM plan WHERE plan.id = NEW.plan_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: instalment_added_before';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER instalment_added_before BEFORE INSERT ON instalment
    FOR EACH ROW EXECUTE FUNCTION instalment_added_before();
CREATE TRIGGER instalment_append_only BEFORE UPDATE OR DELETE ON instalment
    FOR EACH ROW EXECUTE FUNCTION refuse('instalment_append_only');
CREATE TRIGGER instalment_append_only_truncate BEFORE TRUNCATE ON instalment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('instalment_append_only');
