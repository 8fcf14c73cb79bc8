//! Looks at a production configuration and at all that it leads to, and says what is wrong, where, and what to do.
//!
//! Facts are gathered first (`facts`), by asking and without changing anything but one short-lived topic; then each
//! family of checks decides purely over them. Nothing ends the examination: what hangs on something that is away is "not
//! checked", with the reason.

mod access;
mod cameras;
mod clocks;
mod configuration;
mod connections;
mod facts;
mod finding;
mod folders;
mod group;
mod machine;
mod positions;
mod schema;
mod span;
mod told;
mod topics;

pub use facts::folders::{DiskRoom, disk_room};
pub use facts::machine::open_files_max;
pub use facts::{Examination, Processes};
pub use finding::{Check, Finding, Report, Verdict};

use crate::salvage::Salvaged;

/// Examines everything.
pub async fn examine(examination: &Examination) -> Report {
    let salvaged = Salvaged::load(Some(&examination.file));
    let mut findings = configuration::judge(&examination.file, &salvaged);
    let Some(config) = &salvaged.config else {
        let why = "the configuration cannot be read";
        let open = Check::ALL.into_iter().filter(|check| findings.iter().all(|one| one.check != *check));
        findings.extend(open.collect::<Vec<_>>().into_iter().map(|check| Finding::not_checked(check, why)));
        return Report::of(findings);
    };
    let facts = facts::gather(examination, &salvaged, config).await;
    findings.extend(topics::judge(config, &facts));
    findings.extend(group::judge(config, &facts));
    findings.extend(schema::judge(&facts.database));
    findings.extend(connections::judge(config, &facts, examination.processes));
    findings.extend(positions::judge(config, &facts));
    findings.extend(clocks::judge(&facts));
    findings.extend(cameras::judge(&facts));
    findings.extend(access::judge(&facts));
    findings.extend(folders::judge(&facts.folders));
    findings.extend(machine::judge(config, &facts));
    Report::of(findings)
}
