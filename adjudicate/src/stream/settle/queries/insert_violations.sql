with new_row as (
    select *
    from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
                $13::text[], $14::integer[], $15::timestamptz[], $16::text[], $17::timestamptz[], $18::numeric[],
                $19::numeric[], $20::numeric[], $21::text[], $22::text[], $23::bytea[], $24::jsonb[], $25::jsonb[],
                $26::jsonb[], $27::bytea[], $28::bytea[], $29::text[], $30::text[], $31::bytea[], $32::bigint[])
        as new_row (id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
                    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
                    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation, reads,
                    sighting, model_sha256, manifest_sha256, event_source, event_id, event_sha256, record_offset)
),
reference as (
    insert into violation_reference (reference, violation_id, recorded_at)
    select reference, id, $1 from new_row
)
insert into violation (
    recorded_at, cluster_id, topic, partition,
    id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation, reads,
    sighting, model_sha256, manifest_sha256, event_source, event_id, event_sha256, record_offset
)
select
    $1::timestamptz, $2::text, $3::text, $4::integer,
    id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation, reads,
    sighting, model_sha256, manifest_sha256, event_source, event_id, event_sha256, record_offset
from new_row
