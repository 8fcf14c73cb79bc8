-- What nobody holds, in the order of the queue; the index of open tasks gives the first without a walk. A lease that ran
-- out is taken before, since its task has waited longer: at most as many as there are reviewers. It is sought by the time
-- of the statement: the clock may tell each row another, so that every live lease would be read.
with expired as (
    select id, priority, queued_at
    from review_task
    where state = 'claimed' and lease_until <= statement_timestamp()
    order by -priority, queued_at, id
    limit 1
    for update skip locked
),
open as (
    select id, priority, queued_at
    from review_task
    where state = 'open' and not exists (select from expired)
    order by -priority, queued_at, id
    limit 1
    for update skip locked
)
select id as "id!" from expired union all select id from open
