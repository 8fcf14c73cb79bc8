select part.violation_id,
       standing.amount_asked as "amount_asked!",
       standing.currency as "currency!",
       (select count(*) from evidence_file as file
        where file.case_id = part.violation_id and file.recorded_at = part.violation_recorded_at) as "frames!"
from objection_violation as part
join violation_standing as standing
    on standing.violation_id = part.violation_id and standing.recorded_at = part.violation_recorded_at
where part.objection_id = $1 and part.answer is null
order by part.ordinal
