-- Tables as migration 2 made them, without its comments.
create table ownership_interval (
    plate_key text not null,
    holder text not null check (length(holder) between 1 and 64),
    valid_from timestamptz not null,
    valid_until timestamptz,
    updated_at timestamptz not null default now(),
    primary key (plate_key, valid_from),
    check (valid_until > valid_from),
    constraint one_holder_at_a_time
        exclude using gist (plate_key with =, tstzrange(valid_from, valid_until) with &&)
);
create table signal_log (
    site_id text not null,
    phase_from timestamptz not null,
    phase_until timestamptz not null,
    phase text not null check (phase in ('green', 'amber', 'red', 'dark')),
    amber_milliseconds integer check (amber_milliseconds >= 0),
    controller_fault boolean not null,
    updated_at timestamptz not null default now(),
    primary key (site_id, phase_from),
    check (phase_until > phase_from),
    constraint one_phase_at_a_time
        exclude using gist (site_id with =, tstzrange(phase_from, phase_until) with &&)
);
create table payment (
    receipt text primary key check (length(receipt) between 1 and 64),
    violation_reference text not null,
    amount numeric(19, 4) not null check (amount > 0),
    currency text not null references jurisdiction (currency),
    paid_at timestamptz not null,
    channel text not null,
    updated_at timestamptz not null default now()
);
create index payment_violation on payment (violation_reference);
create table notice_service (
    violation_reference text not null,
    served_at timestamptz not null,
    holder text not null check (length(holder) between 1 and 64),
    channel text not null,
    updated_at timestamptz not null default now(),
    primary key (violation_reference, served_at)
);
create index notice_service_holder on notice_service (violation_reference, holder);
create table service_outage (
    outage_from timestamptz primary key,
    outage_until timestamptz not null,
    updated_at timestamptz not null default now(),
    check (outage_until > outage_from)
);
create table objection (
    id uuid primary key,
    sequence bigint not null generated always as identity unique,
    reference text not null unique check (length(reference) between 10 and 40),
    jurisdiction text not null references jurisdiction (code),
    plate_key text not null,
    state text not null check (state in ('filed', 'waiting', 'awaiting_document', 'in_review', 'answered', 'decided')),
    version bigint not null default 1 check (version > 0),
    overall_result text check (overall_result in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form', 'document_requested',
                                      'waiting', 'sent_to_review')),
    language text not null check (language in ('ar', 'en')),
    story text not null check (length(story) between 1 and 4000),
    lateness_reason text check (length(lateness_reason) between 1 and 4000),
    party text check (length(party) between 1 and 64),
    contact text check (length(contact) between 1 and 64),
    filed_at timestamptz not null,
    human_asked_at timestamptz,
    document_due_on date,
    clock_held_from timestamptz,
    clock_held_seconds bigint not null default 0 check (clock_held_seconds >= 0),
    closed_at timestamptz,
    triage_after timestamptz not null default now(),
    triage_attempts integer not null default 0 check (triage_attempts >= 0),
    triage_error text
);
create index objection_plate on objection (plate_key);
create index objection_to_triage on objection (triage_after, sequence) where state = 'filed';
create index objection_waiting on objection (sequence) where state = 'waiting';
create index objection_awaiting_document on objection (document_due_on) where state = 'awaiting_document';
create table objection_violation (
    objection_id uuid not null references objection (id),
    ordinal smallint not null check (ordinal > 0),
    violation_id uuid not null references violation_reference (violation_id),
    violation_recorded_at timestamptz not null,
    violation_reference text not null,
    answer text check (answer in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form', 'upheld')),
    answered_by text check (answered_by in ('machine', 'human')),
    answered_at timestamptz,
    primary key (objection_id, ordinal),
    unique (objection_id, violation_id),
    check (answer is null or answered_by is not null),
    constraint machine_never_upholds check (answer <> 'upheld' or answered_by = 'human')
);
create index objection_violation_violation on objection_violation (violation_id);
create table objection_ground (
    objection_id uuid not null references objection (id),
    ordinal smallint not null check (ordinal > 0),
    code text not null check (code ~ '^G(0[1-9]|1[0-9]|2[0-5])$'),
    document_number text check (length(document_number) between 1 and 64),
    stated_date date,
    other_violation_reference text,
    primary key (objection_id, ordinal),
    unique (objection_id, code)
);
create table attachment (
    id uuid primary key,
    case_id uuid not null references case_head (case_id),
    sha256 bytea not null check (octet_length(sha256) = 32),
    media_type text not null check (media_type in ('image/jpeg', 'image/png', 'application/pdf')),
    size_bytes bigint not null check (size_bytes > 0),
    added_at timestamptz not null,
    unique (case_id, sha256)
);
create table objection_event (
    objection_id uuid not null references objection (id),
    version bigint not null,
    event text not null,
    from_state text,
    to_state text not null,
    actor text not null,
    recorded_at timestamptz not null,
    primary key (objection_id, version)
);
create table triage (
    id uuid primary key,
    objection_id uuid not null references objection (id),
    made_at timestamptz not null,
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    input bytea not null,
    input_sha256 bytea not null check (octet_length(input_sha256) = 32 and input_sha256 = sha256(input)),
    answers bytea not null,
    overall_result text not null
);
create index triage_objection on triage (objection_id, made_at);
create table triage_answer (
    triage_id uuid not null references triage (id),
    violation_id uuid not null references violation_reference (violation_id),
    answer text not null check (answer in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form',
                                           'document_requested', 'waiting', 'sent_to_review')),
    ground text check (ground ~ '^G(0[1-9]|1[0-9]|2[0-5])$'),
    defect text check (defect in ('F01', 'F02', 'F03', 'F04')),
    amount numeric(19, 4) check (amount >= 0),
    currency text references jurisdiction (currency),
    reissue boolean not null default false,
    documents text[] not null default '{}',
    explanation_arabic text not null,
    explanation_english text not null,
    basis jsonb not null,
    features jsonb not null,
    answered_at timestamptz not null,
    primary key (triage_id, violation_id),
    check (answer <> 'refused_on_form' or defect is not null),
    check (answer <> 'cancelled' or ground is not null),
    check (answer not in ('reduced', 'closed_as_paid') or (amount is not null and currency is not null))
);
create index triage_answer_violation on triage_answer (violation_id);
create table review_task (
    id uuid primary key default uuidv7(),
    kind text not null check (kind in ('objection', 'manual_check')),
    case_id uuid not null references case_head (case_id),
    case_opened_at timestamptz not null,
    priority smallint not null,
    queued_at timestamptz not null default now(),
    state text not null default 'open' check (state in ('open', 'claimed', 'done')),
    reviewer_id text,
    lease_id uuid,
    lease_until timestamptz,
    done_at timestamptz,
    version bigint not null default 1 check (version > 0),
    check (state <> 'claimed' or (reviewer_id is not null and lease_id is not null and lease_until is not null))
);
create unique index review_task_case on review_task (case_id) where state <> 'done';
create index review_task_open on review_task ((-priority), queued_at, id) where state = 'open';
create index review_task_open_kind on review_task (kind, (-priority), queued_at, id) where state = 'open';
create index review_task_claimed on review_task (lease_until) where state = 'claimed';
create table frame_view (
    task_id uuid not null references review_task (id),
    lease_id uuid not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    reviewer_id text not null,
    viewed_at timestamptz not null default now(),
    primary key (task_id, lease_id, sha256)
);
create table decision (
    id uuid primary key,
    task_id uuid not null unique references review_task (id),
    case_id uuid not null references case_head (case_id),
    reviewer_id text not null check (length(reviewer_id) between 1 and 128),
    lease_id uuid not null,
    frames_opened integer not null check (frames_opened >= 0),
    reason_arabic text check (length(reason_arabic) between 10 and 4000),
    reason_english text check (length(reason_english) between 10 and 4000),
    decided_at timestamptz not null,
    check (reason_arabic is not null or reason_english is not null)
);
create index decision_case on decision (case_id);
create table decision_verdict (
    decision_id uuid not null references decision (id),
    case_id uuid not null references case_head (case_id),
    verdict text not null check (verdict in ('upheld', 'cancelled', 'reduced', 'dismissed')),
    amount numeric(19, 4) check (amount > 0),
    currency text references jurisdiction (currency),
    decided_at timestamptz not null,
    primary key (decision_id, case_id),
    check ((verdict = 'reduced') = (amount is not null and currency is not null))
);
create index decision_verdict_case on decision_verdict (case_id);
create table violation_effect (
    case_id uuid not null references case_head (case_id),
    ordinal bigint not null generated always as identity,
    effect text not null check (effect in ('cancelled', 'reduced', 'closed_as_paid', 'withdrawn')),
    source text not null check (source in ('triage', 'decision', 'recall', 'ledger')),
    source_id uuid not null,
    made_by text not null check (made_by in ('machine', 'human')),
    amount numeric(19, 4) check (amount >= 0),
    currency text references jurisdiction (currency),
    reissue boolean not null default false,
    withdraws bigint,
    decided_at timestamptz not null,
    primary key (case_id, ordinal),
    foreign key (case_id, withdraws) references violation_effect (case_id, ordinal),
    check ((effect in ('reduced', 'closed_as_paid')) = (amount is not null and currency is not null)),
    check ((effect = 'withdrawn') = (withdraws is not null))
);
create view violation_status as
    select violation.id as violation_id,
           violation.recorded_at,
           case when now_so.cancelled then 'cancelled'
                when now_so.closed_as_paid then 'closed_as_paid'
                when now_so.reduced_to < violation.amount then 'reduced'
                else 'issued' end as status,
           case when now_so.cancelled then 0
                else least(violation.amount, now_so.reduced_to) end as amount_due,
           violation.currency,
           coalesce(now_so.reissue, false) as reissue_due,
           now_so.changed_at
    from violation
    cross join lateral (
        select bool_or(effect = 'cancelled') as cancelled,
               bool_or(effect = 'closed_as_paid') as closed_as_paid,
               min(amount) filter (where effect = 'reduced') as reduced_to,
               bool_or(reissue) as reissue,
               max(decided_at) as changed_at
        from violation_effect as counted
        where counted.case_id = violation.id
          and counted.effect <> 'withdrawn'
          and not exists (select from violation_effect as recall
                          where recall.case_id = counted.case_id and recall.withdraws = counted.ordinal
                            and not exists (select from violation_effect as undone
                                            where undone.case_id = recall.case_id
                                              and undone.withdraws = recall.ordinal))
    ) as now_so;
do $$
declare
    name text;
begin
    foreach name in array array['objection_ground', 'attachment', 'objection_event', 'triage', 'triage_answer', 'frame_view',
                                'decision', 'decision_verdict', 'violation_effect'] loop
        execute format('create trigger append_only before update or delete on %I for each row execute function refuse_change()', name);
        execute format('create trigger append_only_whole before truncate on %I for each statement execute function refuse_change()', name);
    end loop;
end
$$;
