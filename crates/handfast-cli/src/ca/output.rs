//! Where an issued certificate and its key go: checked before anything is issued, written after.

use crate::ca::names::file_stem;
use crate::cert::reserved::Reserved;
use crate::cert::written::{there, write};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use clap::Args;
use handfast::PrivateKey;
use handfast_ca::issued::certificate_pem;
use handfast_ca::key;
use handfast_pki::load::{SystemRandom, to_pkcs12};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags that say where.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Write to FILE, its key beside it as .key; or into the folder FILE, which a / at its end makes [default: NAME.pem]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write one PKCS#12 file instead (NAME.p12), with certificate, chain and key
    #[arg(long, requires = "out_pass_file")]
    pub(crate) p12: bool,
    /// Encrypt the written key: the pass phrase is the first line of FILE
    #[arg(long, value_name = "FILE")]
    pub(crate) out_pass_file: Option<PathBuf>,
    /// Write over files that are there
    #[arg(long, short)]
    pub(crate) force: bool,
}

/// The files that are going to be written.
pub(crate) struct Planned {
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    p12: Option<PathBuf>,
    pass: Option<Zeroizing<Vec<u8>>>,
    title: String,
    force: bool,
    /// The places of these files.
    reserved: Vec<Reserved>,
}

impl Output {
    /// Finds the files' names, and that nothing is there yet.
    pub(crate) fn plan(&self, title: &str) -> Result<Planned, Failure> {
        self.planned(title, true)
    }

    /// The same for a certificate whose key lies elsewhere already.
    pub(crate) fn plan_without_key(&self, title: &str) -> Result<Planned, Failure> {
        self.planned(title, false)
    }

    fn planned(&self, title: &str, with_key: bool) -> Result<Planned, Failure> {
        let ending = if self.p12 { "p12" } else { "pem" };
        let file = file(self.output.as_deref(), title, ending);
        make_folder(self.output.as_deref())?;
        let pass = load::password(self.out_pass_file.as_deref())?;
        let mut planned = Planned {
            certificate: None,
            key: None,
            p12: None,
            pass,
            title: title.to_owned(),
            force: self.force,
            reserved: Vec::new(),
        };
        if self.p12 {
            planned.p12 = Some(file);
        } else {
            planned.key = with_key.then(|| beside(&file)).transpose()?;
            planned.certificate = Some(file);
        }
        planned.reserve()?;
        Ok(planned)
    }
}

/// The file that was named, or one in the folder that was named.
pub(crate) fn file(named: Option<&Path>, title: &str, ending: &str) -> PathBuf {
    let own = format!("{}.{ending}", file_stem(title));
    match named {
        None => PathBuf::from(own),
        Some(path) if path.is_dir() || is_folder_to_be(path) => path.join(own),
        Some(path) => path.to_owned(),
    }
}

/// Whether a folder is meant that is not there yet: its name ends in `/`.
fn is_folder_to_be(path: &Path) -> bool {
    let text = path.as_os_str().as_encoded_bytes();
    let last = text.last().map(|byte| char::from(*byte));
    last.is_some_and(std::path::is_separator) && path.symlink_metadata().is_err()
}

/// Makes the folder that was named for files, where a `/` at its end asks for one.
pub(crate) fn make_folder(named: Option<&Path>) -> Result<(), Failure> {
    match named.filter(|path| is_folder_to_be(path)) {
        Some(path) => std::fs::create_dir_all(path)
            .map_err(|error| Failure::file(Exit::Usage, "make", path, &error)),
        None => Ok(()),
    }
}

/// Whether a file can be written there, before anything is made that it is to hold.
pub(crate) fn check(file: &Path, force: bool) -> Result<(), Failure> {
    let stdout = file == Path::new("-");
    if !stdout && !force && file.symlink_metadata().is_ok() {
        return Err(there(file));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
        let message = format!("{}: there is no such folder", folder.display());
        return Err(Failure::usage(message)
            .hint("make it first, or name another with -o; a / at the end of -o makes it"));
    }
    Ok(())
}

impl Planned {
    /// A certificate alone: its key lies elsewhere.
    pub(crate) fn certificate_alone(file: PathBuf, force: bool) -> Result<Self, Failure> {
        let mut planned = Self {
            certificate: Some(file),
            key: None,
            p12: None,
            pass: None,
            title: String::new(),
            force,
            reserved: Vec::new(),
        };
        planned.reserve()?;
        Ok(planned)
    }

    /// The file that holds the certificate.
    pub(crate) fn main_file(&self) -> Option<&Path> {
        self.certificate.as_deref().or(self.p12.as_deref())
    }

    /// The key's own file.
    pub(crate) fn key_file(&self) -> Option<&Path> {
        self.key.as_deref()
    }

    /// The PKCS#12 file.
    pub(crate) fn p12_file(&self) -> Option<&Path> {
        self.p12.as_deref()
    }

    /// Finds that all can be written, and holds their places until they are.
    fn reserve(&mut self) -> Result<(), Failure> {
        let files = [&self.certificate, &self.key, &self.p12];
        for file in files.into_iter().flatten() {
            check(file, self.force)?;
            self.reserved.extend(Reserved::take(file, self.force)?);
        }
        Ok(())
    }

    /// Writes the certificate with its chain, the key first: a certificate without its key is of
    /// no use.
    pub(crate) fn write(
        &self,
        chain: &[CertificateDer<'_>],
        own: Option<&PrivateKey>,
    ) -> Result<(), Failure> {
        let fault = |fault: &dyn std::fmt::Display| Failure::usage(fault.to_string());
        let pass = self.pass.as_deref().map(Vec::as_slice);
        if let (Some(path), Some(own)) = (&self.key, own) {
            let text = key::write(own, pass).map_err(|why| fault(&why))?;
            write(path, text.as_bytes(), true, self.force)?;
        }
        if let Some(path) = &self.certificate {
            let text: String = chain.iter().map(certificate_pem).collect();
            write(path, text.as_bytes(), false, self.force)?;
        }
        if let Some(path) = &self.p12 {
            let certificates: Vec<&[u8]> = chain.iter().map(AsRef::as_ref).collect();
            let name = Some(self.title.as_str());
            let pass = pass.unwrap_or_default();
            let der = to_pkcs12(own, &certificates, name, pass, &mut SystemRandom)
                .map_err(|why| fault(&why))?;
            write(path, &Zeroizing::new(der), true, self.force)?;
        }
        Ok(())
    }

    /// The files for programs.
    pub(crate) fn described(&self) -> Value {
        let shown = |path: Option<&Path>| path.map(|path| path.display().to_string());
        json!({
            "certificate": shown(self.certificate.as_deref()),
            "key": shown(self.key_file()),
            "p12": shown(self.p12_file()),
        })
    }
}

/// The key's file beside a certificate's.
pub(crate) fn beside(certificate: &Path) -> Result<PathBuf, Failure> {
    if certificate == Path::new("-") {
        return Err(Failure::usage("the new key would have no file")
            .hint("name a file with -o: the key goes beside it"));
    }
    let key = certificate.with_extension("key");
    if key == certificate {
        let message = format!(
            "{}: the certificate would lie where its key lies",
            key.display()
        );
        return Err(Failure::usage(message).hint("let its name end in .pem"));
    }
    Ok(key)
}
