-- The record: who did what, when, to which subject. Append-only, and chained by hash so that a change by any
-- hand shows.
--
-- Every transaction that writes events adds one link per business over all of them. The head is taken by one
-- UPDATE … RETURNING just before commit, so writers of one business wait for each other there and nowhere
-- else. What a link's hash covers is stated in `store::events`.

CREATE TABLE chain_head (
    business_id UUID NOT NULL PRIMARY KEY REFERENCES business (id),
    position BIGINT NOT NULL CONSTRAINT chain_head_position CHECK (position > 0),
    hash BYTEA NOT NULL CONSTRAINT chain_head_hash CHECK (octet_length(hash) = 32)
);

CREATE TABLE chain (
    business_id UUID NOT NULL REFERENCES chain_head (business_id),
    position BIGINT NOT NULL CONSTRAINT chain_position CHECK (position > 0),
    prev_hash BYTEA NOT NULL CONSTRAINT chain_prev_hash CHECK (octet_length(prev_hash) = 32),
    hash BYTEA NOT NULL CONSTRAINT chain_hash CHECK (octet_length(hash) = 32),
    event_count BIGINT NOT NULL CONSTRAINT chain_event_count CHECK (event_count > 0),
    PRIMARY KEY (business_id, position),
    UNIQUE (business_id, prev_hash),
    UNIQUE (business_id, hash)
);

CREATE TABLE event (
    id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL REFERENCES business (id),
    chain_position BIGINT NOT NULL,
    ordinal BIGINT NOT NULL CONSTRAINT event_ordinal CHECK (ordinal >= 0),
    kind TEXT NOT NULL,
    -- Business time.
    at TIMESTAMPTZ NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    subject_kind TEXT NOT NULL,
    subject_id UUID NOT NULL,
    -- The timelines this belongs on. No foreign keys: a discarded draft leaves its story behind.
    customer_id UUID,
    invoice_id UUID,
    -- JSON, without personal data.
    data TEXT NOT NULL,
    -- SHA-256 over salt and personal data, which stand in event_person and can be erased without breaking the
    -- chain.
    person_digest BYTEA CONSTRAINT event_person_digest CHECK (octet_length(person_digest) = 32),
    UNIQUE (id, business_id),
    UNIQUE (business_id, chain_position, ordinal),
    FOREIGN KEY (business_id, chain_position) REFERENCES chain (business_id, position)
);

CREATE INDEX event_by_customer ON event (business_id, customer_id, at);
CREATE INDEX event_by_invoice ON event (business_id, invoice_id, at);
CREATE INDEX event_by_subject ON event (business_id, subject_id, at);
CREATE INDEX event_by_time ON event (at);

-- The part of an event that names a person. May be deleted (erasure), never changed.
CREATE TABLE event_person (
    event_id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    salt BYTEA NOT NULL CONSTRAINT event_person_salt CHECK (octet_length(salt) = 32),
    data TEXT NOT NULL,
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id)
);

-- Guards.

-- Raised by guards that refuse whatever the row; the argument is the guard's name. `DU001` is Dunlin's own
-- error code.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: ' || TG_ARGV[0];
END $$;

-- A head moves on by one place, then takes the hash of the link that stands there.
CREATE FUNCTION chain_head_starts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.position <> 1
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: chain_head_starts';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_head_starts BEFORE INSERT ON chain_head
    FOR EACH ROW EXECUTE FUNCTION chain_head_starts();
CREATE FUNCTION chain_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NOT (
        (NEW.position = OLD.position + 1 AND NEW.hash = OLD.hash)
        OR (NEW.position = OLD.position AND EXISTS (
            SELECT 1 FROM chain
            WHERE chain.business_id = NEW.business_id AND chain.position = NEW.position AND chain.hash = NEW.hash)))
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: chain_head_moves_on';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_head_moves_on BEFORE UPDATE ON chain_head
    FOR EACH ROW EXECUTE FUNCTION chain_head_moves_on();
CREATE TRIGGER chain_head_kept BEFORE DELETE ON chain_head
    FOR EACH ROW EXECUTE FUNCTION refuse('chain_head_kept');

-- A link is laid at the head, on the hash the head holds, and never touched again.
CREATE FUNCTION chain_at_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM chain_head
        WHERE chain_head.business_id = NEW.business_id AND chain_head.position = NEW.position
            AND chain_head.hash = NEW.prev_hash)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: chain_at_head';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER chain_at_head BEFORE INSERT ON chain
    FOR EACH ROW EXECUTE FUNCTION chain_at_head();
CREATE TRIGGER chain_append_only BEFORE UPDATE OR DELETE ON chain
    FOR EACH ROW EXECUTE FUNCTION refuse('chain_append_only');

-- An event belongs to the newest link and has a place in it that the link counted.
CREATE FUNCTION event_in_newest_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM chain JOIN chain_head ON chain_head.business_id = chain.business_id
        WHERE chain.business_id = NEW.business_id AND chain.position = NEW.chain_position
            AND chain_head.position = chain.position AND NEW.ordinal < chain.event_count)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: event_in_newest_link';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_in_newest_link BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION event_in_newest_link();
CREATE TRIGGER event_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse('event_append_only');

-- Personal data can be erased. It is never rewritten, and only an event that has a digest of it has any.
CREATE FUNCTION event_person_chained() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id AND event.person_digest IS NOT NULL)
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: event_person_chained';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER event_person_chained BEFORE INSERT ON event_person
    FOR EACH ROW EXECUTE FUNCTION event_person_chained();
CREATE TRIGGER event_person_not_rewritten BEFORE UPDATE ON event_person
    FOR EACH ROW EXECUTE FUNCTION refuse('event_person_not_rewritten');

-- TRUNCATE passes by row triggers.
CREATE TRIGGER chain_head_kept_truncate BEFORE TRUNCATE ON chain_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('chain_head_kept');
CREATE TRIGGER chain_append_only_truncate BEFORE TRUNCATE ON chain
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('chain_append_only');
CREATE TRIGGER event_append_only_truncate BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('event_append_only');
CREATE TRIGGER event_person_not_rewritten_truncate BEFORE TRUNCATE ON event_person
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('event_person_not_rewritten');
