-- The service half: facts that triage asks, objections, the machine's answers, the review queue, human decisions.
--
-- Rules of this file
-- * What the machine answered (triage, triage_answer), what a human decided (decision, decision_verdict), what was
--   opened (frame_view) and where a case went (objection_event) is appended and never changed. Only the places where a
--   case stands now (objection, objection_violation, review_task) are updated, by compare-and-set on version or lease.
-- * A state says where a case is. Why it is there is in columns of its own.
-- * A violation is never changed: its status is the view violation_status over violation_effect.

---------------------------------------------------------------------------------------------------------------------
-- Facts (written by `rasid import`; imported again, a row replaces the one of its key)

-- Who held a vehicle, by the register. holder is the register's pseudonym, never a name or a national number.
create table ownership_interval (
    plate_key text not null,
    holder text not null check (length(holder) between 1 and 64),
    valid_from timestamptz not null,
    -- First instant after; nothing while it lasts.
    valid_until timestamptz,
    updated_at timestamptz not null default now(),
    primary key (plate_key, valid_from),
    check (valid_until > valid_from),
    constraint one_holder_at_a_time
        exclude using gist (plate_key with =, tstzrange(valid_from, valid_until) with &&)
);

-- The log of a junction's light: each row is one stretch of one phase.
create table signal_log (
    site_id text not null,
    phase_from timestamptz not null,
    phase_until timestamptz not null,
    phase text not null check (phase in ('green', 'amber', 'red', 'dark')),
    -- Length of the amber before a red phase.
    amber_milliseconds integer check (amber_milliseconds >= 0),
    -- The controller reported a fault within the stretch.
    controller_fault boolean not null,
    updated_at timestamptz not null default now(),
    primary key (site_id, phase_from),
    check (phase_until > phase_from),
    constraint one_phase_at_a_time
        exclude using gist (site_id with =, tstzrange(phase_from, phase_until) with &&)
);

-- Payments by the ledger of the authority that collects.
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

-- Notices by the log of the service that delivers them.
create table notice_service (
    violation_reference text not null,
    served_at timestamptz not null,
    -- To whom: the register's pseudonym.
    holder text not null check (length(holder) between 1 and 64),
    channel text not null,
    updated_at timestamptz not null default now(),
    primary key (violation_reference, served_at)
);
create index notice_service_holder on notice_service (violation_reference, holder);

-- When objections could not be filed because the service was down; time limits are longer by it.
create table service_outage (
    outage_from timestamptz primary key,
    outage_until timestamptz not null,
    updated_at timestamptz not null default now(),
    check (outage_until > outage_from)
);

---------------------------------------------------------------------------------------------------------------------
-- Objections

create table objection (
    id uuid primary key,
    -- Order of filing; filings against one violation are made one after the other, so that it is also theirs.
    sequence bigint not null generated always as identity unique,
    -- What the citizen quotes; random, with a check character.
    reference text not null unique check (length(reference) between 10 and 40),
    jurisdiction text not null references jurisdiction (code),
    -- All violations of an objection are of one plate.
    plate_key text not null,
    -- schemas: adjudicate/rules/src/flow/objection.rs
    state text not null check (state in ('filed', 'waiting', 'awaiting_document', 'in_review', 'answered', 'decided')),
    -- Raised by every change; the ETag.
    version bigint not null default 1 check (version > 0),
    -- The answer that it counts as, over all its violations; nothing before the first answer.
    overall_result text check (overall_result in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form', 'document_requested',
                                      'waiting', 'sent_to_review')),
    language text not null check (language in ('ar', 'en')),
    story text not null check (length(story) between 1 and 4000),
    -- Why it comes late, where the citizen says so.
    lateness_reason text check (length(lateness_reason) between 1 and 4000),
    -- The register's pseudonym of who objects, where known.
    party text check (length(party) between 1 and 64),
    -- Where the contact details are kept; never a number or an address itself.
    contact text check (length(contact) between 1 and 64),
    filed_at timestamptz not null,
    -- The machine leaves it to humans from then on.
    human_asked_at timestamptz,
    -- Last civil day for the document that was asked for.
    document_due_on date,
    -- F06: the clock stands still from then; added up in seconds when it runs again.
    clock_held_from timestamptz,
    clock_held_seconds bigint not null default 0 check (clock_held_seconds >= 0),
    -- When a machine's or a human's answer closed it.
    closed_at timestamptz,
    -- The machine does not try again before; raised when a try fails.
    triage_after timestamptz not null default now(),
    triage_attempts integer not null default 0 check (triage_attempts >= 0),
    -- Why the last try failed; no content of the case.
    triage_error text
);
create index objection_plate on objection (plate_key);
-- Only what still needs the machine is indexed.
create index objection_to_triage on objection (triage_after, sequence) where state = 'filed';
create index objection_waiting on objection (sequence) where state = 'waiting';
create index objection_awaiting_document on objection (document_due_on) where state = 'awaiting_document';

-- The violations of an objection, each with its own answer.
create table objection_violation (
    objection_id uuid not null references objection (id),
    -- As the citizen gave them, from 1.
    ordinal smallint not null check (ordinal > 0),
    violation_id uuid not null references violation_reference (violation_id),
    -- The month that the violation lies in.
    violation_recorded_at timestamptz not null,
    violation_reference text not null,
    -- The answer that closed it; nothing while it waits for one.
    answer text check (answer in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form', 'upheld')),
    answered_by text check (answered_by in ('machine', 'human')),
    answered_at timestamptz,
    primary key (objection_id, ordinal),
    unique (objection_id, violation_id),
    check (answer is null or answered_by is not null),
    -- A refusal on the merits is a human's.
    constraint machine_never_upholds check (answer <> 'upheld' or answered_by = 'human')
);
create index objection_violation_violation on objection_violation (violation_id);

create table objection_ground (
    objection_id uuid not null references objection (id),
    -- From 1; the first is the main ground.
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
    -- Of an objection today.
    case_id uuid not null references case_head (case_id),
    -- The bytes lie in the evidence store under their digest.
    sha256 bytea not null check (octet_length(sha256) = 32),
    media_type text not null check (media_type in ('image/jpeg', 'image/png', 'application/pdf')),
    size_bytes bigint not null check (size_bytes > 0),
    added_at timestamptz not null,
    unique (case_id, sha256)
);

-- Where a case went, and why.
create table objection_event (
    objection_id uuid not null references objection (id),
    -- The objection's version after the event.
    version bigint not null,
    event text not null,
    from_state text,
    to_state text not null,
    -- citizen, job:triage, reviewer:ID
    actor text not null,
    recorded_at timestamptz not null,
    primary key (objection_id, version)
);

---------------------------------------------------------------------------------------------------------------------
-- What the machine answered

create table triage (
    id uuid primary key,
    objection_id uuid not null references objection (id),
    made_at timestamptz not null,
    -- SHA-256 over the rules and country data that were used.
    rule_table_sha256 bytea not null check (octet_length(rule_table_sha256) = 32),
    -- Everything that was looked at, canonical JSON; `rasid replay` repeats the answers from it.
    input bytea not null,
    input_sha256 bytea not null check (octet_length(input_sha256) = 32 and input_sha256 = sha256(input)),
    -- What the machine answered, canonical JSON.
    answers bytea not null,
    overall_result text not null
);
create index triage_objection on triage (objection_id, made_at);

create table triage_answer (
    triage_id uuid not null references triage (id),
    violation_id uuid not null references violation_reference (violation_id),
    -- No refusal on the merits is among them.
    answer text not null check (answer in ('cancelled', 'reduced', 'closed_as_paid', 'refused_on_form',
                                           'document_requested', 'waiting', 'sent_to_review')),
    -- The ground that the facts support, for an answer in the citizen's favour.
    ground text check (ground ~ '^G(0[1-9]|1[0-9]|2[0-5])$'),
    -- The defect, for a refusal on form: the closed list.
    defect text check (defect in ('F01', 'F02', 'F03', 'F04')),
    -- What is due from now on (reduced), or what was paid (closed_as_paid).
    amount numeric(19, 4) check (amount >= 0),
    currency text references jurisdiction (currency),
    -- A notice to the owner at the time is due.
    reissue boolean not null default false,
    -- What was asked for, any one of them.
    documents text[] not null default '{}',
    explanation_arabic text not null,
    explanation_english text not null,
    -- Every check with what it found, in order.
    basis jsonb not null,
    -- Everything that was looked at: closed list in schemas::triage.
    features jsonb not null,
    answered_at timestamptz not null,
    primary key (triage_id, violation_id),
    check (answer <> 'refused_on_form' or defect is not null),
    check (answer <> 'cancelled' or ground is not null),
    check (answer not in ('reduced', 'closed_as_paid') or (amount is not null and currency is not null))
);
create index triage_answer_violation on triage_answer (violation_id);

---------------------------------------------------------------------------------------------------------------------
-- The queue

create table review_task (
    -- Ascending: claims in the order of the queue write to the same page of the key and not each to another.
    id uuid primary key default uuidv7(),
    -- What is asked of the person.
    kind text not null check (kind in ('objection', 'manual_check')),
    case_id uuid not null references case_head (case_id),
    -- The month that the case's rows lie in.
    case_opened_at timestamptz not null,
    -- Higher is sooner.
    priority smallint not null,
    queued_at timestamptz not null default now(),
    state text not null default 'open' check (state in ('open', 'claimed', 'done')),
    -- The hold, by the database's clock; a new lease_id at every claim.
    reviewer_id text,
    lease_id uuid,
    lease_until timestamptz,
    done_at timestamptz,
    -- Raised by every change; the ETag.
    version bigint not null default 1 check (version > 0),
    check (state <> 'claimed' or (reviewer_id is not null and lease_id is not null and lease_until is not null))
);
-- One task at a time for a case.
create unique index review_task_case on review_task (case_id) where state <> 'done';
-- Indexes for claiming and for pages of the queue, so that neither open tasks nor live leases are ever walked over: what
-- nobody holds in the order of the queue, and what is held by the end of its lease. The negative priority puts all parts of
-- the order in one direction, so that a page begins where the last one ended by one comparison of rows.
create index review_task_open on review_task ((-priority), queued_at, id) where state = 'open';
create index review_task_open_kind on review_task (kind, (-priority), queued_at, id) where state = 'open';
create index review_task_claimed on review_task (lease_until) where state = 'claimed';

-- Which frame a reviewer fetched under which lease.
create table frame_view (
    task_id uuid not null references review_task (id),
    lease_id uuid not null,
    sha256 bytea not null check (octet_length(sha256) = 32),
    reviewer_id text not null,
    viewed_at timestamptz not null default now(),
    primary key (task_id, lease_id, sha256)
);

---------------------------------------------------------------------------------------------------------------------
-- What a named human decided

create table decision (
    id uuid primary key,
    task_id uuid not null unique references review_task (id),
    -- What it is about: an objection, a manual check.
    case_id uuid not null references case_head (case_id),
    reviewer_id text not null check (length(reviewer_id) between 1 and 128),
    -- The hold under which every frame was opened.
    lease_id uuid not null,
    frames_opened integer not null check (frames_opened >= 0),
    reason_arabic text check (length(reason_arabic) between 10 and 4000),
    reason_english text check (length(reason_english) between 10 and 4000),
    decided_at timestamptz not null,
    check (reason_arabic is not null or reason_english is not null)
);
create index decision_case on decision (case_id);

-- One verdict for each sighting that was decided on: each violation of an objection, or the manual check itself.
create table decision_verdict (
    decision_id uuid not null references decision (id),
    -- The violation or manual check.
    case_id uuid not null references case_head (case_id),
    verdict text not null check (verdict in ('upheld', 'cancelled', 'reduced', 'dismissed')),
    -- What is due from now on.
    amount numeric(19, 4) check (amount > 0),
    currency text references jurisdiction (currency),
    decided_at timestamptz not null,
    primary key (decision_id, case_id),
    check ((verdict = 'reduced') = (amount is not null and currency is not null))
);
create index decision_verdict_case on decision_verdict (case_id);

---------------------------------------------------------------------------------------------------------------------
-- The status of a violation

-- What changed about a violation after it was issued, in order; the status of a violation derives from this and nothing
-- else. Whatever decides (triage, a person, the ledger, a recall) writes here by one function. What was decided is never
-- removed: a later row withdraws an earlier one.
create table violation_effect (
    -- The violation.
    case_id uuid not null references case_head (case_id),
    -- Order over everything that happened.
    ordinal bigint not null generated always as identity,
    effect text not null check (effect in ('cancelled', 'reduced', 'closed_as_paid', 'withdrawn')),
    -- What decided, and which row of it.
    source text not null check (source in ('triage', 'decision', 'recall', 'ledger')),
    source_id uuid not null,
    made_by text not null check (made_by in ('machine', 'human')),
    -- What is due from now on (reduced), or what was paid (closed_as_paid).
    amount numeric(19, 4) check (amount >= 0),
    currency text references jurisdiction (currency),
    -- A notice to the owner at the time is due.
    reissue boolean not null default false,
    -- The earlier effect that no longer counts.
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
          -- An effect counts unless it was withdrawn by one that was not itself withdrawn.
          and not exists (select from violation_effect as recall
                          where recall.case_id = counted.case_id and recall.withdraws = counted.ordinal
                            and not exists (select from violation_effect as undone
                                            where undone.case_id = recall.case_id
                                              and undone.withdraws = recall.ordinal))
    ) as now_so;

---------------------------------------------------------------------------------------------------------------------
-- Append only

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
