select violation.jurisdiction,
       violation.plate_key,
       violation.act_code,
       violation.site_id,
       violation.camera_id,
       violation.captured_at,
       violation.sighting,
       violation.reference,
       status.status as "status!",
       status.amount_due as "amount_due!",
       violation.currency
from violation
join violation_status as status
    on status.violation_id = violation.id and status.recorded_at = violation.recorded_at
where violation.id = $1 and violation.recorded_at = $2
