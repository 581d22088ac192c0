//! `handfast cert convert`: the same certificates and keys in another format.

use crate::cert::order::climb;
use crate::cert::pile::Source;
use crate::cert::target::Target;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::Talk;
use clap::{Args, ValueEnum};
use handfast::PrivateKey;
use handfast::stream::now;
use handfast_pki::certificate::Certificate;
use handfast_pki::certification_request::CertificationRequest;
use handfast_pki::load::{Contents, SystemRandom, to_encrypted_pkcs8, to_pem, to_pkcs7, to_pkcs12};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags of `cert convert`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The file to convert, - for standard input
    #[arg(value_name = "FILE|-")]
    input: String,
    /// Where to; what is there already is kept; - for standard output
    #[arg(short, long, value_name = "FILE|-")]
    output: PathBuf,
    /// The format [default: as FILE's ending says]
    #[arg(long, value_name = "FORMAT", value_enum)]
    to: Option<Format>,
    /// The private key that goes with the certificates, where it is in another file
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The password of what is read: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    /// The password for what is written: the first line of FILE
    #[arg(long, value_name = "FILE")]
    out_pass_file: Option<PathBuf>,
    /// What programs show a PKCS#12 entry as
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write a key unencrypted although it was encrypted
    #[arg(long)]
    unencrypted_key: bool,
    /// Write over a file that is there
    #[arg(long, short)]
    force: bool,
}

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Everything, as PEM blocks (.pem, .crt, .csr, .crl)
    Pem,
    /// The one thing in the file, as DER (.der, .cer)
    Der,
    /// Certificates and revocation lists in PKCS#7, as DER (.p7c)
    P7,
    /// The same as PEM (.p7b), as `openssl crl2pkcs7` writes it
    P7Pem,
    /// A key and its certificates, encrypted, in PKCS#12 (.p12, .pfx)
    P12,
    /// The private key alone in PKCS#8, as PEM (.key, .p8)
    Pkcs8,
    /// The private key alone in PKCS#8, as DER
    Pkcs8Der,
    /// The public key alone, as PEM (.pub)
    Public,
}

impl Format {
    fn of_ending(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match ending.as_str() {
            "pem" | "crt" | "csr" | "crl" => Self::Pem,
            "der" | "cer" => Self::Der,
            "p7c" => Self::P7,
            "p7b" | "p7" => Self::P7Pem,
            "p12" | "pfx" => Self::P12,
            "key" | "p8" => Self::Pkcs8,
            "pub" => Self::Public,
            _ => return None,
        })
    }
}

/// What is to be written, and whether it is a secret.
struct Written {
    bytes: Zeroizing<Vec<u8>>,
    is_secret: bool,
    what: &'static str,
}

impl Written {
    fn open(bytes: impl Into<Vec<u8>>, what: &'static str) -> Self {
        Self {
            bytes: Zeroizing::new(bytes.into()),
            is_secret: false,
            what,
        }
    }

    fn secret(bytes: Zeroizing<Vec<u8>>, what: &'static str) -> Self {
        Self {
            bytes,
            is_secret: true,
            what,
        }
    }
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = convert(options, talk);
    talk.end("cert.convert", &options.input, outcome)
}

fn convert(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let given = options.to.or_else(|| Format::of_ending(&options.output));
    let format = given.ok_or_else(|| {
        Failure::usage("the format is not clear from the file's ending")
            .hint("name it with --to pem, der, p7, p7-pem, p12, pkcs8, pkcs8-der or public")
    })?;
    let contents = read(options)?;
    let written = Conversion {
        options,
        contents: &contents,
        out_password: load::password(options.out_pass_file.as_deref())?,
    }
    .write(format)?;
    write(
        &options.output,
        &written.bytes,
        written.is_secret,
        options.force,
    )?;
    let output = options.output.display().to_string();
    if output != "-" {
        let secret = if written.is_secret {
            ", which only you can read"
        } else {
            ""
        };
        talk.tell(&format!("{output}: {}{secret}", written.what));
    }
    Ok(json!({
        "output": output,
        "what": written.what,
        "bytes": written.bytes.len(),
        "secret": written.is_secret,
    }))
}

fn read(options: &Options) -> Result<Contents, Failure> {
    let password = load::password(options.pass_file.as_deref())?;
    let path = match Target::of(&options.input)? {
        Target::Stdin => None,
        Target::File(path) => Some(path),
        Target::Host(..) => Some(PathBuf::from(&options.input)),
    };
    let source = Source::of_file(
        path.as_deref(),
        &options.input,
        password.as_deref().map(Vec::as_slice),
    )?;
    let mut contents = source.contents;
    if let Some(path) = &options.key {
        let name = path.display().to_string();
        let keys =
            Source::of_file(Some(path), &name, password.as_deref().map(Vec::as_slice))?.contents;
        if keys.keys.is_empty() {
            return Err(Failure::usage(format!("{name}: no private key here")));
        }
        contents.encrypted |= keys.encrypted;
        contents.keys.extend(keys.keys);
    }
    Ok(contents)
}

struct Conversion<'a> {
    options: &'a Options,
    contents: &'a Contents,
    out_password: Option<Zeroizing<Vec<u8>>>,
}

impl Conversion<'_> {
    fn write(&self, format: Format) -> Result<Written, Failure> {
        match format {
            Format::Pem => self.pem(),
            Format::Der => self.der(),
            Format::P7 => {
                let what = "certificates in PKCS#7, as DER, without any key";
                Ok(Written::open(self.p7()?, what))
            }
            Format::P7Pem => {
                let text = to_pem("PKCS7", &self.p7()?);
                let what = "certificates in PKCS#7, as PEM, without any key";
                Ok(Written::open(text.as_bytes(), what))
            }
            Format::P12 => self.p12(),
            Format::Pkcs8 => {
                let (label, der) = self.key_der(self.only_key()?)?;
                let text = to_pem(label, &der);
                let bytes = Zeroizing::new(text.as_bytes().to_vec());
                Ok(Written::secret(bytes, "a private key, PKCS#8 in PEM"))
            }
            Format::Pkcs8Der => {
                let (_, der) = self.key_der(self.only_key()?)?;
                Ok(Written::secret(der, "a private key, PKCS#8 in DER"))
            }
            Format::Public => {
                let text = to_pem("PUBLIC KEY", &self.public_key()?);
                Ok(Written::open(text.as_bytes(), "a public key in PEM"))
            }
        }
    }

    /// Everything: keys first, as servers read one file with both.
    fn pem(&self) -> Result<Written, Failure> {
        let mut blocks = Vec::new();
        for key in &self.contents.keys {
            let (label, der) = self.key_der(key)?;
            blocks.push(to_pem(label, &der));
        }
        for der in self.ordered() {
            blocks.push(to_pem("CERTIFICATE", der));
        }
        for (label, ders) in [
            ("CERTIFICATE REQUEST", &self.contents.requests),
            ("PUBLIC KEY", &self.contents.public_keys),
            ("X509 CRL", &self.contents.crls),
        ] {
            for der in ders {
                blocks.push(to_pem(label, der));
            }
        }
        // All room at once: what grows leaves copies behind.
        let room = blocks.iter().map(|block| block.len()).sum();
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        for block in &blocks {
            text.extend_from_slice(block.as_bytes());
        }
        Ok(if self.contents.keys.is_empty() {
            Written::open(text.as_slice(), "PEM")
        } else {
            Written::secret(text, "PEM with a private key")
        })
    }

    fn der(&self) -> Result<Written, Failure> {
        let contents = self.contents;
        let open = contents.certificates.iter().map(|one| one.to_vec());
        let open = open
            .chain(contents.requests.iter().cloned())
            .chain(contents.public_keys.iter().cloned())
            .chain(contents.crls.iter().cloned());
        let open: Vec<_> = open.collect();
        match (open.as_slice(), contents.keys.as_slice()) {
            ([only], []) => Ok(Written::open(only.clone(), "DER")),
            ([], [key]) => {
                let (_, der) = self.key_der(key)?;
                Ok(Written::secret(der, "a private key, PKCS#8 in DER"))
            }
            (open, keys) => Err(Failure::usage(format!(
                "DER holds one thing, and here are {}",
                open.len() + keys.len()
            ))
            .hint("write PEM or PKCS#7, or give a file with one thing")),
        }
    }

    fn p7(&self) -> Result<Vec<u8>, Failure> {
        let contents = self.contents;
        if contents.certificates.is_empty() && contents.crls.is_empty() {
            return Err(Failure::usage(
                "PKCS#7 holds certificates, and here is none",
            ));
        }
        let crls = contents.crls.iter().map(Vec::as_slice);
        Ok(to_pkcs7(self.ordered(), crls))
    }

    fn p12(&self) -> Result<Written, Failure> {
        let contents = self.contents;
        let Some(password) = &self.out_password else {
            return Err(Failure::usage(
                "a PKCS#12 file is encrypted, and there is no password for it",
            )
            .hint("put one into the first line of a file, and name that with --out-pass-file"));
        };
        if password.is_empty() {
            self.may_be_plain()?;
        }
        let key = match contents.keys.as_slice() {
            [] => None,
            [key] => Some(key),
            keys => return Err(several(keys.len())),
        };
        let certificates = self.ordered();
        if let (Some(key), Some(leaf)) = (key, certificates.first()) {
            let leaf = Certificate::parse(leaf).map(|leaf| leaf.subject_public_key().to_vec());
            if leaf.is_ok_and(|leaf| leaf != key.subject_public_key()) {
                return Err(Failure::new(
                    Exit::OwnCredential,
                    "own_credential",
                    "start",
                    "the private key belongs to none of the certificates",
                )
                .hint("see which belong together with handfast cert match FILE FILE"));
            }
        }
        let name = self.options.name.as_deref();
        let der = to_pkcs12(key, &certificates, name, password, &mut SystemRandom)
            .map_err(|fault| Failure::usage(fault.to_string()))?;
        Ok(Written::secret(
            Zeroizing::new(der),
            "PKCS#12, encrypted with AES-256",
        ))
    }

    /// The certificates: the key's own first, then its issuers, then the others.
    fn ordered(&self) -> Vec<&[u8]> {
        let ders = &self.contents.certificates;
        let all: Vec<_> = ders
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .collect();
        let keys = &self.contents.keys;
        let own = all.iter().position(|one| {
            keys.iter()
                .any(|key| key.subject_public_key() == one.subject_public_key())
        });
        let order = match own {
            Some(own) => climb(&all, own, i64::try_from(now().unix_s()).unwrap_or(i64::MAX)),
            None => Vec::new(),
        };
        let others = (0..all.len()).filter(|index| !order.contains(index));
        let order: Vec<_> = order.iter().copied().chain(others).collect();
        order
            .iter()
            .filter_map(|index| all.get(*index).map(Certificate::der))
            .collect()
    }

    fn only_key(&self) -> Result<&PrivateKey, Failure> {
        match self.contents.keys.as_slice() {
            [key] => Ok(key),
            [] => Err(Failure::usage("no private key here").hint("name its file with --key FILE")),
            keys => Err(several(keys.len())),
        }
    }

    /// A key in PKCS#8 with its PEM label: encrypted where a password is given.
    fn key_der(&self, key: &PrivateKey) -> Result<(&'static str, Zeroizing<Vec<u8>>), Failure> {
        if let Some(password) = self.out_password.as_deref().filter(|one| !one.is_empty()) {
            let der = to_encrypted_pkcs8(key, password, &mut SystemRandom)
                .map_err(|fault| Failure::usage(fault.to_string()))?;
            return Ok(("ENCRYPTED PRIVATE KEY", Zeroizing::new(der)));
        }
        self.may_be_plain()?;
        let der = key
            .to_pkcs8_der()
            .map_err(|fault| Failure::usage(fault.to_string()))?;
        Ok(("PRIVATE KEY", der))
    }

    /// What was encrypted stays so, unless the contrary is asked for by name.
    fn may_be_plain(&self) -> Result<(), Failure> {
        if !self.contents.encrypted || self.options.unencrypted_key {
            return Ok(());
        }
        Err(
            Failure::usage("the private key was encrypted, and would be written unencrypted")
                .hint("name a password for it with --out-pass-file FILE, or say --unencrypted-key"),
        )
    }

    fn public_key(&self) -> Result<Vec<u8>, Failure> {
        let contents = self.contents;
        if let Some(key) = contents.keys.first() {
            return Ok(key.public_spki().to_vec());
        }
        if let Some(key) = contents.public_keys.first() {
            return Ok(key.clone());
        }
        let certificate = contents.certificates.first();
        let certificate = certificate.and_then(|der| Certificate::parse(der).ok());
        if let Some(certificate) = certificate {
            return Ok(certificate.spki().to_vec());
        }
        let request = contents.requests.first();
        let request = request.and_then(|der| CertificationRequest::parse(der).ok());
        let spki = request.map(|request| request.spki().to_vec());
        spki.ok_or_else(|| Failure::usage("nothing here has a public key"))
    }
}

fn several(count: usize) -> Failure {
    Failure::usage(format!("here are {count} private keys, and one is wanted"))
        .hint("leave one in the file")
}
