//! The command line.

use crate::Result;
use crate::server::Kind;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
handfast-load: `handfast serve` and nginx in turn under the same load, over loopback;
handfast-load responder: `handfast ca serve` and `openssl ocsp` in the same way

  --only WORD       only rows whose name has WORD (more than once: any of them)
  --server NAME     only that server: handfast, nginx, openssl
  --rounds N        rounds, of which the median counts (5)
  --seconds S       seconds a row, a server and a round (2)
  --connections N   connections at a time (32)
  --threads N       cores of the server: 1, or 2, of which this program then uses one too (1)
  --mebibytes N     length of the large file (1024)
  --handfast FILE   the command (target/release/handfast)
  --nginx FILE      nginx (/usr/sbin/nginx)
  --openssl FILE    OpenSSL's command (openssl)
";

pub(crate) struct Options {
    only: Vec<String>,
    pub(crate) server: Option<String>,
    pub(crate) rounds: usize,
    pub(crate) seconds: f64,
    pub(crate) connections: usize,
    pub(crate) threads: usize,
    pub(crate) big_bytes: u64,
    pub(crate) handfast: PathBuf,
    pub(crate) nginx: PathBuf,
    pub(crate) openssl: PathBuf,
    pub(crate) responder: bool,
    pub(crate) help: bool,
}

impl Options {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            only: Vec::new(),
            server: None,
            rounds: 5,
            seconds: 2.0,
            connections: 32,
            threads: 1,
            big_bytes: 1 << 30,
            handfast: "target/release/handfast".into(),
            nginx: "/usr/sbin/nginx".into(),
            openssl: "openssl".into(),
            responder: false,
            help: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            match word.as_str() {
                "--only" => options.only.push(value()?),
                "--server" => options.server = Some(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--seconds" => options.seconds = value()?.parse()?,
                "--connections" => options.connections = value()?.parse::<usize>()?.max(1),
                "--threads" => options.threads = value()?.parse::<usize>()?.max(1),
                "--mebibytes" => options.big_bytes = value()?.parse::<u64>()?.max(1) << 20,
                "--handfast" => options.handfast = value()?.into(),
                "--nginx" => options.nginx = value()?.into(),
                "--openssl" => options.openssl = value()?.into(),
                "responder" => options.responder = true,
                "--help" | "-h" => options.help = true,
                _ => return Err(format!("`{word}` was not expected; try --help").into()),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| row.contains(word.as_str()))
    }

    pub(crate) fn has(&self, kind: Kind) -> bool {
        self.server.as_ref().is_none_or(|name| name == kind.name())
    }
}
