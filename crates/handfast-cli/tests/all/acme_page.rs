//! `docs/acme.md` is true: the lines of its first box run, one after the other, and it names every
//! flag that `serve` has for ACME, and no other.

use crate::lab::{SOON, handfast};
use handfast_testkit::peer::{Folder, free_port};
use std::collections::BTreeSet;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

#[test]
fn every_line_of_the_page_about_acme_runs() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/acme.md");
    let text = std::fs::read_to_string(page).unwrap();
    let lines: Vec<_> = text.split("```").nth(1).unwrap().trim().lines().collect();
    assert!(lines.len() > 5, "{lines:?}");
    let folder = Folder::new().unwrap();
    let ports =
        [8889, 14000, 8443].map(|port: u16| (port.to_string(), free_port().unwrap().to_string()));
    let mut background = Background(Vec::new());
    for line in lines {
        let mut command = line.to_owned();
        for (written, free) in &ports {
            command = command.replace(written.as_str(), free);
        }
        // The page's ACME port is the default one.
        command = command
            .replace("--acme ", &format!("--acme --acme-listen {} ", ports[1].1))
            .replace(
                &format!("--acme --acme-listen {} https", ports[1].1),
                "--acme https",
            );
        if let Some(seconds) = command.strip_prefix("sleep ") {
            // Whoever pastes it waits; a slow machine is waited for below.
            let seconds: u64 = seconds.parse().unwrap();
            std::thread::sleep(Duration::from_secs(seconds));
        } else if let Some(server) = command.strip_suffix(" &") {
            background.0.push(spawn(&folder, server));
        } else {
            let start = Instant::now();
            loop {
                let output: Output = spawn(&folder, &command).wait_with_output().unwrap();
                if output.status.success() {
                    break;
                }
                assert!(start.elapsed() < SOON, "{line}: {output:?}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

fn spawn(folder: &Folder, line: &str) -> Child {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("handfast"), "{line}");
    Command::new(env!("CARGO_BIN_EXE_handfast"))
        .args(words)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

struct Background(Vec<Child>);

impl Drop for Background {
    fn drop(&mut self) {
        for child in &mut self.0 {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The flags of a text that begin with `--acme`.
fn flags(text: &str) -> BTreeSet<String> {
    let is_inside = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let words = text.split(|letter| !is_inside(letter));
    let flags = words.filter(|word| word.starts_with("--acme"));
    flags.map(str::to_owned).collect()
}

#[test]
fn the_page_about_acme_names_every_flag_of_serve_and_no_other() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/acme.md");
    let text = std::fs::read_to_string(page).unwrap();
    let mut parts = text.split("\n## ");
    let page = flags(
        parts
            .find(|part| part.starts_with("`serve --acme`"))
            .unwrap(),
    );
    let help = flags(&handfast(&["serve", "--help"]).text());
    assert!(help.len() > 8, "{help:?}");
    assert_eq!(page, help);
}
