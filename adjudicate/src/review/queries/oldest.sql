-- The oldest tasks that nobody holds, of some kinds: of each kind at most as many as are wanted, along its index. A lease
-- that ran out counts as none; there are at most as many of them as there are reviewers.
select id as "id!"
from (
    select open.id, open.priority, open.queued_at
    from unnest($1::text[]) as wanted (kind)
    cross join lateral (
        select id, priority, queued_at
        from review_task
        where state = 'open' and kind = wanted.kind
        order by -priority, queued_at, id
        limit $2
    ) as open
    union all
    select id, priority, queued_at
    from review_task
    where state = 'claimed' and kind = any ($1) and lease_until <= statement_timestamp()
) as free
order by -priority, queued_at, id
limit $2
