-- Of every violation of an objection that waits for a verdict, or of the sighting itself; a case that is no objection has
-- no parts, and an objection has no pictures of its own.
select distinct file.sha256 as "sha256!"
from objection_violation as part
join evidence_file as file
    on file.case_id = part.violation_id and file.recorded_at = part.violation_recorded_at
where part.objection_id = $1 and part.answer is null
union
select file.sha256
from evidence_file as file
where file.case_id = $1 and file.recorded_at = $2
