//! One thing done with an authority's folder, in a process of its own that says what it gives out
//! the moment it has it.

use handfast_ca::authority::Authority;
use handfast_ca::crl::RevocationReason;
use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca::serial::SerialNumber;
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::{Filter, Selector};
use handfast_ca_store::plan::Plan;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_testkit::peer::Program;
use handfast_testkit::peer::strace::Traced;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

/// The first argument of a process that shall work.
pub(super) const WORD: &str = "--work";

/// 2027-01-15T08:00:00Z.
pub(super) const NOW: u64 = 1_800_000_000;

pub(super) const DAY: u64 = 86_400;

/// What can be done. `release-first` does it in the wrong order: the checker must see that.
pub(super) const ALL: [&str; 9] = [
    "create", "adopt", "issue", "certify", "renew", "revoke", "crl", "import", "save",
];

pub(super) const WRONG: &str = "release-first";

/// This program again, under strace, to do it.
pub(super) fn traced(strace: &Program, what: &str, ca: &Path) -> io::Result<Traced> {
    let own = std::env::current_exe()?;
    Ok(Traced {
        strace: strace.clone(),
        program: Program::at(own),
        arguments: [WORD, what, &ca.to_string_lossy()]
            .map(str::to_owned)
            .into(),
    })
}

/// Does it; an error goes to standard error and gives exit code 3.
pub(super) fn run(what: &str, folder: &Path) -> ExitCode {
    match work(what, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let hint = fault.hint().unwrap_or_default();
            eprintln!("error: {fault}\nhint: {hint}");
            ExitCode::from(3)
        }
    }
}

/// What a folder is before something is done in it.
pub(super) fn prepare(what: &str, folder: &Path) -> Result<(), StoreError> {
    match what {
        "create" => Ok(()),
        "adopt" => {
            let root = Authority::new("Old", Validity::days(NOW, 99), KeyKind::EcP256)?;
            let key = root.own().key_pem()?;
            let write = |name: &str, text: &str| fs::write(folder.join(name), text);
            fs::create_dir(folder)
                .and_then(|()| write("root.pem", &root.root_pem()))
                .and_then(|()| write("root.key", &key))
                .and_then(|()| {
                    let own = fs::Permissions::from_mode(0o600);
                    fs::set_permissions(folder.join("root.key"), own)
                })
                .and_then(|()| write(".gitignore", "*\n"))
                .map_err(|error| StoreError::File {
                    doing: "write",
                    path: folder.to_owned(),
                    error,
                })
        }
        _ => {
            let mut ca = CaDirectory::create(folder, &Plan::new("Example"), NOW)?;
            ca.issue(&server("before.test"), NOW)?;
            ca.issue(&server("revoked.test"), NOW)?;
            let name = Selector::parse("revoked.test");
            ca.revoke(&name, RevocationReason::Superseded, NOW)?;
            ca.next_crl(DAY, NOW)?;
            Ok(())
        }
    }
}

fn work(what: &str, folder: &Path) -> Result<(), StoreError> {
    match what {
        "create" => return CaDirectory::create(folder, &Plan::new("Example"), NOW).map(|_| ()),
        "adopt" => return CaDirectory::adopt(folder, NOW).map(|_| ()),
        _ => {}
    }
    let mut ca = CaDirectory::open(folder)?;
    let before = Selector::parse("before.test");
    match what {
        "issue" => released(&ca.issue(&chosen("new.test"), NOW)?.row.serial),
        "certify" => {
            let key = handfast_ca::key::generate(KeyKind::EcP256)?;
            let certified = ca.certify(key.public_spki(), &chosen("new.test"), NOW)?;
            released(&certified.row.serial);
        }
        "renew" => released(&ca.renew(&before, Validity::days(NOW, 90), NOW)?.row.serial),
        "revoke" => {
            let row = ca.revoke(&before, RevocationReason::KeyCompromise, NOW)?;
            println!("revoked {}", row.serial);
        }
        "crl" => {
            let der = ca.next_crl(DAY, NOW)?;
            println!("list {}", number(&der));
        }
        "import" => {
            ca.import_index(INDEX, NOW)?;
            println!("imported");
        }
        "list" => println!("rows {}", ca.list(&Filter::default())?.len()),
        "save" => {
            let version = ca.save_record("order", "a", None, "{}", None)?;
            println!("saved {version}");
        }
        WRONG => {
            let issued = ca.authority()?.issue(&server("new.test"))?;
            let leaf = issued
                .chain()
                .first()
                .cloned()
                .unwrap_or_else(|| vec![].into());
            if let Ok(view) = Certificate::parse(&leaf) {
                released(&SerialNumber::from_bytes(view.serial())?);
            }
            ca.import_certificate(&leaf, NOW)?;
        }
        other => eprintln!("nobody knows how to {other}"),
    }
    Ok(())
}

fn released(serial: &SerialNumber) {
    println!("released {serial}");
}

pub(super) fn server(name: &str) -> Profile {
    let names = [AlternativeName::dns(name)];
    Profile::server(&names, Validity::days(NOW, 90), KeyKind::EcP256)
}

/// As [`server`], under a serial number that is not left to chance.
pub(super) fn chosen(name: &str) -> Profile {
    Profile {
        serial: SerialNumber::from_bytes(&[0x5A; 16]).ok(),
        ..server(name)
    }
}

/// The number of a list.
pub(super) fn number(der: &[u8]) -> u64 {
    let number = Crl::parse(der).map(|list| list.number().to_vec());
    let number = number.unwrap_or_default();
    number
        .iter()
        .fold(0, |sum, octet| sum << 8 | u64::from(*octet))
}

/// Two that another program issued, of which it revoked one.
pub(super) const INDEX: &str = "V\t300115080000Z\t\t0A01\tunknown\t/CN=imported\n\
    R\t300115080000Z\t260901120000Z,keyCompromise\t0A02\tunknown\t/CN=imported too\n";
