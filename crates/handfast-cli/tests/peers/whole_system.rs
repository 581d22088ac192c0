//! `ca trust` on a whole Debian, its own programs and hooks included: this system's files under an
//! overlay in memory, seen by the trial alone. Where nobody may mount, the trial is ignored.

use crate::lab::{SOON, command};
use handfast_testkit::peer::{Folder, Program, free_port, trial};
use libtest_mimic::{Failed, Trial};
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    let name = "stores::curl_and_we_believe_a_server_while_its_root_is_trusted";
    let needed = ["unshare", "chroot", "update-ca-certificates", "curl"];
    let can = Program::find("unshare").is_some_and(|unshare| may_mount(&unshare));
    vec![match can {
        true => trial(name, needed, believed),
        false => Trial::test(name, || Ok(()))
            .with_kind("nobody may mount here")
            .with_ignored_flag(true),
    }]
}

fn may_mount(unshare: &Program) -> bool {
    let Ok(folder) = Folder::new() else {
        return false;
    };
    let words = ["-m", "sh", "-ec", OVERLAY, "sh", &folder.file("")];
    let outcome = unshare.run(words, b"", SOON);
    outcome.is_ok_and(|outcome| outcome.success())
}

fn believed([unshare, ..]: [Program; 4]) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let before = std::fs::read(STORE)?;
    let port = free_port()?.to_string();
    let program = command().path().display().to_string();
    let script = format!("{OVERLAY}{OUTSIDE}");
    let words = [
        "-m",
        "sh",
        "-ec",
        &script,
        "sh",
        &folder.file(""),
        &program,
        INSIDE,
        &port,
    ];
    let outcome = unshare.run(words, b"", LONG)?;
    let said: Vec<_> = outcome.text().lines().map(str::to_owned).collect();
    if said != WANTED {
        return Err(format!("{said:?}\n{outcome:?}").into());
    }
    // It was another system's.
    match std::fs::read(STORE)? == before {
        true => Ok(()),
        false => Err(format!("{STORE} has changed").into()),
    }
}

const OVERLAY: &str = r#"
at=$1
mount -t tmpfs tmpfs "$at"
mkdir "$at/upper" "$at/work" "$at/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$at/upper,workdir=$at/work" "$at/root"
test "$(stat -c %m "$at/root/etc")" != "$(stat -c %m /etc)"
"#;

/// What lies on other mounts is not under the overlay: the command is brought along.
const OUTSIDE: &str = r#"
mount -t proc proc "$at/root/proc"
mount --bind /dev "$at/root/dev"
mkdir -p "$at/root/opt/trial"
cp "$2" "$at/root/opt/trial/handfast"
exec chroot "$at/root" sh -c "$3" sh "$4"
"#;

const INSIDE: &str = r#"
cd /opt/trial
ask() {
    curl -sS -o page "https://localhost:$1/" 2>err; echo "curl $?"
    ./handfast get -q -o page "https://localhost:$1/" 2>err; echo "get $?"
}
./handfast ca init >out
./handfast serve --listen "$1" . >out 2>&1 &
server=$!
for try in $(seq 100); do
    ./handfast get -k -q -o page "https://localhost:$1/" 2>err && break
    sleep 0.1
done
ask "$1"
./handfast ca trust >out; echo "trust $?"
ask "$1"
./handfast ca untrust >out; echo "untrust $?"
ask "$1"
ls /etc/ssl/certs /usr/local/share/ca-certificates | grep -c handfast-
kill $server
"#;

const WANTED: [&str; 9] = [
    "curl 60",
    "get 60",
    "trust 0",
    "curl 0",
    "get 0",
    "untrust 0",
    "curl 60",
    "get 60",
    "0",
];
const STORE: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Java's hook, where it is installed, takes its time.
const LONG: Duration = Duration::from_secs(90);
