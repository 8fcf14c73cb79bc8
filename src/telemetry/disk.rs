//! How much room the disk of the evidence folder has, asked at each scrape.

use prometheus::core::{Collector, Desc};
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, Registry};
use std::path::PathBuf;

/// Room for evidence.
#[derive(Debug, Clone)]
pub struct DiskGauges {
    directory: PathBuf,
    free: IntGauge,
    size: IntGauge,
}

impl DiskGauges {
    /// Makes and registers them for the disk that holds `directory`.
    ///
    /// # Errors
    /// When one of the names is taken.
    pub fn register(registry: &Registry, directory: PathBuf) -> Result<Self, prometheus::Error> {
        let free = IntGauge::new(
            "rasid_evidence_disk_free_bytes",
            "Room that this process may still fill on the disk of the evidence folder",
        )?;
        let size = IntGauge::new(
            "rasid_evidence_disk_size_bytes",
            "What the disk of the evidence folder holds and may hold",
        )?;
        let gauges = Self { directory, free, size };
        registry.register(Box::new(gauges.clone()))?;
        Ok(gauges)
    }
}

impl Collector for DiskGauges {
    fn desc(&self) -> Vec<&Desc> {
        self.free.desc().into_iter().chain(self.size.desc()).collect()
    }

    fn collect(&self) -> Vec<MetricFamily> {
        // A disk that cannot be asked shows what it last said; writing to it fails loudly elsewhere.
        if let Ok(disk) = rustix::fs::statvfs(&self.directory) {
            let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
            self.free.set(bytes(disk.f_bavail));
            // As df counts: what is kept back for others is no part of it.
            let used = disk.f_blocks.saturating_sub(disk.f_bfree);
            self.size.set(bytes(used.saturating_add(disk.f_bavail)));
        }
        self.free.collect().into_iter().chain(self.size.collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_of_a_folder_has_a_size_and_no_more_room_than_that() {
        let folder = tempfile::tempdir().unwrap();
        let gauges = DiskGauges::register(&Registry::new(), folder.path().to_owned()).unwrap();
        gauges.collect();
        assert!(gauges.size.get() > 0 && (0..=gauges.size.get()).contains(&gauges.free.get()));
    }
}
