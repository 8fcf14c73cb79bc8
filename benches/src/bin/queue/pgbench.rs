//! The same statements by pgbench, which holds nothing between them.

use crate::cycle::REASON;
use adjudicate::testing::queue::bare_cycle;
use anyhow::{Context, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Probe;
use tokio::process::Command;

/// Where Debian puts the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Threads of pgbench: as many as it takes not to be what is measured.
const THREADS: &str = "2";

/// The program.
pub(crate) struct Pgbench(PathBuf);

impl Pgbench {
    /// The one in `PATH`, else the newest of Debian's.
    pub(crate) fn find() -> anyhow::Result<Self> {
        let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut installed: Vec<PathBuf> = versions.map(|version| version.join("bin/pgbench")).collect();
        installed.sort();
        let found =
            [PathBuf::from("pgbench")].into_iter().chain(installed.into_iter().rev()).find(|program| {
                Probe::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
            });
        let found = found.with_context(|| {
            format!(
                "pgbench was not found in PATH nor below {DEBIAN}; install it, on Debian: apt-get install \
                 postgresql"
            )
        });
        found.map(Self)
    }

    /// Cycles a second of `clients`, which together do about `cycles`.
    pub(crate) async fn measure(
        &self,
        url: &str,
        schema: &str,
        clients: u32,
        cycles: u32,
    ) -> anyhow::Result<f64> {
        let folder = tempfile::tempdir()?;
        let script = folder.path().join("cycle.sql");
        fs::write(&script, bare_cycle())?;
        let output = self.command(url, schema, &script, clients, cycles).output().await?;
        let (said, complaints) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "pgbench failed: {complaints}");
        rate(&said).with_context(|| format!("pgbench printed no rate: {said}{complaints}"))
    }

    fn command(&self, url: &str, schema: &str, script: &Path, clients: u32, cycles: u32) -> Command {
        let mut command = Command::new(&self.0);
        command
            .env("PGOPTIONS", format!("-c search_path={schema},public"))
            .args(["--no-vacuum", "--protocol=prepared", "--jobs", THREADS])
            .args(["--client".to_owned(), clients.to_string()])
            .args(["--transactions".to_owned(), cycles.div_ceil(clients).to_string()])
            .args(["--define=wanted=manual_check", "--define=reviewer=reviewer-0"])
            .args(["--define=actor=reviewer:reviewer-0".to_owned(), format!("--define=reason={REASON}")])
            .arg("--file")
            .arg(script)
            .arg(url);
        command
    }
}

/// The rate without the time that connecting took.
fn rate(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_from_its_line() {
        let said = "number of failed transactions: 0 (0.000%)\ninitial connection time = 9.1 ms\n\
                    tps = 421.705000 (without initial connection time)\n";
        assert!((rate(said).unwrap() - 421.705).abs() < 1e-9);
        assert_eq!(rate("pgbench: error"), None);
    }
}
