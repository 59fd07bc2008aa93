-- More than could still be paid, as the payer knew and wanted: it becomes credit without anybody being asked to look at it.
ALTER TABLE payment_attempt ADD COLUMN excess_minor BIGINT NOT NULL DEFAULT 0
    CONSTRAINT payment_attempt_excess CHECK (excess_minor BETWEEN 0 AND amount_minor);

CREATE TRIGGER payment_attempt_excess_stands BEFORE UPDATE OF excess_minor ON payment_attempt
    FOR EACH ROW WHEN (NEW.excess_minor IS DISTINCT FROM OLD.excess_minor)
    EXECUTE FUNCTION refuse('payment_attempt_frozen');
