//! Java's keystores.

use crate::bundle;
use crate::install::commands::{Command, Commands};
use crate::install::fault::InstallFault;
use crate::install::handed::UNNAMED;
use crate::install::root::Root;
use crate::install::step::{Act, Action, State, Step};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// A keystore: a file of Java's, which `keytool` reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keystore {
    file: PathBuf,
    password: Option<PathBuf>,
}

impl Keystore {
    /// A keystore that is there. Its password is in the first line of a file; without one it is
    /// `changeit`, as Java ships its own.
    ///
    /// # Errors
    /// [`InstallFault::File`]: it is not there. `keytool` would make a new one.
    pub fn open(file: &Path, password: Option<&Path>) -> Result<Self, InstallFault> {
        match fs::metadata(file) {
            Ok(_) => Ok(Self {
                file: file.to_owned(),
                password: password.map(Path::to_owned),
            }),
            Err(error) => Err(InstallFault::File {
                doing: "open the keystore",
                path: file.to_owned(),
                error,
            }),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.file
    }

    pub(crate) fn name(&self) -> String {
        format!("the keystore {}", self.file.display())
    }

    pub(crate) fn check(commands: &dyn Commands) -> Result<(), InstallFault> {
        match commands.find(KEYTOOL) {
            Some(_) => Ok(()),
            None => Err(InstallFault::ProgramMissing {
                program: KEYTOOL.to_owned(),
                package: "Java (a JRE has it)",
            }),
        }
    }

    pub(crate) fn state(
        &self,
        root: &Root,
        commands: &dyn Commands,
    ) -> Result<State, InstallFault> {
        let listed = self.command(&["-list", "-rfc"]).run(commands)?;
        let own = root.entry();
        let mut state = State::default();
        for (alias, block) in entries(&String::from_utf8_lossy(&listed.stdout)) {
            let found = bundle::read(block.as_bytes(), bundle::CERTIFICATE);
            if found.blocks.iter().any(|der| der == root.der()) {
                state.is_trusted = true;
                state.is_ours |= alias == own;
                let place = self.file.display();
                state
                    .found_in
                    .push(format!("{place} as \u{201c}{alias}\u{201d}"));
            } else {
                state.is_foreign |= alias == own;
            }
        }
        Ok(state)
    }

    /// What bears the name of a fingerprint.
    pub(crate) fn candidates(&self, entry: &str, commands: &dyn Commands) -> Vec<Vec<u8>> {
        let listed = self
            .command(&["-list", "-rfc", "-alias", entry])
            .run(commands);
        let listed = listed.map(|ran| ran.stdout).unwrap_or_default();
        bundle::read(&listed, bundle::CERTIFICATE).blocks
    }

    /// The names of all entries.
    pub(crate) fn entries(&self, commands: &dyn Commands) -> Vec<String> {
        let listed = self.command(&["-list", "-rfc"]).run(commands);
        let listed = listed.map(|ran| ran.stdout).unwrap_or_default();
        let listed = String::from_utf8_lossy(&listed);
        entries(&listed)
            .map(|(alias, _)| alias.to_owned())
            .collect()
    }

    pub(crate) fn steps(&self, action: Action, root: &Root, before: &State) -> Vec<Step> {
        let entry = root.entry();
        let (command, why) = match action {
            Action::Trust => {
                let words = ["-importcert", "-noprompt", "-alias", &entry, "-file"];
                let mut command = self.command(&words);
                let source = root.source().unwrap_or(Path::new(UNNAMED));
                // The last word belongs to what comes last.
                command.arguments.push(source.as_os_str().to_owned());
                (command, "puts the root into the keystore")
            }
            Action::Untrust if before.is_ours => (
                self.command(&["-delete", "-alias", &entry]),
                "takes it out, by the name that holds its fingerprint",
            ),
            // Under another name somebody else has put it there.
            Action::Untrust => return Vec::new(),
        };
        vec![Step::new(Act::Run(command), why)]
    }

    fn command(&self, words: &[&str]) -> Command {
        let (action, rest) = words.split_at(words.len().min(1));
        let mut command = Command::new(KEYTOOL, action);
        let arguments = &mut command.arguments;
        arguments.extend(["-keystore".into(), self.file.clone().into_os_string()]);
        match &self.password {
            Some(file) => {
                arguments.extend(["-storepass:file".into(), file.clone().into_os_string()]);
            }
            None => arguments.extend(["-storepass", "changeit"].map(OsString::from)),
        }
        arguments.extend(rest.iter().map(OsString::from));
        command
    }
}

/// The entries of `keytool -list -rfc`: what they are called, and the text that follows.
fn entries(listed: &str) -> impl Iterator<Item = (&str, &str)> {
    let blocks = listed.split(ALIAS).skip(1);
    blocks.filter_map(|block| {
        block
            .split_once('\n')
            .map(|(alias, rest)| (alias.trim(), rest))
    })
}

const KEYTOOL: &str = "keytool";
const ALIAS: &str = "Alias name: ";
