with manifest as (
    insert into evidence_manifest (recorded_at, case_id, sha256, document, signing_key_id, signature)
    select $1::timestamptz, case_id, sha256, document, signing_key_id, signature
    from unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::bytea[])
        as manifest (case_id, sha256, document, signing_key_id, signature)
)
insert into evidence_file (recorded_at, case_id, ordinal, role, sha256, media_type, size_bytes, width, height)
select $1, case_id, ordinal, role, sha256, media_type, size_bytes, width, height
from unnest($7::uuid[], $8::smallint[], $9::text[], $10::bytea[], $11::text[], $12::bigint[], $13::integer[], $14::integer[])
    as file (case_id, ordinal, role, sha256, media_type, size_bytes, width, height)
