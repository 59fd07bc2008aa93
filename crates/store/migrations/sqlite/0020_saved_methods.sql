-- Ways to pay that customers keep at the provider for later.

-- A customer's word that one may be kept: who, in which words exactly, when and from where. Committed before the provider is
-- asked for the page on which it is given.
CREATE TABLE method_setup (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    -- Who they proved to be, and the link they came by.
    contact_id BLOB NOT NULL,
    link_id BLOB NOT NULL,
    method TEXT NOT NULL CONSTRAINT method_setup_method
        CHECK (method IN ('card', 'sepa_debit', 'us_bank_account', 'bacs_debit')),
    currency TEXT NOT NULL CONSTRAINT method_setup_currency CHECK (length(currency) = 3),
    consent_text TEXT NOT NULL CONSTRAINT method_setup_consent CHECK (length(consent_text) BETWEEN 1 AND 4000),
    -- SHA-256 of the text: which version of it.
    consent_hash BLOB NOT NULL CONSTRAINT method_setup_hash CHECK (length(consent_hash) = 32),
    locale TEXT NOT NULL,
    -- Personal data of the evidence; erased with the person.
    address TEXT,
    user_agent TEXT,
    -- Business time.
    agreed_at TEXT NOT NULL,
    -- The provider's page, once there is one.
    checkout_ref TEXT CONSTRAINT method_setup_checkout CHECK (checkout_ref <> ''),
    UNIQUE (id, business_id, customer_id),
    UNIQUE (business_id, checkout_ref),
    FOREIGN KEY (contact_id, business_id, customer_id) REFERENCES contact (id, business_id, customer_id),
    FOREIGN KEY (link_id, business_id) REFERENCES portal_link (id, business_id)
) STRICT;

CREATE INDEX method_setup_by_customer ON method_setup (customer_id, agreed_at);

-- One that is, or was, kept. The provider's id of it is known once.
CREATE TABLE saved_method (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL,
    customer_id BLOB NOT NULL,
    setup_id BLOB NOT NULL,
    method TEXT NOT NULL CONSTRAINT saved_method_method
        CHECK (method IN ('card', 'sepa_debit', 'us_bank_account', 'bacs_debit')),
    provider_ref TEXT NOT NULL CONSTRAINT saved_method_provider_ref CHECK (provider_ref <> ''),
    mandate_ref TEXT CONSTRAINT saved_method_mandate_ref CHECK (mandate_ref <> ''),
    -- The card's brand or the bank, where the provider names it.
    label TEXT NOT NULL,
    last_digits TEXT NOT NULL CONSTRAINT saved_method_digits CHECK (length(last_digits) <= 4),
    expires_on TEXT CONSTRAINT saved_method_expiry CHECK (length(expires_on) = 7),
    -- Business time.
    saved_at TEXT NOT NULL,
    ended_at TEXT,
    end_reason TEXT CONSTRAINT saved_method_reason CHECK (end_reason IN ('customer', 'member', 'provider', 'mandate')),
    -- Machine time: when the provider is asked (again) to let it go.
    detach_at TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    event_id BLOB NOT NULL,
    CONSTRAINT saved_method_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
    CONSTRAINT saved_method_detach CHECK (detach_at IS NULL OR end_reason IN ('customer', 'member')),
    UNIQUE (id, business_id, customer_id),
    UNIQUE (business_id, provider_ref),
    FOREIGN KEY (setup_id, business_id, customer_id) REFERENCES method_setup (id, business_id, customer_id),
    FOREIGN KEY (event_id, business_id) REFERENCES event (id, business_id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE INDEX saved_method_by_customer ON saved_method (customer_id, saved_at);
CREATE INDEX saved_method_by_mandate ON saved_method (business_id, mandate_ref) WHERE mandate_ref IS NOT NULL;
CREATE INDEX saved_method_to_detach ON saved_method (detach_at) WHERE detach_at IS NOT NULL;

-- What was agreed to stays as it was shown; only who it came from can be erased.
CREATE TRIGGER method_setup_frozen BEFORE UPDATE ON method_setup
WHEN NEW.id IS DISTINCT FROM OLD.id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.contact_id IS DISTINCT FROM OLD.contact_id
    OR NEW.link_id IS DISTINCT FROM OLD.link_id
    OR NEW.method IS DISTINCT FROM OLD.method
    OR NEW.currency IS DISTINCT FROM OLD.currency
    OR NEW.consent_text IS DISTINCT FROM OLD.consent_text
    OR NEW.consent_hash IS DISTINCT FROM OLD.consent_hash
    OR NEW.locale IS DISTINCT FROM OLD.locale
    OR NEW.agreed_at IS DISTINCT FROM OLD.agreed_at
    OR (OLD.checkout_ref IS NOT NULL AND NEW.checkout_ref IS DISTINCT FROM OLD.checkout_ref)
    OR (NEW.address IS NOT NULL AND NEW.address IS DISTINCT FROM OLD.address)
    OR (NEW.user_agent IS NOT NULL AND NEW.user_agent IS DISTINCT FROM OLD.user_agent)
BEGIN
    SELECT RAISE(ABORT, 'guard: method_setup_frozen');
END;
CREATE TRIGGER method_setup_kept BEFORE DELETE ON method_setup
BEGIN
    SELECT RAISE(ABORT, 'guard: method_setup_kept');
END;

-- It ends once, and is not taken up again: the customer agrees anew.
CREATE TRIGGER saved_method_frozen BEFORE UPDATE ON saved_method
WHEN NEW.id IS DISTINCT FROM OLD.id
    OR NEW.business_id IS DISTINCT FROM OLD.business_id
    OR NEW.customer_id IS DISTINCT FROM OLD.customer_id
    OR NEW.setup_id IS DISTINCT FROM OLD.setup_id
    OR NEW.method IS DISTINCT FROM OLD.method
    OR NEW.provider_ref IS DISTINCT FROM OLD.provider_ref
    OR NEW.mandate_ref IS DISTINCT FROM OLD.mandate_ref
    OR NEW.label IS DISTINCT FROM OLD.label
    OR NEW.last_digits IS DISTINCT FROM OLD.last_digits
    OR NEW.expires_on IS DISTINCT FROM OLD.expires_on
    OR NEW.saved_at IS DISTINCT FROM OLD.saved_at
    OR (OLD.ended_at IS NOT NULL AND (NEW.ended_at IS DISTINCT FROM OLD.ended_at OR NEW.end_reason IS DISTINCT FROM OLD.end_reason))
    OR (OLD.ended_at IS NOT NULL AND OLD.detach_at IS NULL AND NEW.detach_at IS NOT NULL)
BEGIN
    SELECT RAISE(ABORT, 'guard: saved_method_frozen');
END;
CREATE TRIGGER saved_method_names_event BEFORE UPDATE ON saved_method
WHEN NEW.ended_at IS DISTINCT FROM OLD.ended_at
    AND (NEW.event_id = OLD.event_id OR EXISTS (SELECT 1 FROM event WHERE event.id = NEW.event_id))
BEGIN
    SELECT RAISE(ABORT, 'guard: saved_method_names_event');
END;
CREATE TRIGGER saved_method_kept BEFORE DELETE ON saved_method
BEGIN
    SELECT RAISE(ABORT, 'guard: saved_method_kept');
END;
