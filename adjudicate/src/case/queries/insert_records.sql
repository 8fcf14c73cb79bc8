insert into case_origin_record (
    opened_at, case_id, part, cluster_id, topic, partition, record_offset, event_source, event_id, event_sha256,
    event_size_bytes, signature
)
select $1::timestamptz, *
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[], $8::text[], $9::text[],
            $10::bytea[], $11::bigint[], $12::text[])
