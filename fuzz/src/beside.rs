//! Our verdicts beside those of x509-parser, rustls-webpki and OpenSSL.
//!
//! Whatever we read, x509-parser reads; whatever we accept, the others accept, or the difference is
//! on a list with its reason. What they accept and we do not is counted by our reason.

use crate::edit::Edits;
use arbitrary::Arbitrary;
use handfast_pki::certificate::Certificate;
use handfast_pki::load;
use handfast_pki::name::ServerName;
use handfast_pki::roots::Roots;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_testkit::certificates;
use handfast_testkit::made::dice::Thrown;
use openssl::x509::store::X509StoreBuilder;
use openssl::x509::verify::{X509VerifyFlags, X509VerifyParam};
use openssl::x509::{X509, X509StoreContext};
use rustls_pki_types::{CertificateDer, UnixTime};
use std::sync::LazyLock;
use std::time::Duration;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};

/// The certificates that mutants come from: the system's roots, and the test authority's.
pub static REAL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let system = std::fs::read("/etc/ssl/certs/ca-certificates.crt").unwrap_or_default();
    let system = load::certificates(&system).unwrap_or_default();
    let own = certificates::KINDS.map(|kind| certificates::server(kind).chain().to_vec());
    let all = system.into_iter().chain(own.into_iter().flatten());
    all.map(|der| der.to_vec()).collect()
});

/// A real certificate, changed.
#[derive(Arbitrary, Debug)]
pub struct Mutant {
    which: u8,
    edits: Edits,
}

impl Mutant {
    /// The bytes.
    pub fn der(&self) -> Vec<u8> {
        let real = &REAL[usize::from(self.which) % REAL.len()];
        self.edits.apply(real)
    }
}

/// Whatever we read, x509-parser reads, to the same end; true if we did.
pub fn read(der: &[u8]) -> bool {
    let Ok(own) = Certificate::parse(der) else {
        return false;
    };
    match x509_parser::parse_x509_certificate(der) {
        Ok((rest, theirs)) => {
            assert!(rest.is_empty(), "it leaves bytes");
            assert_eq!(theirs.raw_serial(), own.serial());
            assert_eq!(theirs.subject().as_raw(), own.subject().der());
            assert_eq!(theirs.issuer().as_raw(), own.issuer().der());
        }
        Err(error) => {
            let error = error.to_string();
            let known = UNREAD.iter().any(|(words, _)| error.contains(words));
            assert!(known, "we read what x509-parser does not: {error}");
        }
    }
    true
}

/// What x509-parser does not read and we do, and why.
const UNREAD: &[(&str, &str)] = &[];

/// What three verifiers say of a chain: nothing, or why not.
#[derive(Debug)]
pub struct Verdicts {
    /// Ours.
    pub ours: Result<(), String>,
    /// rustls-webpki's.
    pub webpki: Result<(), String>,
    /// OpenSSL's.
    pub openssl: Result<(), String>,
}

impl Verdicts {
    /// Asks all three.
    pub fn of(thrown: &Thrown) -> Self {
        Self {
            ours: ours(thrown),
            webpki: webpki(thrown),
            openssl: openssl(thrown),
        }
    }

    /// Which of the others refuse what we accept, for a reason that is not on the list.
    pub fn unexplained(&self) -> Option<String> {
        self.ours.as_ref().ok()?;
        let others = [("webpki", &self.webpki), ("OpenSSL", &self.openssl)];
        others.into_iter().find_map(|(who, verdict)| {
            let error = verdict.as_ref().err()?;
            let known =
                |(name, words, _): &(&str, &str, &str)| who == *name && error.contains(words);
            (!STRICTER.iter().any(known)).then(|| format!("{who}: {error}"))
        })
    }
}

/// What others refuse and we accept, and why.
pub const STRICTER: &[(&str, &str, &str)] = &[];

fn ours(thrown: &Thrown) -> Result<(), String> {
    let mut roots = Roots::new();
    let added = roots.add(thrown.root.clone().into());
    added.map_err(|fault| fault.to_string())?;
    let name = ServerName::parse(thrown.name).map_err(|fault| fault.to_string())?;
    let request = Request {
        chain: &[&thrown.leaf, &thrown.issuer],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: thrown.at,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    };
    let answer = verify(&request);
    answer
        .map(|_| ())
        .map_err(|refused| refused.reason().to_string())
}

fn webpki(thrown: &Thrown) -> Result<(), String> {
    let told = |error: webpki::Error| format!("{error:?}");
    let der = |bytes: &Vec<u8>| CertificateDer::from(bytes.clone());
    let (root, issuer, leaf) = (der(&thrown.root), der(&thrown.issuer), der(&thrown.leaf));
    let anchor = anchor_from_trusted_cert(&root).map_err(told)?;
    let leaf = EndEntityCert::try_from(&leaf).map_err(told)?;
    let seconds = u64::try_from(thrown.at).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let (anchors, between) = ([anchor], [issuer]);
    let usage = KeyUsage::server_auth();
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &between,
        time,
        usage,
        None,
        None,
    )
    .map_err(told)?;
    let name =
        rustls_pki_types::ServerName::try_from(thrown.name).map_err(|_| "name".to_owned())?;
    leaf.verify_is_valid_for_subject_name(&name).map_err(told)
}

fn openssl(thrown: &Thrown) -> Result<(), String> {
    let told = |error: openssl::error::ErrorStack| format!("unreadable: {error}");
    let read = |der: &Vec<u8>| X509::from_der(der).map_err(told);
    let (root, issuer, leaf) = (
        read(&thrown.root)?,
        read(&thrown.issuer)?,
        read(&thrown.leaf)?,
    );
    let mut store = X509StoreBuilder::new().map_err(told)?;
    store.add_cert(root).map_err(told)?;
    let mut parameters = X509VerifyParam::new().map_err(told)?;
    parameters.set_time(thrown.at);
    parameters.set_host(thrown.name).map_err(told)?;
    parameters
        .set_flags(X509VerifyFlags::POLICY_CHECK)
        .map_err(told)?;
    parameters
        .set_purpose(openssl::x509::X509PurposeId::SSL_SERVER)
        .map_err(told)?;
    store.set_param(&parameters).map_err(told)?;
    let store = store.build();
    let mut between = openssl::stack::Stack::new().map_err(told)?;
    between.push(issuer).map_err(told)?;
    let mut context = X509StoreContext::new().map_err(told)?;
    let verdict = context.init(&store, &leaf, &between, |context| {
        let good = context.verify_cert()?;
        Ok((good, context.error().error_string().to_owned()))
    });
    match verdict.map_err(told)? {
        (true, _) => Ok(()),
        (false, why) => Err(why),
    }
}
