-- The registers that both halves ask, who may call, and answers kept for repeated calls.

---------------------------------------------------------------------------------------------------------------------
-- Registers (written by `rasid import` and the demo)

-- A place that is watched.
create table site (
    id text primary key check (length(id) between 1 and 128),
    jurisdiction text not null references jurisdiction (code),
    name_arabic text not null,
    name_english text not null,
    -- The limit as planned, for people; what counts at capture is in sign_state.
    limit_kmh numeric(5, 2) check (limit_kmh > 0),
    updated_at timestamptz not null default now()
);

create table camera (
    id text primary key check (length(id) between 1 and 128),
    kind text not null,
    -- Serial number of the measuring instrument in it.
    instrument text not null,
    updated_at timestamptz not null default now()
);

-- Where a camera may stand: several sites for a mobile one.
create table camera_site (
    camera_id text not null references camera (id),
    site_id text not null references site (id),
    primary key (camera_id, site_id)
);

-- Keys that cameras sign with. A revoked key stays: old events were signed with it.
create table camera_key (
    id text primary key check (length(id) between 1 and 128),
    camera_id text not null references camera (id),
    -- Ed25519.
    public_key bytea not null check (octet_length(public_key) = 32),
    -- Both ends count by the time of receipt, never by the time an event claims.
    valid_from timestamptz not null,
    valid_until timestamptz,
    revoked_at timestamptz,
    updated_at timestamptz not null default now(),
    check (valid_until > valid_from)
);

-- A verification of a camera's measuring instrument, or of the distance of a section (then the camera at its exit).
create table calibration_certificate (
    id text primary key check (length(id) between 1 and 128),
    camera_id text not null references camera (id),
    -- Number of the instrument's type approval.
    type_approval text not null,
    -- In force from the first instant until before the second.
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    updated_at timestamptz not null default now(),
    check (valid_to > valid_from)
);

-- What the speed sign of a site showed, and when; a red light without a speed sign has no rows.
create table sign_state (
    site_id text not null references site (id),
    -- In force from the first instant until before the second; no second while it lasts.
    valid_from timestamptz not null,
    valid_to timestamptz,
    -- in_order: could be seen and showed limit_kmh; out: dark, fallen or wrong; hidden: covered.
    condition text not null check (condition in ('in_order', 'out', 'hidden')),
    limit_kmh numeric(5, 2) check (limit_kmh > 0),
    updated_at timestamptz not null default now(),
    primary key (site_id, valid_from),
    check (valid_to > valid_from),
    check (condition <> 'in_order' or limit_kmh is not null),
    constraint sign_state_one_at_a_time
        exclude using gist (site_id with =, tstzrange(valid_from, valid_to) with &&)
);

-- Every earlier version of a register's row: an import replaces what counts from now on and keeps what counted before.
create table register_version (
    register text not null,
    -- The row as it was.
    row_before jsonb not null,
    -- From the row's own updated_at until then it counted.
    replaced_at timestamptz not null default now()
);
create index register_version_register on register_version (register, replaced_at);

create function keep_register_version() returns trigger language plpgsql as $$
begin
    -- Written again as it was: no new version, and updated_at stays.
    if to_jsonb(new) - 'updated_at' = to_jsonb(old) - 'updated_at' then
        return null;
    end if;
    insert into register_version (register, row_before) values (tg_table_name, to_jsonb(old));
    return new;
end
$$;

do $$
declare
    name text;
begin
    foreach name in array array['site', 'camera', 'camera_key', 'calibration_certificate', 'sign_state',
                                'ownership_interval', 'signal_log', 'payment', 'notice_service', 'service_outage'] loop
        execute format('create trigger keep_version before update on %I for each row execute function keep_register_version()', name);
    end loop;
end
$$;

create trigger append_only before update or delete on register_version
    for each row execute function refuse_change();
create trigger append_only_whole before truncate on register_version
    for each statement execute function refuse_change();

---------------------------------------------------------------------------------------------------------------------
-- Who may call

-- Whoever acts: a person or a program. What is done is done by a subject; keys and sessions only prove which.
create table subject (
    id uuid primary key,
    -- Who it is, in the words of whoever made the row.
    label text not null check (length(label) between 1 and 200),
    role text not null check (role in ('citizen', 'reviewer', 'auditor', 'administrator')),
    -- The person that a reviewer is. One way only: other roles may come to name a person later.
    reviewer_id text,
    -- Of a demo: refused where the server listens on anything but loopback.
    loopback_only boolean not null default false,
    created_at timestamptz not null default now(),
    check (role <> 'reviewer' or reviewer_id is not null)
);

-- One row for each API key. The secret has 256 random bits; only its SHA-256 is here.
create table api_key (
    id uuid primary key,
    subject_id uuid not null references subject (id),
    secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    -- Written at most once a minute.
    last_used_at timestamptz
);
create index api_key_subject on api_key (subject_id);

-- A browser that signed in. The cookie holds a random token; only its SHA-256 is here.
create table web_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    subject_id uuid not null references subject (id),
    -- The key that it was opened with, whose end is the session's too; null for other ways to sign in.
    api_key_id uuid references api_key (id),
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
    -- Who called: a subject's id, or the hash of a citizen's session.
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
