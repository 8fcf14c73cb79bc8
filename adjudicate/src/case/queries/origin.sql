select head.origin,
       parent.parent_id as "parent_id?",
       parent.cause_id as "cause_id?",
       unit.operator as "operator?",
       unit.form as "form?"
from case_head as head
left join case_origin_case as parent on parent.case_id = head.case_id
left join case_origin_unit as unit on unit.case_id = head.case_id
where head.case_id = $1
