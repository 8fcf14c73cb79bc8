//! Objections and the job that looks at them, ready to be used by tests.

use super::sightings::BuildError;
use crate::foundation::db::Database;
use crate::foundation::service_metrics::ServiceMetrics;
use crate::objection::new::NewObjection;
use crate::triage::job::TriageJob;
use prometheus::Registry;
use rules::policy::Policies;
use schemas::clock::Clock;
use schemas::objection::{Ground, GroundCode, GroundDetails, Story};
use schemas::plate::PlateNumber;
use schemas::reference::ViolationReference;
use schemas::text::Language;
use std::sync::Arc;
use std::time::Duration;

/// An objection to `violations` of the plate with ASCII key `plate`, without documents.
///
/// # Errors
/// When the plate is none.
pub fn objection(
    violations: &[ViolationReference],
    plate: &str,
    grounds: &[GroundCode],
) -> Result<NewObjection, BuildError> {
    let ground = |code: &GroundCode| Ground::from_parts(*code, GroundDetails::default());
    Ok(NewObjection {
        violations: violations.to_vec(),
        plate: PlateNumber::parse_key(plate)?,
        grounds: grounds.iter().map(ground).collect::<Result<_, _>>()?,
        story: Story::parse("the act was not as the notice says")?,
        attachments: Vec::new(),
        language: Language::English,
        party: None,
        contact: None,
        lateness_reason: None,
    })
}

/// A triage job over `database` with the compiled-in rules and counters of its own.
///
/// # Errors
/// When the rules do not load.
pub fn triage_job(database: &Database, clock: Arc<dyn Clock>) -> Result<TriageJob, BuildError> {
    Ok(TriageJob {
        database: database.clone(),
        policies: Arc::new(Policies::compiled_in()?),
        clock,
        batch_objections_max: 50,
        interval: Duration::from_millis(20),
        metrics: ServiceMetrics::register(&Registry::new())?,
    })
}
