-- The picture among those of the sighting itself, or of the violations of an objection.
select file.media_type, file.ordinal, record.input as "input?"
from review_task as task
cross join lateral (
    select task.case_id, task.case_opened_at as opened_at
    union all
    select part.violation_id, part.violation_recorded_at
    from objection_violation as part where part.objection_id = task.case_id
) as sighting
join evidence_file as file
    on file.case_id = sighting.case_id and file.recorded_at = sighting.opened_at and file.sha256 = $2
left join assessment_record as record
    on record.case_id = sighting.case_id and record.recorded_at = sighting.opened_at
where task.id = $1
limit 1
