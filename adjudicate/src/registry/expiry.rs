//! When the first camera is left without a key or a certificate. One that has been without for long is out of service,
//! and no longer counted.

use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;

/// For so long a camera whose last key or certificate has ended is taken for one that still works, days.
const REMEMBERED_DAYS: i32 = 30;

/// Returns the seconds until the first camera's last key ends, negative if it has ended; `None` if no key does.
///
/// # Errors
/// When the database fails.
pub async fn soonest_camera_key(database: &Database) -> Result<Option<f64>, StoreError> {
    let seconds = sqlx::query_scalar!(
        "select extract(epoch from min(last) - now())::float8
         from (select max(valid_until) as last
               from camera_key
               where revoked_at is null
               group by camera_id
               having bool_and(valid_until is not null)) held
         where last > now() - make_interval(days => $1)",
        REMEMBERED_DAYS,
    );
    Ok(seconds.fetch_one(database.pool()).await?)
}

/// Returns the seconds until the first camera's last certificate ends, negative if it has ended; `None` if there is none.
///
/// # Errors
/// When the database fails.
pub async fn soonest_certificate(database: &Database) -> Result<Option<f64>, StoreError> {
    let seconds = sqlx::query_scalar!(
        "select extract(epoch from min(last) - now())::float8
         from (select max(valid_to) as last from calibration_certificate group by camera_id) held
         where last > now() - make_interval(days => $1)",
        REMEMBERED_DAYS,
    );
    Ok(seconds.fetch_one(database.pool()).await?)
}
