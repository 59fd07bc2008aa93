-- The outbox, the links it carries, and what a person must do.

-- One e-mail handed (or to be handed) over. Planned once; handed over at most once; what cannot be known is
-- `uncertain` and is never sent again by itself.
CREATE TABLE message (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    customer_id UUID,
    invoice_id UUID,
    contact_id UUID,
    kind TEXT NOT NULL,
    purpose TEXT NOT NULL CONSTRAINT message_purpose CHECK (purpose IN ('chasing', 'answer')),
    channel TEXT NOT NULL CONSTRAINT message_channel CHECK (channel IN ('email', 'sms', 'letter')),
    state TEXT NOT NULL CONSTRAINT message_state
        CHECK (state IN ('queued', 'claimed', 'handing_over', 'sent', 'failed', 'uncertain', 'cancelled', 'expired')),
    -- The cause of mail that is not a step of a schedule: the same cause never makes two.
    dedup_key TEXT,
    -- The Message-ID header, fixed when queued.
    internet_message_id TEXT NOT NULL UNIQUE,
    to_name TEXT NOT NULL,
    to_address TEXT NOT NULL,
    locale TEXT NOT NULL,
    tone TEXT,
    -- JSON: what the template is rendered from, besides the facts read again at hand-over.
    data TEXT NOT NULL,
    -- As handed over, with [link lnk_…] where a live link stood.
    subject TEXT,
    body_text TEXT,
    body_html TEXT,
    -- What the other side said, or why it was cancelled.
    outcome TEXT,
    tries BIGINT NOT NULL DEFAULT 0,
    -- Business time.
    created_at TIMESTAMPTZ NOT NULL,
    handed_over_at TIMESTAMPTZ,
    finished_at TIMESTAMPTZ,
    -- Machine time. The hourly cap counts hand-overs by it.
    handed_over_at_machine TIMESTAMPTZ,
    next_try_at TIMESTAMPTZ NOT NULL,
    claimed_by TEXT,
    claimed_until TIMESTAMPTZ,
    CONSTRAINT message_claim CHECK (
        (state IN ('claimed', 'handing_over')) = (claimed_by IS NOT NULL)
        AND (state IN ('claimed', 'handing_over')) = (claimed_until IS NOT NULL)),
    CONSTRAINT message_body CHECK (
        state NOT IN ('handing_over', 'sent', 'uncertain')
        OR (subject IS NOT NULL AND body_text IS NOT NULL AND handed_over_at IS NOT NULL)),
    CONSTRAINT message_finished CHECK (
        (state IN ('sent', 'failed', 'uncertain', 'cancelled', 'expired')) = (finished_at IS NOT NULL)),
    UNIQUE (business_id, dedup_key),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id),
    FOREIGN KEY (contact_id, business_id) REFERENCES contact (id, business_id)
);

CREATE INDEX message_waiting ON message (next_try_at) WHERE state IN ('queued', 'claimed', 'handing_over');
CREATE INDEX message_by_customer ON message (customer_id, created_at);
CREATE INDEX message_by_invoice ON message (invoice_id, created_at);
CREATE INDEX message_by_contact ON message (contact_id, handed_over_at);
CREATE INDEX message_by_hand_over ON message (handed_over_at_machine) WHERE handed_over_at_machine IS NOT NULL;
CREATE INDEX message_by_state ON message (business_id, state, created_at);

-- One part for each receivable and step the message speaks of. A step is said once to a contact on a channel.
CREATE TABLE message_part (
    message_id UUID NOT NULL,
    business_id UUID NOT NULL,
    receivable_id UUID NOT NULL,
    -- Step ids survive edits of the schedule; the revision is only recorded.
    step TEXT NOT NULL,
    -- Where the step stood in the schedule when it was planned: steps no later than this count as said after
    -- an edit.
    offset_days BIGINT NOT NULL,
    schedule_revision BIGINT NOT NULL,
    channel TEXT NOT NULL,
    contact_id UUID NOT NULL,
    cancelled_at TIMESTAMPTZ,
    cancel_reason TEXT,
    PRIMARY KEY (message_id, receivable_id, step),
    CONSTRAINT message_part_cancelled CHECK ((cancelled_at IS NULL) = (cancel_reason IS NULL)),
    FOREIGN KEY (message_id, business_id) REFERENCES message (id, business_id),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (contact_id, business_id) REFERENCES contact (id, business_id)
);

CREATE UNIQUE INDEX message_part_said_once_key
    ON message_part (business_id, receivable_id, step, channel, contact_id) WHERE cancelled_at IS NULL;
CREATE INDEX message_part_by_receivable ON message_part (receivable_id);

-- Only the keyed hash of a link's 256-bit token is kept. Business time.
CREATE TABLE portal_link (
    token_hash BYTEA NOT NULL PRIMARY KEY CONSTRAINT portal_link_token_hash CHECK (octet_length(token_hash) = 32),
    id UUID NOT NULL UNIQUE,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    -- One invoice, or everything of the customer when null.
    invoice_id UUID,
    contact_id UUID,
    message_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    first_used_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ,
    CONSTRAINT portal_link_lifetime CHECK (expires_at > created_at AND expires_at <= created_at + INTERVAL '7776000 seconds'),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (message_id, business_id) REFERENCES message (id, business_id)
);

CREATE INDEX portal_link_by_customer ON portal_link (customer_id, created_at);
CREATE INDEX portal_link_by_message ON portal_link (message_id);

-- A browser that exchanged a link for a cookie. It keeps every link opened in it, of whatever business.
-- Machine time.
CREATE TABLE portal_session (
    id UUID NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE CONSTRAINT portal_session_token_hash CHECK (octet_length(token_hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    address TEXT,
    user_agent TEXT
);

CREATE TABLE portal_session_link (
    session_id UUID NOT NULL REFERENCES portal_session (id),
    link_id UUID NOT NULL REFERENCES portal_link (id),
    added_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (session_id, link_id)
);

-- Something a person must do. The same cause never makes two.
CREATE TABLE task (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    kind TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    customer_id UUID,
    invoice_id UUID,
    -- Set when the task is a step of the schedule (a call, a hand-off): the step then counts as said.
    receivable_id UUID,
    step TEXT,
    offset_days BIGINT,
    -- JSON: what the words are made from.
    data TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    due_at TIMESTAMPTZ,
    done_at TIMESTAMPTZ,
    done_by UUID,
    CONSTRAINT task_step CHECK ((receivable_id IS NULL) = (step IS NULL) AND (step IS NULL) = (offset_days IS NULL)),
    UNIQUE (business_id, dedup_key),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id)
);

CREATE INDEX task_by_receivable ON task (receivable_id) WHERE receivable_id IS NOT NULL;
CREATE INDEX task_open ON task (business_id, created_at) WHERE done_at IS NULL;

-- Guards of messages.

CREATE FUNCTION message_starts_queued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'queued'
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_starts_queued';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_starts_queued BEFORE INSERT ON message
    FOR EACH ROW EXECUTE FUNCTION message_starts_queued();

-- `domain::message` holds the same table; a test compares every pair. Back to queued from handing_over only
-- when nothing was taken; from uncertain only evidence leads on, and never back into the queue.
CREATE FUNCTION message_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES
        ('queued', 'claimed'), ('queued', 'cancelled'), ('queued', 'expired'),
        ('claimed', 'queued'), ('claimed', 'handing_over'), ('claimed', 'cancelled'), ('claimed', 'expired'),
        ('handing_over', 'queued'), ('handing_over', 'sent'), ('handing_over', 'failed'), ('handing_over', 'uncertain'),
        ('sent', 'failed'), ('uncertain', 'sent'), ('uncertain', 'failed'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_transition BEFORE UPDATE ON message
    FOR EACH ROW EXECUTE FUNCTION message_transition();

-- Whom it is for and why never changes; address and body are written at the hand-over and stay as they were
-- sent.
CREATE FUNCTION message_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.kind IS DISTINCT FROM OLD.kind
        OR NEW.purpose IS DISTINCT FROM OLD.purpose
        OR NEW.channel IS DISTINCT FROM OLD.channel
        OR NEW.dedup_key IS DISTINCT FROM OLD.dedup_key
        OR NEW.internet_message_id IS DISTINCT FROM OLD.internet_message_id
        OR NEW.data IS DISTINCT FROM OLD.data
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR (NOT (OLD.state = 'claimed' AND NEW.state = 'handing_over')
        AND (NEW.to_name IS DISTINCT FROM OLD.to_name
        OR NEW.to_address IS DISTINCT FROM OLD.to_address
        OR NEW.locale IS DISTINCT FROM OLD.locale
        OR NEW.tone IS DISTINCT FROM OLD.tone
        OR NEW.subject IS DISTINCT FROM OLD.subject
        OR NEW.body_text IS DISTINCT FROM OLD.body_text
        OR NEW.body_html IS DISTINCT FROM OLD.body_html
        OR NEW.handed_over_at IS DISTINCT FROM OLD.handed_over_at
        OR NEW.handed_over_at_machine IS DISTINCT FROM OLD.handed_over_at_machine))
    OR (OLD.state IN ('sent', 'failed', 'cancelled', 'expired') AND NEW.state = OLD.state
        AND (NEW.outcome IS DISTINCT FROM OLD.outcome
        OR NEW.tries IS DISTINCT FROM OLD.tries
        OR NEW.finished_at IS DISTINCT FROM OLD.finished_at))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_frozen BEFORE UPDATE ON message
    FOR EACH ROW EXECUTE FUNCTION message_frozen();
CREATE TRIGGER message_kept BEFORE DELETE ON message
    FOR EACH ROW EXECUTE FUNCTION refuse('message_kept');

CREATE FUNCTION message_part_added_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.cancelled_at IS NOT NULL
    OR NOT EXISTS (
        SELECT 1 FROM message
        WHERE message.id = NEW.message_id AND message.state = 'queued' AND message.channel = NEW.channel
            AND message.contact_id = NEW.contact_id)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_part_added_in_time';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_part_added_in_time BEFORE INSERT ON message_part
    FOR EACH ROW EXECUTE FUNCTION message_part_added_in_time();

-- A part is cancelled once, and only before anything of it left the house, so that its step may be planned
-- again. Never once it was said, refused for good, or nobody knows.
CREATE FUNCTION message_part_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.message_id IS DISTINCT FROM OLD.message_id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.receivable_id IS DISTINCT FROM OLD.receivable_id
        OR NEW.step IS DISTINCT FROM OLD.step
        OR NEW.offset_days IS DISTINCT FROM OLD.offset_days
        OR NEW.schedule_revision IS DISTINCT FROM OLD.schedule_revision
        OR NEW.channel IS DISTINCT FROM OLD.channel
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
    OR OLD.cancelled_at IS NOT NULL
    OR NOT EXISTS (
        SELECT 1 FROM message
        WHERE message.id = NEW.message_id AND message.state IN ('queued', 'claimed', 'cancelled', 'expired'))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_part_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER message_part_frozen BEFORE UPDATE ON message_part
    FOR EACH ROW EXECUTE FUNCTION message_part_frozen();
CREATE TRIGGER message_part_kept BEFORE DELETE ON message_part
    FOR EACH ROW EXECUTE FUNCTION refuse('message_part_kept');
CREATE FUNCTION message_part_follows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE message_part
    SET cancelled_at = NEW.finished_at, cancel_reason = COALESCE(NEW.outcome, NEW.state)
    WHERE message_part.message_id = NEW.id AND NEW.state IN ('cancelled', 'expired') AND message_part.cancelled_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER message_part_follows AFTER UPDATE ON message
    FOR EACH ROW EXECUTE FUNCTION message_part_follows();

-- Guards of links: seen once, revoked once, otherwise as minted.

CREATE FUNCTION portal_link_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.token_hash IS DISTINCT FROM OLD.token_hash
        OR NEW.id IS DISTINCT FROM OLD.id
        OR NEW.business_id IS DISTINCT FROM OLD.business_id
        OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
        OR NEW.invoice_id IS DISTINCT FROM OLD.invoice_id
        OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
        OR NEW.message_id IS DISTINCT FROM OLD.message_id
        OR NEW.created_at IS DISTINCT FROM OLD.created_at
        OR NEW.expires_at IS DISTINCT FROM OLD.expires_at
    OR (OLD.first_used_at IS NOT NULL AND NEW.first_used_at IS DISTINCT FROM OLD.first_used_at)
    OR (OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: portal_link_frozen';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER portal_link_frozen BEFORE UPDATE ON portal_link
    FOR EACH ROW EXECUTE FUNCTION portal_link_frozen();
CREATE TRIGGER portal_link_kept BEFORE DELETE ON portal_link
    FOR EACH ROW EXECUTE FUNCTION refuse('portal_link_kept');

-- TRUNCATE passes by row triggers.
CREATE TRIGGER message_kept_truncate BEFORE TRUNCATE ON message
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('message_kept');
CREATE TRIGGER message_part_kept_truncate BEFORE TRUNCATE ON message_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('message_part_kept');
CREATE TRIGGER portal_link_kept_truncate BEFORE TRUNCATE ON portal_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('portal_link_kept');
