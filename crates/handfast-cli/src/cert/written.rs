//! Files written whole or not at all, and never over others unasked.

use crate::exit::Exit;
use crate::failure::Failure;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file; `-` is standard output. A secret is readable by its owner alone.
pub(crate) fn write(
    path: &Path,
    content: &[u8],
    is_secret: bool,
    force: bool,
) -> Result<(), Failure> {
    if path == Path::new("-") {
        let mut out = io::stdout().lock();
        let written = out.write_all(content).and_then(|()| out.flush());
        return written.map_err(|error| Failure::file(Exit::Bad, "write", path, &error));
    }
    if !force && path.symlink_metadata().is_ok() {
        return Err(there(path));
    }
    if is_special(path) {
        // To put a file in the place of a device or a pipe would take it from everybody.
        let opened = OpenOptions::new().write(true).open(path);
        let written = opened.and_then(|mut file| file.write_all(content));
        return written.map_err(|error| Failure::file(Exit::Usage, "write", path, &error));
    }
    let beside = beside(path);
    let outcome = create(&beside, content, is_secret).and_then(|()| {
        if force {
            fs::rename(&beside, path)
        } else {
            // Unlike a rename, a link takes nobody's place; and it is there at once, whole.
            fs::hard_link(&beside, path).and_then(|()| fs::remove_file(&beside))
        }
    });
    let outcome = outcome.and_then(|()| sync_folder(path));
    outcome.map_err(|error| {
        // What was begun is of no use; the first error is the one to tell.
        let _ = fs::remove_file(&beside);
        match error.kind() {
            io::ErrorKind::AlreadyExists => there(path),
            _ => Failure::file(Exit::Usage, "write", path, &error),
        }
    })
}

/// Whether something is there that is neither a file nor a folder: a device, a pipe, a socket.
pub(crate) fn is_special(path: &Path) -> bool {
    let kind = fs::metadata(path).map(|data| data.file_type());
    kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir())
}

/// Makes a file that is not there yet, on the disk when this returns.
pub(crate) fn create(path: &Path, content: &[u8], is_secret: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if is_secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = is_secret;
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Brings the name of a file to the disk: without it a power cut leaves the file before.
#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| folder != &Path::new(""));
    // Who may not read a folder can write in it all the same.
    match fs::File::open(folder.unwrap_or(Path::new("."))) {
        Ok(folder) => match folder.sync_all() {
            // Some filesystems sync no folders.
            Err(error) if is_unknown(&error) => Ok(()),
            done => done,
        },
        Err(_) => Ok(()),
    }
}

#[cfg(unix)]
fn is_unknown(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported];
    kinds.contains(&error.kind())
}

/// Other systems sync no folders.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Where a file is written before it takes the place of another.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    PathBuf::from(name)
}

/// Why a file is not written where another is.
pub(crate) fn there(path: &Path) -> Failure {
    Failure::usage(format!("{} is there already", path.display()))
        .hint("name another file with -o, or write over it with --force")
}

#[cfg(all(test, unix))]
mod tests {
    use super::write;
    use handfast_testkit::peer::Folder;
    use std::fs;
    use std::os::unix::fs::FileTypeExt;
    use std::process::Command;

    #[test]
    fn a_pipe_is_written_to_and_not_replaced() {
        let folder = Folder::new().unwrap();
        let [pipe, file] = ["pipe", "file"].map(|name| folder.path().join(name));
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, b"content", true, true).unwrap();
        assert_eq!(reader.join().unwrap(), b"content");
        assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(write(&pipe, b"content", true, false).is_err());
        // A file is replaced.
        fs::write(&file, "before").unwrap();
        write(&file, b"content", true, true).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"content");
    }
}
