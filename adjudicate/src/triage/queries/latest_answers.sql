select distinct on (answer.violation_id)
       answer.triage_id,
       answer.violation_id,
       answer.answer,
       answer.ground,
       answer.defect,
       answer.amount,
       answer.currency,
       answer.reissue,
       answer.documents,
       answer.explanation_arabic,
       answer.explanation_english,
       answer.basis,
       answer.features,
       answer.answered_at
from triage
join triage_answer as answer on answer.triage_id = triage.id
where triage.objection_id = $1
order by answer.violation_id, triage.made_at desc, triage.id desc
