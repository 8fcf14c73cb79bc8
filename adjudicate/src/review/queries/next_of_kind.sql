-- As next.sql, of one kind. A statement of its own: one for both, with `$1 is null or kind = $1`, has one plan, which walks
-- over every task of the other kind that stands before.
with expired as (
    select id, priority, queued_at
    from review_task
    where state = 'claimed' and kind = $1 and lease_until <= statement_timestamp()
    order by -priority, queued_at, id
    limit 1
    for update skip locked
),
open as (
    select id, priority, queued_at
    from review_task
    where state = 'open' and kind = $1 and not exists (select from expired)
    order by -priority, queued_at, id
    limit 1
    for update skip locked
)
select id as "id!" from expired union all select id from open
