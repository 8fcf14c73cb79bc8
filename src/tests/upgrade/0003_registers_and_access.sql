-- Tables as migration 3 made them, without its comments.
create table site (
    id text primary key check (length(id) between 1 and 128),
    jurisdiction text not null references jurisdiction (code),
    name_arabic text not null,
    name_english text not null,
    limit_kmh numeric(5, 2) check (limit_kmh > 0),
    updated_at timestamptz not null default now()
);
create table camera (
    id text primary key check (length(id) between 1 and 128),
    kind text not null,
    instrument text not null,
    updated_at timestamptz not null default now()
);
create table camera_site (
    camera_id text not null references camera (id),
    site_id text not null references site (id),
    primary key (camera_id, site_id)
);
create table camera_key (
    id text primary key check (length(id) between 1 and 128),
    camera_id text not null references camera (id),
    public_key bytea not null check (octet_length(public_key) = 32),
    valid_from timestamptz not null,
    valid_until timestamptz,
    revoked_at timestamptz,
    updated_at timestamptz not null default now(),
    check (valid_until > valid_from)
);
create table calibration_certificate (
    id text primary key check (length(id) between 1 and 128),
    camera_id text not null references camera (id),
    type_approval text not null,
    valid_from timestamptz not null,
    valid_to timestamptz not null,
    updated_at timestamptz not null default now(),
    check (valid_to > valid_from)
);
create table sign_state (
    site_id text not null references site (id),
    valid_from timestamptz not null,
    valid_to timestamptz,
    condition text not null check (condition in ('in_order', 'out', 'hidden')),
    limit_kmh numeric(5, 2) check (limit_kmh > 0),
    updated_at timestamptz not null default now(),
    primary key (site_id, valid_from),
    check (valid_to > valid_from),
    check (condition <> 'in_order' or limit_kmh is not null),
    constraint sign_state_one_at_a_time
        exclude using gist (site_id with =, tstzrange(valid_from, valid_to) with &&)
);
create table register_version (
    register text not null,
    row_before jsonb not null,
    replaced_at timestamptz not null default now()
);
create index register_version_register on register_version (register, replaced_at);
create function keep_register_version() returns trigger language plpgsql as $$
begin
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
create table subject (
    id uuid primary key,
    label text not null check (length(label) between 1 and 200),
    role text not null check (role in ('citizen', 'reviewer', 'auditor', 'administrator')),
    reviewer_id text,
    loopback_only boolean not null default false,
    created_at timestamptz not null default now(),
    check (role <> 'reviewer' or reviewer_id is not null)
);
create table api_key (
    id uuid primary key,
    subject_id uuid not null references subject (id),
    secret_sha256 bytea not null check (octet_length(secret_sha256) = 32),
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);
create index api_key_subject on api_key (subject_id);
create table web_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    subject_id uuid not null references subject (id),
    api_key_id uuid references api_key (id),
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index web_session_expires_at on web_session (expires_at);
create table citizen_session (
    token_sha256 bytea primary key check (octet_length(token_sha256) = 32),
    plate_key text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    expires_at timestamptz not null
);
create index citizen_session_expires_at on citizen_session (expires_at);
create table idempotency_record (
    caller text not null check (length(caller) between 1 and 100),
    route text not null,
    idempotency_key text not null check (length(idempotency_key) between 1 and 128),
    fingerprint bytea not null check (octet_length(fingerprint) = 32),
    running_until timestamptz,
    status smallint check (status between 200 and 499),
    headers jsonb,
    body bytea,
    created_at timestamptz not null default now(),
    primary key (caller, route, idempotency_key),
    check (running_until is not null or status is not null)
);
create index idempotency_record_created_at on idempotency_record (created_at);
