//! Whether the service can write where it must, whether others look in, and how much room is left.

use super::facts::folders::{DiskRoom, FolderFacts, FolderState};
use super::finding::{Check, Finding};

/// Below either of them a disk is full for us: the stream half stops before it loses a picture.
const ROOM_FAULT_BYTES: u64 = 1 << 30;
const ROOM_FAULT_PERCENT: u64 = 2;
/// Below either of them it soon will be.
const ROOM_WARNING_BYTES: u64 = 5 << 30;
const ROOM_WARNING_PERCENT: u64 = 10;
const OWNER_WRITE: u32 = 0o200;
const GROUP: u32 = 0o070;
const OTHERS: u32 = 0o007;

pub(super) fn judge(folders: &[FolderFacts]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = folders.iter().map(folder).collect();
    findings.extend(folders.iter().map(room));
    findings
}

fn folder(facts: &FolderFacts) -> Finding {
    let check = facts.check;
    let shown = facts.path.display().to_string();
    let place = format!("{} = {shown}", facts.key);
    let own = format!("make it a folder of the service's user: `install -d -m 700 -o USER {shown}`");
    match &facts.state {
        FolderState::ToBeMade(within) => {
            Finding::good(check, place, format!("not there yet, and can be made in {}", within.display()))
        }
        FolderState::CannotBeMade(why) => {
            Finding::fault(check, place, format!("is not there and cannot be made: {why}"), own)
        }
        FolderState::There { written: Err(why), .. } => {
            Finding::fault(check, place, format!("nothing can be written there: {why}"), own)
        }
        FolderState::There { mode, owner, written: Ok(()) } => {
            let found = format!("mode {mode:04o}, of user {owner}");
            if mode & OWNER_WRITE == 0 {
                // Only root writes there all the same, and the service should not be root.
                return Finding::fault(check, place, format!("its owner may not write there ({found})"), own);
            }
            if mode & OTHERS != 0 {
                let found = format!("every user of this machine may look in ({found})");
                return Finding::fault(check, place, found, format!("chmod 700 {shown}"));
            }
            if mode & GROUP != 0 {
                let found = format!("its group may look in ({found})");
                return Finding::warning(
                    check,
                    place,
                    found,
                    format!("chmod 700 {shown}, unless that is meant"),
                );
            }
            Finding::good(check, place, found)
        }
    }
}

fn room(facts: &FolderFacts) -> Finding {
    let (check, place) = (Check::DiskRoom, facts.path.display().to_string());
    let room = match &facts.room {
        Ok(room) => room,
        Err(why) => return Finding::not_checked(check, format!("{place}: {why}")),
    };
    let found = format!(
        "{} MiB of {} MiB are free, and {}",
        room.free_bytes >> 20,
        room.total_bytes >> 20,
        if room.total_files == 0 {
            "files are not counted".to_owned()
        } else {
            format!("{} files more", room.free_files)
        }
    );
    let remedy = "make room, or move the folder to a larger disk";
    if is_below(room, ROOM_FAULT_BYTES, ROOM_FAULT_PERCENT) {
        return Finding::fault(check, place, format!("nearly full: {found}"), remedy);
    }
    if is_below(room, ROOM_WARNING_BYTES, ROOM_WARNING_PERCENT) {
        return Finding::warning(check, place, found, remedy);
    }
    Finding::good(check, place, found)
}

fn is_below(room: &DiskRoom, bytes: u64, percent: u64) -> bool {
    let share = |free: u64, total: u64| u128::from(free) * 100 < u128::from(total) * u128::from(percent);
    // A disk that is smaller than the bound is judged by its share.
    let few_bytes = room.free_bytes < bytes && room.total_bytes > bytes.saturating_mul(2);
    few_bytes || share(room.free_bytes, room.total_bytes) || share(room.free_files, room.total_files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;
    use std::path::PathBuf;

    const GIBIBYTE: u64 = 1 << 30;

    fn facts(state: FolderState, room: DiskRoom) -> FolderFacts {
        let path = PathBuf::from("/evidence");
        FolderFacts { check: Check::EvidenceFolder, key: "evidence.directory", path, state, room: Ok(room) }
    }

    fn disk(total_gibibytes: u64, free_bytes: u64, free_files: u64) -> Verdict {
        let total_bytes = total_gibibytes * GIBIBYTE;
        let state = FolderState::ToBeMade("/".into());
        room(&facts(state, DiskRoom { total_bytes, free_bytes, total_files: 1_000, free_files })).verdict
    }

    #[test]
    fn a_disk_is_judged_by_bytes_share_and_files_that_are_left() {
        assert_eq!(disk(1_000, 500 * GIBIBYTE, 900), Verdict::Good);
        assert_eq!(disk(100, 8 * GIBIBYTE, 900), Verdict::Warning);
        assert_eq!(disk(1_000, 19 * GIBIBYTE, 900), Verdict::Fault);
        assert_eq!(disk(10, GIBIBYTE - 1, 900), Verdict::Fault);
        assert_eq!(disk(1_000, 500 * GIBIBYTE, 5), Verdict::Fault, "no more files can be made");
        assert_eq!(disk(1, GIBIBYTE / 2, 900), Verdict::Good, "a small disk, half empty");
    }

    #[test]
    fn a_folder_is_for_the_service_alone_and_can_be_written() {
        let roomy = DiskRoom { total_bytes: 1, free_bytes: 1, total_files: 0, free_files: 0 };
        let there = |mode, written| FolderState::There { mode, owner: 0, written };
        for (state, verdict) in [
            (there(0o700, Ok(())), Verdict::Good),
            (there(0o750, Ok(())), Verdict::Warning),
            (there(0o755, Ok(())), Verdict::Fault),
            (there(0o701, Ok(())), Verdict::Fault),
            (there(0o500, Ok(())), Verdict::Fault),
            (there(0o700, Err("read-only".to_owned())), Verdict::Fault),
            (FolderState::CannotBeMade("/x is a file".to_owned()), Verdict::Fault),
            (FolderState::ToBeMade("/".into()), Verdict::Good),
        ] {
            assert_eq!(folder(&facts(state.clone(), roomy)).verdict, verdict, "{state:?}");
        }
    }
}
