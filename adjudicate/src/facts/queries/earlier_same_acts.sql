-- Those that were registered before and still stand: of two, only the later is ever cancelled as the same act.
select count(*) as "count!"
from violation as earlier
join violation_status as status
    on status.violation_id = earlier.id and status.recorded_at = earlier.recorded_at
where earlier.plate_key = $1
  and earlier.site_id = $2
  and earlier.act_code = $3
  and earlier.captured_at between $4 and $5
  and (earlier.recorded_at, earlier.id) < ($6, $7)
  and status.status <> 'cancelled'
