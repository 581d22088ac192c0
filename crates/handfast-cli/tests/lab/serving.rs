//! `handfast serve`, running, or another verb that serves.

use super::{SOON, command};
use serde_json::Value;
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A server of ours on loopback; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    port: u16,
    lines: Arc<Mutex<Vec<Value>>>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Serving {
    /// Starts `handfast serve`, on a free port unless one is named.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_as(&["serve"], arguments)
    }

    /// Starts another verb that serves.
    pub(crate) fn start_as(verb: &[&str], arguments: &[&str]) -> Self {
        let mut command = command().command();
        command.args(verb).arg("--json").args(arguments);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "0"]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let (told, heard) = (child.stderr.take().unwrap(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in BufReader::new(told).lines().map_while(Result::ok) {
                eprintln!("{line}");
                heard.lock().unwrap().push(line);
            }
        });
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&out.next().unwrap().unwrap()).unwrap();
        let listen = first["listen"]
            .as_str()
            .unwrap_or_else(|| panic!("{first}"));
        let port = listen.rsplit(':').next().unwrap().parse().unwrap();
        let lines = Arc::default();
        collect(out, Arc::clone(&lines));
        Self {
            child,
            port,
            lines,
            said,
        }
    }

    /// Waits until it has said this to the person in front of the screen, and gives the line.
    pub(crate) fn said(&self, wanted: &str) -> String {
        let start = Instant::now();
        loop {
            let said = self.said.lock().unwrap().clone();
            if let Some(line) = said.iter().find(|line| line.contains(wanted)) {
                return line.clone();
            }
            assert!(start.elapsed() < SOON, "not said: {wanted}: {said:#?}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// All that it has said so.
    pub(crate) fn all_said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// A URL of its own.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// Waits for a log line, and gives the last.
    pub(crate) fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let lines = self.lines.lock().unwrap();
            if let Some(line) = lines.iter().rev().find(|line| wanted(line)) {
                return line.clone();
            }
            assert!(start.elapsed() < SOON, "not logged: {lines:?}");
            drop(lines);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Tells it to stop, as the system does.
    pub(crate) fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Its exit code, once it has ended.
    pub(crate) fn ended(mut self) -> Option<i32> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(start.elapsed() < SOON, "still runs");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(out: Lines<BufReader<ChildStdout>>, lines: Arc<Mutex<Vec<Value>>>) {
    std::thread::spawn(move || {
        for line in out.map_while(Result::ok) {
            lines
                .lock()
                .unwrap()
                .push(serde_json::from_str(&line).unwrap());
        }
    });
}
