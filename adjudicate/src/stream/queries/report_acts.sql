-- For each numbered act: the cases of its events, and the distinct messages about those cases. An act without a case
-- has no row.
with asked as (
    select * from unnest($1::bigint[], $2::text[], $3::text[]) as asked (number, event_source, event_id)
),
found as (
    select number, head.case_id as id, head.kind = 'violation' as is_violation
    from asked
    join case_origin_record using (event_source, event_id)
    join case_head as head using (case_id)
)
select
    number as "number!",
    count(*) filter (where is_violation) as "violations!",
    count(*) filter (where not is_violation) as "manual_checks!",
    coalesce(sum((select count(*) from outbox where outbox.subject_id = found.id and outbox.topic = 'violations')), 0)::bigint
        as "messages!"
from found
group by number
