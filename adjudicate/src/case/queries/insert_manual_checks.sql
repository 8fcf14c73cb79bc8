-- reasons come joined by commas: an array of arrays of different lengths does not exist, and no reason has a comma.
insert into manual_check (
    recorded_at,
    id, reasons, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
    rule_table_sha256, calculation, sighting, model_sha256, manifest_sha256, input_sha256
)
select
    $1::timestamptz,
    id, string_to_array(reasons, ','), jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
    rule_table_sha256, calculation, sighting, model_sha256, manifest_sha256, input_sha256
from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
            $10::text[], $11::integer[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::numeric[],
            $16::text[], $17::bytea[], $18::jsonb[], $19::jsonb[], $20::bytea[], $21::bytea[],
            $22::bytea[])
    as new_row (id, reasons, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
                camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
                rule_table_sha256, calculation, sighting, model_sha256, manifest_sha256, input_sha256)
