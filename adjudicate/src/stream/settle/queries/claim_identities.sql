-- In key order, so that two partitions that bring the same events never wait for each other in a circle. Among equal
-- ids of one run the lowest offset wins.
insert into event_identity (source, event_id, camera_id, value_sha256, cluster_id, topic, partition, record_offset, seen_at)
select source, event_id, camera_id, value_sha256, $5, $6, $7, record_offset, $8
from unnest($1::text[], $2::text[], $9::text[], $3::bytea[], $4::bigint[])
    as candidate (source, event_id, camera_id, value_sha256, record_offset)
order by source, event_id, camera_id, record_offset
on conflict do nothing
returning record_offset
