-- Two windows of the same length overlap when their acts lie closer together than that. In key order against circles.
insert into act (case_id, plate_key, site_id, kind, window_of_act)
select case_id, plate_key, site_id, kind, tstzrange(captured_at, captured_at + make_interval(secs => $6))
from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    with ordinality as candidate (case_id, plate_key, site_id, kind, captured_at, place)
order by plate_key, site_id, kind, captured_at, place
on conflict do nothing
returning case_id
