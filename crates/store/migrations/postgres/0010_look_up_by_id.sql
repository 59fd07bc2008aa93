-- The guard of a new part looks its message up by id alone and compares afterwards. Asked for state and contact as well,
-- PostgreSQL may keep a plan that walks the index of everything that waits: made while the table was small, and slower with
-- every message that is queued.
CREATE OR REPLACE FUNCTION message_part_added_in_time() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    its RECORD;
BEGIN
    SELECT state, channel, contact_id INTO its FROM message WHERE message.id = NEW.message_id;
    IF NEW.cancelled_at IS NOT NULL
    OR its.state IS DISTINCT FROM 'queued'
    OR its.channel IS DISTINCT FROM NEW.channel
    OR its.contact_id IS DISTINCT FROM NEW.contact_id
    THEN
        RAISE EXCEPTION USING ERRCODE = 'DU001', MESSAGE = 'guard: message_part_added_in_time';
    END IF;
    RETURN NEW;
END $$;
