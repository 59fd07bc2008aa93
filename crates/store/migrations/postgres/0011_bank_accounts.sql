-- The business's own bank accounts: one a currency, since what comes is asked for in the invoice's.

CREATE TABLE bank_account (
    business_id UUID NOT NULL REFERENCES business (id),
    currency TEXT NOT NULL CONSTRAINT bank_account_currency CHECK (length(currency) = 3),
    holder TEXT NOT NULL,
    -- An IBAN without spaces, or what its country uses instead; then perhaps with the bank's own number.
    number TEXT NOT NULL CONSTRAINT bank_account_number CHECK (length(number) BETWEEN 1 AND 60),
    routing TEXT,
    bic TEXT,
    bank_name TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (business_id, currency)
);

INSERT INTO bank_account (business_id, currency, holder, number, bic, bank_name, created_at, updated_at)
SELECT id, currency, bank_holder, bank_iban, CASE WHEN length(bank_bic) IN (8, 11) THEN bank_bic END, bank_name, updated_at, updated_at
FROM business WHERE bank_holder IS NOT NULL AND bank_iban IS NOT NULL;

ALTER TABLE business DROP COLUMN bank_holder;
ALTER TABLE business DROP COLUMN bank_iban;
ALTER TABLE business DROP COLUMN bank_bic;
ALTER TABLE business DROP COLUMN bank_name;
