//! What a process needs of this machine: the plate reader's parts, files that it may open, certificates on disk.

use super::facts::Facts;
use super::facts::certificates::{FileFacts, FileKind, Validity};
use super::facts::machine::ReaderFacts;
use super::finding::{Check, Finding};
use crate::config::Config;
use chrono::{DateTime, TimeDelta, Utc};
use detect::session::LIBRARY_VERSION_MIN;

/// A certificate that ends sooner is told.
const CERTIFICATE_ENDS_SOON: TimeDelta = TimeDelta::days(30);
/// Files of a process besides connections of clients and to the database: the broker's, evidence, uploads, models, logs.
const FILES_BESIDES: u64 = 200;

pub(super) fn judge(config: &Config, facts: &Facts) -> Vec<Finding> {
    let mut findings =
        vec![models(&facts.reader), library(&facts.reader), open_files(config, facts.open_files_max)];
    findings.extend(facts.files.iter().map(|file| file_finding(file, facts.now)));
    if facts.files.is_empty() {
        findings.push(Finding::good(
            Check::Certificates,
            "[kafka], database.url",
            "no certificate is configured",
        ));
    }
    findings
}

fn models(reader: &ReaderFacts) -> Finding {
    let (check, place) = (Check::ReaderModels, "detect.models_folder");
    match &reader.models {
        Err(why) => {
            let remedy = "put the released files with their models.lock there, or take the key out to use those compiled in";
            Finding::fault(check, place, why.clone(), remedy)
        }
        Ok(models) if models.used != models.released => {
            let found = format!("other models than those of this release, digest {}", models.used);
            Finding::warning(check, place, found, "make sure that these models were measured and are meant")
        }
        Ok(models) => Finding::good(check, place, format!("those of this release, digest {}", models.used)),
    }
}

fn library(reader: &ReaderFacts) -> Finding {
    let (check, key) = (Check::ReaderLibrary, "detect.onnxruntime_path");
    let remedy = format!(
        "set detect.onnxruntime_path to libonnxruntime.so 1.{LIBRARY_VERSION_MIN} or newer, or run `rasid runtime fetch`"
    );
    let (path, version) = match &reader.library {
        Ok(library) => library,
        Err(why) => return Finding::fault(check, key, why.clone(), remedy),
    };
    let place = format!("{key} = {}", path.display());
    match version {
        Err(why) => Finding::fault(check, place, why.clone(), remedy),
        Ok(version) if *version < LIBRARY_VERSION_MIN => {
            Finding::fault(check, place, format!("is ONNX Runtime 1.{version}, too old"), remedy)
        }
        Ok(version) => Finding::good(check, place, format!("ONNX Runtime 1.{version}")),
    }
}

fn open_files(config: &Config, limit: Option<u64>) -> Finding {
    let (check, place) = (Check::OpenFiles, "ulimit -n");
    let pools = config.database.http_connections_max + config.database.jobs_connections_max;
    let connections = u64::try_from(config.http.connections_max).unwrap_or(u64::MAX);
    let needed = connections.saturating_add(u64::from(pools)).saturating_add(FILES_BESIDES);
    match limit {
        Some(limit) if limit < needed => {
            let found = format!(
                "{limit} files may be open in this shell, and `rasid serve` needs {needed} with http.connections_max = \
                 {connections}"
            );
            let remedy =
                format!("raise it for the service: LimitNOFILE={} in its unit", needed.saturating_mul(2));
            Finding::fault(check, place, found, remedy)
        }
        Some(limit) => Finding::good(check, place, format!("{limit} in this shell, {needed} are needed")),
        None => Finding::good(check, place, "no limit"),
    }
}

fn file_finding(file: &FileFacts, now: DateTime<Utc>) -> Finding {
    let check = Check::Certificates;
    let shown = file.path.display();
    let place = format!("{} = {shown}", file.key);
    let mode = match &file.mode {
        Ok(mode) => *mode,
        Err(why) => {
            return Finding::fault(check, place, format!("cannot be read: {why}"), "correct the path");
        }
    };
    match (&file.certificates, file.kind) {
        (_, FileKind::Secret) if mode & 0o007 != 0 => {
            let found = format!("every user of this machine may read the key (mode {mode:04o})");
            Finding::fault(check, place, found, format!("chmod 600 {shown}, for the service's user"))
        }
        (_, FileKind::Secret) => Finding::good(check, place, format!("mode {mode:04o}")),
        (Err(why), _) => Finding::fault(
            check,
            place,
            format!("holds no certificate: {why}"),
            "give a PEM file of certificates",
        ),
        (Ok(certificates), kind) => validity(place, certificates, kind, now),
    }
}

/// One authority that holds is enough; of our own chain each must hold.
fn validity(place: String, certificates: &[Validity], kind: FileKind, now: DateTime<Utc>) -> Finding {
    let check = Check::Certificates;
    let remedy = "renew it, put the new one in its place and restart the processes";
    let end = |one: &Validity| if one.from > now { DateTime::<Utc>::MIN_UTC } else { one.until };
    let decisive = match kind {
        FileKind::Authorities => certificates.iter().max_by_key(|one| end(one)),
        FileKind::Own | FileKind::Secret => certificates.iter().min_by_key(|one| end(one)),
    };
    let Some(one) = decisive else {
        return Finding::fault(check, place, "holds no certificate", "give a PEM file of certificates");
    };
    let told = format!(
        "'{}' holds from {} to {}",
        one.subject,
        one.from.format("%Y-%m-%d"),
        one.until.format("%Y-%m-%d")
    );
    if end(one) < now {
        return Finding::fault(check, place, format!("does not hold now: {told}"), remedy);
    }
    if end(one) < now + CERTIFICATE_ENDS_SOON {
        return Finding::warning(check, place, format!("ends soon: {told}"), remedy);
    }
    Finding::good(check, place, told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    fn certificate(from_days: i64, until_days: i64) -> Validity {
        let at = |days| DateTime::UNIX_EPOCH + TimeDelta::days(days);
        Validity { subject: "CN=kafka".to_owned(), from: at(from_days), until: at(until_days) }
    }

    #[test]
    fn one_authority_that_holds_is_enough_and_of_the_own_chain_each_must_hold() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(100);
        let verdict =
            |certificates: &[Validity], kind| validity(String::new(), certificates, kind, now).verdict;
        let (past, soon, good, later) =
            (certificate(0, 99), certificate(0, 110), certificate(0, 500), certificate(101, 500));
        for (certificates, authorities, own) in [
            (vec![good.clone()], Verdict::Good, Verdict::Good),
            (vec![good.clone(), past.clone()], Verdict::Good, Verdict::Fault),
            (vec![good.clone(), soon.clone()], Verdict::Good, Verdict::Warning),
            (vec![later.clone()], Verdict::Fault, Verdict::Fault),
            (vec![past], Verdict::Fault, Verdict::Fault),
            (vec![soon], Verdict::Warning, Verdict::Warning),
            (vec![], Verdict::Fault, Verdict::Fault),
        ] {
            assert_eq!(verdict(&certificates, FileKind::Authorities), authorities, "{certificates:?}");
            assert_eq!(verdict(&certificates, FileKind::Own), own, "{certificates:?}");
        }
    }

    #[test]
    fn open_files_must_do_for_all_connections() {
        let config = Config::from_defaults_and("[database]\nurl = \"postgres://u/u\"").unwrap();
        assert_eq!(open_files(&config, Some(1_024)).verdict, Verdict::Good);
        assert_eq!(open_files(&config, None).verdict, Verdict::Good);
        let few = open_files(&config, Some(512));
        assert_eq!(few.verdict, Verdict::Fault);
        assert!(few.found.contains("http.connections_max = 512"), "{}", few.found);
    }
}
