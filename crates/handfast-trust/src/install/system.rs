//! The store of a system.

use crate::bundle;
use crate::install::commands::{Command, Commands};
use crate::install::desktop::{KEYCHAIN, mac_os, native, windows};
use crate::install::family::{FAMILIES, Family};
use crate::install::fault::InstallFault;
use crate::install::found::{files_with, holds, holds_raw};
use crate::install::image::Image;
use crate::install::root::{PREFIX, Root};
use crate::install::step::{Act, Action, State, Step};
use std::fs;
use std::path::{Path, PathBuf};

/// The store of a system: what most programs on it read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Files, and a program that makes others from them.
    Linux(&'static Family, Image),
    /// The system's keychain.
    MacOs,
    /// The user's store.
    Windows,
}

impl System {
    /// The store of this system, for `/`; for a folder that holds a whole Linux, an image or a
    /// container's, the store in it: its own programs run there, by `chroot`.
    ///
    /// # Errors
    /// [`InstallFault::NoStore`] says what was looked for.
    pub fn detect(root: &Path) -> Result<Self, InstallFault> {
        if root == Path::new("/") && cfg!(windows) {
            return Ok(Self::windows());
        }
        if root == Path::new("/") && cfg!(target_os = "macos") {
            return Ok(Self::mac_os());
        }
        let image = Image::new(root);
        let is_here = |family: &&Family| family.marks.iter().all(|mark| image.path(mark).exists());
        match FAMILIES.iter().find(is_here) {
            Some(family) => Ok(Self(Kind::Linux(family, image))),
            None => {
                let looked = FAMILIES.iter().map(|family| image.path(family.anchors));
                let mut tried: Vec<_> = looked.map(|path| path.display().to_string()).collect();
                tried.dedup();
                Err(InstallFault::NoStore { tried })
            }
        }
    }

    /// The keychain that all users of a Mac share.
    #[must_use]
    pub fn mac_os() -> Self {
        Self(Kind::MacOs)
    }

    /// The store of the user of Windows.
    #[must_use]
    pub fn windows() -> Self {
        Self(Kind::Windows)
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> String {
        match &self.0 {
            Kind::Linux(family, image) if image.is_own() => {
                format!("the system's store ({})", family.name)
            }
            Kind::Linux(family, image) => {
                format!("the store of {} ({})", image.root().display(), family.name)
            }
            Kind::MacOs => "the system's keychain".to_owned(),
            Kind::Windows => "the user's store of Windows".to_owned(),
        }
    }

    /// Every certificate that may be the one of a fingerprint.
    pub(crate) fn candidates(&self, fingerprint: &str) -> Vec<Vec<u8>> {
        match &self.0 {
            Kind::Linux(family, image) => {
                let anchors = image.path(family.anchors);
                let own = anchors.join(format!("{PREFIX}{fingerprint}.{}", family.ending));
                let files = [own, image.path(family.bundle)];
                let read = files.iter().filter_map(|path| image.read(path).ok());
                read.flat_map(|bytes| bundle::read(&bytes, bundle::CERTIFICATE).blocks)
                    .collect()
            }
            Kind::MacOs | Kind::Windows => native(),
        }
    }

    /// The names of the files that the administrator added, without their endings.
    pub(crate) fn entries(&self) -> Vec<String> {
        let Kind::Linux(family, image) = &self.0 else {
            return Vec::new();
        };
        let files = fs::read_dir(image.path(family.anchors));
        let files = files.into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        let own = |name: String| {
            let stem = name.strip_suffix(family.ending)?.strip_suffix('.')?;
            Some(stem.to_owned())
        };
        let mut names: Vec<_> = names.filter_map(own).collect();
        names.sort();
        names
    }

    pub(crate) fn state(&self, root: &Root) -> State {
        let Kind::Linux(family, image) = &self.0 else {
            let is_trusted = native().iter().any(|der| der == root.der());
            let found_in = is_trusted.then(|| self.name()).into_iter().collect();
            return State {
                is_trusted,
                is_ours: is_trusted,
                found_in,
                ..State::default()
            };
        };
        let der = root.der();
        let own = own_file(family, image, root);
        let bundle = image.path(family.bundle);
        let is_trusted = image.read(&bundle).is_ok_and(|bytes| holds(&bytes, der));
        let mut files = files_with(image, &image.path(family.anchors), der);
        let is_ours = files.contains(&own);
        files.extend(is_trusted.then(|| bundle.clone()));
        for folder in family.folders {
            files.extend(files_with(image, &image.path(folder), der));
        }
        let keystore = image.path(family.keystore);
        let java = image.read(&keystore);
        files.extend(
            java.is_ok_and(|bytes| holds_raw(&bytes, der))
                .then_some(keystore),
        );
        let mut found_in: Vec<String> = Vec::new();
        for file in files {
            let file = file.display().to_string();
            if !found_in.contains(&file) {
                found_in.push(file);
            }
        }
        State {
            is_trusted,
            is_ours,
            found_in,
            // What is written there replaces whatever is there.
            is_foreign: false,
        }
    }

    pub(crate) fn steps(&self, action: Action, root: &Root, before: &State) -> Vec<Step> {
        match &self.0 {
            Kind::Linux(family, image) => match action {
                Action::Trust => trust(family, image, root),
                Action::Untrust => untrust(family, image, root, before),
            },
            Kind::MacOs => mac_os(action, root),
            Kind::Windows => windows(action, root),
        }
    }

    /// The programs that the steps need, and what brings them.
    pub(crate) fn check(&self, commands: &dyn Commands) -> Result<(), InstallFault> {
        let (program, package) = match &self.0 {
            Kind::Linux(family, image) if image.is_own() => {
                let program = family.update.first().copied().unwrap_or_default();
                (program, "ca-certificates")
            }
            Kind::Linux(..) => ("chroot", "coreutils"),
            Kind::MacOs => ("security", "macOS"),
            Kind::Windows => ("certutil", "Windows"),
        };
        match commands.find(program) {
            Some(_) => Ok(()),
            None => Err(InstallFault::ProgramMissing {
                program: program.to_owned(),
                package,
            }),
        }
    }

    /// The folder in which one change is made at a time.
    pub(crate) fn folder(&self) -> Option<PathBuf> {
        match &self.0 {
            Kind::Linux(family, image) => Some(image.path(family.anchors)),
            Kind::MacOs | Kind::Windows => None,
        }
    }

    /// What the steps write to.
    pub(crate) fn written(&self) -> Vec<PathBuf> {
        match &self.0 {
            Kind::Linux(family, image) => {
                let bundle = image.path(family.bundle);
                let folder = bundle.parent().map(Path::to_owned);
                [image.path(family.anchors)]
                    .into_iter()
                    .chain(folder)
                    .collect()
            }
            Kind::MacOs => vec![PathBuf::from(KEYCHAIN)],
            Kind::Windows => Vec::new(),
        }
    }
}

fn own_file(family: &Family, image: &Image, root: &Root) -> PathBuf {
    let name = format!("{}.{}", root.entry(), family.ending);
    image.path(family.anchors).join(name)
}

fn trust(family: &Family, image: &Image, root: &Root) -> Vec<Step> {
    let copy_of = root.pem_source().map(Path::to_owned);
    let write = Act::Write {
        path: own_file(family, image, root),
        content: root.pem(),
        copy_of,
        made_of: root.source().map(Path::to_owned),
    };
    let bundle = image.path(family.bundle);
    let run = command(image, family.update);
    vec![
        Step::new(
            write,
            "the root, under its fingerprint, among those that the administrator adds",
        ),
        Step::new(
            Act::Run(run),
            format!("puts it into what programs read, {}", bundle.display()),
        ),
    ]
}

fn untrust(family: &Family, image: &Image, root: &Root, before: &State) -> Vec<Step> {
    let own = own_file(family, image, root);
    let mut steps = Vec::new();
    if fs::symlink_metadata(&own).is_ok() {
        let why = "the file that was put there, by its fingerprint";
        steps.push(Step::new(Act::Remove { path: own }, why));
    }
    let bundle = image.path(family.bundle);
    let run = command(image, family.renew);
    let why = format!(
        "makes what programs read anew without it, {}",
        bundle.display()
    );
    steps.push(Step::new(Act::Run(run), why));
    let keystore = image.path(family.keystore).display().to_string();
    if let Some(prefix) = family.stale_alias
        && before.found_in.contains(&keystore)
    {
        let alias = format!("{prefix}{}.pem", root.entry());
        let inside = format!("/{}", family.keystore);
        let run = command(
            image,
            &[
                "keytool",
                "-delete",
                "-alias",
                &alias,
                "-keystore",
                &inside,
                "-storepass",
                "changeit",
            ],
        );
        let why = "takes it out of Java's keystore, from which nothing else removes it";
        steps.push(Step::new(Act::Run(run), why));
    }
    steps
}

/// A command of the system: in an image it runs there.
fn command(image: &Image, words: &[&str]) -> Command {
    match (image.is_own(), words.split_first()) {
        (true, Some((program, arguments))) => Command::new(program, arguments),
        _ => {
            let inside = words.iter().map(AsRef::as_ref);
            Command::new(
                "chroot",
                [image.root().as_os_str()].into_iter().chain(inside),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines for this system, were it of the family.
    fn lines(name: &str, action: Action) -> Vec<String> {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../handfast-pki/testdata/root.der"
        );
        let root = Root::read(path.as_ref()).unwrap();
        let family = FAMILIES.iter().find(|family| family.name.starts_with(name));
        let system = System(Kind::Linux(family.unwrap(), Image::new(Path::new("/"))));
        let before = State {
            found_in: vec!["/etc/ssl/certs/java/cacerts".to_owned()],
            ..State::default()
        };
        let steps = system.steps(action, &root, &before);
        let own = root.fingerprint();
        let source = root.source().unwrap().display().to_string();
        let lines = steps.iter().map(|step| step.act.shell());
        lines
            .map(|line| line.replace(&own, "X").replace(&source, "root.der"))
            .collect()
    }

    #[test]
    fn each_family_has_its_own_folder_and_program() {
        for (name, file, update) in [
            (
                "Debian",
                "/usr/local/share/ca-certificates/handfast-X.crt",
                "update-ca-certificates",
            ),
            (
                "Alpine",
                "/usr/local/share/ca-certificates/handfast-X.crt",
                "update-ca-certificates",
            ),
            (
                "Fedora",
                "/etc/pki/ca-trust/source/anchors/handfast-X.pem",
                "update-ca-trust extract",
            ),
            (
                "Arch",
                "/etc/ca-certificates/trust-source/anchors/handfast-X.crt",
                "update-ca-trust",
            ),
            (
                "openSUSE",
                "/etc/pki/trust/anchors/handfast-X.pem",
                "update-ca-certificates",
            ),
        ] {
            let write = format!("handfast cert convert root.der --to pem -o {file}");
            assert_eq!(lines(name, Action::Trust), [&*write, update]);
            // No file of it is here: what is left is to be made anew.
            let away = lines(name, Action::Untrust);
            match name {
                "Debian" => assert_eq!(
                    away,
                    [
                        "update-ca-certificates --fresh",
                        "keytool -delete -alias debian:handfast-X.pem -keystore \
                         /etc/ssl/certs/java/cacerts -storepass changeit",
                    ]
                ),
                _ => assert_eq!(away, [update]),
            }
        }
    }

    #[test]
    fn a_system_is_known_by_its_folders() {
        let folder = std::env::temp_dir().join(format!("handfast-families-{}", std::process::id()));
        for (at, (marks, name)) in [
            (&["usr/local/share/ca-certificates"][..], Some("Debian")),
            (
                &["usr/local/share/ca-certificates", "etc/alpine-release"],
                Some("Alpine"),
            ),
            (&["etc/pki/ca-trust/source/anchors"], Some("Fedora")),
            (&["etc/ca-certificates/trust-source/anchors"], Some("Arch")),
            (&["etc/pki/trust/anchors"], Some("openSUSE")),
            (&["etc"], None),
        ]
        .into_iter()
        .enumerate()
        {
            let root = folder.join(at.to_string());
            for mark in marks {
                fs::create_dir_all(root.join(mark)).unwrap();
            }
            let found = System::detect(&root);
            match name {
                Some(name) => assert!(found.unwrap().name().contains(name), "{name}"),
                None => assert!(
                    found
                        .unwrap_err()
                        .to_string()
                        .contains("etc/pki/trust/anchors")
                ),
            }
        }
        let _ = fs::remove_dir_all(&folder);
    }
}
