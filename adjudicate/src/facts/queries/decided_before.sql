-- Earlier objections in which a human decided on the violation, with all grounds heard and all evidence seen.
select decision.case_id as "objection_id!",
       array(select code from objection_ground where objection_id = decision.case_id) as "grounds!",
       array(
           select encode(sha256, 'hex') from attachment where case_id = decision.case_id
           union
           select document_number from objection_ground
           where objection_id = decision.case_id and document_number is not null
       ) as "evidence!"
from decision_verdict
join decision on decision.id = decision_verdict.decision_id
where decision_verdict.case_id = $1 and decision.case_id <> $2
