//! `handfast ca serve --acme`, running over an authority of its own.

use super::{SOON, command, handfast};
use handfast_testkit::peer::{Folder, free_port};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An authority in a folder, and ports at which challenges are looked at.
pub(crate) struct AcmeLab {
    pub(crate) folder: Folder,
    pub(crate) http_port: u16,
    pub(crate) tls_port: u16,
}

/// The server; killed when dropped.
pub(crate) struct AcmeServer {
    child: Child,
    /// The URL of its directory.
    pub(crate) directory: String,
    lines: Arc<Mutex<Vec<Value>>>,
}

impl AcmeLab {
    /// An authority that `ca init` makes, with these flags too.
    pub(crate) fn new(flags: &[&str]) -> Self {
        let folder = Folder::new().unwrap();
        let place = folder.file("ca");
        let made = handfast(&[&["ca", "init", "--ca-dir", &place], flags].concat());
        assert!(made.success(), "{}", made.stderr);
        Self {
            folder,
            http_port: free_port().unwrap(),
            tls_port: free_port().unwrap(),
        }
    }

    /// The authority's folder.
    pub(crate) fn place(&self) -> String {
        self.folder.file("ca")
    }

    pub(crate) fn root(&self) -> String {
        self.folder.file("ca/root.pem")
    }

    /// A server on any port, with these flags too.
    pub(crate) fn serve(&self, flags: &[&str]) -> AcmeServer {
        self.serve_on("0", flags)
    }

    pub(crate) fn serve_on(&self, port: &str, flags: &[&str]) -> AcmeServer {
        let (http, tls) = (self.http_port.to_string(), self.tls_port.to_string());
        let place = self.place();
        let mut command = command().command();
        command
            .args(["ca", "serve", "--json", "--listen", "0", "--ca-dir", &place])
            .args(["--acme", "--acme-listen", port])
            .args(["--acme-http-port", &http, "--acme-tls-port", &tls])
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines = Arc::<Mutex<Vec<Value>>>::default();
        let kept = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in out.map_while(Result::ok) {
                let line = serde_json::from_str(&line).unwrap();
                kept.lock().unwrap().push(line);
            }
        });
        let mut server = AcmeServer {
            child,
            directory: String::new(),
            lines,
        };
        let start = server.logged(|line| line["schema"] == "handfast.ca.acme.start/1");
        server.directory = start["directory"].as_str().unwrap().to_owned();
        server
    }

    /// The certificates of an authority, newest first: name, status, actor.
    pub(crate) fn listed(&self) -> Vec<Value> {
        let place = self.place();
        let listed = handfast(&["ca", "list", "--json", "--ca-dir", &place]);
        let document: Value = serde_json::from_slice(&listed.stdout).unwrap();
        let rows = document["result"]["certificates"].as_array();
        rows.unwrap_or_else(|| panic!("{document}")).clone()
    }
}

impl AcmeServer {
    /// Waits for a line, and gives the last.
    pub(crate) fn logged(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let lines = self.lines.lock().unwrap();
            if let Some(line) = lines.iter().rev().find(|line| wanted(line)) {
                return line.clone();
            }
            assert!(start.elapsed() < SOON, "not logged: {lines:?}");
            drop(lines);
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The port of its URLs.
    pub(crate) fn port(&self) -> String {
        let authority = self.directory.split('/').nth(2).unwrap();
        authority.rsplit(':').next().unwrap().to_owned()
    }
}

impl Drop for AcmeServer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
