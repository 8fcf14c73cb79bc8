with opened as (
    select *
    from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::bytea[], $6::bytea[], $8::text[])
        as opened (case_id, kind, opened_at, domain, row_bytes, sha256, origin)
),
head as (
    insert into case_head (case_id, kind, origin, opened_at, chain_length, chain_sha256)
    select case_id, kind, origin, opened_at, 1, sha256 from opened
)
insert into case_chain (case_id, sequence, opened_at, domain, row_bytes, previous_sha256, sha256, recorded_at)
select case_id, 1, opened_at, domain, row_bytes, $7::bytea, sha256, opened_at from opened
