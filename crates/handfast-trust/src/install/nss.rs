//! NSS databases: what Firefox and Chromium on Linux read instead of the system's store.

use crate::bundle;
use crate::install::commands::{Command, Commands};
use crate::install::fault::InstallFault;
use crate::install::handed::UNNAMED;
use crate::install::root::Root;
use crate::install::step::{Act, Action, State, Step};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A database: a folder with a `cert9.db`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NssDatabase {
    folder: PathBuf,
    password: Option<PathBuf>,
}

/// The databases of a user: of every profile of Firefox, and of Chromium, also where they were
/// installed as snaps or flatpaks; and the folders that were looked into.
#[must_use]
pub fn nss_databases(home: &Path) -> (Vec<NssDatabase>, Vec<PathBuf>) {
    let shared = SHARED.iter().map(|folder| home.join(folder));
    let profiles = PROFILES.iter().map(|folder| home.join(folder));
    let looked: Vec<_> = shared.clone().chain(profiles.clone()).collect();
    let inside = profiles.flat_map(|folder| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut entries: Vec<_> = entries.map(|entry| entry.path()).collect();
        entries.sort();
        entries
    });
    let all = shared.chain(inside);
    let found = all.filter(|folder| folder.join(DATABASE).is_file());
    (found.map(NssDatabase::at).collect(), looked)
}

impl NssDatabase {
    /// The database in a folder.
    ///
    /// # Errors
    /// [`InstallFault::File`]: there is none.
    pub fn open(folder: &Path) -> Result<Self, InstallFault> {
        let file = folder.join(DATABASE);
        match fs::metadata(&file) {
            Ok(_) => Ok(Self::at(folder.to_owned())),
            Err(error) => Err(InstallFault::File {
                doing: "open the NSS database",
                path: file,
                error,
            }),
        }
    }

    /// The same database, whose own password (Firefox calls it the primary one) is in the first
    /// line of a file.
    #[must_use]
    pub fn with_password_file(mut self, file: Option<&Path>) -> Self {
        self.password = file.map(Path::to_owned);
        self
    }

    fn at(folder: PathBuf) -> Self {
        Self {
            folder,
            password: None,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn name(&self) -> String {
        format!("the NSS database {}", self.folder.display())
    }

    pub(crate) fn check(commands: &dyn Commands) -> Result<(), InstallFault> {
        match commands.find(CERTUTIL) {
            Some(_) => Ok(()),
            None => Err(InstallFault::ProgramMissing {
                program: CERTUTIL.to_owned(),
                package: "libnss3-tools (Debian), nss-tools (Fedora) or nss (Arch)",
            }),
        }
    }

    pub(crate) fn state(
        &self,
        root: &Root,
        commands: &dyn Commands,
    ) -> Result<State, InstallFault> {
        let listed = self.command(&["-L"]).run(commands)?;
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        let own = root.entry();
        let mut state = State::default();
        for (nickname, trust) in listed.lines().filter_map(entry) {
            if !self.holds(nickname, root, commands)? {
                state.is_foreign |= nickname == own;
                continue;
            }
            // Certificates of one subject are listed under each other's nicknames too.
            if state.is_ours {
                continue;
            }
            if nickname == own {
                state = State {
                    is_ours: true,
                    ..State::default()
                };
            }
            state.is_trusted |= trust.split(',').next().is_some_and(|ssl| ssl.contains('C'));
            let place = self.folder.display();
            state
                .found_in
                .push(format!("{place} as \u{201c}{nickname}\u{201d}"));
        }
        Ok(state)
    }

    /// What bears the name of a fingerprint.
    pub(crate) fn candidates(&self, entry: &str, commands: &dyn Commands) -> Vec<Vec<u8>> {
        let shown = self.command(&["-L", "-n", entry, "-a"]).run(commands);
        let shown = shown.map(|ran| ran.stdout).unwrap_or_default();
        bundle::read(&shown, bundle::CERTIFICATE).blocks
    }

    /// The names of all entries.
    pub(crate) fn entries(&self, commands: &dyn Commands) -> Vec<String> {
        let listed = self.command(&["-L"]).run(commands);
        let listed = listed.map(|ran| ran.stdout).unwrap_or_default();
        let listed = String::from_utf8_lossy(&listed);
        let entries = listed.lines().filter_map(entry);
        entries.map(|(nickname, _)| nickname.to_owned()).collect()
    }

    pub(crate) fn steps(&self, action: Action, root: &Root, before: &State) -> Vec<Step> {
        let entry = root.entry();
        let run = |command, why: &str| vec![Step::new(Act::Run(command), why)];
        match action {
            Action::Trust if before.is_ours => run(
                self.command(&["-M", "-t", TRUST, "-n", &entry]),
                "trusts the root that is there again, for servers",
            ),
            Action::Trust => {
                let source = root.source().unwrap_or(Path::new(UNNAMED));
                let mut command = self.command(&["-A", "-t", TRUST, "-n", &entry, "-i"]);
                command.arguments.push(source.as_os_str().to_owned());
                run(command, "puts the root there, trusted for servers alone")
            }
            Action::Untrust if before.is_ours => run(
                self.command(&["-D", "-n", &entry]),
                "takes it out, by the name that holds its fingerprint",
            ),
            // Under another name somebody else has put it there.
            Action::Untrust => Vec::new(),
        }
    }

    fn holds(
        &self,
        nickname: &str,
        root: &Root,
        commands: &dyn Commands,
    ) -> Result<bool, InstallFault> {
        let shown = self.command(&["-L", "-n", nickname, "-a"]).run(commands)?;
        let found = bundle::read(&shown.stdout, bundle::CERTIFICATE);
        Ok(found.blocks.iter().any(|der| der == root.der()))
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut database = OsString::from("sql:");
        database.push(&self.folder);
        let (action, rest) = words.split_at(words.len().min(1));
        let mut command = Command::new(CERTUTIL, action);
        command.arguments.extend(["-d".into(), database]);
        if let Some(file) = &self.password {
            let words = ["-f".into(), file.clone().into_os_string()];
            command.arguments.extend(words);
        }
        command.arguments.extend(rest.iter().map(OsString::from));
        command
    }
}

/// The nickname and the trust of a line of `certutil -L`; headings have none.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (nickname, trust) = line.trim_end().rsplit_once(' ')?;
    let is_trust = trust.split(',').count() == 3
        && trust
            .chars()
            .all(|letter| letter == ',' || "pPcCTuwgG".contains(letter));
    is_trust.then(|| (nickname.trim_end(), trust))
}

/// Trusted to vouch for servers; neither for mail nor for programs.
const TRUST: &str = "C,,";
const CERTUTIL: &str = "certutil";
const DATABASE: &str = "cert9.db";
/// One database.
const SHARED: &[&str] = &[".pki/nssdb", "snap/chromium/current/.pki/nssdb"];
/// A database in each folder.
const PROFILES: &[&str] = &[
    ".mozilla/firefox",
    "snap/firefox/common/.mozilla/firefox",
    ".var/app/org.mozilla.firefox/.mozilla/firefox",
    "Library/Application Support/Firefox/Profiles",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_list_are_told_from_its_headings() {
        for (line, wanted) in [
            (
                "handfast-1                       C,,  ",
                Some(("handfast-1", "C,,")),
            ),
            (
                "My own CA - Org                  CT,C,c",
                Some(("My own CA - Org", "CT,C,c")),
            ),
            (
                "somebody                         u,u,u",
                Some(("somebody", "u,u,u")),
            ),
            (
                "nobody                           ,,   ",
                Some(("nobody", ",,")),
            ),
            ("Certificate Nickname             Trust Attributes", None),
            ("                                 SSL,S/MIME,JAR/XPI", None),
            ("", None),
        ] {
            assert_eq!(entry(line), wanted, "{line}");
        }
    }

    #[test]
    fn databases_are_found_where_browsers_keep_them_and_nowhere_else() {
        let home = std::env::temp_dir().join(format!("handfast-home-{}", std::process::id()));
        for folder in [
            ".pki/nssdb",
            ".mozilla/firefox/b.default",
            ".mozilla/firefox/a.work",
            "snap/firefox/common/.mozilla/firefox/c",
            "elsewhere",
        ] {
            fs::create_dir_all(home.join(folder)).unwrap();
            fs::write(home.join(folder).join(DATABASE), "").unwrap();
        }
        fs::create_dir_all(home.join(".mozilla/firefox/empty")).unwrap();
        let (found, looked) = nss_databases(&home);
        let _ = fs::remove_dir_all(&home);
        let found: Vec<_> = found
            .iter()
            .map(|one| one.folder().strip_prefix(&home).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            found,
            [
                ".pki/nssdb",
                ".mozilla/firefox/a.work",
                ".mozilla/firefox/b.default",
                "snap/firefox/common/.mozilla/firefox/c",
            ]
        );
        assert_eq!(looked.len(), SHARED.len() + PROFILES.len());
    }
}
