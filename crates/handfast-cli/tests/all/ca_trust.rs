//! `handfast ca trust` and `untrust`, in the files of a system in a folder: the program that makes
//! its store anew is the test's own.

use crate::lab::{SOON, command, handfast, year};
use handfast_ca::authority::Authority;
use handfast_ca::profile::{KeyKind, Limits, Profile, Subtree, Validity};
use handfast_pki::fingerprint::sha256;
use handfast_testkit::peer::{Folder, Outcome};
use serde_json::Value;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// A system like Debian's in a folder, and programs in another.
struct Image {
    folder: Folder,
}

/// What the system's own program does: every file of the administrator's into one.
const UPDATE: &str = r#"
for file in "$1"/usr/local/share/ca-certificates/*.crt; do
    if [ -f "$file" ]; then cat "$file"; fi
done > "$1/etc/ssl/certs/ca-certificates.crt"
"#;

impl Image {
    /// With a program of one's own as `chroot`.
    fn new(chroot: &str) -> Self {
        let folder = Folder::new().unwrap();
        for part in [ANCHORS, "image/etc/ssl/certs", "bin"] {
            fs::create_dir_all(folder.path().join(part)).unwrap();
        }
        folder.write(BUNDLE, "").unwrap();
        let image = Self { folder };
        image.program(chroot);
        image
    }

    fn program(&self, script: &str) {
        let log = self.folder.file("log");
        let script = format!("#!/bin/sh\nset -e\necho \"$@\" >> {log}\n{script}");
        let file = self.folder.write("bin/chroot", script).unwrap();
        fs::set_permissions(file, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// Runs `ca VERB --root IMAGE`.
    fn run(&self, verb: &str, arguments: &[&str]) -> Outcome {
        let root = self.folder.file("image");
        let path = format!("{}:/usr/bin:/bin", self.folder.file("bin"));
        let arguments = [&["ca", verb, "--root", &root][..], arguments].concat();
        let command = command().with_variable("PATH", &path);
        command.run(arguments, b"", SOON).unwrap()
    }

    fn trust(&self, root: &str) -> Outcome {
        self.run("trust", &["--cert", root])
    }

    fn untrust(&self, root: &str) -> Outcome {
        self.run("untrust", &["--cert", root])
    }

    /// A root for names of the lab alone.
    fn root(&self, file: &str, common_name: &str) -> String {
        self.write(file, &limited(common_name))
    }

    fn write(&self, file: &str, authority: &Authority) -> String {
        self.folder.write(file, authority.root_pem()).unwrap()
    }

    fn anchors(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path().join(ANCHORS)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn bundle(&self) -> String {
        fs::read_to_string(self.folder.path().join(BUNDLE)).unwrap()
    }

    /// The commands that ran.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

const ANCHORS: &str = "image/usr/local/share/ca-certificates";
const BUNDLE: &str = "image/etc/ssl/certs/ca-certificates.crt";

fn limited(common_name: &str) -> Authority {
    let mut profile = Profile::authority(common_name, year(), KeyKind::EcP256);
    profile.authority = Some(Limits {
        permitted: vec![
            Subtree::Dns("lab.test".to_owned()),
            Subtree::Ip(Ipv4Addr::LOCALHOST.into(), 8),
        ],
        ..Limits::default()
    });
    Authority::root(&profile).unwrap()
}

fn fingerprint(pem: &str) -> String {
    let certificates = handfast_pki::load::certificates(fs::read(pem).unwrap().as_slice()).unwrap();
    sha256(&certificates[0])
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn body(file: &str) -> String {
    fs::read_to_string(file).unwrap()
}

fn good(outcome: &Outcome, words: &[&str]) {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    told(outcome, words);
}

fn bad(outcome: &Outcome, code: i32, words: &[&str]) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    told(outcome, words);
}

fn told(outcome: &Outcome, words: &[&str]) {
    let said = outcome.text() + &outcome.stderr;
    for part in words {
        assert!(said.contains(part), "{part}: {outcome:?}");
    }
}

#[test]
fn a_root_is_trusted_once_and_taken_away_once() {
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    let file = format!("handfast-{}.crt", fingerprint(&root));
    good(&image.run("untrust", &["--cert", &root]), &["not there"]);
    bad(
        &image.run("trust", &["--cert", &root, "--check"]),
        1,
        &["does not trust it"],
    );
    assert_eq!(image.log(), "");

    let words = [
        "lab.test",
        "127.0.0.0/8",
        "trusted now",
        "update-ca-certificates",
    ];
    good(&image.trust(&root), &words);
    assert_eq!(image.anchors(), [&*file]);
    assert_eq!(image.bundle(), body(&root));
    let own = image.folder.path().join(ANCHORS).join(&file);
    assert_eq!(
        fs::metadata(own).unwrap().permissions().mode() & 0o777,
        0o644
    );
    let log = image.log();
    good(&image.trust(&root), &["already trusted, in ", &file]);
    good(
        &image.run("trust", &["--cert", &root, "--check"]),
        &["already trusted"],
    );
    assert_eq!(image.log(), log, "nothing runs for what is there");

    good(&image.untrust(&root), &["gone: the store was read again"]);
    assert!(image.anchors().is_empty());
    assert_eq!(image.bundle(), "");
    assert!(
        image.log().ends_with("update-ca-certificates --fresh\n"),
        "{}",
        image.log()
    );
    good(&image.untrust(&root), &["not there"]);
}

#[test]
fn a_dry_run_shows_each_step_and_changes_nothing() {
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    let path = fs::canonicalize(&root).unwrap().display().to_string();
    let inside = fs::canonicalize(image.folder.file("image")).unwrap();
    let own = inside.join("usr/local/share/ca-certificates");
    let own = own.join(format!("handfast-{}.crt", fingerprint(&root)));
    let write = format!("install -m 644 {path} {}\n", own.display());
    let run = format!("chroot {} update-ca-certificates\n", inside.display());
    let dry = image.run("trust", &["--cert", &root, "--dry-run"]);
    good(
        &dry,
        &[
            "not trusted",
            &write,
            &run,
            "under its fingerprint",
            "nothing was changed",
        ],
    );
    assert!(image.anchors().is_empty());
    assert_eq!(
        (image.log(), image.bundle()),
        (String::new(), String::new())
    );
    // The lines do what the command does.
    let lines: Vec<_> = dry
        .text()
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("     ")?;
            Some(line.replace("chroot ", &format!("{}/chroot ", image.folder.file("bin"))))
        })
        .collect();
    let shell = handfast_testkit::peer::Program::find("sh").unwrap();
    let ran = shell.run(["-ec", &lines.join("\n")], b"", SOON).unwrap();
    assert!(ran.success(), "{ran:?}");
    good(&image.trust(&root), &["already trusted"]);
    // Nor does one of untrust.
    let bundle = image.bundle();
    let remove = format!("rm {}\n", own.display());
    let dry = image.run("untrust", &["--cert", &root, "--dry-run"]);
    good(
        &dry,
        &[
            &remove,
            "update-ca-certificates --fresh",
            "nothing was changed",
        ],
    );
    assert_eq!((image.bundle(), image.anchors().len()), (bundle, 1));
}

#[test]
fn two_authorities_of_one_name_do_not_disturb_each_other() {
    let image = Image::new(UPDATE);
    let (one, two) = (image.root("one.pem", "Same"), image.root("two.pem", "Same"));
    good(&image.trust(&one), &[]);
    good(&image.trust(&two), &[]);
    assert_eq!(image.anchors().len(), 2);
    good(&image.untrust(&one), &["gone"]);
    assert_eq!(image.bundle(), body(&two));
    good(
        &image.run("trust", &["--cert", &two, "--check"]),
        &["already trusted"],
    );
    good(&image.untrust(&one), &["not there"]);
}

#[test]
fn many_at_once_leave_a_store_with_all_of_them() {
    // As the real program, it would mix two of its own runs.
    let slow = r#"
new="$1/etc/ssl/certs/ca-certificates.crt.new"
for file in "$1"/usr/local/share/ca-certificates/*.crt; do cat "$file" >> "$new"; sleep 0.05; done
mv "$new" "$1/etc/ssl/certs/ca-certificates.crt"
"#;
    let image = Image::new(slow);
    let roots: Vec<_> = (0..4)
        .map(|at| image.root(&format!("{at}.pem"), "Same"))
        .collect();
    std::thread::scope(|scope| {
        for root in &roots {
            scope.spawn(|| good(&image.trust(root), &["trusted now"]));
        }
    });
    let bundle = image.bundle();
    assert_eq!(bundle.matches("BEGIN").count(), roots.len());
    assert!(roots.iter().all(|root| bundle.contains(&body(root))));
}

#[test]
fn a_root_for_every_name_is_trusted_only_where_that_is_said() {
    let image = Image::new(UPDATE);
    let any = Authority::new("Any root", year(), KeyKind::EcP256).unwrap();
    let root = image.write("any.pem", &any);
    for more in [&[][..], &["--dry-run"]] {
        let outcome = image.run("trust", &[&["--cert", &root], more].concat());
        bad(
            &outcome,
            2,
            &["Any root may vouch for hosts of any name", "--for-any-name"],
        );
    }
    let mut profile = Profile::authority("Names", year(), KeyKind::EcP256);
    profile.authority = Some(Limits {
        permitted: vec![Subtree::Dns("lab.test".to_owned())],
        ..Limits::default()
    });
    let names = image.write("names.pem", &Authority::root(&profile).unwrap());
    bad(&image.trust(&names), 2, &["hosts of any address"]);
    assert!(image.anchors().is_empty());
    good(
        &image.run("trust", &["--cert", &root, "--for-any-name"]),
        &["hosts      any"],
    );
    // To take it away needs no such word.
    good(&image.untrust(&root), &["gone"]);
}

#[test]
fn what_is_no_root_is_never_trusted() {
    let image = Image::new(UPDATE);
    let root = limited("Lab root");
    let below = Profile::authority("Issuing", year(), KeyKind::EcP256);
    let below = root.intermediate(&below).unwrap();
    let folder = &image.folder;
    let intermediate = folder
        .write("issuing.pem", below.own().chain_pem())
        .unwrap();
    let both = below.own().chain_pem() + &root.root_pem();
    let both = folder.write("both.pem", both).unwrap();
    let text = folder.write("text.pem", "no certificate").unwrap();
    for (file, words) in [
        (
            &intermediate,
            "CN=Issuing is no root: CN=Lab root vouches for it",
        ),
        (&both, "2 certificates in one file"),
        (&text, "no certificate"),
        (&folder.file("missing.pem"), "missing.pem"),
    ] {
        bad(
            &image.run("trust", &["--cert", file, "--for-any-name"]),
            2,
            &[words],
        );
    }
    let ca_dir = folder.file("bin");
    bad(
        &image.run("trust", &["--ca-dir", &ca_dir]),
        2,
        &["no authority here"],
    );
    assert!(image.anchors().is_empty());
    assert_eq!(image.log(), "");
}

#[test]
fn a_program_that_fails_leaves_nothing_behind() {
    let image = Image::new("echo broken >&2; exit 7");
    let root = image.root("root.pem", "Lab root");
    let words = ["update-ca-certificates` failed: exit status: 7: broken"];
    bad(&image.trust(&root), 1, &words);
    assert!(image.anchors().is_empty(), "the next run would trust it");
}

#[test]
fn the_store_is_read_again_and_what_it_says_counts() {
    // A program that says it is done, and does nothing.
    let image = Image::new("");
    let root = image.root("root.pem", "Lab root");
    bad(
        &image.trust(&root),
        1,
        &["every step was done", "does not hold the certificate"],
    );
    image.program(UPDATE);
    good(&image.trust(&root), &["trusted now"]);
    image.program("");
    bad(
        &image.untrust(&root),
        1,
        &["it is still in ", "ca-certificates.crt"],
    );
    image.program(UPDATE);
    good(&image.untrust(&root), &["gone"]);
    // Under another name somebody else has put it there.
    let other = format!("{ANCHORS}/company.crt");
    image.folder.write(&other, body(&root)).unwrap();
    image.folder.write(BUNDLE, body(&root)).unwrap();
    good(&image.trust(&root), &["already trusted", "company.crt"]);
    bad(
        &image.untrust(&root),
        1,
        &["it is still in ", "company.crt", "by hand"],
    );
    assert_eq!(image.anchors(), ["company.crt"]);
}

#[test]
fn links_and_keystores_that_still_hold_it_are_found() {
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    let certs = image.folder.path().join("image/etc/ssl/certs");
    let der = handfast_pki::load::certificates(&fs::read(&root).unwrap()).unwrap();
    fs::create_dir(certs.join("java")).unwrap();
    fs::write(
        certs.join("java/cacerts"),
        [b"\xfe\xed", &*der[0], b"."].concat(),
    )
    .unwrap();
    fs::write(certs.join("0badcafe.0"), body(&root)).unwrap();
    let outcome = image.run("untrust", &["--cert", &root]);
    bad(
        &outcome,
        1,
        &[
            "it is still in ",
            "0badcafe.0",
            "java/cacerts",
            "keytool -delete -alias",
        ],
    );
}

#[test]
fn a_root_whose_file_is_gone_is_taken_away_by_its_fingerprint() {
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    good(&image.trust(&root), &[]);
    let digits = fingerprint(&root).to_uppercase();
    let colons: Vec<_> = digits
        .as_bytes()
        .chunks(2)
        .map(|two| String::from_utf8_lossy(two))
        .collect();
    fs::remove_file(&root).unwrap();
    bad(
        &image.run("untrust", &["--fingerprint", "12:34"]),
        2,
        &["no SHA-256"],
    );
    let away = || image.run("untrust", &["--fingerprint", &colons.join(":")]);
    good(&away(), &["CN=Lab root", "gone"]);
    assert!(image.anchors().is_empty());
    good(&away(), &["no root of that fingerprint there"]);
}

#[test]
fn without_the_rights_the_lines_to_run_are_printed_and_nothing_is_done() {
    use std::os::unix::process::CommandExt;
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    let anchors = image.folder.path().join(ANCHORS);
    fs::set_permissions(&anchors, PermissionsExt::from_mode(0o555)).unwrap();
    let program = copied(&image);
    let mut run = std::process::Command::new(program);
    run.args([
        "ca",
        "trust",
        "--cert",
        &root,
        "--root",
        &image.folder.file("image"),
    ]);
    run.env(
        "PATH",
        format!("{}:/usr/bin:/bin", image.folder.file("bin")),
    );
    if rustix::process::geteuid().is_root() {
        // Who may write everywhere: so be somebody else.
        run.uid(65534).gid(65534);
    }
    let output = run.output().unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(2), "{out}{err}");
    assert!(out.contains("     sudo install -m 644 "), "{out}");
    assert!(out.contains("     sudo chroot "), "{out}");
    assert!(
        err.contains("nothing was changed") && err.contains("sudo"),
        "{err}"
    );
    assert!(image.anchors().is_empty());
    assert_eq!(image.log(), "");
}

/// The command where everybody may run it.
fn copied(image: &Image) -> PathBuf {
    let program = image.folder.path().join("bin/handfast");
    fs::copy(command().path(), &program).unwrap();
    fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    program
}

#[test]
fn a_program_reads_one_document() {
    let image = Image::new(UPDATE);
    let root = image.root("root.pem", "Lab root");
    let read = |verb: &str, more: &[&str]| -> Value {
        let outcome = image.run(verb, &[&["--cert", &root, "--json"], more].concat());
        assert!(outcome.stderr.is_empty(), "{outcome:?}");
        serde_json::from_slice(&outcome.stdout).unwrap()
    };
    let dry = read("trust", &["--dry-run"]);
    assert_eq!(dry["schema"], "handfast.ca.trust/1");
    assert_eq!(dry["result"]["root"]["hosts"]["permitted"][0], "lab.test");
    assert_eq!(dry["result"]["root"]["mail"]["any"], true);
    let store = &dry["result"]["stores"][0];
    assert_eq!(
        store["steps"][0]["write"]
            .as_str()
            .map(|path| path.contains("handfast-")),
        Some(true)
    );
    assert_eq!(store["steps"][1]["run"][0], "chroot");
    assert_eq!(
        (&store["before"]["trusted"], &store["after"]),
        (&Value::Bool(false), &Value::Null)
    );
    let done = read("trust", &[]);
    assert_eq!(done["result"]["stores"][0]["after"]["own_entry"], true);
    image.program("");
    let left = read("untrust", &[]);
    assert_eq!(left["schema"], "handfast.ca.untrust/1");
    assert_eq!(
        (&left["error"]["kind"], &left["exit"]),
        (&"still_trusted".into(), &1.into())
    );
}

#[test]
fn a_folder_without_a_store_is_named() {
    let folder = Folder::new().unwrap();
    let root = folder
        .write("root.pem", limited("Lab root").root_pem())
        .unwrap();
    let image = folder.file("");
    let outcome = handfast(&["ca", "trust", "--cert", &root, "--root", &image]);
    bad(
        &outcome,
        2,
        &["no store of roots is known here", "ca-certificates"],
    );
    let database = handfast(&["ca", "trust", "--cert", &root, "--nss-db", &image]);
    bad(&database, 2, &["cert9.db"]);
}

#[test]
fn an_authority_made_here_is_trusted_by_its_folder() {
    let image = Image::new(UPDATE);
    let ca_dir = image.folder.file("authority");
    good(&handfast(&["ca", "init", "--ca-dir", &ca_dir]), &[]);
    good(
        &image.run("trust", &["--ca-dir", &ca_dir]),
        &["localhost", "trusted now"],
    );
    let root = fs::read_to_string(format!("{ca_dir}/root.pem")).unwrap();
    assert_eq!(image.bundle(), root, "the root, and nothing that issues");
    good(&image.run("untrust", &["--ca-dir", &ca_dir]), &["gone"]);
    let any = image.folder.file("any");
    good(
        &handfast(&["ca", "init", "--ca-dir", &any, "--any-name"]),
        &[],
    );
    bad(
        &image.run("trust", &["--ca-dir", &any]),
        2,
        &["--for-any-name"],
    );
}

#[test]
fn a_root_that_has_ended_is_not_trusted_any_more() {
    let image = Image::new(UPDATE);
    let past = Validity {
        not_before_unix: 1_000_000_000,
        not_after_unix: 1_000_086_400,
    };
    let root = Authority::new("Past root", past, KeyKind::EcP256).unwrap();
    let root = image.write("past.pem", &root);
    let outcome = image.run("trust", &["--cert", &root, "--for-any-name"]);
    bad(&outcome, 2, &["CN=Past root ended on 2001-09-10"]);
    assert!(image.anchors().is_empty());
}

#[test]
fn roots_of_earlier_authorities_that_are_left_are_told_of() {
    let image = Image::new(UPDATE);
    let (old, new) = (
        image.root("old.pem", "Old root"),
        image.root("new.pem", "New root"),
    );
    good(&image.trust(&old), &[]);
    let left = format!("handfast ca untrust --fingerprint {}", fingerprint(&old));
    let outcome = image.untrust(&new);
    good(
        &outcome,
        &["not there", "put there too: CN=Old root", &left],
    );
    bad(
        &image.run("trust", &["--cert", &new, "--check"]),
        1,
        &[&left],
    );
    good(
        &image.run("untrust", &["--fingerprint", &fingerprint(&old)]),
        &["gone"],
    );
    let outcome = image.untrust(&new);
    assert!(!outcome.text().contains("put there too"), "{outcome:?}");
}
