//! The two servers, as processes.

use crate::Result;
use crate::drive::Row;
use crate::lab::Lab;
use crate::options::Options;
use crate::processor::Cores;
use std::fs;
use std::net::{TcpListener, TcpStream};
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
        let mut command = match kind {
            Kind::Handfast => handfast(lab, options, port),
            Kind::Nginx => nginx(lab, options, port, row)?,
        };
        // It inherits the cores that this process may use.
        cores.take_servers()?;
        let log = fs::File::create(lab.file(&format!("{}.log", kind.name())))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| format!("{}: {error}", command.get_program().display()))?;
        let mut server = Self { kind, port, child };
        for _ in 0..1200 {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        let said = fs::read_to_string(lab.file(&format!("{}.log", kind.name())))?;
        Err(format!("{} does not start: {said}", kind.name()).into())
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
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
