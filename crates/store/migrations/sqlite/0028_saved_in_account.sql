-- What is kept belongs to the account at the provider in which it was given: the key of another one cannot charge it. Unknown
-- where no account ever knew the customer; such a one is not used.
ALTER TABLE saved_method ADD COLUMN provider_account TEXT CONSTRAINT saved_method_account CHECK (provider_account <> '');
UPDATE saved_method SET provider_account = (
    SELECT gateway_customer.provider_account FROM gateway_customer
    WHERE gateway_customer.customer_id = saved_method.customer_id
    ORDER BY gateway_customer.created_at DESC LIMIT 1);

-- It stays that one, and is charged in it.
CREATE TRIGGER saved_method_account_stands BEFORE UPDATE ON saved_method
WHEN NEW.provider_account IS DISTINCT FROM OLD.provider_account
BEGIN
    SELECT RAISE(ABORT, 'guard: saved_method_frozen');
END;
CREATE TRIGGER payment_attempt_saved_elsewhere BEFORE INSERT ON payment_attempt
WHEN NEW.saved_method_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM saved_method WHERE saved_method.id = NEW.saved_method_id
        AND saved_method.provider_account = NEW.provider_account)
BEGIN
    SELECT RAISE(ABORT, 'guard: payment_attempt_saved_elsewhere');
END;
