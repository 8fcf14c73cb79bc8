select reference.violation_id,
       reference.recorded_at,
       reference.reference,
       violation.jurisdiction,
       (status.status = 'cancelled') as "cancelled!",
       (select count(*) from objection_violation as part
        where part.violation_id = reference.violation_id) as "objections!"
from violation_reference as reference
join violation on violation.id = reference.violation_id and violation.recorded_at = reference.recorded_at
join violation_status as status
    on status.violation_id = violation.id and status.recorded_at = violation.recorded_at
where reference.reference = any($1) and violation.plate_key = $2
