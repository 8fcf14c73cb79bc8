select reference.violation_id,
       reference.recorded_at,
       reference.reference,
       violation.plate_key,
       violation.jurisdiction,
       (standing.standing = 'cancelled') as "cancelled!"
from violation_reference as reference
join violation on violation.id = reference.violation_id and violation.recorded_at = reference.recorded_at
join violation_standing as standing
    on standing.violation_id = violation.id and standing.recorded_at = violation.recorded_at
where reference.reference = any($1)
