//! `handfast cert inspect`: what certificates say.

use crate::cert::presented::{Presented, Reach};
use crate::cert::target::{Target, read};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::{Talk, print_line};
use clap::Args;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;
use serde_json::{Value, json};

/// The flags of `cert inspect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files, hosts (HOST, HOST:PORT or https://HOST), - for standard input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    #[command(flatten)]
    reach: Reach,
}

/// Runs the verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.targets.join(" ");
    talk.end("cert.inspect", &target, inspect(options, talk).await)
}

async fn inspect(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let mut certificates = Vec::new();
    for target in &options.targets {
        let ders = match Target::of(target)? {
            Target::Host(host, port) => {
                let presented = options.reach.presented(&host, port, talk).await?;
                talk.tell(&said(&presented));
                presented.chain
            }
            Target::Stdin => parsed("standard input", &read(None)?)?,
            Target::File(path) => parsed(target, &read(Some(&path))?)?,
        };
        for der in ders {
            let certificate = Certificate::parse(&der)
                .map_err(|fault| Failure::usage(format!("{target}: {fault}")))?;
            if !talk.json {
                print_line(&certificate.subject().to_string());
            }
            certificates.push(json!({ "subject": certificate.subject().to_string() }));
        }
    }
    Ok(json!({ "certificates": certificates }))
}

/// Who sent a chain, and how.
fn said(presented: &Presented) -> String {
    let version = presented.version.map_or_else(
        || "a handshake that failed later".to_owned(),
        |version| version.to_string(),
    );
    let staple = match presented.staple {
        Some(_) => "with an OCSP response",
        None => "without an OCSP response",
    };
    format!("sent for {} over {version}, {staple}", presented.name)
}

fn parsed(
    source: &str,
    bytes: &[u8],
) -> Result<Vec<rustls_pki_types::CertificateDer<'static>>, Failure> {
    load::certificates(bytes).map_err(|fault| {
        Failure::new(
            Exit::Bad,
            "certificate",
            "read",
            format!("{source}: {fault}"),
        )
    })
}
