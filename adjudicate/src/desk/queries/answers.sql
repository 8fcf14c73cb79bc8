select part.violation_id,
       part.violation_reference,
       part.answer,
       part.answered_by,
       decision.reviewer_id as "reviewer_id?",
       verdict.verdict as "verdict?",
       verdict.amount,
       verdict.currency,
       decision.reason_arabic,
       decision.reason_english,
       decision.decided_at as "decided_at?"
from objection_violation as part
left join decision on decision.case_id = part.objection_id
left join decision_verdict as verdict
    on verdict.decision_id = decision.id and verdict.case_id = part.violation_id
where part.objection_id = $1
order by part.ordinal
