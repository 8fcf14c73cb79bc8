//! CPU time of processes from `/proc/PID/stat` and of a thread from its `schedstat` (Linux; `proc_pid_stat(5)`,
//! `Documentation/scheduler/sched-stats.rst` of the kernel).

use anyhow::Context;
use std::time::Duration;
use std::{fs, thread};

/// Length of a clock tick: Linux reports 100 a second on every architecture that Rasid runs on (`USER_HZ`).
const TICK_MILLISECONDS: u64 = 10;
/// Places after the command's closing bracket, which may itself hold spaces and brackets.
const PARENT: usize = 1;
const USER_TICKS: usize = 11;
const SYSTEM_TICKS: usize = 12;
const ENDED_CHILDREN_USER_TICKS: usize = 13;
const ENDED_CHILDREN_SYSTEM_TICKS: usize = 14;

/// One line of `/proc/PID/stat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stat {
    parent: u64,
    own_ticks: u64,
    ended_children_ticks: u64,
}

/// CPU time that a process has used itself, milliseconds.
///
/// # Errors
/// When there is no such process.
pub fn own_milliseconds(pid: u32) -> anyhow::Result<u64> {
    Ok(stat(pid)?.own_ticks * TICK_MILLISECONDS)
}

/// CPU time that a process, its living children and its ended ones have used, milliseconds: PostgreSQL has a process
/// for each connection.
///
/// # Errors
/// When there is no such process.
pub fn family_milliseconds(pid: u32) -> anyhow::Result<u64> {
    let head = stat(pid)?;
    let mut ticks = head.own_ticks + head.ended_children_ticks;
    for entry in fs::read_dir("/proc")? {
        let child = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
        // A process that ended since the folder was listed is in the parent's sum.
        let Some(child) = child.and_then(|child| stat(child).ok()) else { continue };
        if child.parent == u64::from(pid) {
            ticks += child.own_ticks + child.ended_children_ticks;
        }
    }
    Ok(ticks * TICK_MILLISECONDS)
}

/// CPU time that the calling thread has used. Unlike the time on the wall it does not grow while others have the core.
///
/// # Errors
/// When this kernel keeps no such statistics.
pub fn own_thread() -> anyhow::Result<Duration> {
    const PATH: &str = "/proc/thread-self/schedstat";
    // The kernel brings the figure up to date when the thread offers its core to others.
    thread::yield_now();
    let text = fs::read_to_string(PATH).with_context(|| format!("{PATH} cannot be read"))?;
    let used = text.split_whitespace().next().and_then(|field| field.parse().ok());
    used.map(Duration::from_nanos).with_context(|| format!("{PATH} has another form than expected"))
}

fn stat(pid: u32) -> anyhow::Result<Stat> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    parse(&text).with_context(|| format!("{path} has another form than expected"))
}

fn parse(text: &str) -> Option<Stat> {
    let fields: Vec<&str> = text.get(text.rfind(')')? + 1..)?.split_whitespace().collect();
    let number = |place: usize| fields.get(place)?.parse::<u64>().ok();
    Some(Stat {
        parent: number(PARENT)?,
        own_ticks: number(USER_TICKS)? + number(SYSTEM_TICKS)?,
        ended_children_ticks: number(ENDED_CHILDREN_USER_TICKS)? + number(ENDED_CHILDREN_SYSTEM_TICKS)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = "42 (post) gres: a b) S 7 42 42 0 -1 4194560 900 8 0 0 11 5 30 2 20 0 1 0 100 200 300";
        assert_eq!(parse(text), Some(Stat { parent: 7, own_ticks: 16, ended_children_ticks: 32 }));
    }

    #[test]
    fn the_time_of_a_thread_grows_with_its_work() {
        let before = own_thread().unwrap();
        let sum: u64 = (0..3_000_000_u64).map(std::hint::black_box).sum();
        assert!(std::hint::black_box(sum) > 0);
        assert!(own_thread().unwrap() > before);
    }

    #[test]
    fn this_process_is_found() {
        let pid = std::process::id();
        assert!(own_milliseconds(pid).is_ok());
        assert!(family_milliseconds(pid).unwrap() >= own_milliseconds(pid).unwrap());
    }
}
