//! The two servers, as processes.

use crate::Result;
use crate::drive::Row;
use crate::lab::Lab;
use crate::options::Options;
use crate::processor::Cores;
use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Which server.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Handfast,
    Nginx,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Handfast, Self::Nginx];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Handfast => "handfast",
            Self::Nginx => "nginx",
        }
    }
}

/// A server that runs until this value goes.
pub(crate) struct Server {
    kind: Kind,
    running: Running,
}

/// A process that listens, until this value goes.
pub(crate) struct Running {
    port: u16,
    child: Child,
}

impl Server {
    pub(crate) fn start(
        kind: Kind,
        lab: &Lab,
        cores: &Cores,
        options: &Options,
        row: Row,
    ) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let command = match kind {
            Kind::Handfast => handfast(lab, options, port),
            Kind::Nginx => nginx(lab, options, port, row)?,
        };
        // It inherits the cores that this process may use.
        cores.take_servers()?;
        let log = lab.file(&format!("{}.log", kind.name()));
        let running = Running::start(command, port, &log)?;
        Ok(Self { kind, running })
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn port(&self) -> u16 {
        self.running.port
    }

    pub(crate) fn id(&self) -> u32 {
        self.running.id()
    }
}

impl Running {
    /// Starts a program that is to listen on a port of loopback; `log` is the file for its words.
    pub(crate) fn start(mut command: Command, port: u16, log: &str) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(log)?)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let mut running = Self { port, child };
        for _ in 0..1200 {
            if is_listening(port)? {
                return Ok(running);
            }
            if running.child.try_wait()?.is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        let (name, said) = (command.get_program().display(), fs::read_to_string(log)?);
        Err(format!("{name} does not start: {said}").into())
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // nginx's workers go with their master only where it is asked to stop.
        if let Some(pid) = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        for _ in 0..40 {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            sleep(Duration::from_millis(50));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether somebody listens there. Nobody connects for that: OpenSSL 3.0's responder waits for ever
/// on a connection that says nothing, closed or not.
fn is_listening(port: u16) -> Result<bool> {
    let (wanted, state) = (format!(":{port:04X}"), "0A");
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let lines = fs::read_to_string(table).unwrap_or_default();
        let is_there = lines.lines().any(|line| {
            let mut fields = line.split_whitespace();
            fields.nth(1).is_some_and(|own| own.ends_with(&wanted)) && fields.nth(1) == Some(state)
        });
        if is_there {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One thread a core that it may use; without a line for each request, as nginx.
fn handfast(lab: &Lab, options: &Options, port: u16) -> Command {
    let mut command = Command::new(&options.handfast);
    command
        .args(["serve", "--quiet", "--listen", &port.to_string()])
        .args(["--cert", &lab.file("server.pem")])
        .args(["--key", &lab.file("server.key")])
        .arg(lab.file("site"));
    command
}

fn nginx(lab: &Lab, options: &Options, port: u16, row: Row) -> Result<Command> {
    let processes = if options.threads == 1 {
        "master_process off;".to_owned()
    } else {
        format!("worker_processes {};", options.threads)
    };
    let tickets = if row == Row::Resumed { "on" } else { "off" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};", lab.file(kind)))
        .concat();
    let config = format!(
        "daemon off; user root; {processes} pid {pid}; error_log stderr error;
         worker_rlimit_nofile 65536;
         events {{ worker_connections 16384; }}
         http {{
             {temporary}
             access_log off; sendfile on; tcp_nopush on; tcp_nodelay on;
             keepalive_requests 1000000000; keepalive_timeout 75s;
             open_file_cache max=1000 inactive=60s; open_file_cache_valid 60s;
             open_file_cache_min_uses 1;
             types {{ text/plain txt; }} default_type application/octet-stream; charset utf-8;
             ssl_protocols TLSv1.2 TLSv1.3; ssl_ecdh_curve X25519; ssl_session_tickets {tickets};
             ssl_session_cache none;
             server {{
                 listen 127.0.0.1:{port} ssl backlog=4096; server_name localhost;
                 ssl_certificate {cert}; ssl_certificate_key {key};
                 root {site};
             }}
         }}",
        pid = lab.file("nginx.pid"),
        cert = lab.file("server.pem"),
        key = lab.file("server.key"),
        site = lab.file("site"),
    );
    let file = lab.file("nginx.conf");
    fs::write(&file, config)?;
    let mut command = Command::new(&options.nginx);
    command.args(["-p", &lab.file("."), "-c", &file, "-e", "stderr"]);
    Ok(command)
}
