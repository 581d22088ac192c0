//! `handfast cert delegate`: a key that stands for a certificate's own for some days (RFC 9345).

use crate::ca::output::check;
use crate::ca::page::Page;
use crate::ca::span::{lasting, words};
use crate::cert::inspect::shown::base64;
use crate::cert::moment::stamp;
use crate::cert::written::write;
use crate::delegated::LABEL;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::config::{Delegate, Delegation, MOST_DELEGATED_S};
use handfast::stream::now;
use handfast::{ConfigFault, PrivateKey, SignatureScheme};
use handfast_ca::key::generate;
use handfast_ca::profile::KeyKind;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load::{Contents, to_pem};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags of `cert delegate`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The certificate whose key vouches; it must say that it may (`ca issue --delegation`); .p12 and .pfx
    /// hold the key too
    #[arg(long, short = 'E', value_name = "FILE")]
    cert: PathBuf,
    /// Its key, where it is not in the same file
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The password of its key: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    /// Good for so long: 6d, 12h; peers take no more than seven days, by their own clocks
    #[arg(long, value_name = "SPAN", default_value = "6d", value_parser = lasting)]
    valid: u64,
    /// The kind of key to make; Firefox takes P-256, P-384 and P-521
    #[arg(
        long,
        value_name = "TYPE",
        value_enum,
        default_value_t,
        conflicts_with = "public_key"
    )]
    key_type: KeyType,
    /// Vouch for the key in FILE, of which the public half is enough, in place of a new one: so no key
    /// has to travel. What is written then goes into one file with that key
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// For a client to show, in place of a server
    #[arg(long)]
    client: bool,
    /// Write the key and what is signed for it to FILE; - for standard output
    #[arg(short, long, value_name = "FILE|-", default_value = "delegated.pem")]
    output: PathBuf,
    /// Write over a file that is there
    #[arg(long, short)]
    force: bool,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.cert.display().to_string();
    talk.end("cert.delegate", &target, delegate(options, talk))
}

fn delegate(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    check(&options.output, options.force)?;
    let (to, now_s) = (options.to(), now().unix_s());
    if options.valid > u64::from(MOST_DELEGATED_S) {
        let message = format!("--valid {}: that is too long", words(options.valid));
        return Err(Failure::usage(message)
            .hint("seven days is the most that peers take (RFC 9345 section 4.1.3)"));
    }
    let password = load::password(options.pass_file.as_deref())?;
    let password = password.as_deref().map(Vec::as_slice);
    let (chain, leaf_key) = load::pair(&options.cert, options.key.as_deref(), password)?;
    let Some(leaf) = chain.first() else {
        return Err(Failure::usage("there is no certificate"));
    };
    let certificate = Certificate::parse(leaf);
    let certificate = certificate.map_err(|fault| Failure::usage(fault.to_string()))?;
    let ends = u64::try_from(certificate.validity().not_after.0).unwrap_or_default();
    if ends <= now_s {
        let message = format!("{}: the certificate is over", options.cert.display());
        return Err(Failure::usage(message).hint("renew it first: nobody believes it"));
    }
    let key = match &options.public_key {
        Some(_) => None,
        None => Some(made(options.key_type)?),
    };
    let public_key = match (&key, &options.public_key) {
        (Some(key), _) => key.public_spki().to_vec(),
        (None, Some(path)) => public_half(path)?,
        (None, None) => Vec::new(),
    };
    let delegation = Delegation {
        to,
        public_key: &public_key,
        scheme: scheme(&public_key)?,
        // What its certificate has outlived, nobody takes.
        until_unix: now_s.saturating_add(options.valid).min(ends),
    };
    let by = by(&leaf_key)?;
    let signed = delegation.sign(leaf, &leaf_key, by);
    let signed = signed.map_err(|fault| unsigned(&options.cert, &fault))?;
    let mut text = Zeroizing::new(String::new());
    if let Some(key) = &key {
        let der = key.to_pkcs8_der();
        let der = der.map_err(|fault| Failure::usage(fault.to_string()))?;
        text.push_str(&to_pem("PRIVATE KEY", &der));
    }
    text.push_str(&to_pem(LABEL, &signed));
    write(&options.output, text.as_bytes(), true, options.force)?;
    let made = Made {
        options,
        delegation,
        by,
        leaf: certificate.subject().to_string(),
        left: delegation.until_unix.saturating_sub(now_s),
    };
    if !talk.quiet && options.output != Path::new("-") {
        made.print();
    }
    Ok(made.described())
}

impl Options {
    fn to(&self) -> Delegate {
        match self.client {
            true => Delegate::Client,
            false => Delegate::Server,
        }
    }
}

/// What was made.
struct Made<'a> {
    options: &'a Options,
    delegation: Delegation<'a>,
    by: SignatureScheme,
    leaf: String,
    left: u64,
}

impl Made<'_> {
    fn print(&self) {
        let mut page = Page::new();
        let file = self.options.output.display().to_string();
        let role = match self.delegation.to {
            Delegate::Server => "for a server",
            Delegate::Client => "for a client",
        };
        page.title(&self.leaf, &format!("delegated credential, {role}"));
        let what = match self.options.public_key {
            None => "with its key, which only you can read",
            Some(_) => "without the key",
        };
        page.line("file", &format!("{file}: {what}"));
        page.line("signs by", &self.delegation.scheme.to_string());
        page.line("vouched by", &self.by.to_string());
        page.line(
            "valid",
            &format!("{}, until {}", words(self.left), self.until()),
        );
        page.line("pin", &self.pin());
        page.line("next", &self.next());
        page.print();
    }

    fn described(&self) -> Value {
        json!({
            "file": (self.options.output != Path::new("-")).then(|| self.options.output.display().to_string()),
            "holds_key": self.options.public_key.is_none(),
            "for": match self.delegation.to {
                Delegate::Server => "server",
                Delegate::Client => "client",
            },
            "certificate": self.leaf,
            "scheme": self.delegation.scheme.to_string(),
            "signed_by": self.by.to_string(),
            "until": self.until(),
            "pin": self.pin(),
        })
    }

    fn until(&self) -> String {
        stamp(i64::try_from(self.delegation.until_unix).unwrap_or(i64::MAX))
    }

    fn pin(&self) -> String {
        format!("sha256//{}", base64(&sha256(self.delegation.public_key)))
    }

    fn next(&self) -> String {
        let (cert, file) = (self.options.cert.display(), self.options.output.display());
        if let Some(key) = &self.options.public_key {
            let key = key.display();
            return format!(
                "where its private key lies: cat PRIVATE-KEY {file} > both.pem ({key})"
            );
        }
        match self.delegation.to {
            Delegate::Server => format!("handfast serve --cert {cert} --delegated {file} ."),
            Delegate::Client => {
                format!("handfast get --cert {cert} --delegated {file} https://localhost:8443/")
            }
        }
    }
}

fn made(kind: KeyType) -> Result<PrivateKey, Failure> {
    if matches!(kind, KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096) {
        let message = format!("--key-type: {} cannot stand for another key", kind.words());
        return Err(Failure::usage(message)
            .hint("RFC 9345 section 4 leaves out RSA keys such as certificates have: take p256"));
    }
    generate(kind.kind()).map_err(|fault| Failure::usage(fault.to_string()))
}

/// The public half of a key in a file.
fn public_half(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = Zeroizing::new(load::read(Exit::Usage, path)?);
    let contents = Contents::read(&bytes, None)
        .map_err(|fault| Failure::usage(format!("{}: {fault}", path.display())))?;
    let own = contents.keys.first().map(|key| key.public_spki().to_vec());
    own.or_else(|| contents.public_keys.first().cloned())
        .ok_or_else(|| {
            Failure::usage(format!("{}: there is no key in it", path.display()))
                .hint("handfast cert convert KEY -o FILE.pub writes the public half of a key")
        })
}

/// By which scheme the key signs handshakes.
fn scheme(public_key: &[u8]) -> Result<SignatureScheme, Failure> {
    Delegation::scheme_of(public_key).ok_or_else(|| {
        Failure::usage("such a key cannot stand for another").hint(
            "RFC 9345 section 4 leaves out RSA keys such as certificates have: take one of P-256",
        )
    })
}

/// By which scheme the certificate's key vouches for it.
fn by(key: &PrivateKey) -> Result<SignatureScheme, Failure> {
    Ok(match key.kind() {
        KeyKind::EcP256 => SignatureScheme::ECDSA_SECP256R1_SHA256,
        KeyKind::EcP384 => SignatureScheme::ECDSA_SECP384R1_SHA384,
        KeyKind::EcP521 => SignatureScheme::ECDSA_SECP521R1_SHA512,
        KeyKind::Ed25519 => SignatureScheme::ED25519,
        KeyKind::Rsa { .. } => SignatureScheme::RSA_PSS_RSAE_SHA256,
        KeyKind::RsaPss { .. } => SignatureScheme::RSA_PSS_PSS_SHA256,
        KeyKind::MlDsa44 => SignatureScheme::MLDSA44,
        KeyKind::MlDsa65 => SignatureScheme::MLDSA65,
        KeyKind::MlDsa87 => SignatureScheme::MLDSA87,
        _ => {
            let message = "the certificate's key signs by no scheme of TLS 1.3";
            return Err(Failure::usage(message).hint("take a certificate of a P-256 key"));
        }
    })
}

/// Why nothing was signed.
fn unsigned(cert: &Path, fault: &ConfigFault) -> Failure {
    let failure = Failure::usage(format!("{}: {fault}", cert.display()));
    match fault {
        ConfigFault::DelegationNotAllowed => failure.hint(
            "handfast ca issue --delegation makes such a one (RFC 9345 section 4.2); other authorities are \
             asked for it",
        ),
        _ => failure,
    }
}
