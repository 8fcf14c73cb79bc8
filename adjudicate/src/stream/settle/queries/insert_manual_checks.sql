-- reasons come joined by commas: an array of arrays of different lengths does not exist, and no reason has a comma.
insert into manual_check (
    recorded_at, cluster_id, topic, partition,
    id, reasons, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
    rule_table_sha256, calculation, reads, sighting, model_sha256, manifest_sha256,
    event_source, event_id, event_sha256, record_offset
)
select
    $1::timestamptz, $2::text, $3::text, $4::integer,
    id, string_to_array(reasons, ','), jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
    camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
    rule_table_sha256, calculation, reads, sighting, model_sha256, manifest_sha256,
    event_source, event_id, event_sha256, record_offset
from unnest($5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[],
            $13::text[], $14::integer[], $15::timestamptz[], $16::text[], $17::timestamptz[], $18::numeric[], $19::text[],
            $20::bytea[], $21::jsonb[], $22::jsonb[], $23::jsonb[], $24::bytea[], $25::bytea[],
            $26::text[], $27::text[], $28::bytea[], $29::bigint[])
    as new_row (id, reasons, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id,
                camera_id, lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
                rule_table_sha256, calculation, reads, sighting, model_sha256, manifest_sha256,
                event_source, event_id, event_sha256, record_offset)
