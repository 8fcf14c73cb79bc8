-- The head names the month, so that one partition is read and not all.
select id, recorded_at, reference, jurisdiction, plate_letters, plate_digits, plate_key, act_code, site_id, camera_id,
       lane, captured_at, captured_at_raw, received_at, amount, amount_min, amount_max, currency, tariff_row,
       rule_table_sha256, calculation, sighting, model_sha256, manifest_sha256, input_sha256
from violation
where id = $1 and recorded_at = (select opened_at from case_head where case_id = $1)
