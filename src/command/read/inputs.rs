//! The pictures that the arguments name: files, folders and patterns that the shell was kept from expanding.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Endings of files that folders and patterns are searched for.
const PICTURE_ENDINGS: [&str; 3] = ["jpg", "jpeg", "png"];
/// What makes an argument a pattern, unless a file has that very name.
const PATTERN_CHARACTERS: [char; 3] = ['*', '?', '['];

/// What the arguments came to.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// In the order of the arguments, those of a folder or pattern sorted by path; each file once. One that was named
    /// by itself need not exist.
    pub(super) pictures: Vec<PathBuf>,
    /// Arguments, or folders inside them, that gave nothing.
    pub(super) problems: Vec<InputProblem>,
}

/// Why an argument gave no pictures.
#[derive(Debug, Error)]
pub(super) enum InputProblem {
    /// A folder without pictures.
    #[error("no picture ({}) lies in {}{}", endings(), .folder.display(), hint(*.recursive))]
    EmptyFolder {
        /// As it was given.
        folder: PathBuf,
        /// Whether the folders inside were searched.
        recursive: bool,
    },
    /// A pattern that matches nothing.
    #[error("no picture ({}) is matched by '{pattern}'", endings())]
    NoMatch {
        /// As it was given.
        pattern: String,
    },
    /// Not a pattern.
    #[error("'{pattern}' is no pattern")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        source: glob::PatternError,
    },
    /// A folder that cannot be searched.
    #[error("cannot list {}", .folder.display())]
    List {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// Finds the pictures; the folders inside folders are searched when `recursive`.
pub(super) fn expand(arguments: &[PathBuf], recursive: bool) -> Inputs {
    let mut inputs = Inputs::default();
    for argument in arguments {
        let pattern =
            argument.to_str().filter(|text| text.contains(PATTERN_CHARACTERS) && !argument.exists());
        if let Some(pattern) = pattern {
            inputs.add_matches(pattern, recursive);
        } else if argument.is_dir() {
            let before = (inputs.pictures.len(), inputs.problems.len());
            inputs.add_folder(argument, recursive);
            if before == (inputs.pictures.len(), inputs.problems.len()) {
                inputs.problems.push(InputProblem::EmptyFolder { folder: argument.clone(), recursive });
            }
        } else {
            inputs.pictures.push(argument.clone());
        }
    }
    let mut seen = HashSet::new();
    inputs.pictures.retain(|picture| seen.insert(identity(picture)));
    inputs
}

/// What two paths to one file share. A file that is not there is known by its name.
pub(super) fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

impl Inputs {
    fn add_matches(&mut self, pattern: &str, recursive: bool) {
        let matches = match glob::glob(pattern) {
            Ok(matches) => matches,
            Err(source) => {
                self.problems.push(InputProblem::Pattern { pattern: pattern.to_owned(), source });
                return;
            }
        };
        let before = (self.pictures.len(), self.problems.len());
        for matched in matches {
            match matched {
                Ok(folder) if folder.is_dir() => self.add_folder(&folder, recursive),
                Ok(file) if is_picture(&file) => self.pictures.push(file),
                Ok(_) => (),
                Err(error) => {
                    let folder = error.path().to_path_buf();
                    self.problems.push(InputProblem::List { folder, source: error.into() });
                }
            }
        }
        if before == (self.pictures.len(), self.problems.len()) {
            self.problems.push(InputProblem::NoMatch { pattern: pattern.to_owned() });
        }
    }

    fn add_folder(&mut self, folder: &Path, recursive: bool) {
        let mut open = vec![folder.to_path_buf()];
        // A link may lead back to a folder above it.
        let mut entered = HashSet::new();
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            if !entered.insert(identity(&folder)) {
                continue;
            }
            match entries(&folder) {
                Ok(paths) => {
                    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
                        paths.into_iter().partition(|path| path.is_dir());
                    found.extend(files.into_iter().filter(|file| is_picture(file)));
                    open.extend(folders.into_iter().filter(|_| recursive));
                }
                Err(source) => self.problems.push(InputProblem::List { folder, source }),
            }
        }
        found.sort();
        self.pictures.extend(found);
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
    path.is_file() && ending.is_some_and(|ending| PICTURE_ENDINGS.contains(&ending.as_str()))
}

const fn hint(recursive: bool) -> &'static str {
    if recursive { "" } else { "; --recursive also searches the folders inside" }
}

fn endings() -> String {
    PICTURE_ENDINGS.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with `b.JPG`, `a.png`, `notes.txt` and `night/c.jpeg`.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("night")).unwrap();
        for name in ["b.JPG", "a.png", "notes.txt", "night/c.jpeg"] {
            std::fs::write(folder.path().join(name), b"").unwrap();
        }
        folder
    }

    /// What some arguments, relative to that folder, come to: pictures relative to it, and problems.
    fn expanded(arguments: &[&str], recursive: bool) -> (Vec<String>, Vec<String>) {
        let folder = folder();
        let arguments: Vec<PathBuf> = arguments.iter().map(|argument| folder.path().join(argument)).collect();
        let inputs = expand(&arguments, recursive);
        let within = |text: String| text.replace(&format!("{}/", folder.path().display()), "");
        (
            inputs.pictures.iter().map(|path| within(path.display().to_string())).collect(),
            inputs.problems.iter().map(|problem| within(problem.to_string())).collect(),
        )
    }

    #[test]
    fn a_folder_gives_its_pictures_in_order_and_nothing_else() {
        assert_eq!(expanded(&["."], false).0, ["./a.png", "./b.JPG"]);
        assert_eq!(expanded(&["."], true).0, ["./a.png", "./b.JPG", "./night/c.jpeg"]);
    }

    #[test]
    fn a_pattern_in_quotes_gives_the_pictures_that_it_matches() {
        assert_eq!(expanded(&["*.[Jp]*"], false).0, ["a.png", "b.JPG"]);
        assert_eq!(expanded(&["**/*.jpeg"], false).0, ["night/c.jpeg"]);
        assert_eq!(expanded(&["n*"], false).0, ["night/c.jpeg"], "a folder that is matched is searched");
    }

    #[test]
    fn a_picture_that_is_named_twice_is_taken_once_in_its_first_place() {
        let (pictures, problems) = expanded(&["night/../b.JPG", ".", "b.*", "gone.jpg"], false);
        assert_eq!(pictures, ["night/../b.JPG", "./a.png", "gone.jpg"]);
        assert!(problems.is_empty(), "{problems:?}");
    }

    #[test]
    fn a_link_that_leads_back_ends() {
        let folder = folder();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("night/back")).unwrap();
        assert_eq!(expand(&[folder.path().to_path_buf()], true).pictures.len(), 3);
    }

    #[test]
    fn what_gives_nothing_is_named_and_the_others_are_kept() {
        let (pictures, problems) = expanded(&["*.bmp", "a.png", "x[", "*.txt"], false);
        assert_eq!(pictures, ["a.png"]);
        let expected = [
            "no picture (jpg, jpeg, png) is matched by '*.bmp'",
            "'x[' is no pattern",
            "no picture (jpg, jpeg, png) is matched by '*.txt'",
        ];
        assert_eq!(problems, expected);
        let empty = tempfile::tempdir().unwrap();
        let problems = expand(&[empty.path().to_path_buf()], false).problems;
        assert!(problems[0].to_string().ends_with("; --recursive also searches the folders inside"));
    }
}
