select task.id,
       task.kind,
       task.case_id,
       task.case_opened_at,
       task.priority,
       task.queued_at,
       task.state,
       task.reviewer_id,
       task.lease_id,
       task.lease_until,
       task.version,
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
from review_task as task
left join objection on objection.id = task.case_id and task.kind = 'objection'
left join manual_check as manual
    on manual.id = task.case_id and manual.recorded_at = task.case_opened_at and task.kind = 'manual_check'
left join review_task as last on last.id = $3
where task.state <> 'done'
  and ($1::text is null or task.kind = $1)
  and (not $2::boolean or task.state = 'open' or task.lease_until <= clock_timestamp())
  and (last.id is null
       or (-task.priority, task.queued_at, task.id) > (-last.priority, last.queued_at, last.id))
order by task.priority desc, task.queued_at, task.id
limit $4
