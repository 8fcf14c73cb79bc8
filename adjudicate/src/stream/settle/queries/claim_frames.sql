-- In key order, so that two partitions that bring the same pictures never wait for each other in a circle.
insert into frame_use (sha256, plate_key, kind, case_id)
select sha256, plate_key, kind, case_id
from unnest($1::bytea[], $2::text[], $3::text[], $4::uuid[])
    with ordinality as candidate (sha256, plate_key, kind, case_id, place)
order by sha256, plate_key, kind, place
on conflict do nothing
returning case_id, sha256
