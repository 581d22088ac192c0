//! What a program is given to put into a store, and what becomes of it when that is not there.

use crate::folder::Folder;
use crate::stores::authority;
use handfast_pki::load::{certificates, to_pem};
use handfast_trust::install::{
    Action, Command, Commands, InstallFault, NssDatabase, Place, Ran, Root, carry_out,
};
use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A database of NSS's, and who swaps the root's file just before it is read.
struct Certutil {
    entries: RefCell<Vec<(String, Vec<u8>)>>,
    /// The file that is swapped, and what comes in its place.
    swap: Option<(PathBuf, String)>,
    /// What is put there whatever was asked for.
    instead: Option<Vec<u8>>,
    seen: RefCell<Vec<PathBuf>>,
}

impl Certutil {
    fn new() -> Self {
        Self {
            entries: RefCell::default(),
            swap: None,
            instead: None,
            seen: RefCell::default(),
        }
    }
}

impl Commands for Certutil {
    fn find(&self, program: &str) -> Option<PathBuf> {
        Some(PathBuf::from(program))
    }

    fn run(&self, command: &Command) -> io::Result<Ran> {
        let words = command.arguments.iter();
        let words: Vec<_> = words.map(|word| word.to_string_lossy()).collect();
        let after = |flag| {
            let at = words.iter().position(|word| word == flag)?;
            words.get(at + 1).map(ToString::to_string)
        };
        let name = after("-n");
        let mut entries = self.entries.borrow_mut();
        let mut stdout = String::new();
        match (&*words[0], name) {
            ("-L", None) => {
                for (name, _) in &*entries {
                    stdout.push_str(&format!("{name}   C,,\n"));
                }
            }
            ("-L", Some(wanted)) => {
                for (_, der) in entries.iter().filter(|(name, _)| *name == wanted) {
                    stdout.push_str(&to_pem("CERTIFICATE", der));
                }
            }
            ("-A", Some(name)) => {
                if let Some((file, other)) = &self.swap {
                    fs::write(file, other)?;
                }
                let file = PathBuf::from(after("-i").unwrap_or_default());
                let der = certificates(&fs::read(&file)?)
                    .expect("a certificate")
                    .remove(0)
                    .to_vec();
                self.seen.borrow_mut().push(file);
                entries.push((name, self.instead.clone().unwrap_or(der)));
            }
            ("-D", Some(wanted)) => entries.retain(|(name, _)| *name != wanted),
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(Ran {
            is_good: true,
            stdout: stdout.into_bytes(),
            words: String::new(),
        })
    }
}

fn place(folder: &Folder) -> Place {
    let database = folder.write("cert9.db", "");
    let folder = database.parent().expect("a folder");
    Place::Nss(NssDatabase::open(folder).expect("a database"))
}

fn run(
    action: Action,
    place: &Place,
    root: &Path,
    certutil: &Certutil,
) -> Result<(), InstallFault> {
    let root = Root::read(root).expect("a root");
    let plan = place.plan(action, &root, certutil)?;
    carry_out(place, action, &root, &plan, certutil).map(drop)
}

#[test]
fn a_file_that_is_swapped_after_it_was_judged_is_not_what_becomes_trusted() {
    let folder = Folder::new();
    let (own, other) = (authority("own"), authority("other"));
    let file = folder.write("root.pem", own.root_pem());
    let place = place(&folder);
    let mut certutil = Certutil::new();
    certutil.swap = Some((file.clone(), other.root_pem().to_string()));
    run(Action::Trust, &place, &file, &certutil).unwrap();
    let entries = certutil.entries.borrow();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].1, own.root_der().as_ref());
    // The control: it was swapped. The copy is gone again.
    assert_ne!(
        fs::read_to_string(&file).unwrap(),
        own.root_pem().to_string()
    );
    assert!(!certutil.seen.borrow()[0].exists());
}

#[test]
fn what_a_program_puts_there_instead_is_taken_out_again() {
    let folder = Folder::new();
    let (own, other) = (authority("own"), authority("other"));
    let file = folder.write("root.pem", own.root_pem());
    let place = place(&folder);
    let mut certutil = Certutil::new();
    certutil.instead = Some(other.root_der().to_vec());
    let fault = run(Action::Trust, &place, &file, &certutil).unwrap_err();
    assert!(matches!(fault, InstallFault::NotThere { .. }), "{fault}");
    assert_eq!(certutil.seen.borrow().len(), 1);
    assert!(certutil.entries.borrow().is_empty());
}

#[test]
fn another_certificate_under_the_roots_name_is_told_and_not_passed_over() {
    let folder = Folder::new();
    let (own, other) = (authority("own"), authority("other"));
    let file = folder.write("root.pem", own.root_pem());
    let place = place(&folder);
    let certutil = Certutil::new();
    run(Action::Untrust, &place, &file, &certutil).unwrap();
    let entry = Root::read(&file).unwrap().entry();
    let foreign = (entry, other.root_der().to_vec());
    certutil.entries.borrow_mut().push(foreign);
    for action in [Action::Trust, Action::Untrust] {
        let fault = run(action, &place, &file, &certutil).unwrap_err();
        assert!(matches!(fault, InstallFault::Foreign { .. }), "{fault}");
    }
}
