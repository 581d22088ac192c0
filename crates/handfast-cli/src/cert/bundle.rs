//! `handfast cert bundle`: a chain in the order in which a server sends it.

use crate::cert::fetching::Fetching;
use crate::cert::order::{climb, is_authority, is_issued_by, is_self_signed};
use crate::cert::pile::Source;
use crate::cert::presented::Reach;
use crate::cert::verify::subject;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, print_document};
use crate::trust::Authorities;
use clap::Args;
use handfast::Roots;
use handfast::stream::now;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::to_pem;
use handfast_pki::verify::Purpose;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `cert bundle`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files with the certificate and those above it, in any order; also hosts, - for standard input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    /// Where to; what is there already is kept [default: standard output]
    #[arg(
        short,
        long,
        value_name = "FILE|-",
        default_value = "-",
        hide_default_value = true
    )]
    output: PathBuf,
    /// Put the root at the end too, where it is given; no server needs to send it
    #[arg(long)]
    root: bool,
    #[command(flatten)]
    authorities: Authorities,
    /// The password of encrypted files: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    fetching: Fetching,
    #[command(flatten)]
    reach: Reach,
}

/// What became of the certificates.
struct Bundle {
    /// From the leaf up.
    chain: Vec<Vec<u8>>,
    /// A root that was left out.
    root: Option<Vec<u8>>,
    /// How many stood there twice.
    duplicates: usize,
    strangers: Vec<Vec<u8>>,
    /// Whose certificate is missing, and where it is published.
    missing: Option<(String, Vec<String>)>,
}

/// Runs the verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.targets.join(" ");
    let bundle = match bundle(options, talk).await {
        Ok(bundle) => bundle,
        Err(failure) => return talk.end("cert.bundle", &target, Err(failure)),
    };
    let exit = if bundle.missing.is_some() {
        Exit::Bad
    } else {
        Exit::Done
    };
    let text: String = bundle
        .chain
        .iter()
        .map(|der| to_pem("CERTIFICATE", der).to_string())
        .collect();
    // As JSON the document takes standard output.
    if !(talk.json && options.output == std::path::Path::new("-"))
        && let Err(failure) = write(&options.output, text.as_bytes(), false, options.force)
    {
        return talk.end("cert.bundle", &target, Err(failure));
    }
    bundle.tell(talk);
    if talk.json {
        let body = vec![
            ("result", bundle.to_json(&text)),
            ("findings", json!(bundle.findings())),
        ];
        print_document("cert.bundle", &target, body, exit);
    }
    exit
}

async fn bundle(options: &Options, talk: &Talk) -> Result<Bundle, Failure> {
    let password = load::password(options.pass_file.as_deref())?;
    let mut ders: Vec<Vec<u8>> = Vec::new();
    let mut duplicates = 0;
    for target in &options.targets {
        let source = Source::read(
            target,
            password.as_deref().map(Vec::as_slice),
            &options.reach,
            talk,
        )
        .await?;
        if !source.contents.keys.is_empty() {
            talk.tell(&format!("{target}: its private key is left out"));
        }
        for der in source.contents.certificates {
            if ders.iter().any(|known| *known == *der) {
                duplicates += 1;
            } else {
                ders.push(der.to_vec());
            }
        }
    }
    let (roots, _) = options.authorities.roots(Purpose::ServerAuth)?;
    let bundle = Bundle::of(&ders, duplicates, options.root, &roots)?;
    if bundle.missing.is_none() || !options.fetching.fetch {
        return Ok(bundle);
    }
    let chain: Vec<_> = bundle
        .chain
        .iter()
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    let fetched = options
        .fetching
        .issuers(&chain, roots.clone(), present(), talk)
        .await;
    ders.extend(fetched.iter().map(|der| der.to_vec()));
    Bundle::of(&ders, duplicates, options.root, &roots)
}

fn present() -> i64 {
    i64::try_from(now().unix_s()).unwrap_or(i64::MAX)
}

/// The first that is no authority; without one, the first that issued none of the others.
fn leaf(all: &[Certificate<'_>]) -> Result<usize, Failure> {
    let plain = all.iter().position(|one| !is_authority(one));
    let childless = || {
        all.iter().enumerate().position(|(at, one)| {
            let others = all.iter().enumerate().filter(|(index, _)| *index != at);
            !others
                .into_iter()
                .any(|(_, other)| is_issued_by(other, one))
        })
    };
    plain.or_else(childless).ok_or_else(|| {
        Failure::usage("no certificate here").hint("name the file of the server's certificate")
    })
}

/// Whose certificate is missing above the last one, unless that one is trusted.
fn missing(last: &Certificate<'_>, roots: &Roots) -> Option<(String, Vec<String>)> {
    if is_trusted(last, roots) {
        return None;
    }
    let urls = last.ca_issuer_urls().unwrap_or_default();
    let urls = urls
        .into_iter()
        .map(|url| url.replace(char::is_control, "\u{fffd}"));
    Some((last.issuer().to_string(), urls.collect()))
}

fn is_trusted(last: &Certificate<'_>, roots: &Roots) -> bool {
    roots.iter().any(|der| {
        let root = Certificate::parse(der);
        root.is_ok_and(|root| root.der() == last.der() || is_issued_by(last, &root))
    })
}

impl Bundle {
    fn of(
        ders: &[Vec<u8>],
        duplicates: usize,
        keeps_root: bool,
        roots: &Roots,
    ) -> Result<Self, Failure> {
        let parsed = ders.iter().filter_map(|der| Certificate::parse(der).ok());
        let all: Vec<_> = parsed.collect();
        let mut order = climb(&all, leaf(&all)?, present());
        let used = order.clone();
        let last = order.last().and_then(|last| all.get(*last));
        let ends_at_root = last.is_some_and(is_self_signed);
        let root = if ends_at_root && order.len() > 1 && !keeps_root {
            order.pop()
        } else {
            None
        };
        let der = |index: &usize| all.get(*index).map(|one| one.der().to_vec());
        let strangers = (0..all.len()).filter(|index| !used.contains(index));
        Ok(Self {
            chain: order.iter().filter_map(der).collect(),
            root: root.as_ref().and_then(der),
            duplicates,
            strangers: strangers.filter_map(|index| der(&index)).collect(),
            missing: last
                .filter(|_| !ends_at_root)
                .and_then(|last| missing(last, roots)),
        })
    }

    /// What was done, for a person.
    fn tell(&self, talk: &Talk) {
        for (depth, der) in self.chain.iter().enumerate() {
            talk.tell(&format!("  {depth}  {}", subject(der)));
        }
        if let Some(root) = &self.root {
            let root = subject(root);
            talk.tell(&format!(
                "left out: the root {root}, which clients have (--root keeps it)"
            ));
        }
        if self.duplicates > 0 {
            talk.tell(&format!(
                "left out: {} that stood there twice",
                self.duplicates
            ));
        }
        for stranger in &self.strangers {
            talk.tell(&format!(
                "left out: {}, which is not above it",
                subject(stranger)
            ));
        }
        if let Some((issuer, urls)) = &self.missing {
            let place = match urls.as_slice() {
                [] => String::new(),
                urls => format!("; it is published at {}", urls.join(" and ")),
            };
            talk.warn(&format!(
                "not complete: the last one's issuer, {issuer}, is neither among the files nor \
                 trusted{place}; add its file, let it be fetched with --fetch, or name your root \
                 with --cacert"
            ));
        }
    }

    fn to_json(&self, pem: &str) -> Value {
        let subjects = |ders: &[Vec<u8>]| ders.iter().map(|der| subject(der)).collect::<Vec<_>>();
        json!({
            "chain": subjects(&self.chain),
            "pem": pem,
            "root_left_out": self.root.as_deref().map(subject),
            "duplicates": self.duplicates,
            "strangers": subjects(&self.strangers),
            "complete": self.missing.is_none(),
        })
    }

    fn findings(&self) -> Vec<Value> {
        let missing = self.missing.iter().map(|(issuer, urls)| {
            json!({
                "id": "cert.bundle.incomplete",
                "severity": "error",
                "title": "the chain ends before a trusted certificate",
                "evidence": format!("{issuer} is neither among the files nor trusted"),
                "urls": urls,
                "fix": "add the file of that issuer, fetch it with --fetch, or name your root with --cacert",
            })
        });
        missing.collect()
    }
}
