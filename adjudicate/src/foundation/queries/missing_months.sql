-- Named as ensure_month_partitions names them.
select partition as "partition!", ahead as "ahead!"
from unnest(month_partitioned_tables()) as parent
cross join generate_series(0, $1::integer) as ahead
cross join lateral (
    select parent || to_char(date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead),
                             '"_y"YYYY"m"MM') as partition
) as named
where to_regclass(format('%I.%I', current_schema(), partition)) is null
order by ahead, partition
