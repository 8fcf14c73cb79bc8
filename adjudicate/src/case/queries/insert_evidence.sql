with manifest as (
    insert into evidence_manifest (recorded_at, case_id, sha256, document)
    select $1::timestamptz, case_id, sha256, document
    from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as manifest (case_id, sha256, document)
)
insert into evidence_file (recorded_at, case_id, ordinal, role, sha256, media_type, size_bytes, width, height)
select $1, case_id, ordinal, role, sha256, media_type, size_bytes, width, height
from unnest($5::uuid[], $6::smallint[], $7::text[], $8::bytea[], $9::text[], $10::bigint[], $11::integer[], $12::integer[])
    as file (case_id, ordinal, role, sha256, media_type, size_bytes, width, height)
