-- Ids that are known with other content; an id that vanished meanwhile counts too, so that nothing passes unexamined.
select candidate.record_offset as "record_offset!"
from unnest($1::text[], $2::text[], $5::text[], $3::bytea[], $4::bigint[])
    as candidate (source, event_id, camera_id, value_sha256, record_offset)
left join event_identity as known using (source, event_id, camera_id)
where known.value_sha256 is distinct from candidate.value_sha256
