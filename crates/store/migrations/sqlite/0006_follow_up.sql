-- Following up: whose schedule, in which hours, and why somebody is not chased now.

-- A schedule is a name with immutable revisions. A business without one follows the schedule that the program
-- carries (`domain::schedule::Schedule::standard`).
CREATE TABLE schedule (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    name TEXT NOT NULL,
    created_at TEXT NOT NULL,
    archived_at TEXT,
    UNIQUE (business_id, name),
    UNIQUE (id, business_id)
) STRICT;

CREATE TABLE schedule_revision (
    schedule_id BLOB NOT NULL,
    business_id BLOB NOT NULL,
    revision INTEGER NOT NULL CONSTRAINT schedule_revision_revision CHECK (revision > 0),
    -- JSON: the steps, as `domain::schedule` serialises them.
    steps TEXT NOT NULL,
    -- Null when Dunlin made it itself, as the demo does.
    created_by BLOB,
    created_at TEXT NOT NULL,
    PRIMARY KEY (schedule_id, revision),
    FOREIGN KEY (schedule_id, business_id) REFERENCES schedule (id, business_id),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id)
) STRICT;

-- Customers who are followed up alike.
CREATE TABLE customer_group (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    name TEXT NOT NULL,
    -- The business's schedule unless set.
    schedule_id BLOB,
    -- From this tone on, each step waits for a person's approval: valued customers.
    approval_from_tone TEXT CONSTRAINT customer_group_approval_from_tone
        CHECK (approval_from_tone IN ('friendly', 'polite', 'firm', 'final')),
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    UNIQUE (business_id, name),
    UNIQUE (id, business_id),
    FOREIGN KEY (schedule_id, business_id) REFERENCES schedule (id, business_id)
) STRICT;

-- How a business follows up. No row: `domain::follow_up::Settings::default`.
CREATE TABLE follow_up_settings (
    business_id BLOB NOT NULL PRIMARY KEY REFERENCES business (id),
    -- The program's own schedule unless set.
    schedule_id BLOB,
    -- Monday first, 1 where it is a business day. A week without one would be silence for ever.
    days TEXT NOT NULL CONSTRAINT follow_up_settings_days
        CHECK (length(days) = 7 AND days LIKE '%1%' AND replace(replace(days, '0', ''), '1', '') = ''),
    -- Minutes of the day, on the clock of whoever is written to.
    opens_minute INTEGER NOT NULL,
    closes_minute INTEGER NOT NULL,
    minimum_gap_days INTEGER NOT NULL CONSTRAINT follow_up_settings_minimum_gap_days
        CHECK (minimum_gap_days BETWEEN 0 AND 60),
    keeps_holidays INTEGER NOT NULL CHECK (keeps_holidays IN (FALSE, TRUE)),
    promise_grace_days INTEGER NOT NULL CONSTRAINT follow_up_settings_promise_grace_days
        CHECK (promise_grace_days BETWEEN 0 AND 30),
    -- JSON: a list of what a final notice may name.
    consequences TEXT NOT NULL,
    sms_enabled INTEGER NOT NULL CHECK (sms_enabled IN (FALSE, TRUE)),
    -- Whether a text message may say how much is open.
    sms_amounts INTEGER NOT NULL CHECK (sms_amounts IN (FALSE, TRUE)),
    sms_monthly_segments INTEGER NOT NULL CONSTRAINT follow_up_settings_sms_monthly_segments
        CHECK (sms_monthly_segments BETWEEN 0 AND 1000000),
    version INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT NOT NULL,
    CONSTRAINT follow_up_settings_hours
        CHECK (opens_minute >= 0 AND opens_minute < closes_minute AND closes_minute <= 1440),
    FOREIGN KEY (schedule_id, business_id) REFERENCES schedule (id, business_id)
) STRICT;

-- What is agreed with, or known of, one customer. No row: nothing.
CREATE TABLE customer_follow_up (
    customer_id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    group_id BLOB,
    -- The group's, else the business's, unless set.
    schedule_id BLOB,
    approval_from_tone TEXT CONSTRAINT customer_follow_up_approval_from_tone
        CHECK (approval_from_tone IN ('friendly', 'polite', 'firm', 'final')),
    -- Nobody is sure where the customer is: only hours that are right in every zone of the country.
    zone_unknown INTEGER NOT NULL CHECK (zone_unknown IN (FALSE, TRUE)),
    version INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT NOT NULL,
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (group_id, business_id) REFERENCES customer_group (id, business_id),
    FOREIGN KEY (schedule_id, business_id) REFERENCES schedule (id, business_id)
) STRICT;

CREATE INDEX customer_follow_up_by_group ON customer_follow_up (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX customer_follow_up_by_schedule ON customer_follow_up (schedule_id) WHERE schedule_id IS NOT NULL;

-- A hold by word: somebody said why a receivable, or everything of a customer, is not chased now. Holds by fact
-- (a payment under way …) are derived and never stand here.
CREATE TABLE hold (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    -- Everything of the customer when null.
    receivable_id BLOB,
    kind TEXT NOT NULL CONSTRAINT hold_kind CHECK (kind IN ('dispute', 'promise', 'already_paid', 'manual')),
    note TEXT NOT NULL DEFAULT '',
    -- The last day it holds, in the business's zone. A promise is over then, grace added; any other becomes a task
    -- and holds on.
    until_on TEXT,
    -- Null when the customer set it, through the portal.
    created_by BLOB,
    created_at TEXT NOT NULL,
    ended_at TEXT,
    ended_by BLOB,
    end_reason TEXT CONSTRAINT hold_end_reason CHECK (end_reason IN ('lifted', 'over', 'replaced', 'settled')),
    CONSTRAINT hold_promise CHECK (kind <> 'promise' OR until_on IS NOT NULL),
    CONSTRAINT hold_ended CHECK (
        (ended_at IS NULL) = (end_reason IS NULL) AND (ended_at IS NOT NULL OR ended_by IS NULL)),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (created_by, business_id) REFERENCES member (id, business_id),
    FOREIGN KEY (ended_by, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX hold_active ON hold (customer_id) WHERE ended_at IS NULL;
CREATE INDEX hold_until ON hold (until_on) WHERE ended_at IS NULL AND until_on IS NOT NULL;
CREATE INDEX hold_by_customer ON hold (customer_id, created_at);

-- A person's word that a step may be said.
CREATE TABLE approval (
    business_id BLOB NOT NULL,
    receivable_id BLOB NOT NULL,
    step TEXT NOT NULL,
    approved_by BLOB NOT NULL,
    approved_at TEXT NOT NULL,
    PRIMARY KEY (business_id, receivable_id, step),
    FOREIGN KEY (receivable_id, business_id) REFERENCES receivable (id, business_id),
    FOREIGN KEY (approved_by, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX approval_by_receivable ON approval (receivable_id);

-- What a person did themselves: a call, a mail of their own, a letter. It counts for the gap and for the caps on
-- calls.
CREATE TABLE manual_contact (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    contact_id BLOB,
    channel TEXT NOT NULL CONSTRAINT manual_contact_channel CHECK (channel IN ('email', 'sms', 'letter', 'call')),
    at TEXT NOT NULL,
    -- They spoke with each other.
    conversation INTEGER NOT NULL CHECK (conversation IN (FALSE, TRUE)),
    note TEXT NOT NULL DEFAULT '',
    by_member BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT manual_contact_conversation CHECK (channel = 'call' OR conversation = FALSE),
    UNIQUE (id, business_id),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (by_member, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX manual_contact_by_customer ON manual_contact (customer_id, at);

-- A parked receivable came in with an import or a restored backup: nothing is said about it until a member has
-- released it from a list.
ALTER TABLE receivable ADD COLUMN parked_at TEXT;
ALTER TABLE receivable ADD COLUMN parked_reason TEXT CONSTRAINT receivable_parked
    CHECK ((parked_at IS NULL) = (parked_reason IS NULL) AND COALESCE(parked_reason, 'import') IN ('import', 'restore'));
ALTER TABLE receivable ADD COLUMN released_at TEXT CONSTRAINT receivable_released
    CHECK (released_at IS NULL OR parked_at IS NOT NULL);
ALTER TABLE receivable ADD COLUMN released_by BLOB REFERENCES member (id) CONSTRAINT receivable_released_by
    CHECK ((released_at IS NULL) = (released_by IS NULL));

CREATE INDEX receivable_parked_by_business ON receivable (business_id, due_date, id)
    WHERE parked_at IS NOT NULL AND released_at IS NULL;

-- How firmly a step was said, so that an edited schedule never speaks more softly than what was said before.
-- Null in rows written before this column was.
ALTER TABLE message_part ADD COLUMN tone TEXT CONSTRAINT message_part_tone
    CHECK (tone IN ('friendly', 'polite', 'firm', 'final'));
ALTER TABLE task ADD COLUMN tone TEXT CONSTRAINT task_tone
    CHECK (tone IS NULL OR (step IS NOT NULL AND tone IN ('friendly', 'polite', 'firm', 'final')));

-- Guards.

CREATE TRIGGER schedule_frozen BEFORE UPDATE ON schedule
WHEN NEW.id IS DISTINCT FROM OLD.id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.created_at IS DISTINCT FROM OLD.created_at
BEGIN
    SELECT RAISE(ABORT, 'guard: schedule_frozen');
END;
CREATE TRIGGER schedule_kept BEFORE DELETE ON schedule
BEGIN
    SELECT RAISE(ABORT, 'guard: schedule_kept');
END;

-- Revisions are counted without a gap, and stay as they were written: what was said by one can be looked up.
CREATE TRIGGER schedule_revision_next BEFORE INSERT ON schedule_revision
WHEN NEW.revision <> 1 + COALESCE((
        SELECT MAX(schedule_revision.revision) FROM schedule_revision
        WHERE schedule_revision.schedule_id = NEW.schedule_id), 0)
BEGIN
    SELECT RAISE(ABORT, 'guard: schedule_revision_next');
END;
CREATE TRIGGER schedule_revision_append_only_update BEFORE UPDATE ON schedule_revision
BEGIN
    SELECT RAISE(ABORT, 'guard: schedule_revision_append_only');
END;
CREATE TRIGGER schedule_revision_append_only_delete BEFORE DELETE ON schedule_revision
BEGIN
    SELECT RAISE(ABORT, 'guard: schedule_revision_append_only');
END;

-- A hold is about its customer, begins active, and ends once; the rest stays as it was said.
CREATE TRIGGER hold_begins BEFORE INSERT ON hold
WHEN NEW.ended_at IS NOT NULL
    OR (NEW.receivable_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM receivable
        WHERE receivable.id = NEW.receivable_id AND receivable.customer_id = NEW.customer_id))
BEGIN
    SELECT RAISE(ABORT, 'guard: hold_begins');
END;
CREATE TRIGGER hold_frozen BEFORE UPDATE ON hold
WHEN NEW.id IS DISTINCT FROM OLD.id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.receivable_id IS DISTINCT FROM OLD.receivable_id
    OR NEW.kind IS DISTINCT FROM OLD.kind
    OR NEW.note IS DISTINCT FROM OLD.note
    OR NEW.until_on IS DISTINCT FROM OLD.until_on
    OR NEW.created_by IS DISTINCT FROM OLD.created_by
    OR NEW.created_at IS DISTINCT FROM OLD.created_at
    OR OLD.ended_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'guard: hold_frozen');
END;
CREATE TRIGGER hold_kept BEFORE DELETE ON hold
BEGIN
    SELECT RAISE(ABORT, 'guard: hold_kept');
END;

CREATE TRIGGER approval_append_only_update BEFORE UPDATE ON approval
BEGIN
    SELECT RAISE(ABORT, 'guard: approval_append_only');
END;
CREATE TRIGGER approval_append_only_delete BEFORE DELETE ON approval
BEGIN
    SELECT RAISE(ABORT, 'guard: approval_append_only');
END;
CREATE TRIGGER manual_contact_append_only_update BEFORE UPDATE ON manual_contact
BEGIN
    SELECT RAISE(ABORT, 'guard: manual_contact_append_only');
END;
CREATE TRIGGER manual_contact_append_only_delete BEFORE DELETE ON manual_contact
BEGIN
    SELECT RAISE(ABORT, 'guard: manual_contact_append_only');
END;

-- What was parked is released by a member; whose it is is checked here, because the column came later.
CREATE TRIGGER receivable_released_by_member BEFORE UPDATE OF released_by ON receivable
WHEN NEW.released_by IS DISTINCT FROM OLD.released_by AND NEW.released_by IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM member WHERE member.id = NEW.released_by AND member.business_id = NEW.business_id)
BEGIN
    SELECT RAISE(ABORT, 'guard: receivable_released_by_member');
END;

-- `message_part_frozen` does not know the new column.
CREATE TRIGGER message_part_tone_frozen BEFORE UPDATE OF tone ON message_part
WHEN NEW.tone IS DISTINCT FROM OLD.tone
BEGIN
    SELECT RAISE(ABORT, 'guard: message_part_frozen');
END;
