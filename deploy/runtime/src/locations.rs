//! Where things are on this machine: the cache, the folder for temporary data, the programs needed.

use crate::error::RuntimeError;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Cache of root: in the system's cache, since PostgreSQL runs as `nobody` and cannot enter root's home.
const ROOT_CACHE: &str = "/var/cache/rasid";
/// Write permission of the group and of everybody else.
const OTHERS_WRITE: u32 = 0o022;
const ROOT: u32 = 0;

/// Where this machine keeps what the runtime needs. All fields are plain data, so that a test can point any
/// of them elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Locations {
    /// The cache folder, when the user names one (`RASID_HOME`).
    pub home: Option<PathBuf>,
    /// The user's cache directory (`XDG_CACHE_HOME`, else `~/.cache`); not used for root.
    pub user_cache: Option<PathBuf>,
    /// Folders in which programs are looked for, in the form of `PATH`.
    pub search_path: OsString,
    /// A Java installation to prefer over the one in `search_path` (`JAVA_HOME`).
    pub java_home: Option<PathBuf>,
    /// Where temporary data folders are made (`TMPDIR`, else `/tmp`).
    pub temporary: PathBuf,
}

/// A program that must be on the machine beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Java,
    Maven,
    Setpriv,
    Compiler,
    PkgConfig,
}

impl Program {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::Maven => "mvn",
            Self::Setpriv => "setpriv",
            Self::Compiler => "cc",
            Self::PkgConfig => "pkg-config",
        }
    }

    pub(crate) fn debian_package(self) -> &'static str {
        match self {
            Self::Java => "openjdk-17-jre-headless",
            Self::Maven => "maven",
            Self::Setpriv => "util-linux",
            Self::Compiler => "build-essential",
            Self::PkgConfig => "pkg-config",
        }
    }
}

impl Locations {
    /// The locations that this process' environment names: `RASID_HOME`, `XDG_CACHE_HOME`, `HOME`, `PATH`,
    /// `JAVA_HOME` and `TMPDIR`. The one place of this crate that reads the environment; it exists so that the
    /// tests of every crate find the same cache as the program does. An empty or relative folder counts as
    /// not set.
    #[must_use]
    pub fn from_environment() -> Self {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Self {
            home: folder("RASID_HOME"),
            user_cache: folder("XDG_CACHE_HOME").or_else(|| Some(folder("HOME")?.join(".cache"))),
            search_path: std::env::var_os("PATH").unwrap_or_default(),
            java_home: folder("JAVA_HOME"),
            temporary: folder("TMPDIR").unwrap_or_else(|| PathBuf::from("/tmp")),
        }
    }

    /// The same locations with the cache in `home`.
    #[must_use]
    pub fn with_home(self, home: Option<PathBuf>) -> Self {
        Self { home: home.or(self.home), ..self }
    }

    /// The folder that holds what was fetched; it may not exist yet. Programs and libraries are started from it, so one
    /// that somebody else could have filled is refused.
    ///
    /// # Errors
    /// When neither `home` nor `user_cache` is known and the user is not root, or when the folder belongs to somebody
    /// else or others may write there.
    pub fn cache_folder(&self) -> Result<PathBuf, RuntimeError> {
        let folder = self.chosen_cache_folder()?;
        require_own(&folder, rustix::process::geteuid().as_raw())?;
        Ok(folder)
    }

    fn chosen_cache_folder(&self) -> Result<PathBuf, RuntimeError> {
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        if is_root() {
            return Ok(PathBuf::from(ROOT_CACHE));
        }
        self.user_cache.as_ref().map(|cache| cache.join("rasid")).ok_or(RuntimeError::NoCacheFolder)
    }

    pub(crate) fn find(&self, program: Program) -> Result<PathBuf, RuntimeError> {
        let preferred = match program {
            Program::Java => self.java_home.as_ref().map(|home| home.join("bin")),
            Program::Maven | Program::Setpriv | Program::Compiler | Program::PkgConfig => None,
        };
        preferred
            .into_iter()
            .chain(std::env::split_paths(&self.search_path))
            .map(|folder| folder.join(program.name()))
            .find(|path| is_executable(path))
            .ok_or_else(|| RuntimeError::ProgramMissing {
                program: program.name(),
                searched: format!("PATH ({})", self.search_path.display()),
                package: program.debian_package(),
            })
    }
}

/// An account of `/etc/passwd`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) user: u32,
    pub(crate) group: u32,
}

impl Account {
    /// The account PostgreSQL runs under: `nobody` for root, because PostgreSQL refuses root, else our own.
    pub(crate) fn for_postgres() -> Result<Option<Self>, RuntimeError> {
        if !is_root() {
            return Ok(None);
        }
        let path = Path::new("/etc/passwd");
        let text = fs::read_to_string(path).map_err(RuntimeError::io("read", path))?;
        Self::parse(&text, "nobody").map(Some).ok_or(RuntimeError::NoUnprivilegedAccount)
    }

    fn parse(passwd: &str, name: &str) -> Option<Self> {
        let fields: Vec<&str> = passwd
            .lines()
            .map(|line| line.split(':').collect())
            .find(|fields: &Vec<&str>| fields[0] == name)?;
        Some(Self { user: fields.get(2)?.parse().ok()?, group: fields.get(3)?.parse().ok()? })
    }

    /// Fails when this account may not pass through one of the folders on the way to `path`.
    pub(crate) fn must_reach(self, path: &Path, variable: &'static str) -> Result<(), RuntimeError> {
        const ENTER_OTHERS: u32 = 0o001;
        for folder in path.ancestors() {
            let metadata = fs::metadata(folder).map_err(RuntimeError::io("look at", folder))?;
            let is_open = metadata.uid() == self.user || metadata.mode() & ENTER_OTHERS != 0;
            if !is_open {
                return Err(RuntimeError::ClosedFolder { path: folder.to_path_buf(), variable });
            }
        }
        Ok(())
    }
}

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Fails when a folder, or the link that leads to it, belongs neither to `user` nor to root, or may be written by others
/// than its owner. One that is not there yet is nobody's.
fn require_own(folder: &Path, user: u32) -> Result<(), RuntimeError> {
    for metadata in [fs::symlink_metadata(folder), fs::metadata(folder)].into_iter().flatten() {
        let owner = metadata.uid();
        if owner != user && owner != ROOT {
            return Err(RuntimeError::ForeignCache { path: folder.to_path_buf(), owner, user });
        }
        if metadata.is_dir() && metadata.mode() & OTHERS_WRITE != 0 {
            return Err(RuntimeError::OpenCache { path: folder.to_path_buf() });
        }
    }
    Ok(())
}

/// Fails when a folder's name holds what separates entries in Java's class path or in Kafka's settings, or is
/// no text.
pub(crate) fn require_suitable_name(path: &Path, variable: &'static str) -> Result<(), RuntimeError> {
    let name = path.to_string_lossy();
    match name.chars().find(|character| [',', ':', '\n', char::REPLACEMENT_CHARACTER].contains(character)) {
        None => Ok(()),
        Some(character) => {
            Err(RuntimeError::UnsuitableName { path: path.to_path_buf(), character, variable })
        }
    }
}

/// Fails when the disk of `folder` has less than `needed_mebibytes` free.
pub(crate) fn require_space(
    folder: &Path,
    needed_mebibytes: u64,
    variable: &'static str,
) -> Result<(), RuntimeError> {
    let free_mebibytes = free_mebibytes(folder)?;
    if free_mebibytes < needed_mebibytes {
        return Err(RuntimeError::DiskSpace {
            path: folder.to_path_buf(),
            needed_mebibytes,
            free_mebibytes,
            variable,
        });
    }
    Ok(())
}

pub(crate) fn free_mebibytes(folder: &Path) -> Result<u64, RuntimeError> {
    let disk = rustix::fs::statvfs(folder)
        .map_err(|error| RuntimeError::io("ask for the free space of", folder)(error.into()))?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize) / (1024 * 1024))
}

/// Makes a folder and its parents with the given mode, whatever the umask says.
pub(crate) fn create_folder(path: &Path, mode: u32) -> Result<(), RuntimeError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(RuntimeError::io("make the folder", parent))?;
    }
    match fs::create_dir(path) {
        Ok(()) => fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .map_err(RuntimeError::io("set the mode of", path)),
        // Another process was quicker.
        Err(_) if path.is_dir() => Ok(()),
        Err(source) => Err(RuntimeError::io("make the folder", path)(source)),
    }
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_home_wins_over_every_other_cache_folder() {
        let locations = Locations { home: Some("/named".into()), ..Locations::from_environment() };
        assert_eq!(locations.cache_folder().unwrap(), PathBuf::from("/named"));
    }

    #[test]
    fn a_home_that_others_may_write_is_refused_with_what_to_do() {
        let home = tempfile::tempdir().unwrap();
        let locations = Locations { home: Some(home.path().to_owned()), ..Locations::default() };
        locations.cache_folder().unwrap();
        for mode in [0o777, 0o1777, 0o770] {
            fs::set_permissions(home.path(), fs::Permissions::from_mode(mode)).unwrap();
            let message = locations.cache_folder().unwrap_err().to_string();
            let place = home.path().display();
            assert!(message.contains(&format!("others may write in {place}")), "{message}");
            assert!(message.contains(&format!("chmod go-w {place}")), "{message}");
        }
    }

    #[test]
    fn a_home_of_somebody_else_is_refused_by_the_owners_number_even_behind_a_link() {
        const STRANGER: u32 = 65_534;
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        // Only root can give a folder away; for anybody else the reader is the stranger.
        let reader = if is_root() {
            std::os::unix::fs::chown(&home, Some(STRANGER), None).unwrap();
            ROOT
        } else {
            STRANGER
        };
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&home, &link).unwrap();
        for place in [&home, &link] {
            let message = require_own(place, reader).unwrap_err().to_string();
            let owner = fs::metadata(&home).unwrap().uid();
            assert!(message.contains(&format!("belongs to user {owner}, not to {reader}")), "{message}");
            assert!(message.contains("RASID_HOME"), "{message}");
        }
        require_own(&home, fs::metadata(&home).unwrap().uid()).unwrap();
        require_own(&folder.path().join("not there yet"), reader).unwrap();
    }

    #[test]
    fn a_missing_program_is_named_with_its_debian_package() {
        let empty = tempfile::tempdir().unwrap();
        let locations = Locations { search_path: empty.path().into(), ..Locations::default() };
        for (program, package) in [
            (Program::Java, "openjdk-17-jre-headless"),
            (Program::Maven, "maven"),
            (Program::Setpriv, "util-linux"),
        ] {
            let message = locations.find(program).unwrap_err().to_string();
            assert!(message.contains(program.name()) && message.contains(package), "{message}");
        }
    }

    #[test]
    fn the_account_is_read_from_its_own_line() {
        let passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533:n:/nonexistent:/usr/sbin/nologin\n";
        assert_eq!(Account::parse(passwd, "nobody"), Some(Account { user: 65534, group: 65533 }));
        assert_eq!(Account::parse(passwd, "body"), None);
    }

    #[test]
    fn a_closed_folder_on_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = Account { user: u32::MAX - 1, group: u32::MAX - 1 };
        let message = stranger.must_reach(folder.path(), "RASID_HOME").unwrap_err().to_string();
        assert!(message.contains(&folder.path().display().to_string()), "{message}");
    }

    #[test]
    fn a_name_that_java_would_take_apart_is_refused_and_an_arabic_one_is_not() {
        require_suitable_name(Path::new("/بيانات راصد"), "--data").unwrap();
        let message = require_suitable_name(Path::new("/a,b"), "--data").unwrap_err().to_string();
        assert!(message.contains("','") && message.contains("--data"), "{message}");
    }

    #[test]
    fn too_little_room_says_how_much_is_needed() {
        let folder = tempfile::tempdir().unwrap();
        let message = require_space(folder.path(), u64::MAX, "TMPDIR").unwrap_err().to_string();
        assert!(message.contains("MiB are needed") && message.contains("TMPDIR"), "{message}");
    }
}
