-- Rests that are not worth asking for: up to so much, in the business's currency, is written off by itself once a payment left
-- it. Null: never.
ALTER TABLE business ADD COLUMN small_balance_minor BIGINT
    CONSTRAINT business_small_balance CHECK (small_balance_minor BETWEEN 1 AND 10000);
