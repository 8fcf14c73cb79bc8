-- The stream half: where it stands, what it has seen, and the cases that it made.
--
-- Rules of this file
-- * A table that grows by events is partitioned by month of recorded_at, so that retention drops a month instead of
--   deleting rows; the month is part of its primary key, since a key over all months cannot exist. Where a key must
--   hold over all months (a reference, an event's id, an act) it has a small table of its own.
-- * What was recorded is never changed. Append-only tables refuse update, delete and truncate by trigger;
--   what happens to a case later is written by later rows.
-- * Rows that grow by events do not reference the registers by foreign key: registers are never deleted from, and
--   the key check would lock the one row of a busy camera from every process.

-- `=` on texts inside an exclusion constraint. In `public`, because an extension exists once for a database, while
-- tests have a schema each.
create extension if not exists btree_gist with schema public;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'rows of % are never changed or removed', tg_table_name
        using errcode = 'integrity_constraint_violation', constraint = 'append_only';
end
$$;

-- Countries with their currency, filled from the closed list in schemas by `rasid migrate`.
create table jurisdiction (
    code text primary key check (code ~ '^[A-Z]{2}$'),
    currency text not null unique check (currency ~ '^[A-Z]{3}$'),
    -- What amounts of a country's violations reference.
    unique (code, currency)
);

---------------------------------------------------------------------------------------------------------------------
-- Where the stream half stands

-- One row for each partition. owner_epoch is the fence: whoever took the partition last holds the highest number, and
-- a transaction that comes with a lower one changes nothing.
create table stream_position (
    -- Kafka's cluster id: offsets of another cluster mean nothing here.
    cluster_id text not null,
    topic text not null,
    partition integer not null check (partition >= 0),
    owner_epoch bigint not null check (owner_epoch > 0),
    -- The first offset that was ever asked for.
    start_offset bigint not null check (start_offset >= 0),
    -- The first record that is not yet settled.
    next_offset bigint not null,
    -- How the records between the two ended.
    violation bigint not null default 0 check (violation >= 0),
    manual_check bigint not null default 0 check (manual_check >= 0),
    no_offence bigint not null default 0 check (no_offence >= 0),
    duplicate bigint not null default 0 check (duplicate >= 0),
    dead_letter bigint not null default 0 check (dead_letter >= 0),
    -- Offsets that hold no record: transaction markers, compaction.
    skipped bigint not null default 0 check (skipped >= 0),
    updated_at timestamptz not null default now(),
    primary key (cluster_id, topic, partition),
    -- Nothing is lost and nothing counted twice: every offset has exactly one outcome.
    constraint stream_position_adds_up
        check (violation + manual_check + no_offence + duplicate + dead_letter + skipped = next_offset - start_offset)
);

---------------------------------------------------------------------------------------------------------------------
-- What was seen before

-- Every event that was assessed, once. The same id with the same digest is a duplicate; with another digest the camera
-- has used the id again, which is a dead letter and never a silent loss. Dead letters are not in here: after a fix
-- they are played again and must not be taken for duplicates of themselves.
create table event_identity (
    source text not null,
    event_id text not null,
    -- Of the record's value as signed.
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

-- Every act that led to a violation or a manual check with a legible plate, once, whichever cameras saw it. Unpartitioned,
-- because two cameras are two Kafka partitions and two processes, and only one index over all rows holds between them.
create table act (
    case_id uuid primary key,
    plate_key text not null,
    site_id text not null,
    -- Code of the act: speed, red_light.
    kind text not null,
    -- From the capture on, as long as `adjudicate.act_window_seconds` says.
    window_of_act tstzrange not null check (not isempty(window_of_act)),
    constraint act_seen_once
        exclude using gist (plate_key with =, site_id with =, kind with =, window_of_act with &&)
);

---------------------------------------------------------------------------------------------------------------------
-- Cases

-- Kinds of offence: filled from the closed list in schemas by `rasid migrate`, in the transaction of the migrations.
create table offence_kind (
    code text primary key check (code ~ '^[a-z][a-z0-9_]{0,63}$')
);

-- The hub: one row for each case, over all months. Tasks, decisions, attachments and effects reference it, whatever the
-- case is about and wherever it came from; it is also the head of the case's hash chain.
-- Locking this row is what makes the chain's writers stand in line; no row is shared by several cases.
create table case_head (
    case_id uuid primary key,
    kind text not null check (kind in ('violation', 'manual_check', 'objection')),
    -- How it came to be; what exactly stands in one of the tables case_origin_*. An objection is filed.
    origin text not null check (origin in ('stream', 'section', 'correction', 'reissue', 'unit', 'filing')),
    -- The month that the case's rows lie in; equal to recorded_at of its first row.
    opened_at timestamptz not null,
    chain_length integer not null check (chain_length > 0),
    chain_sha256 bytea not null check (octet_length(chain_sha256) = 32)
);

-- The signed records that a case was made of: one for origin stream, entry and exit for origin section. The bytes of
-- a record's value lie in the evidence store under event_sha256, as they were signed.
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
    -- The header `rasid-signature` of the record: key id and Ed25519 signature over the value.
    signature text not null,
    primary key (case_id, part, opened_at)
) partition by range (opened_at);

-- The case that a case was made of: a manual check that a person corrected (cause is the decision), or a violation that
-- is issued anew to somebody else (cause is the objection).
create table case_origin_case (
    case_id uuid primary key references case_head (case_id),
    parent_id uuid not null references case_head (case_id),
    cause_id uuid not null
);

-- An officer's form.
create table case_origin_unit (
    case_id uuid primary key references case_head (case_id),
    operator text not null check (length(operator) between 1 and 128),
    form text not null check (length(form) between 1 and 128)
);

-- The chain: sha256 = SHA-256(previous || domain || 0x00 || row_bytes), previous of the first link = 32 zero bytes.
-- A case's links all lie in the month in which the case was opened, so that the key holds and retention drops whole
-- chains.
create table case_chain (
    case_id uuid not null,
    sequence integer not null check (sequence > 0),
    opened_at timestamptz not null,
    -- Names the form of row_bytes, e.g. rasid.violation.v1; a new form gets a new name, the old stays readable.
    domain text not null check (domain ~ '^[a-z0-9_.-]{1,80}$'),
    -- Canonical JSON of what was recorded: keys sorted, no blanks, no floating point.
    row_bytes bytea not null,
    previous_sha256 bytea not null check (octet_length(previous_sha256) = 32),
    sha256 bytea not null check (octet_length(sha256) = 32),
    recorded_at timestamptz not null,
    primary key (case_id, sequence, opened_at)
) partition by range (opened_at);

-- A violation: one act of one vehicle, issued with its amount.
create table violation (
    id uuid not null,
    recorded_at timestamptz not null,
    -- What the citizen quotes; random, with a check character.
    reference text not null,
    jurisdiction text not null,
    -- Arabic reading order, canonical code points.
    plate_letters text not null,
    -- ASCII, as printed.
    plate_digits text not null,
    -- EG-… or SA-…
    plate_key text not null,
    act_code text not null references offence_kind (code),
    site_id text not null,
    camera_id text not null,
    lane integer,
    captured_at timestamptz not null,
    -- The vendor's own text of that time, with all its digits.
    captured_at_raw text not null,
    received_at timestamptz not null,
    amount numeric(19, 4) not null check (amount > 0),
    amount_min numeric(19, 4) not null check (amount_min >= 0),
    amount_max numeric(19, 4) not null,
    -- The country's own.
    currency text not null,
    -- The tariff row that set the amount, and SHA-256 over the rule tables.
    tariff_row text not null,
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    -- Rule by rule, as the citizen reads it.
    calculation jsonb not null,
    -- What else the camera said: clock, signal, speed, vehicle, its own plate read.
    sighting jsonb not null,
    -- SHA-256 over the models that read the plate.
    model_sha256 bytea not null check (octet_length(model_sha256) = 32),
    manifest_sha256 bytea not null check (octet_length(manifest_sha256) = 32),
    -- SHA-256 over everything that the rules looked at; null for a case that no rule made.
    input_sha256 bytea check (octet_length(input_sha256) = 32),
    primary key (id, recorded_at),
    -- One for both columns: each costs a look-up for every row.
    foreign key (jurisdiction, currency) references jurisdiction (code, currency),
    check (amount between amount_min and amount_max)
) partition by range (recorded_at);
create index violation_plate on violation (plate_key, captured_at);
create index violation_site on violation (site_id, captured_at);
create index violation_camera on violation (camera_id, captured_at);

-- References and ids of violations over all months: look here first, then in `violation` by both columns.
create table violation_reference (
    reference text primary key check (length(reference) between 10 and 40),
    violation_id uuid not null unique,
    recorded_at timestamptz not null
);

-- A sighting that a person must look at; nothing was issued.
create table manual_check (
    id uuid not null,
    recorded_at timestamptz not null,
    -- Closed list in schemas::assessment, sorted.
    reasons text[] not null check (cardinality(reasons) > 0),
    -- The plate as far as it was read.
    jurisdiction text references jurisdiction (code),
    plate_letters text,
    plate_digits text,
    plate_key text,
    act_code text not null,
    site_id text not null,
    camera_id text not null,
    lane integer,
    -- Nothing when the zone of the vendor's text is unknown.
    captured_at timestamptz,
    captured_at_raw text not null,
    received_at timestamptz not null,
    -- What would be asked if the doubts are dispelled.
    suggested_amount numeric(19, 4) check (suggested_amount >= 0),
    currency text references jurisdiction (currency),
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    calculation jsonb not null,
    sighting jsonb not null,
    model_sha256 bytea not null check (octet_length(model_sha256) = 32),
    manifest_sha256 bytea not null check (octet_length(manifest_sha256) = 32),
    -- SHA-256 over everything that the rules looked at; null for a case that no rule made.
    input_sha256 bytea check (octet_length(input_sha256) = 32),
    primary key (id, recorded_at),
    -- One way only: a reason to keep a currency without an amount may come.
    check (suggested_amount is null or currency is not null),
    check (plate_key is null or (jurisdiction is not null and plate_letters is not null and plate_digits is not null))
) partition by range (recorded_at);
create index manual_check_site on manual_check (site_id, recorded_at);

-- What an assessment can be repeated from, with the bytes that it gave: canonical JSON, read by `rasid replay`. The
-- event itself is in case_origin_record, the texts of the rules in rule_table.
create table assessment_record (
    case_id uuid not null,
    recorded_at timestamptz not null,
    -- The readings, what the registry answered at the instant of capture, times, and digests of event, models and rules.
    -- The case's own row, and so its chain, holds their digest.
    input bytea not null,
    -- What the rules made of it.
    finding bytea not null,
    primary key (case_id, recorded_at)
) partition by range (recorded_at);

-- The texts of rules that cases were judged by, each once, under the digest that the cases name.
create table rule_table (
    sha256 bytea primary key check (octet_length(sha256) = 32),
    jurisdiction text not null,
    -- Name of each file with its text.
    sources jsonb not null check (jsonb_typeof(sources) = 'object'),
    first_used_at timestamptz not null default now()
);

-- What is sealed for a case: canonical JSON that names every file with its digest.
create table evidence_manifest (
    case_id uuid not null,
    recorded_at timestamptz not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    document bytea not null,
    -- Ed25519 of the server over sha256, where a signing key is configured.
    signing_key_id text,
    signature bytea check (octet_length(signature) = 64),
    primary key (case_id, recorded_at),
    check (signature is null or signing_key_id is not null),
    check (sha256 = sha256(document))
) partition by range (recorded_at);

-- The pictures of a case, in the order of its event. Their bytes lie in the evidence store under their digest.
create table evidence_file (
    case_id uuid not null,
    -- From 1.
    ordinal smallint not null check (ordinal > 0),
    recorded_at timestamptz not null,
    role text not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    media_type text not null,
    size_bytes bigint not null check (size_bytes > 0),
    -- Pixels of the upright picture.
    width integer not null check (width > 0),
    height integer not null check (height > 0),
    primary key (case_id, ordinal, recorded_at)
) partition by range (recorded_at);

-- Records that could not be used. Their bytes lie in the dead-letter topic; a second copy there after a crash has the
-- same position, which is its identity.
create table dead_letter (
    cluster_id text not null,
    topic text not null,
    partition integer not null,
    record_offset bigint not null,
    recorded_at timestamptz not null,
    -- Closed list in schemas::outcome.
    reason text not null,
    -- As far as they could be read.
    event_source text,
    event_id text,
    primary key (cluster_id, topic, partition, record_offset)
);

---------------------------------------------------------------------------------------------------------------------
-- Who did what, and what the outside must hear

create table audit_event (
    id uuid not null,
    recorded_at timestamptz not null,
    -- stream, job:NAME, reviewer:ID, key:ID, citizen, operator:NAME
    actor text not null,
    -- noun.verb, e.g. violation.record
    action text not null,
    -- violation, manual_check, objection, …
    entity_kind text not null,
    entity_id text not null,
    detail jsonb not null,
    primary key (id, recorded_at)
) partition by range (recorded_at);
create index audit_event_entity on audit_event (entity_kind, entity_id);

-- Messages to the outside, written in the transaction of their cause and sent by a job, at least once.
create table outbox (
    -- The receiver's dedupe key.
    effect_id uuid primary key,
    -- Order within a key.
    sequence bigint not null generated always as identity,
    topic text not null,
    -- Key of the Kafka record; messages of one key are sent one after the other, oldest first.
    message_key text not null,
    -- The case that it speaks of.
    subject_id uuid not null,
    payload bytea not null,
    -- Array of [name, value].
    headers jsonb not null check (jsonb_typeof(headers) = 'array'),
    created_at timestamptz not null default now(),
    sent_at timestamptz,
    attempts integer not null default 0 check (attempts >= 0),
    next_attempt_at timestamptz not null default now(),
    -- Why the last attempt failed; no payload.
    last_error text
);
-- Only what waits is indexed, so that the job's cost does not grow with what was sent.
create index outbox_head on outbox (topic, message_key, sequence) where sent_at is null;
create index outbox_unsent on outbox (sequence) where sent_at is null;

---------------------------------------------------------------------------------------------------------------------
-- Append only

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

---------------------------------------------------------------------------------------------------------------------
-- Months

-- The tables that are partitioned by month. A later migration that adds one adds its name here by replacing the function.
create function month_partitioned_tables() returns text[] language sql immutable as $$
    select array['violation', 'manual_check', 'evidence_manifest', 'evidence_file', 'case_chain', 'case_origin_record',
                 'assessment_record', 'audit_event']
$$;

-- Makes the partitions of this month (UTC) and of the coming ones where they are missing; returns how many it made.
-- A job calls it daily. Rows of a month without a partition go to the default partition and are not lost.
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
            -- Named with its schema: the search path may hold another schema that has such a table.
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
