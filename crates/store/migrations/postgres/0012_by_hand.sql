-- Money that does not come through the provider.

-- One more kind of account: what the business holds itself.
ALTER TABLE account DROP CONSTRAINT account_kind;
ALTER TABLE account ADD CONSTRAINT account_kind
    CHECK (kind IN ('receivable', 'unapplied', 'gateway', 'bank', 'revenue', 'tax', 'write_off'));

-- What a member wrote down about a payment, beside its row in the ledger.
CREATE TABLE hand_payment (
    transfer_id UUID NOT NULL PRIMARY KEY,
    business_id UUID NOT NULL,
    customer_id UUID NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL CONSTRAINT hand_payment_method CHECK (method IN ('manual', 'cash', 'cheque')),
    received_on DATE NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    -- None when it was booked of a bank statement by itself.
    recorded_by UUID,
    created_at TIMESTAMPTZ NOT NULL,
    FOREIGN KEY (transfer_id, business_id, currency) REFERENCES transfer (id, business_id, currency),
    FOREIGN KEY (customer_id, business_id) REFERENCES customer (id, business_id),
    FOREIGN KEY (recorded_by, business_id) REFERENCES member (id, business_id)
);

CREATE INDEX hand_payment_by_customer ON hand_payment (customer_id, received_on);

-- It is never edited: what was wrong is taken back by further rows of the ledger, and written down again.
CREATE TRIGGER hand_payment_append_only BEFORE UPDATE OR DELETE ON hand_payment
    FOR EACH ROW EXECUTE FUNCTION refuse('hand_payment_append_only');
CREATE TRIGGER hand_payment_append_only_truncate BEFORE TRUNCATE ON hand_payment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse('hand_payment_append_only');
