-- Who did what to a case: its audit rows but for who read it, and the pictures that were opened, oldest first.
select recorded_at as "at!", actor as "actor!", action as "action!"
from audit_event
where (entity_kind, entity_id) in (select * from unnest($1::text[], $2::text[])) and action <> all ($4::text[])
union all
select viewed_at, 'reviewer:' || reviewer_id, 'review.view_frame'
from frame_view
where task_id = $3
order by 1
