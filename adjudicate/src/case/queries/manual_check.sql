-- The head names the month, so that one partition is read and not all.
select id, recorded_at, reasons, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id, camera_id,
       lane, captured_at, captured_at_raw, received_at, suggested_amount, currency,
       rule_table_sha256, calculation, sighting, model_sha256, manifest_sha256, input_sha256
from manual_check
where id = $1 and recorded_at = (select opened_at from case_head where case_id = $1)
