-- Money that does not come through the provider.

-- One more kind of account: what the business holds itself. SQLite cannot change a constraint of a table that others refer
-- to; its manual allows changing the text of one, which says nothing about how rows are stored, and has the schema read anew.
PRAGMA writable_schema = ON;
UPDATE sqlite_schema SET sql = replace(sql, '''gateway'', ''revenue''', '''gateway'', ''bank'', ''revenue''')
WHERE type = 'table' AND name = 'account';
PRAGMA writable_schema = RESET;

-- What a member wrote down about a payment, beside its row in the ledger.
CREATE TABLE hand_payment (
    transfer_id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL CONSTRAINT hand_payment_method CHECK (method IN ('manual', 'cash', 'cheque')),
    received_on TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    -- None when it was booked of a bank statement by itself.
    recorded_by BLOB,
    created_at TEXT NOT NULL,
    FOREIGN KEY (transfer_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (recorded_by, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX hand_payment_by_customer ON hand_payment (customer_id, received_on);

-- It is never edited: what was wrong is taken back by further rows of the ledger, and written down again.
CREATE TRIGGER hand_payment_append_only_update BEFORE UPDATE ON hand_payment
BEGIN
    SELECT RAISE(ABORT, 'guard: hand_payment_append_only');
END;
CREATE TRIGGER hand_payment_append_only_delete BEFORE DELETE ON hand_payment
BEGIN
    SELECT RAISE(ABORT, 'guard: hand_payment_append_only');
END;
