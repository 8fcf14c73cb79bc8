with moved as (
    update objection
    set state = $4,
        version = version + 1,
        closed_at = case when $8::boolean then $7::timestamptz end
    where id = $1 and state = $2 and version = $3
    returning id, version
)
insert into objection_event (objection_id, version, event, from_state, to_state, actor, recorded_at)
select id, version, $5, $2, $4, $6, $7 from moved
returning version
