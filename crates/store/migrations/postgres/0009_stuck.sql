-- A receivable that cannot be decided about is put off, each time for longer, so that it does not stand before all others for
-- ever. Since when, and how often in a row; null and 0 again once somebody decided. Business time.
ALTER TABLE receivable ADD COLUMN stuck_since TIMESTAMPTZ;
ALTER TABLE receivable ADD COLUMN stuck_tries BIGINT NOT NULL DEFAULT 0 CONSTRAINT receivable_stuck
    CHECK (stuck_tries >= 0 AND (stuck_since IS NULL) = (stuck_tries = 0));

CREATE INDEX receivable_stuck_since ON receivable (stuck_since) WHERE stuck_since IS NOT NULL;

-- Nobody read it: which schedule a receivable follows is its customer's, and what was said carries its own revision.
ALTER TABLE receivable DROP COLUMN schedule_revision;
