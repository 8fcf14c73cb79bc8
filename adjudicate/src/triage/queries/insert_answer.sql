insert into triage_answer (triage_id, violation_id, answer, ground, defect, amount, currency, reissue, documents,
                           explanation_arabic, explanation_english, basis, features, answered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
