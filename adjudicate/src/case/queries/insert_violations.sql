with new_row as (
    select *
    from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::integer[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::numeric[],
                $16::numeric[], $17::numeric[], $18::text[], $19::text[], $20::bytea[], $21::jsonb[], $22::jsonb[],
                $23::bytea[], $24::bytea[], $25::bytea[])
        as new_row (id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
                    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
                    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation,
                    sighting, model_sha256, manifest_sha256, input_sha256)
),
reference as (
    insert into violation_reference (reference, violation_id, recorded_at)
    select reference, id, $1 from new_row
)
insert into violation (
    recorded_at,
    id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation,
    sighting, model_sha256, manifest_sha256, input_sha256
)
select
    $1::timestamptz,
    id, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, amount,
    amount_min, amount_max, currency, tariff_row, rule_table_sha256, calculation,
    sighting, model_sha256, manifest_sha256, input_sha256
from new_row
