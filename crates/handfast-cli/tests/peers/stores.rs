//! `ca trust` and `ca untrust` with the programs whose stores they are: Debian's
//! update-ca-certificates over a copy of its folders, NSS's certutil, Java's keytool. No store of
//! this machine is touched.

use crate::lab::{SOON, command, year};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{AlternativeName, KeyKind, Limits, Profile, Subtree};
use handfast_testkit::peer::{Folder, Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "stores::debians_store_believes_a_root_and_forgets_it",
            ["update-ca-certificates", "openssl"],
            debian,
        ),
        trial(
            "stores::what_debian_leaves_in_javas_keystore_is_taken_out",
            ["update-ca-certificates", "keytool"],
            debian_java,
        ),
        trial(
            "stores::browsers_databases_believe_a_root_and_forget_it",
            ["certutil", "vfychain"],
            nss,
        ),
        trial(
            "stores::a_keystore_holds_a_root_and_holds_it_no_longer",
            ["keytool"],
            java,
        ),
    ]
}

/// A folder for a system or for databases, with authorities and a leaf of each.
struct Bench {
    folder: Folder,
}

impl Bench {
    fn new() -> Result<Self, Failed> {
        let folder = Folder::new()?;
        for name in ["one", "two"] {
            // Of one name, which no store tells apart by that.
            let mut profile = Profile::authority("Same name", year(), KeyKind::EcP256);
            profile.authority = Some(Limits {
                permitted: vec![
                    Subtree::Dns("lab.test".to_owned()),
                    Subtree::Ip([127, 0, 0, 0].into(), 8),
                ],
                ..Limits::default()
            });
            let root = Authority::root(&profile).map_err(|fault| fault.to_string())?;
            let names = [AlternativeName::dns("lab.test")];
            let leaf = root.issue_server(&names, year(), KeyKind::EcP256);
            let leaf = leaf.map_err(|fault| fault.to_string())?;
            folder.write(&format!("{name}.pem"), root.root_pem())?;
            folder.write(&format!("{name}.leaf.pem"), leaf.chain_pem())?;
        }
        Ok(Self { folder })
    }

    /// `handfast ca ARGUMENTS`, which must end with this code.
    fn ca(&self, arguments: &[&str], code: i32) -> Result<String, Failed> {
        let path = format!("{}:/usr/bin:/bin", self.folder.file("bin"));
        let program = command().with_variable("PATH", &path);
        let program = program.with_variable("HOME", &self.folder.file("home"));
        let outcome = program.run([&["ca"], arguments].concat(), b"", LONG)?;
        if outcome.code == Some(code) {
            Ok(outcome.text() + &outcome.stderr)
        } else {
            Err(format!("{arguments:?}: {outcome:?}").into())
        }
    }

    /// Folders like Debian's, made by its own program, which stands in for what `chroot` would run.
    fn system(&self, update: &Program) -> Result<(), Failed> {
        let shared = "image/usr/share/ca-certificates/mozilla";
        for part in [
            "bin",
            "image/etc/ssl/certs",
            "image/usr/local/share/ca-certificates",
            shared,
        ] {
            fs::create_dir_all(self.folder.path().join(part))?;
        }
        let mut listed = String::new();
        let all = fs::read_dir("/usr/share/ca-certificates/mozilla")?;
        for entry in all.take(5) {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|_| "a name")?;
            fs::copy(entry.path(), self.folder.path().join(shared).join(&name))?;
            listed += &format!("mozilla/{name}\n");
        }
        self.folder
            .write("image/etc/ca-certificates.conf", listed)?;
        let script = format!(
            r#"#!/bin/sh
root=$1; shift; program=$1; shift
case $program in
update-ca-certificates) exec {} --certsconf "$root/etc/ca-certificates.conf" \
    --certsdir "$root/usr/share/ca-certificates" --etccertsdir "$root/etc/ssl/certs" \
    --localcertsdir "$root/usr/local/share/ca-certificates" --hooksdir "$root/none" "$@" ;;
keytool) keystore="$root$5"; exec keytool "$1" "$2" "$3" "$4" "$keystore" "$6" "$7" ;;
*) exit 99 ;;
esac
"#,
            update.path().display()
        );
        let file = self.folder.write("bin/chroot", script)?;
        fs::set_permissions(&file, PermissionsExt::from_mode(0o755))?;
        let image = self.folder.file("image");
        good(Program::at(file).run([&*image, "update-ca-certificates"], b"", LONG)?)?;
        Ok(())
    }

    fn certs(&self, name: &str) -> String {
        self.folder.file(&format!("image/etc/ssl/certs/{name}"))
    }

    /// Every name in the system's folder of certificates, and the bundle.
    fn store(&self) -> Result<(Vec<String>, Vec<u8>), Failed> {
        let mut names = Vec::new();
        for entry in fs::read_dir(self.certs(""))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok((names, fs::read(self.certs("ca-certificates.crt"))?))
    }
}

fn good(outcome: Outcome) -> Result<Outcome, Failed> {
    if outcome.success() {
        Ok(outcome)
    } else {
        Err(format!("{outcome:?}").into())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(one: T, other: T, what: &str) -> Result<(), Failed> {
    if one == other {
        return Ok(());
    }
    Err(format!("{what}: {one:?}\n{other:?}").into())
}

fn debian([update, openssl]: [Program; 2]) -> Result<(), Failed> {
    let bench = Bench::new()?;
    bench.system(&update)?;
    let image = bench.folder.file("image");
    let before = bench.store()?;
    let ca = |verb: &str, name: &str, code| {
        let cert = bench.folder.file(&format!("{name}.pem"));
        bench.ca(&[verb, "--root", &image, "--cert", &cert], code)
    };
    // What OpenSSL says of a leaf, by the bundle and by the folder.
    let verified = |name: &str| -> Result<[bool; 2], Failed> {
        let leaf = bench.folder.file(&format!("{name}.leaf.pem"));
        let by = |flag: &str, place: &str| -> Result<bool, Failed> {
            let place = bench.certs(place);
            let no = if flag == "-CAfile" {
                "-no-CApath"
            } else {
                "-no-CAfile"
            };
            let asked = ["verify", no, "-no-CAstore", flag, &place, &leaf];
            Ok(openssl.run(asked, b"", SOON)?.success())
        };
        Ok([by("-CAfile", "ca-certificates.crt")?, by("-CApath", "")?])
    };
    same(verified("one")?, [false; 2], "before")?;
    ca("trust", "one", 0)?;
    ca("trust", "two", 0)?;
    for name in ["one", "two"] {
        same(verified(name)?, [true; 2], name)?;
    }
    let again = ca("trust", "one", 0)?;
    if !again.contains("already trusted") {
        return Err(again.into());
    }
    // OpenSSL stops at the first link of a name that leads nowhere, so take that one away.
    let (first, second) = match leads_to(&bench, "one")? {
        true => ("one", "two"),
        false => ("two", "one"),
    };
    ca("untrust", first, 0)?;
    same(verified(first)?, [false; 2], "taken away")?;
    same(verified(second)?, [true; 2], "the other one of its name")?;
    ca("untrust", second, 0)?;
    same(bench.store()?, before, "nothing is left of either")?;
    ca("untrust", second, 0)?;
    Ok(())
}

/// Whether the first link by the hash of their name leads to this root.
fn leads_to(bench: &Bench, name: &str) -> Result<bool, Failed> {
    let pem = fs::read(bench.folder.file(&format!("{name}.pem")))?;
    for entry in fs::read_dir(bench.certs(""))? {
        let path = entry?.path();
        let is_first = path.extension().is_some_and(|ending| ending == "0");
        if is_first && fs::read(&path)? == pem {
            return Ok(true);
        }
    }
    Ok(false)
}

fn debian_java([update, keytool]: [Program; 2]) -> Result<(), Failed> {
    let bench = Bench::new()?;
    bench.system(&update)?;
    let (image, cert) = (bench.folder.file("image"), bench.folder.file("one.pem"));
    let target = ["--root", &image, "--cert", &cert];
    bench.ca(&[&["trust"], &target[..]].concat(), 0)?;
    let shown = bench.ca(&[&["trust", "--check"], &target[..]].concat(), 0)?;
    let entry = shown
        .split("ca-certificates/handfast-")
        .nth(1)
        .and_then(|rest| rest.get(..64));
    let alias = format!("debian:handfast-{}.pem", entry.ok_or("an entry")?);
    // As the hook of Debian's Java does, which is not run here: it changes this machine's.
    fs::create_dir(bench.certs("java"))?;
    let keystore = bench.certs("java/cacerts");
    // Debian's is of the older kind, which encrypts no certificates.
    import(&keytool, (&keystore, "JKS"), &alias, &cert)?;
    // The steps show it before it is done.
    let dry = bench.ca(&[&["untrust", "--dry-run"], &target[..]].concat(), 0)?;
    if !dry.contains(&format!("keytool -delete -alias {alias}")) {
        return Err(dry.into());
    }
    bench.ca(&[&["untrust"], &target[..]].concat(), 0)?;
    let listed = keytool.run(
        ["-list", "-keystore", &keystore, "-storepass", "changeit"],
        b"",
        LONG,
    )?;
    same(listed.text().contains("handfast"), false, "in the keystore")
}

fn import(
    keytool: &Program,
    (keystore, kind): (&str, &str),
    alias: &str,
    cert: &str,
) -> Result<(), Failed> {
    let words = [
        "-importcert",
        "-noprompt",
        "-alias",
        alias,
        "-file",
        cert,
        "-keystore",
        keystore,
        "-storepass",
        "changeit",
        "-storetype",
        kind,
    ];
    good(keytool.run(words, b"", LONG)?)?;
    Ok(())
}

fn nss([certutil, vfychain]: [Program; 2]) -> Result<(), Failed> {
    let bench = Bench::new()?;
    let folders = ["home/.pki/nssdb", "home/.mozilla/firefox/x.default"].map(|name| {
        let folder = bench.folder.file(name);
        (format!("sql:{folder}"), folder)
    });
    for (database, folder) in &folders {
        fs::create_dir_all(folder)?;
        good(certutil.run(["-N", "-d", database, "--empty-password"], b"", SOON)?)?;
    }
    let verified = |database: &str, name: &str| -> Result<bool, Failed> {
        let leaf = bench.folder.file(&format!("{name}.leaf.pem"));
        // 1: as a server of TLS.
        let asked = ["-a", "-u", "1", "-d", database, &*leaf];
        Ok(vfychain.run(asked, b"", SOON)?.success())
    };
    let ca = |verb: &str, name: &str, more: &[&str], code| {
        let cert = bench.folder.file(&format!("{name}.pem"));
        bench.ca(&[&[verb, "--nss", "--cert", &cert], more].concat(), code)
    };
    let everywhere = |name: &str, wanted: bool| -> Result<(), Failed> {
        for (database, _) in &folders {
            same(
                verified(database, name)?,
                wanted,
                &format!("{database}, {name}"),
            )?;
        }
        Ok(())
    };
    everywhere("one", false)?;
    let dry = ca("trust", "one", &["--dry-run"], 0)?;
    same(dry.matches("certutil -A -d sql:").count(), 2, &dry)?;
    everywhere("one", false)?;
    ca("trust", "one", &[], 0)?;
    everywhere("one", true)?;
    everywhere("two", false)?;
    ca("trust", "two", &[], 0)?;
    everywhere("two", true)?;
    let again = ca("trust", "one", &[], 0)?;
    same(again.matches("already trusted").count(), 2, &again)?;
    ca("untrust", "one", &[], 0)?;
    everywhere("one", false)?;
    everywhere("two", true)?;
    let gone = ca("untrust", "one", &[], 0)?;
    same(gone.matches("not there").count(), 2, &gone)?;
    by_hand(&bench, &certutil, &folders[0].1)?;
    everywhere("two", true)?;
    with_password(&bench, &certutil)
}

/// A database of a password is changed by whoever knows it; of a change that fails nothing is left.
fn with_password(bench: &Bench, certutil: &Program) -> Result<(), Failed> {
    let [folder, pw, wrong] = ["locked", "pw", "wrong"].map(|name| bench.folder.file(name));
    fs::create_dir(&folder)?;
    bench.folder.write("pw", "correct horse\n")?;
    bench.folder.write("wrong", "battery staple\n")?;
    let database = format!("sql:{folder}");
    good(certutil.run(["-N", "-d", &database, "-f", &pw], b"", SOON)?)?;
    let cert = bench.folder.file("one.pem");
    let trust = ["trust", "--nss-db", &folder, "--cert", &cert];
    for more in [&[][..], &["--nss-pass-file", &wrong]] {
        bench.ca(&[&trust[..], more].concat(), 1)?;
        let listed = good(certutil.run(["-L", "-d", &database], b"", SOON)?)?;
        same(listed.text().contains("handfast"), false, "left behind")?;
    }
    bench.ca(&[&trust[..], &["--nss-pass-file", &pw]].concat(), 0)?;
    let away = ["untrust", "--nss-db", &folder, "--cert", &cert];
    bench.ca(&[&away[..], &["--nss-pass-file", &pw]].concat(), 0)?;
    Ok(())
}

/// What the person at the browser has done counts: trust taken away there, an import of their own.
fn by_hand(bench: &Bench, certutil: &Program, folder: &str) -> Result<(), Failed> {
    let database = format!("sql:{folder}");
    let [one, two] = ["one", "two"].map(|name| bench.folder.file(&format!("{name}.pem")));
    let check = ["trust", "--nss-db", folder, "--check", "--cert"];
    let shown = bench.ca(&[&check[..], &[&two]].concat(), 0)?;
    let entry = shown
        .split("\u{201c}handfast-")
        .nth(1)
        .and_then(|rest| rest.get(..64));
    let entry = format!("handfast-{}", entry.ok_or_else(|| shown.clone())?);
    good(certutil.run(["-M", "-d", &database, "-n", &entry, "-t", ",,"], b"", SOON)?)?;
    bench.ca(&[&check[..], &[&two]].concat(), 1)?;
    bench.ca(&["trust", "--nss-db", folder, "--cert", &two], 0)?;
    bench.ca(&[&check[..], &[&two]].concat(), 0)?;
    let words = [
        "-A", "-d", &database, "-n", "my own", "-t", "C,,", "-i", &one,
    ];
    good(certutil.run(words, b"", SOON)?)?;
    let told = bench.ca(&["untrust", "--nss-db", folder, "--cert", &one], 1)?;
    if !told.contains("it is still in ") || !told.contains("my own") {
        return Err(told.into());
    }
    good(certutil.run(["-D", "-d", &database, "-n", "my own"], b"", SOON)?)?;
    Ok(())
}

fn java([keytool]: [Program; 1]) -> Result<(), Failed> {
    let bench = Bench::new()?;
    let [one, two] = ["one", "two"].map(|name| bench.folder.file(&format!("{name}.pem")));
    let keystore = bench.folder.file("cacerts");
    let missing = bench.ca(&["trust", "--java", &keystore, "--cert", &one], 2)?;
    same(Path::new(&keystore).exists(), false, &missing)?;
    import(&keytool, (&keystore, "PKCS12"), "theirs", &two)?;
    let ca =
        |verb: &str, cert: &str, code| bench.ca(&[verb, "--java", &keystore, "--cert", cert], code);
    ca("trust", &one, 0)?;
    let again = ca("trust", &one, 0)?;
    same(again.contains("already trusted"), true, &again)?;
    let theirs = ca("untrust", &two, 1)?;
    same(theirs.contains("theirs"), true, &theirs)?;
    ca("untrust", &one, 0)?;
    let gone = ca("untrust", &one, 0)?;
    same(gone.contains("not there"), true, &gone)?;
    // A password that is wrong is told by keytool's own words.
    bench.folder.write("pw", "wrong password")?;
    let wrong = bench.folder.file("pw");
    let words = [
        "trust",
        "--java",
        &keystore,
        "--java-pass-file",
        &wrong,
        "--cert",
        &one,
    ];
    let told = bench.ca(&words, 1)?;
    same(told.contains("password was incorrect"), true, &told)
}

/// Java takes its time.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);
