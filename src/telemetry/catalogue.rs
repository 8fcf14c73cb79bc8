//! Everything that the program can count, as dashboards, alert rules and their tests know it.

use super::disk::DiskGauges;
use super::limits::LimitGauges;
use super::upkeep::UpkeepMetrics;
use super::{build_info, started};
use adjudicate::foundation::metrics::{JobMetrics, OutboxMetrics};
use adjudicate::foundation::service_metrics::ServiceMetrics;
use adjudicate::stream::metrics::RecordMetrics;
use detect::DetectMetrics;
use ingest::documents::DocumentMetrics;
use ingest::metrics::IngestMetrics;
use prometheus::Registry;
use prometheus::core::Collector;
use prometheus::proto::MetricType;
use schemas::clock::SystemClock;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use web::health::HealthMetrics;
use web::metrics::HttpMetrics;

/// One metric that the program can print.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricDescription {
    /// Its name, as in `/metrics`; of a histogram without `_bucket`, `_sum` and `_count`.
    pub name: String,
    /// `counter`, `gauge` or `histogram`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it says.
    pub help: String,
    /// Names of its labels, but for `le`.
    pub labels: Vec<String>,
}

/// Returns every metric of both halves, by name.
///
/// # Errors
/// When a name is refused or taken twice, which a test would show.
pub fn metrics() -> Result<Vec<MetricDescription>, prometheus::Error> {
    let mut described: Vec<MetricDescription> =
        collectors()?.iter().flat_map(|collector| describe(&**collector)).collect();
    described.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(described)
}

/// All of them, registered in one fresh registry as by a process that is both halves.
fn collectors() -> Result<Vec<Box<dyn Collector>>, prometheus::Error> {
    let registry = Registry::new();
    let clock = Arc::new(SystemClock::new());
    let process: Vec<Box<dyn Collector>> = vec![Box::new(build_info()?), Box::new(started(&*clock)?)];
    let both: Vec<Box<dyn Collector>> = vec![
        Box::new(DiskGauges::register(&registry, PathBuf::new())?),
        Box::new(LimitGauges::register(&registry)?),
    ];
    let of_crates = [
        IngestMetrics::register(&registry)?.collectors(),
        DocumentMetrics::register(&registry, 0)?.collectors(),
        DetectMetrics::register(&registry)?.collectors(),
        RecordMetrics::register(&registry)?.collectors(),
        OutboxMetrics::register(&registry)?.collectors(),
        JobMetrics::register(&registry, clock)?.collectors(),
        ServiceMetrics::register(&registry)?.collectors(),
        HttpMetrics::register(&registry)?.collectors(),
        HealthMetrics::register(&registry)?.collectors(),
        UpkeepMetrics::register(&registry)?.collectors(),
    ];
    Ok(process.into_iter().chain(both).chain(of_crates.into_iter().flatten()).collect())
}

fn describe(collector: &dyn Collector) -> Vec<MetricDescription> {
    let families = collector.collect();
    let kind_of = |name: &str| {
        let family = families.iter().find(|family| family.name() == name);
        family.map_or("gauge", |family| kind(family.get_field_type()))
    };
    let one = |desc: &prometheus::core::Desc| MetricDescription {
        name: desc.fq_name.clone(),
        kind: kind_of(&desc.fq_name),
        help: desc.help.clone(),
        labels: desc.variable_labels.clone(),
    };
    collector.desc().into_iter().map(one).collect()
}

const fn kind(of: MetricType) -> &'static str {
    match of {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        MetricType::SUMMARY => "summary",
        MetricType::UNTYPED => "untyped",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_name_with_a_unit_a_type_and_a_help() {
        let found = metrics().unwrap();
        let of = |name: &str| found.iter().find(|one| one.name == name).cloned().unwrap();
        assert_eq!(of("rasid_ingest_lag_seconds").labels, ["partition"]);
        assert_eq!(of("rasid_http_request_duration_seconds").kind, "histogram");
        assert_eq!(of("rasid_job_runs_total").kind, "counter");
        for one in &found {
            assert!(one.name.starts_with("rasid_"), "{}", one.name);
            assert_eq!(one.name.ends_with("_total"), one.kind == "counter", "{}", one.name);
            assert!(one.help.len() > 10, "{}", one.name);
            // Names that Prometheus gives by itself.
            assert!(!one.labels.iter().any(|label| label == "job" || label == "instance"), "{}", one.name);
        }
    }
}
