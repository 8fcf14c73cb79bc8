//! Taking what is needed out of verified jars, in process.

use lzma_rust2::XzReader;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;
use tar::Archive;
use zip::ZipArchive;

/// Writes one entry of a jar to a file.
pub(crate) fn entry(jar: &Path, name: &str, target: &Path) -> io::Result<()> {
    let mut archive = open(jar)?;
    let mut entry = archive.by_name(name).map_err(io::Error::other)?;
    let mut file = File::create(target)?;
    io::copy(&mut entry, &mut file)?;
    Ok(())
}

/// Unpacks the PostgreSQL archive, which is a `.txz` inside its jar, into a folder.
pub(crate) fn postgres(jar: &Path, target: &Path) -> io::Result<()> {
    let mut archive = open(jar)?;
    let name = archive
        .file_names()
        .flatten()
        .find(|name| name.ends_with(".txz"))
        .map(|name| name.into_owned())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no .txz inside"))?;
    let mut packed = Vec::new();
    archive.by_name(&name).map_err(io::Error::other)?.read_to_end(&mut packed)?;
    fs::create_dir_all(target)?;
    // `unpack` refuses entries that would land outside the folder.
    Archive::new(XzReader::new(packed.as_slice(), true)).unpack(target)
}

fn open(jar: &Path) -> io::Result<ZipArchive<BufReader<File>>> {
    ZipArchive::new(BufReader::new(File::open(jar)?)).map_err(io::Error::other)
}
