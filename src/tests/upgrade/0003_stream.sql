-- Tables as migration 1 made them, without its comments.
create extension if not exists btree_gist with schema public;
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or removed', tg_table_name
        using errcode = 'integrity_constraint_violation', constraint = 'append_only';
end
$$;
create table jurisdiction (
    code text primary key check (code ~ '^[A-Z]{2}$'),
    currency text not null unique check (currency ~ '^[A-Z]{3}$'),
    unique (code, currency)
);
create table stream_position (
    cluster_id text not null,
    topic text not null,
    partition integer not null check (partition >= 0),
    owner_epoch bigint not null check (owner_epoch > 0),
    start_offset bigint not null check (start_offset >= 0),
    next_offset bigint not null,
    violation bigint not null default 0 check (violation >= 0),
    manual_check bigint not null default 0 check (manual_check >= 0),
    no_offence bigint not null default 0 check (no_offence >= 0),
    duplicate bigint not null default 0 check (duplicate >= 0),
    dead_letter bigint not null default 0 check (dead_letter >= 0),
    skipped bigint not null default 0 check (skipped >= 0),
    updated_at timestamptz not null default now(),
    primary key (cluster_id, topic, partition),
    constraint stream_position_adds_up
        check (violation + manual_check + no_offence + duplicate + dead_letter + skipped = next_offset - start_offset)
);
create table event_identity (
    source text not null,
    event_id text not null,
    value_sha256 bytea not null check (octet_length(value_sha256) = 32),
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    seen_at timestamptz not null,
    primary key (source, event_id)
) partition by hash (source, event_id);
do $$
begin
    for remainder in 0..7 loop
        execute format('create table event_identity_%s partition of event_identity for values with (modulus 8, remainder %s)',
                       remainder, remainder);
    end loop;
end
$$;
create table act (
    case_id uuid primary key,
    plate_key text not null,
    site_id text not null,
    kind text not null,
    window_of_act tstzrange not null check (not isempty(window_of_act)),
    constraint act_seen_once
        exclude using gist (plate_key with =, site_id with =, kind with =, window_of_act with &&)
);
create table offence_kind (
    code text primary key check (code ~ '^[a-z][a-z0-9_]{0,63}$')
);
create table case_head (
    case_id uuid primary key,
    kind text not null check (kind in ('violation', 'manual_check', 'objection')),
    origin text not null check (origin in ('stream', 'section', 'correction', 'reissue', 'unit', 'filing')),
    opened_at timestamptz not null,
    chain_length integer not null check (chain_length > 0),
    chain_sha256 bytea not null check (octet_length(chain_sha256) = 32)
);
create table case_origin_record (
    case_id uuid not null,
    opened_at timestamptz not null,
    part text not null check (part in ('whole', 'entry', 'exit')),
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    event_source text not null,
    event_id text not null,
    event_sha256 bytea not null check (octet_length(event_sha256) = 32),
    event_size_bytes bigint not null check (event_size_bytes > 0),
    signature text not null,
    primary key (case_id, part, opened_at)
) partition by range (opened_at);
create table case_origin_case (
    case_id uuid primary key references case_head (case_id),
    parent_id uuid not null references case_head (case_id),
    cause_id uuid not null
);
create table case_origin_unit (
    case_id uuid primary key references case_head (case_id),
    operator text not null check (length(operator) between 1 and 128),
    form text not null check (length(form) between 1 and 128)
);
create table case_chain (
    case_id uuid not null,
    sequence integer not null check (sequence > 0),
    opened_at timestamptz not null,
    domain text not null check (domain ~ '^[a-z0-9_.-]{1,80}$'),
    row_bytes bytea not null,
    previous_sha256 bytea not null check (octet_length(previous_sha256) = 32),
    sha256 bytea not null check (octet_length(sha256) = 32),
    recorded_at timestamptz not null,
    primary key (case_id, sequence, opened_at)
) partition by range (opened_at);
create table violation (
    id uuid not null,
    recorded_at timestamptz not null,
    reference text not null,
    jurisdiction text not null,
    plate_letters text not null,
    plate_digits text not null,
    plate_key text not null,
    act_code text not null references offence_kind (code),
    site_id text not null,
    camera_id text not null,
    lane integer,
    captured_at timestamptz not null,
    captured_at_raw text not null,
    received_at timestamptz not null,
    amount numeric(19, 4) not null check (amount > 0),
    amount_min numeric(19, 4) not null check (amount_min >= 0),
    amount_max numeric(19, 4) not null,
    currency text not null,
    tariff_row text not null,
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    calculation jsonb not null,
    sighting jsonb not null,
    model_sha256 bytea not null check (octet_length(model_sha256) = 32),
    manifest_sha256 bytea not null check (octet_length(manifest_sha256) = 32),
    input_sha256 bytea check (octet_length(input_sha256) = 32),
    primary key (id, recorded_at),
    foreign key (jurisdiction, currency) references jurisdiction (code, currency),
    check (amount between amount_min and amount_max)
) partition by range (recorded_at);
create index violation_plate on violation (plate_key, captured_at);
create index violation_site on violation (site_id, captured_at);
create index violation_camera on violation (camera_id, captured_at);
create table violation_reference (
    reference text primary key check (length(reference) between 10 and 40),
    violation_id uuid not null unique,
    recorded_at timestamptz not null
);
create table manual_check (
    id uuid not null,
    recorded_at timestamptz not null,
    reasons text[] not null check (cardinality(reasons) > 0),
    jurisdiction text references jurisdiction (code),
    plate_letters text,
    plate_digits text,
    plate_key text,
    act_code text not null,
    site_id text not null,
    camera_id text not null,
    lane integer,
    captured_at timestamptz,
    captured_at_raw text not null,
    received_at timestamptz not null,
    suggested_amount numeric(19, 4) check (suggested_amount >= 0),
    currency text references jurisdiction (currency),
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    calculation jsonb not null,
    sighting jsonb not null,
    model_sha256 bytea not null check (octet_length(model_sha256) = 32),
    manifest_sha256 bytea not null check (octet_length(manifest_sha256) = 32),
    input_sha256 bytea check (octet_length(input_sha256) = 32),
    primary key (id, recorded_at),
    check (suggested_amount is null or currency is not null),
    check (plate_key is null or (jurisdiction is not null and plate_letters is not null and plate_digits is not null))
) partition by range (recorded_at);
create index manual_check_site on manual_check (site_id, recorded_at);
create table assessment_record (
    case_id uuid not null,
    recorded_at timestamptz not null,
    input bytea not null,
    finding bytea not null,
    primary key (case_id, recorded_at)
) partition by range (recorded_at);
create table rule_table (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    jurisdiction text not null,
    sources jsonb not null check (jsonb_typeof(sources) = 'object'),
    first_used_at timestamptz not null default now()
);
create table evidence_manifest (
    case_id uuid not null,
    recorded_at timestamptz not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    document bytea not null,
    signing_key_id text,
    signature bytea check (octet_length(signature) = 64),
    primary key (case_id, recorded_at),
    check (signature is null or signing_key_id is not null),
    check (sha256 = sha256(document))
) partition by range (recorded_at);
create table evidence_file (
    case_id uuid not null,
    ordinal smallint not null check (ordinal > 0),
    recorded_at timestamptz not null,
    role text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    media_type text not null,
    size_bytes bigint not null check (size_bytes > 0),
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    primary key (case_id, ordinal, recorded_at)
) partition by range (recorded_at);
create table dead_letter (
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    recorded_at timestamptz not null,
    reason text not null,
    event_source text,
    event_id text,
    primary key (cluster_id, topic, partition, record_offset)
);
create table audit_event (
    id uuid not null,
    recorded_at timestamptz not null,
    actor text not null,
    action text not null,
    entity_kind text not null,
    entity_id text not null,
    detail jsonb not null,
    primary key (id, recorded_at)
) partition by range (recorded_at);
create index audit_event_entity on audit_event (entity_kind, entity_id);
create table outbox (
    effect_id uuid primary key,
    sequence bigint not null generated always as identity,
    topic text not null,
    message_key text not null,
    subject_id uuid not null,
    payload bytea not null,
    headers jsonb not null check (jsonb_typeof(headers) = 'array'),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz not null default now(),
    last_error text
);
create index outbox_head on outbox (topic, message_key, sequence) where sent_at is null;
create index outbox_unsent on outbox (sequence) where sent_at is null;
do $$
declare
    name text;
begin
    foreach name in array array['violation', 'violation_reference', 'manual_check', 'evidence_manifest',
                                'evidence_file', 'case_chain', 'case_origin_record', 'case_origin_case',
                                'case_origin_unit', 'assessment_record', 'rule_table', 'dead_letter',
                                'audit_event'] loop
        execute format('create trigger append_only before update or delete on %I for each row execute function refuse_change()', name);
        execute format('create trigger append_only_whole before truncate on %I for each statement execute function refuse_change()', name);
    end loop;
end
$$;
create function month_partitioned_tables() returns text[] language sql immutable as $$
    select array['violation', 'manual_check', 'evidence_manifest', 'evidence_file', 'case_chain', 'case_origin_record',
                 'assessment_record', 'audit_event']
$$;
create function ensure_month_partitions(months_ahead integer) returns integer language plpgsql as $$
declare
    parent text;
    month_start timestamp;
    partition_name text;
    made integer := 0;
begin
    foreach parent in array month_partitioned_tables() loop
        for ahead in 0..months_ahead loop
            month_start := date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead);
            partition_name := parent || to_char(month_start, '"_y"YYYY"m"MM');
            if to_regclass(format('%I.%I', current_schema(), partition_name)) is null then
                execute format('create table %I partition of %I for values from (%L) to (%L)',
                               partition_name, parent,
                               month_start at time zone 'UTC',
                               (month_start + interval '1 month') at time zone 'UTC');
                made := made + 1;
            end if;
        end loop;
    end loop;
    return made;
end
$$;
do $$
declare
    parent text;
begin
    foreach parent in array month_partitioned_tables() loop
        execute format('create table %I partition of %I default', parent || '_other_months', parent);
    end loop;
end
$$;
select ensure_month_partitions(1);
