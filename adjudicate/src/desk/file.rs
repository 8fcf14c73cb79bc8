//! Filing an objection, by form or by program.

use crate::foundation::audit::Actor;
use crate::foundation::db::Database;
use crate::foundation::idempotency::{CallAtWork, KeptAnswer};
use crate::foundation::service_metrics::ServiceMetrics;
use crate::objection::file::{FilingError, file_in};
use crate::objection::new::{FiledObjection, NewObjection};
use chrono::{DateTime, Utc};

/// Files an objection and keeps the answer to the call in the same transaction, so that no crash makes a repeated call
/// file twice. `keep_files` is done once the objection is taken and before that is final: what is refused leaves no file
/// behind, and what is filed has its files.
///
/// # Errors
/// When the objection is not taken, its files or the answer cannot be made, or the database fails.
pub async fn file_once<E: From<FilingError>>(
    database: &Database,
    at_work: &CallAtWork,
    (actor, new): (Actor, &NewObjection),
    (metrics, now): (&ServiceMetrics, DateTime<Utc>),
    keep_files: impl Future<Output = Result<(), E>>,
    answer: impl FnOnce(&FiledObjection) -> Result<KeptAnswer, E>,
) -> Result<KeptAnswer, E> {
    let failed = |source: sqlx::Error| E::from(FilingError::from(source));
    let mut transaction = database.begin().await.map_err(failed)?;
    let filed = file_in(&mut transaction, actor, new, now).await?;
    keep_files.await?;
    let answer = answer(&filed)?;
    at_work.keep(&mut transaction, &answer).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    if let Some(main) = new.grounds.first() {
        metrics.count_objection(main.code());
    }
    Ok(answer)
}
