-- The outbox, the links it carries, and what a person must do.

-- One e-mail handed (or to be handed) over. Planned once; handed over at most once; what cannot be known is
-- `uncertain` and is never sent again by itself.
CREATE TABLE message (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    customer_id BLOB,
    invoice_id BLOB,
    contact_id BLOB,
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
    tries INTEGER NOT NULL DEFAULT 0,
    -- Business time.
    created_at TEXT NOT NULL,
    handed_over_at TEXT,
    finished_at TEXT,
    -- Machine time. The hourly cap counts hand-overs by it.
    handed_over_at_machine TEXT,
    next_try_at TEXT NOT NULL,
    claimed_by TEXT,
    claimed_until TEXT,
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
) STRICT;

CREATE INDEX message_waiting ON message (next_try_at) WHERE state IN ('queued', 'claimed', 'handing_over');
CREATE INDEX message_by_customer ON message (customer_id, created_at);
CREATE INDEX message_by_invoice ON message (invoice_id, created_at);
CREATE INDEX message_by_contact ON message (contact_id, handed_over_at);
CREATE INDEX message_by_hand_over ON message (handed_over_at_machine) WHERE handed_over_at_machine IS NOT NULL;
CREATE INDEX message_by_state ON message (business_id, state, created_at);

-- One part for each receivable and step the message speaks of. A step is said once to a contact on a channel.
CREATE TABLE message_part (
    message_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    receivable_id BLOB NOT NULL,
    -- Step ids survive edits of the schedule; the revision is only recorded.
    step TEXT NOT NULL,
    -- Where the step stood in the schedule when it was planned: steps no later than this count as said after
    -- an edit.
    offset_days INTEGER NOT NULL,
    schedule_revision INTEGER NOT NULL,
    channel TEXT NOT NULL,
    contact_id BLOB NOT NULL,
    cancelled_at TEXT,
    cancel_reason TEXT,
    PRIMARY KEY (message_id, receivable_id, step),
    CONSTRAINT message_part_cancelled CHECK ((cancelled_at IS NULL) = (cancel_reason IS NULL)),
    FOREIGN KEY (message_id, business_id) REFERENCES message (id, business_id),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (contact_id, business_id) REFERENCES contact (id, business_id)
) STRICT;

CREATE UNIQUE INDEX message_part_said_once_key
    ON message_part (business_id, receivable_id, step, channel, contact_id) WHERE cancelled_at IS NULL;
CREATE INDEX message_part_by_receivable ON message_part (receivable_id);

-- Only the keyed hash of a link's 256-bit token is kept. Business time.
CREATE TABLE portal_link (
    token_hash BLOB NOT NULL PRIMARY KEY CONSTRAINT portal_link_token_hash CHECK (length(token_hash) = 32),
    id BLOB NOT NULL UNIQUE,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    -- One invoice, or everything of the customer when null.
    invoice_id BLOB,
    contact_id BLOB,
    message_id BLOB,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    first_used_at TEXT,
    revoked_at TEXT,
    CONSTRAINT portal_link_lifetime CHECK (expires_at > created_at AND unixepoch(expires_at) - unixepoch(created_at) <= 7776000),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (message_id, business_id) REFERENCES message (id, business_id)
) STRICT;

CREATE INDEX portal_link_by_customer ON portal_link (customer_id, created_at);
CREATE INDEX portal_link_by_message ON portal_link (message_id);

-- A browser that exchanged a link for a cookie. It keeps every link opened in it, of whatever business.
-- Machine time.
CREATE TABLE portal_session (
    id BLOB NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE CONSTRAINT portal_session_token_hash CHECK (length(token_hash) = 32),
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    address TEXT,
    user_agent TEXT
) STRICT;

CREATE TABLE portal_session_link (
    session_id BLOB NOT NULL REFERENCES portal_session (id),
    link_id BLOB NOT NULL REFERENCES portal_link (id),
    added_at TEXT NOT NULL,
    PRIMARY KEY (session_id, link_id)
) STRICT;

-- Something a person must do. The same cause never makes two.
CREATE TABLE task (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    kind TEXT NOT NULL,
    dedup_key TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    customer_id BLOB,
    invoice_id BLOB,
    -- Set when the task is a step of the schedule (a call, a hand-off): the step then counts as said.
    receivable_id BLOB,
    step TEXT,
    offset_days INTEGER,
    -- JSON: what the words are made from.
    data TEXT NOT NULL,
    created_at TEXT NOT NULL,
    due_at TEXT,
    done_at TEXT,
    done_by BLOB,
    CONSTRAINT task_step CHECK ((receivable_id IS NULL) = (step IS NULL) AND (step IS NULL) = (offset_days IS NULL)),
    UNIQUE (business_id, dedup_key),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (invoice_id, business_id) REFERENCES invoice (id, business_id)
) STRICT;

CREATE INDEX task_by_receivable ON task (receivable_id) WHERE receivable_id IS NOT NULL;
CREATE INDEX task_open ON task (business_id, created_at) WHERE done_at IS NULL;

-- Guards of messages.

CREATE TRIGGER message_starts_queued BEFORE INSERT ON message
WHEN NEW.state <> 'queued'
BEGIN
    SELECT RAISE(ABORT, 'guard: message_starts_queued');
END;

-- `domain::message` holds the same table; a test compares every pair. Back to queued from handing_over only
-- when nothing was taken; from uncertain only evidence leads on, and never back into the queue.
CREATE TRIGGER message_transition BEFORE UPDATE ON message
WHEN NEW.state <> OLD.state
    AND (OLD.state, NEW.state) NOT IN (VALUES
        ('queued', 'claimed'), ('queued', 'cancelled'), ('queued', 'expired'),
        ('claimed', 'queued'), ('claimed', 'handing_over'), ('claimed', 'cancelled'), ('claimed', 'expired'),
        ('handing_over', 'queued'), ('handing_over', 'sent'), ('handing_over', 'failed'), ('handing_over', 'uncertain'),
        ('sent', 'failed'), ('uncertain', 'sent'), ('uncertain', 'failed'))
BEGIN
    SELECT RAISE(ABORT, 'guard: message_transition');
END;

-- Whom it is for and why never changes; address and body are written at the hand-over and stay as they were
-- sent.
CREATE TRIGGER message_frozen BEFORE UPDATE ON message
WHEN NEW.id IS DISTINCT FROM OLD.id
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
BEGIN
    SELECT RAISE(ABORT, 'guard: message_frozen');
END;
CREATE TRIGGER message_kept BEFORE DELETE ON message
BEGIN
    SELECT RAISE(ABORT, 'guard: message_kept');
END;

CREATE TRIGGER message_part_added_in_time BEFORE INSERT ON message_part
WHEN NEW.cancelled_at IS NOT NULL
    OR NOT EXISTS (
        SELECT 1 FROM message
        WHERE message.id = NEW.message_id AND message.state = 'queued' AND message.channel = NEW.channel
            AND message.contact_id = NEW.contact_id)
BEGIN
    SELECT RAISE(ABORT, 'guard: message_part_added_in_time');
END;

-- A part is cancelled once, and only before anything of it left the house, so that its step may be planned
-- again. Never once it was said, refused for good, or nobody knows.
CREATE TRIGGER message_part_frozen BEFORE UPDATE ON message_part
WHEN NEW.message_id IS DISTINCT FROM OLD.message_id
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
BEGIN
    SELECT RAISE(ABORT, 'guard: message_part_frozen');
END;
CREATE TRIGGER message_part_kept BEFORE DELETE ON message_part
BEGIN
    SELECT RAISE(ABORT, 'guard: message_part_kept');
END;
CREATE TRIGGER message_part_follows AFTER UPDATE ON message
BEGIN
    UPDATE message_part
    SET cancelled_at = NEW.finished_at, cancel_reason = COALESCE(NEW.outcome, NEW.state)
    WHERE message_part.message_id = NEW.id AND NEW.state IN ('cancelled', 'expired') AND message_part.cancelled_at IS NULL;
END;

-- Guards of links: seen once, revoked once, otherwise as minted.

CREATE TRIGGER portal_link_frozen BEFORE UPDATE ON portal_link
WHEN NEW.token_hash IS DISTINCT FROM OLD.token_hash
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
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_link_frozen');
END;
CREATE TRIGGER portal_link_kept BEFORE DELETE ON portal_link
BEGIN
    SELECT RAISE(ABORT, 'guard: portal_link_kept');
END;
