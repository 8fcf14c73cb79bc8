-- For pgbench: one task's way through the queue, transaction by transaction as review::queue and decision::decide do it.
-- What stands in braces is put in from their own files.
begin;
select pg_advisory_xact_lock(hashtextextended(:reviewer::text, 0)) as locked;
select count(*) as held from review_task
where state = 'claimed' and reviewer_id = :reviewer and lease_until > statement_timestamp();
{next} \gset
update review_task
set state = 'claimed', reviewer_id = :reviewer, lease_id = uuidv7(),
    lease_until = clock_timestamp() + make_interval(secs => 900), version = version + 1
where id = :task_id
returning id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
          lease_id, lease_until, version, clock_timestamp() as read_at \gset
insert into audit_event (id, recorded_at, actor, action, entity_kind, entity_id, detail)
values (uuidv7(), now(), :actor, 'review.claim', 'review_task', :task_id::text,
        jsonb_build_object('lease', :lease_id::text));
commit;

begin;
select id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
       lease_id, lease_until, version, clock_timestamp() as read_at
from review_task where id = :task_id;
{required_frames};
insert into frame_view (task_id, lease_id, sha256, reviewer_id)
values (:task_id, :lease_id, sha256(convert_to(:case_id::text || ' 1', 'UTF8')), :reviewer)
on conflict do nothing;
commit;

begin;
select id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
       lease_id, lease_until, version, clock_timestamp() as read_at
from review_task where id = :task_id;
{required_frames};
insert into frame_view (task_id, lease_id, sha256, reviewer_id)
values (:task_id, :lease_id, sha256(convert_to(:case_id::text || ' 2', 'UTF8')), :reviewer)
on conflict do nothing;
commit;

begin;
select id from review_task where id = :task_id for update;
select id, kind, case_id, case_opened_at, priority, queued_at, state, reviewer_id,
       lease_id, lease_until, version, clock_timestamp() as read_at
from review_task where id = :task_id;
{required_frames};
select sha256 from frame_view where task_id = :task_id and lease_id = :lease_id;
update review_task set state = 'done', done_at = clock_timestamp(), version = version + 1
where id = :task_id and state = 'claimed' and lease_id = :lease_id and lease_until > clock_timestamp();
{insert_decision}
returning id as decision_id \gset
insert into decision_verdict (decision_id, case_id, verdict, amount, currency, decided_at)
values (:decision_id, :case_id, 'dismissed', null, null, now());
insert into audit_event (id, recorded_at, actor, action, entity_kind, entity_id, detail)
values (uuidv7(), now(), :actor, 'review.dismiss', 'decision', :decision_id::text,
        jsonb_build_object('manual_check', :case_id::text, 'verdict', 'dismissed'));
{extend_chain};
commit;
