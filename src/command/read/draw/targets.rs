//! Where the marked copy of each picture goes.

use super::super::inputs::identity;
use anyhow::{Context, ensure};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// A place in `folder` for each picture: NAME.png for PNG, NAME.jpg for anything else, with a number after the name
/// where an earlier picture has taken it. Makes the folder.
///
/// # Errors
/// When the folder cannot be made, or a copy would overwrite a picture that is read.
pub(in super::super) fn plan(folder: &Path, pictures: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let targets: Vec<PathBuf> = names(pictures).into_iter().map(|name| folder.join(name)).collect();
    let read: HashSet<PathBuf> = pictures.iter().map(|picture| identity(picture)).collect();
    for target in &targets {
        ensure!(
            !read.contains(&identity(target)),
            "{} would be overwritten by its marked copy; name another folder with --draw",
            target.display()
        );
    }
    Ok(targets)
}

fn names(pictures: &[PathBuf]) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |picture: &PathBuf| {
        let stem =
            picture.file_stem().map_or_else(|| "picture".to_owned(), |stem| stem.to_string_lossy().into());
        let is_png = picture.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
        let ending = if is_png { "png" } else { "jpg" };
        let mut name = format!("{stem}.{ending}");
        let mut number = 2_usize;
        while !taken.insert(name.clone()) {
            name = format!("{stem}-{number}.{ending}");
            number += 1;
        }
        name
    };
    pictures.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_one_name_get_a_number() {
        let pictures = ["a/car.jpg", "b/car.JPEG", "car.PNG", "c/car.jpg"].map(PathBuf::from);
        assert_eq!(names(&pictures), ["car.jpg", "car-2.jpg", "car.png", "car-3.jpg"]);
    }

    #[test]
    fn a_picture_that_is_read_is_never_overwritten_and_an_earlier_copy_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let picture = folder.path().join("car.jpg");
        std::fs::write(&picture, b"").unwrap();
        let error = plan(folder.path(), std::slice::from_ref(&picture)).unwrap_err().to_string();
        assert!(error.contains("car.jpg would be overwritten"), "{error}");
        let copies = folder.path().join("new/marked");
        let targets = plan(&copies, std::slice::from_ref(&picture)).unwrap();
        assert_eq!(targets, [copies.join("car.jpg")]);
        std::fs::write(&targets[0], b"").unwrap();
        assert_eq!(plan(&copies, &[picture]).unwrap(), targets);
    }
}
