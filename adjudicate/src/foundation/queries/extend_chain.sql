-- The update locks the case's head, so that two writers of one case stand in line; `old` is the head they found.
with moved as (
    update case_head
    set chain_length = chain_length + 1,
        chain_sha256 = sha256(chain_sha256 || convert_to($2::text, 'UTF8') || '\x00'::bytea || $3::bytea)
    where case_id = $1
    returning case_id, opened_at, new.chain_length, old.chain_sha256 as previous_sha256, new.chain_sha256
)
insert into case_chain (case_id, sequence, opened_at, domain, row_bytes, previous_sha256, sha256, recorded_at)
select case_id, chain_length, opened_at, $2, $3, previous_sha256, chain_sha256, now() from moved
returning sha256
