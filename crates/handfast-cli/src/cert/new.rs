//! `handfast cert new NAME…`: a key and a certificate that vouches for itself.

use crate::ca::issue::Life;
use crate::ca::kind::{Kind, Whom};
use crate::ca::names::{in_url, typed_path};
use crate::ca::output::{Output, Planned};
use crate::ca::page::Page;
use crate::cert::inspect::shown::{base64, colons, hex, serial};
use crate::cert::inspect::validity::Standing;
use crate::cert::moment::stamp;
use crate::cert::own_key;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::talk::Talk;
use clap::Args;
use handfast::PrivateKey;
use handfast::stream::now;
use handfast_ca::authority::self_signed_for;
use handfast_ca::key::generate;
use handfast_ca::profile::{KeyKind, Validity};
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The flags of `cert new`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Hosts, addresses, mail addresses, URIs, told apart by their form or by dns:, ip:, mail:,
    /// uri:, upn:, rid:, dir: before them; of a client also the user's name
    #[arg(value_name = "NAME", required_unless_present = "subject")]
    names: Vec<String>,
    /// What it is for: server, client or both
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    profile: Kind,
    /// The whole subject, as CN=api.local,O=Acme [default: the first name]
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    #[command(flatten)]
    life: Life,
    /// Its key may vouch for others that stand for it for some days (DelegationUsage, RFC 9345):
    /// `cert delegate`
    #[arg(long)]
    delegation: bool,
    /// The kind of key to make
    #[arg(
        long,
        value_name = "TYPE",
        value_enum,
        default_value_t,
        conflicts_with = "key"
    )]
    key_type: KeyType,
    /// Use the private key in FILE instead of a new one
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The password of --key: the first line of FILE
    #[arg(long, value_name = "FILE", requires = "key")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = new(options, talk);
    talk.end("cert.new", &options.names.join(" "), outcome)
}

fn new(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let kind = options.profile;
    if matches!(kind, Kind::OcspSigner | Kind::Intermediate) {
        let message = "a certificate that vouches for itself is none of an authority";
        return Err(Failure::usage(message)
            .hint("make an authority with handfast ca init; handfast ca issue has that profile"));
    }
    let whom = Whom::read(kind, &options.names, options.subject.as_deref())?;
    let files = match options.key {
        Some(_) => options.output.plan_without_key(&whom.title())?,
        None => options.output.plan(&whom.title())?,
    };
    let key = match &options.key {
        Some(path) => own_key::opened(path, options.pass_file.as_deref())?,
        None => generate(options.key_type.kind()).map_err(|fault| unmade(&fault))?,
    };
    let now_s = now().unix_s();
    let validity = Validity::seconds(now_s, options.life.seconds(kind));
    let mut profile = whom.profile(kind, validity, key.kind());
    profile.delegation = options.delegation;
    let der = self_signed_for(&key, &profile).map_err(|fault| unmade(&fault))?;
    files.write(std::slice::from_ref(&der), Some(&key))?;
    let made = Made {
        der: &der,
        key: &key,
        kind,
        files: &files,
        own_key: options.key.as_deref(),
        title: whom.title(),
        host: whom.names.iter().find_map(|name| in_url(&name.to_string())),
        pass: match options.key {
            Some(_) => options.pass_file.as_deref(),
            None => options.output.out_pass_file.as_deref(),
        },
    };
    made.tell(talk, now_s)
}

/// What was made.
struct Made<'a> {
    der: &'a CertificateDer<'static>,
    key: &'a PrivateKey,
    kind: Kind,
    files: &'a Planned,
    own_key: Option<&'a Path>,
    title: String,
    /// A host of it, as it stands in a URL.
    host: Option<String>,
    /// The file with what encrypts the key.
    pass: Option<&'a Path>,
}

impl Made<'_> {
    fn tell(&self, talk: &Talk, now_s: u64) -> Result<Value, Failure> {
        let certificate = Certificate::parse(self.der).map_err(|fault| unmade(&fault))?;
        if !talk.json && self.files.main_file() != Some(Path::new("-")) {
            self.print(&certificate, now_s);
        }
        let names = certificate.subject_alt_names();
        let names = names.map(|name| json!({ "kind": name.kind(), "name": name.to_string() }));
        let validity = certificate.validity();
        Ok(json!({
            "self_signed": true,
            "subject": certificate.subject().to_string(),
            "names": names.collect::<Vec<_>>(),
            "not_before": stamp(validity.not_before.0),
            "not_after": stamp(validity.not_after.0),
            "serial": serial(certificate.serial()),
            "sha256": hex(&sha256(self.der)),
            "pin": self.pin(),
            "files": self.files.described(),
            "next": self.next(),
        }))
    }

    fn print(&self, certificate: &Certificate<'_>, now_s: u64) {
        let mut page = Page::new();
        page.title(&self.title, &format!("{}, self-signed", self.kind.words()));
        let shown = |path: Option<&Path>| path.map(|path| path.display().to_string());
        let words = own_key::words(self.key);
        match (self.files.p12_file(), self.own_key) {
            (Some(file), _) => {
                let file = file.display();
                page.line("PKCS#12", &format!("{file}: with its key, {words}"));
            }
            (None, own) => {
                page.line(
                    "certificate",
                    &shown(self.files.main_file()).unwrap_or_default(),
                );
                let made = shown(self.files.key_file());
                let made = made.map(|file| format!("{file}, {words}, which only you can read"));
                let own = shown(own).map(|file| format!("{file}, {words}, as it was"));
                page.line("key", &made.or(own).unwrap_or_default());
            }
        }
        let names: Vec<_> = certificate
            .subject_alt_names()
            .map(|name| name.to_string())
            .collect();
        page.line("names", &names.join(", "));
        let validity = certificate.validity();
        let now_s = i64::try_from(now_s).unwrap_or(i64::MAX);
        let left = Standing::of(validity, now_s).words();
        page.line("valid", &format!("{left}, until {}", validity.not_after));
        page.line("SHA-256", &colons(&sha256(self.der)));
        page.line(
            "trust",
            "nobody vouches for it: whoever is to believe it gets this file by a way that cannot be \
             tampered with, or knows its key by the pin",
        );
        page.line("pin", &self.pin());
        for (at, next) in self.next().iter().enumerate() {
            page.line(if at == 0 { "next" } else { "" }, next);
        }
        page.print();
    }

    /// SHA-256 of its key (RFC 7469 section 2.4), as curl writes it.
    fn pin(&self) -> String {
        format!("sha256//{}", base64(&sha256(self.key.public_spki())))
    }

    /// The next useful commands.
    fn next(&self) -> Vec<String> {
        let (None, Some(file)) = (self.files.p12_file(), self.files.main_file()) else {
            return Vec::new();
        };
        let file = typed_path(file);
        let key = self.files.key_file().or(self.own_key);
        let key = key.map(|key| format!(" --key {}", typed_path(key)));
        let pass = self
            .pass
            .map(|pass| format!(" --pass-file {}", typed_path(pass)));
        let key = key.unwrap_or_default() + &pass.unwrap_or_default();
        match self.kind {
            Kind::Client => vec![
                format!("handfast serve --client-ca {file} ."),
                format!("handfast get --cert {file}{key} https://localhost:8443/"),
            ],
            _ => {
                let mut next = vec![format!("handfast serve --cert {file}{key} .")];
                if let Some(host) = &self.host {
                    let pin = self.pin();
                    // What few servers have is offered only where it is named.
                    let scheme = match self.key.kind() {
                        KeyKind::MlDsa44 => " --sigalgs mldsa44",
                        KeyKind::MlDsa65 => " --sigalgs mldsa65",
                        KeyKind::MlDsa87 => " --sigalgs mldsa87",
                        _ => "",
                    };
                    let get = format!("handfast get{scheme}");
                    next.push(format!("{get} --cacert {file} https://{host}:8443/"));
                    next.push(format!("{get} -k --pin {pin} https://{host}:8443/"));
                }
                next
            }
        }
    }
}

fn unmade(fault: &dyn std::fmt::Display) -> Failure {
    Failure::usage(fault.to_string())
}
