-- Paying with what is kept: an attempt that the provider carries out without a page of its own.
ALTER TABLE payment_attempt ADD COLUMN saved_method_id BLOB REFERENCES saved_method (id);

-- It is the same customer's, of that kind, and not ended when the attempt begins; and it stays that one.
CREATE TRIGGER payment_attempt_with_saved BEFORE INSERT ON payment_attempt
WHEN NEW.saved_method_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM saved_method WHERE saved_method.id = NEW.saved_method_id AND saved_method.business_id = NEW.business_id
            AND saved_method.customer_id = NEW.customer_id AND saved_method.method = NEW.method
            AND saved_method.ended_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'guard: payment_attempt_with_saved');
END;
CREATE TRIGGER payment_attempt_saved_stands BEFORE UPDATE ON payment_attempt
WHEN NEW.saved_method_id IS DISTINCT FROM OLD.saved_method_id
BEGIN
    SELECT RAISE(ABORT, 'guard: payment_attempt_frozen');
END;
