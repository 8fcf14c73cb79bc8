select distinct file.sha256 as "sha256!"
from objection_violation as part
join evidence_file as file
    on file.case_id = part.violation_id and file.recorded_at = part.violation_recorded_at
where part.objection_id = $1 and part.answer is null
union
select file.sha256
from evidence_file as file
where file.case_id = $2 and file.recorded_at = $3
