-- Who may call, and answers kept for repeated calls.

-- One row for each API key. The secret has 256 random bits; only its SHA-256 is here.
create table api_key (
    id uuid primary key,
    -- What the key is for, in the words of whoever issued it.
    label text not null check (length(label) between 1 and 200),
    role text not null check (role in ('citizen', 'reviewer', 'auditor', 'administrator')),
    secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
    -- The person a reviewer's key stands for. One way only: other roles may come to name a person later.
    reviewer_id text,
    -- Demo keys: refused where the server listens on anything but loopback.
    loopback_only boolean not null default false,
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    -- Written at most once a minute.
    last_used_at timestamptz,
    check (role <> 'reviewer' or reviewer_id is not null)
);

-- A browser that signed in. The cookie holds a random token; only its SHA-256 is here.
create table web_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    api_key_id uuid not null references api_key (id),
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    -- The end that no activity moves.
    expires_at timestamptz not null
);
create index web_session_expires_at on web_session (expires_at);

-- A citizen's browser that proved knowledge of a reference and its plate.
create table citizen_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    -- The ASCII key of the plate that was given; cases of this plate are shown to this browser.
    plate_key text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index citizen_session_expires_at on citizen_session (expires_at);

-- The first answer to each Idempotency-Key, given again when the call is repeated.
create table idempotency_record (
    -- Who called: an API key's id, or the hash of a citizen's session.
    caller text not null check (length(caller) between 1 and 100),
    -- Method and route, e.g. 'POST /api/v1/objections'.
    route text not null,
    idempotency_key text not null check (length(idempotency_key) between 1 and 128),
    -- BLAKE3 over address and body.
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    -- Until then the first call is taken to be at work; after it a repeated call may take over.
    running_until timestamptz,
    status smallint check (status between 200 and 499),
    headers jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (caller, route, idempotency_key),
    check (running_until is not null or status is not null)
);
create index idempotency_record_created_at on idempotency_record (created_at);
