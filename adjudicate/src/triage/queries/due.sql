-- A document is overdue when its last local day is over; $2 is today in each country of $1. An objection's turn
-- has come when no earlier live objection still waits for an answer on one of its violations, and none is before a person.
select id as "id!", true as "overdue!"
from objection
join unnest($1::text[], $2::date[]) as today (jurisdiction, day) using (jurisdiction)
where state = 'awaiting_document'
  and document_due_on < today.day
union all
select waiting.id, false
from objection as waiting
where waiting.state = 'waiting'
  and not exists (
      select from objection_violation as own
      join objection_violation as other on other.violation_id = own.violation_id and other.objection_id <> own.objection_id
      join objection as earlier on earlier.id = other.objection_id
      where own.objection_id = waiting.id
        and own.answer is null
        and other.answer is null
        and (earlier.sequence < waiting.sequence and earlier.state in ('filed', 'waiting', 'awaiting_document')
             or earlier.state = 'in_review')
  )
