-- Who uses an installation: businesses, their members, and what guards the way in.
--
-- Times named *_at are instants in UTC, cut to microseconds. Machine time guards (sessions, invitations,
-- limits); business time dates everything a reader sees.

-- Facts of the whole installation: the demo's clock offset, the check value of the installation key.
CREATE TABLE installation (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

-- The tenant: whoever is owed. Every other row belongs to one.
CREATE TABLE business (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    country TEXT NOT NULL,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL CONSTRAINT business_currency CHECK (length(currency) = 3),
    sender_name TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    phone TEXT,
    address TEXT NOT NULL DEFAULT '',
    tax_number TEXT,
    brand_colour TEXT,
    net_days INTEGER NOT NULL DEFAULT 14 CONSTRAINT business_net_days CHECK (net_days BETWEEN 0 AND 365),
    terms TEXT NOT NULL DEFAULT '',
    accepted_methods TEXT NOT NULL DEFAULT 'card',
    bank_holder TEXT,
    bank_iban TEXT,
    bank_bic TEXT,
    bank_name TEXT,
    -- Its own Stripe account. Keys and secrets are sealed with the installation key; two secrets stand while
    -- one is rotated.
    stripe_account TEXT,
    stripe_livemode INTEGER CHECK (stripe_livemode IN (FALSE, TRUE)),
    stripe_key_sealed BLOB,
    webhook_secret_sealed BLOB,
    webhook_secret_previous_sealed BLOB,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE member (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT member_role CHECK (role IN ('owner', 'manager', 'clerk', 'viewer')),
    -- Argon2 in PHC form; null until an invitation is accepted.
    password_hash TEXT,
    disabled_at TEXT,
    last_signed_in_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (id, business_id)
) STRICT;

-- One person is the member of one business, however the address is capitalised.
CREATE UNIQUE INDEX member_email_key ON member (lower(email));
CREATE INDEX member_by_business ON member (business_id, created_at);

-- A sign-in. Only the keyed hash of the cookie's token is kept. Machine time.
CREATE TABLE session (
    id BLOB NOT NULL PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE CONSTRAINT session_token_hash CHECK (length(token_hash) = 32),
    business_id BLOB NOT NULL,
    member_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT,
    address TEXT,
    user_agent TEXT,
    FOREIGN KEY (member_id, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX session_by_member ON session (member_id);

-- The token is minted when its mail is handed over, so the hash comes later than the row; a resent mail
-- replaces it. Machine time.
CREATE TABLE invitation (
    id BLOB NOT NULL PRIMARY KEY,
    business_id BLOB NOT NULL REFERENCES business (id),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL CONSTRAINT invitation_role CHECK (role IN ('owner', 'manager', 'clerk', 'viewer')),
    token_hash BLOB UNIQUE CONSTRAINT invitation_token_hash CHECK (length(token_hash) = 32),
    invited_by BLOB NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    accepted_at TEXT,
    accepted_by BLOB,
    revoked_at TEXT,
    CONSTRAINT invitation_lifetime CHECK (unixepoch(expires_at) - unixepoch(created_at) <= 604800),
    CONSTRAINT invitation_accepted CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    FOREIGN KEY (invited_by, business_id) REFERENCES member (id, business_id),
    FOREIGN KEY (accepted_by, business_id) REFERENCES member (id, business_id)
) STRICT;

CREATE INDEX invitation_by_business ON invitation (business_id, created_at);

-- Tries counted by bucket and window. Machine time.
CREATE TABLE rate_limit (
    bucket TEXT NOT NULL,
    window_start TEXT NOT NULL,
    tries INTEGER NOT NULL CONSTRAINT rate_limit_tries CHECK (tries > 0),
    PRIMARY KEY (bucket, window_start)
) STRICT;

CREATE INDEX rate_limit_by_window ON rate_limit (window_start);

-- What was typed into a refused form, kept a quarter of an hour under the browser's cookie, so that the page
-- can show it again. Never passwords, codes or files. Machine time.
CREATE TABLE form_draft (
    id BLOB NOT NULL PRIMARY KEY,
    browser_hash BLOB NOT NULL CONSTRAINT form_draft_browser_hash CHECK (length(browser_hash) = 32),
    form TEXT NOT NULL,
    fields TEXT NOT NULL CONSTRAINT form_draft_fields CHECK (length(fields) <= 65536),
    errors TEXT NOT NULL CONSTRAINT form_draft_errors CHECK (length(errors) <= 65536),
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT form_draft_lifetime CHECK (unixepoch(expires_at) - unixepoch(created_at) <= 900)
) STRICT;

CREATE INDEX form_draft_by_expiry ON form_draft (expires_at);
