select violation.jurisdiction,
       violation.plate_key,
       violation.act_code,
       violation.site_id,
       violation.camera_id,
       violation.captured_at,
       violation.sighting,
       violation.reference,
       standing.standing as "standing!",
       standing.amount_asked as "amount_asked!",
       violation.currency
from violation
join violation_standing as standing
    on standing.violation_id = violation.id and standing.recorded_at = violation.recorded_at
where violation.id = $1 and violation.recorded_at = $2
