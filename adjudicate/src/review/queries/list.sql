-- A page of the queue. Of each kind that is asked for, open tasks are read along their index from where the last page
-- ended, at most a page of them; what is held is little, one task a reviewer, and is sorted whole.
with bound as (
    select coalesce(-last.priority, (-32768)::smallint) as place,
           coalesce(last.queued_at, '-infinity') as queued_at,
           coalesce(last.id, '00000000-0000-0000-0000-000000000000') as id
    from (values (true)) as always (one)
    left join review_task as last on last.id = $3
),
page as (
    select open.*
    from unnest($1::text[]) as wanted (kind)
    cross join lateral (
        select *
        from review_task
        where state = 'open' and kind = wanted.kind
          and (-priority, queued_at, id) > (select place, queued_at, id from bound)
        order by -priority, queued_at, id
        limit $4
    ) as open
    union all
    select *
    from review_task
    where state = 'claimed' and kind = any ($1)
      and (not $2::boolean or lease_until <= statement_timestamp())
      and (-priority, queued_at, id) > (select place, queued_at, id from bound)
)
select task.id as "id!",
       task.kind as "kind!",
       task.case_id as "case_id!",
       task.case_opened_at as "case_opened_at!",
       task.priority as "priority!",
       task.queued_at as "queued_at!",
       task.state as "state!",
       task.reviewer_id,
       task.lease_id,
       task.lease_until,
       task.version as "version!",
       clock_timestamp() as "read_at!",
       objection.reference as "reference?",
       coalesce(objection.jurisdiction, manual.jurisdiction) as jurisdiction,
       coalesce(objection.plate_key, manual.plate_key) as plate_key,
       coalesce(
           manual.reasons,
           array(select code from objection_ground where objection_id = task.case_id order by ordinal)
       ) as "reasons!",
       (select count(*) from objection_violation as part
        where part.objection_id = task.case_id and part.answer is null) as "violations!"
from page as task
left join objection on objection.id = task.case_id and task.kind = 'objection'
left join manual_check as manual
    on manual.id = task.case_id and manual.recorded_at = task.case_opened_at and task.kind = 'manual_check'
order by -task.priority, task.queued_at, task.id
limit $4
