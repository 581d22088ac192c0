//! The README's tour is true: each of its lines runs, and ends as it says.

use crate::lab::SOON;
use handfast_testkit::peer::{Folder, free_port};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

#[test]
fn every_line_of_the_readme_runs_and_ends_as_it_says() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let text = std::fs::read_to_string(readme).unwrap();
    let tour = text
        .split("\n## ")
        .find(|part| part.starts_with("Tour"))
        .unwrap();
    let lines: Vec<_> = tour
        .lines()
        .filter(|line| line.starts_with("handfast "))
        .collect();
    assert!(lines.len() > 10, "{lines:?}");
    // Whoever pastes it as a block has no one who waits for the server.
    let mut pasted = tour
        .lines()
        .skip_while(|line| !command(line).ends_with(" &"));
    assert!(pasted.nth(1).is_some_and(|line| command(line) == "sleep 1"));
    let (folder, port) = (Folder::new().unwrap(), free_port().unwrap());
    std::fs::write(folder.path().join("page.txt"), "hello").unwrap();
    let mut background = Background::default();
    for line in lines {
        let comment = line.split_once('#').unwrap_or((line, "")).1;
        let command = command(line).replace("8443", &port.to_string());
        if let Some(command) = command.strip_suffix(" &") {
            background.0.push(run(folder.path(), command));
            wait_for(port);
            // It listens before its authority is made.
            wait_until(|| folder.path().join(".handfast/root.pem").exists());
            continue;
        }
        let wanted = comment
            .split("exit code ")
            .nth(1)
            .map_or(0, |rest| rest.split(':').next().unwrap().parse().unwrap());
        let outcome = run(folder.path(), &command).wait_with_output().unwrap();
        assert_eq!(outcome.status.code(), Some(wanted), "{line}: {outcome:?}");
    }
    assert!(
        std::fs::read(folder.path().join("page"))
            .unwrap()
            .starts_with(b"<!doctype html>")
    );
}

#[test]
fn every_line_of_the_page_about_authorities_runs_and_ends_as_it_says() {
    runs(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ca.md"), 30);
}

#[test]
fn every_line_of_the_page_about_cipher_strings_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ciphers.md"),
        8,
    );
}

#[test]
fn every_line_of_the_page_about_delegated_credentials_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/delegated.md"),
        15,
    );
}

#[test]
fn every_line_of_the_page_about_exceptions_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/exceptions.md"),
        19,
    );
}

#[test]
fn every_line_of_the_page_about_explaining_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/explain.md"),
        14,
    );
}

#[test]
fn every_line_of_the_page_about_policies_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/policies.md"),
        14,
    );
}

#[test]
fn every_line_of_the_page_about_old_devices_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/old.md"),
        15,
    );
}

#[test]
fn every_line_of_the_page_about_stores_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/stores.md"),
        10,
    );
}

#[test]
fn every_line_of_the_page_about_shared_keys_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/psk.md"),
        12,
    );
}

#[test]
fn every_line_of_the_page_about_raw_keys_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/raw-keys.md"),
        12,
    );
}

#[test]
fn every_line_of_the_page_about_encrypted_hellos_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/ech.md"),
        15,
    );
}

#[test]
fn every_line_of_the_page_about_early_data_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/early-data.md"),
        8,
    );
}

#[test]
fn every_line_of_the_page_about_protected_pages_runs_and_ends_as_it_says() {
    runs(
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protect.md"),
        15,
    );
}

/// Runs the lines of a page, of which there are more than so many.
fn runs(page: &str, least: usize) {
    let text = std::fs::read_to_string(page).unwrap();
    let blocks = text.split("```").skip(1).step_by(2);
    let lines: Vec<_> = blocks
        .flat_map(str::lines)
        .filter(|line| !line.is_empty())
        .collect();
    assert!(lines.len() > least, "{lines:?}");
    let folder = Folder::new().unwrap();
    let ports = ["8443", "8444", "8445"].map(|port| (port, free_port().unwrap().to_string()));
    let mut background = Background::default();
    for line in lines {
        let comment = line.split_once('#').unwrap_or((line, "")).1;
        let with_ports = |line: &str| {
            let each = ports.iter();
            each.fold(line.to_owned(), |line, (port, free)| {
                line.replace(port, free)
            })
        };
        let command = with_ports(command(line));
        if let Some(command) = command.strip_suffix(" &") {
            background.0.push(run(folder.path(), command));
            let (_, port) = command.split_once("--listen ").unwrap();
            wait_for(port.split(' ').next().unwrap().parse().unwrap());
            continue;
        }
        let wanted = comment
            .split("exit code ")
            .nth(1)
            .map_or(0, |rest| rest.split(':').next().unwrap().parse().unwrap());
        let outcome = match command.starts_with("handfast ") {
            true => run(folder.path(), &command).wait_with_output().unwrap(),
            false => {
                let mut shell = Command::new("sh");
                let shell = shell.args(["-c", &command]).current_dir(folder.path());
                shell.output().unwrap()
            }
        };
        assert_eq!(outcome.status.code(), Some(wanted), "{line}: {outcome:?}");
        let said =
            [outcome.stdout, outcome.stderr].map(|out| String::from_utf8_lossy(&out).into_owned());
        let about_signature = comment.contains("its signature is wrong");
        assert!(
            !about_signature || said.concat().contains("signature"),
            "{line}: {said:?}"
        );
        assert!(
            !comment.contains("resumed") || said.concat().contains("resumed by"),
            "{line}: {said:?}"
        );
        let printed = comment.split("prints ").nth(1);
        assert!(
            printed.is_none_or(|words| said[0].contains(words)),
            "{line}: {said:?}"
        );
        assert!(!said.concat().contains("404 Not Found"), "{line}: {said:?}");
        let agreed = comment.split("agrees on ").nth(1);
        assert!(
            agreed.is_none_or(|version| said.concat().contains(version)),
            "{line}: {said:?}"
        );
    }
}

/// What is before the comment.
fn command(line: &str) -> &str {
    line.split('#').next().unwrap().trim()
}

fn run(folder: &Path, line: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_handfast"));
    // No word has a space in it, so a shell's quotes only stand around words.
    let words = line.split_whitespace().skip(1);
    command
        .args(words.map(|word| word.trim_matches('\'')))
        .current_dir(folder);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn wait_for(port: u16) {
    wait_until(|| std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
}

fn wait_until(ready: impl Fn() -> bool) {
    let start = Instant::now();
    while !ready() {
        assert!(start.elapsed() < SOON, "the server is not ready");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[derive(Default)]
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
