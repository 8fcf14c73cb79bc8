insert into dead_letter (cluster_id, topic, partition, recorded_at, record_offset, reason, event_source, event_id)
select $1, $2, $3, $4, record_offset, reason, event_source, event_id
from unnest($5::bigint[], $6::text[], $7::text[], $8::text[])
    as letter (record_offset, reason, event_source, event_id)
