//! When the first person is left without a key.

use crate::foundation::db::Database;
use crate::foundation::store_error::StoreError;

/// Returns the seconds until the first subject's last good key ends by itself; `None` if no key does. A key that has a
/// successor, or that was revoked, is nobody's last.
///
/// # Errors
/// When the database fails.
pub async fn soonest_access_key(database: &Database) -> Result<Option<f64>, StoreError> {
    let seconds = sqlx::query_scalar!(
        "select extract(epoch from min(last) - now())::float8
         from (select max(expires_at) as last
               from api_key
               where revoked_at is null and (expires_at is null or expires_at > now())
               group by subject_id
               having bool_and(expires_at is not null)) good"
    );
    Ok(seconds.fetch_one(database.pool()).await?)
}
