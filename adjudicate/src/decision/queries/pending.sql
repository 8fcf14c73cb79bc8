select part.violation_id,
       status.amount_due as "amount_due!",
       (status.status = 'cancelled') as "cancelled!",
       status.currency as "currency!",
       (select count(*) from evidence_file as file
        where file.case_id = part.violation_id and file.recorded_at = part.violation_recorded_at) as "frames!"
from objection_violation as part
join violation_status as status
    on status.violation_id = part.violation_id and status.recorded_at = part.violation_recorded_at
where part.objection_id = $1 and part.answer is null
order by part.ordinal
