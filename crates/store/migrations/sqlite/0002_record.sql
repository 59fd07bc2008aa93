-- The record: who did what, when, to which subject. Append-only, and chained by hash so that a change by any
-- hand shows.
--
-- Every transaction that writes events adds one link per business over all of them. The head is taken by one
-- UPDATE … RETURNING just before commit, so writers of one business wait for each other there and nowhere
-- else. What a link's hash covers is stated in `store::events`.

CREATE TABLE chain_head (
    business_id BLOB NOT NULL PRIMARY KEY REFERENCES business (id),
    position INTEGER NOT NULL CONSTRAINT chain_head_position CHECK (position > 0),
    hash BLOB NOT NULL CONSTRAINT chain_head_hash CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE chain (
    business_id BLOB NOT NULL REFERENCES chain_head (business_id),
    position INTEGER NOT NULL CONSTRAINT chain_position CHECK (position > 0),
    prev_hash BLOB NOT NULL CONSTRAINT chain_prev_hash CHECK (length(prev_hash) = 32),
    hash BLOB NOT NULL CONSTRAINT chain_hash CHECK (length(hash) = 32),
    event_count INTEGER NOT NULL CONSTRAINT chain_event_count CHECK (event_count > 0),
    PRIMARY KEY (business_id, position),
    UNIQUE (business_id, prev_hash),
    UNIQUE (business_id, hash)
) STRICT;

CREATE TABLE event (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    chain_position INTEGER NOT NULL,
    ordinal INTEGER NOT NULL CONSTRAINT event_ordinal CHECK (ordinal >= 0),
    kind TEXT NOT NULL,
    -- Business time.
    at TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    subject_kind TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    -- The timelines this belongs on. No foreign keys: a discarded draft leaves its story behind.
    customer_id BLOB,
    invoice_id BLOB,
    -- JSON, without personal data.
    data TEXT NOT NULL,
    -- SHA-256 over salt and personal data, which stand in event_person and can be erased without breaking the
    -- chain.
    person_digest BLOB CONSTRAINT event_person_digest CHECK (length(person_digest) = 32),
    UNIQUE (id, business_id),
    UNIQUE (business_id, chain_position, ordinal),
    FOREIGN KEY (business_id, chain_position) REFERENCES chain (business_id, position)
) STRICT;

CREATE INDEX event_by_customer ON event (business_id, customer_id, at);
CREATE INDEX event_by_invoice ON event (business_id, invoice_id, at);
CREATE INDEX event_by_subject ON event (business_id, subject_id, at);
CREATE INDEX event_by_time ON event (at);

-- The part of an event that names a person. May be deleted (erasure), never changed.
CREATE TABLE event_person (
    event_id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    salt BLOB NOT NULL CONSTRAINT event_person_salt CHECK (length(salt) = 32),
    data TEXT NOT NULL,
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id)
) STRICT;

-- Guards.

-- A head moves on by one place, then takes the hash of the link that stands there.
CREATE TRIGGER chain_head_starts BEFORE INSERT ON chain_head
WHEN NEW.position <> 1
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_head_starts');
END;
CREATE TRIGGER chain_head_moves_on BEFORE UPDATE ON chain_head
WHEN NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NOT (
        (NEW.position = OLD.position + 1 AND NEW.hash = OLD.hash)
        OR (NEW.position = OLD.position AND EXISTS (
            SELECT 1 FROM chain
            WHERE chain.business_id = NEW.business_id AND chain.position = NEW.position AND chain.hash = NEW.hash)))
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_head_moves_on');
END;
CREATE TRIGGER chain_head_kept BEFORE DELETE ON chain_head
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_head_kept');
END;

-- A link is laid at the head, on the hash the head holds, and never touched again.
CREATE TRIGGER chain_at_head BEFORE INSERT ON chain
WHEN NOT EXISTS (
        SELECT 1 FROM chain_head
        WHERE chain_head.business_id = NEW.business_id AND chain_head.position = NEW.position
            AND chain_head.hash = NEW.prev_hash)
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_at_head');
END;
CREATE TRIGGER chain_append_only_update BEFORE UPDATE ON chain
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_append_only');
END;
CREATE TRIGGER chain_append_only_delete BEFORE DELETE ON chain
BEGIN
    SELECT RAISE(ABORT, 'guard: chain_append_only');
END;

-- An event belongs to the newest link and has a place in it that the link counted.
CREATE TRIGGER event_in_newest_link BEFORE INSERT ON event
WHEN NOT EXISTS (
        SELECT 1 FROM chain JOIN chain_head ON chain_head.business_id = chain.business_id
        WHERE chain.business_id = NEW.business_id AND chain.position = NEW.chain_position
            AND chain_head.position = chain.position AND NEW.ordinal < chain.event_count)
BEGIN
    SELECT RAISE(ABORT, 'guard: event_in_newest_link');
END;
CREATE TRIGGER event_append_only_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'guard: event_append_only');
END;
CREATE TRIGGER event_append_only_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'guard: event_append_only');
END;

-- Personal data can be erased. It is never rewritten, and only an event that has a digest of it has any.
CREATE TRIGGER event_person_chained BEFORE INSERT ON event_person
WHEN NOT EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id AND event.person_digest IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'guard: event_person_chained');
END;
CREATE TRIGGER event_person_not_rewritten BEFORE UPDATE ON event_person
BEGIN
    SELECT RAISE(ABORT, 'guard: event_person_not_rewritten');
END;
