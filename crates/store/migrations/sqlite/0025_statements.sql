-- Statements that are sent every month, about the month before.

ALTER TABLE follow_up_settings ADD COLUMN statements_enabled INTEGER NOT NULL DEFAULT FALSE
    CHECK (statements_enabled IN (FALSE, TRUE));
ALTER TABLE follow_up_settings ADD COLUMN statements_day INTEGER NOT NULL DEFAULT 1
    CONSTRAINT follow_up_settings_statements_day CHECK (statements_day BETWEEN 1 AND 28);
-- What holds for this customer whatever the business set; null where that holds.
ALTER TABLE customer_follow_up ADD COLUMN statements TEXT
    CONSTRAINT customer_follow_up_statements CHECK (statements IN ('always', 'never'));

-- A month whose statements a business has begun to send: it is begun once.
CREATE TABLE statement_round (
    business_id BLOB NOT NULL REFERENCES business (id),
    -- The first day of the month they are about.
    month TEXT NOT NULL CONSTRAINT statement_round_month CHECK (substr(month, 8) = '-01'),
    begun_at TEXT NOT NULL,
    PRIMARY KEY (business_id, month)
) STRICT;

-- Customers whose turn in a round is still to come.
CREATE TABLE statement_due (
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    month TEXT NOT NULL,
    -- When a worker looks at them (business time).
    next_at TEXT NOT NULL,
    PRIMARY KEY (customer_id, month),
    FOREIGN KEY (business_id, month) REFERENCES statement_round (business_id, month),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id)
) STRICT;

CREATE INDEX statement_due_next ON statement_due (next_at);
CREATE INDEX statement_due_by_round ON statement_due (business_id, month);

-- What was begun stays begun: otherwise its statements would be sent again.
CREATE TRIGGER statement_round_frozen BEFORE UPDATE ON statement_round
BEGIN
    SELECT RAISE(ABORT, 'guard: statement_round_frozen');
END;
CREATE TRIGGER statement_round_kept BEFORE DELETE ON statement_round
BEGIN
    SELECT RAISE(ABORT, 'guard: statement_round_kept');
END;
