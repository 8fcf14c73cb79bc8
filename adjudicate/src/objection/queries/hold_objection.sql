select sequence,
       jurisdiction,
       state,
       version,
       filed_at,
       party,
       (lateness_reason is not null) as "lateness_reason_given!",
       human_asked_at,
       document_due_on,
       clock_held_from
from objection
where id = $1
for update
