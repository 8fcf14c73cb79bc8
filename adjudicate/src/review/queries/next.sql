select id
from review_task
where (state = 'open' or (state = 'claimed' and lease_until <= clock_timestamp()))
  and ($1::text is null or kind = $1)
order by priority desc, queued_at, id
limit 1
for update skip locked
