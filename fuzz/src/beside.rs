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
use handfast_testkit::made::certificate::{directory, mail, uri};
use handfast_testkit::made::der::name;
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

impl Mutant {
    /// Where it differs from what it came from, in hexadecimal.
    pub fn shown(&self) -> String {
        let (real, der) = (&REAL[usize::from(self.which) % REAL.len()], self.der());
        let same = real
            .iter()
            .zip(&der)
            .take_while(|(one, other)| one == other);
        let at = same.count();
        let near = |bytes: &[u8]| -> String {
            let from = at.saturating_sub(16).min(bytes.len());
            let to = (at + 16).min(bytes.len());
            bytes[from..to]
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect()
        };
        format!("byte {at}: {} became {}", near(real), near(&der))
    }
}

/// Whatever we read, its key too, x509-parser reads, to the same end: `None` if we did not read it, else the
/// difference if one is not on the list.
pub fn read(der: &[u8]) -> Option<Result<(), String>> {
    let own = Certificate::parse(der).ok()?;
    own.public_key().ok()?;
    Some(match x509_parser::parse_x509_certificate(der) {
        Ok((rest, theirs)) => {
            let same = rest.is_empty()
                && theirs.raw_serial() == own.serial()
                && theirs.subject().as_raw() == own.subject().der()
                && theirs.issuer().as_raw() == own.issuer().der();
            same.then_some(())
                .ok_or("it reads something else".to_owned())
        }
        Err(error) => {
            let error = error.to_string();
            let known = UNREAD.iter().any(|(words, _)| error.contains(words));
            known.then_some(()).ok_or(error)
        }
    })
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
    pub fn unexplained(&self, thrown: &Thrown) -> Option<String> {
        self.ours.as_ref().ok()?;
        let others = [("webpki", &self.webpki), ("OpenSSL", &self.openssl)];
        others.into_iter().find_map(|(who, verdict)| {
            let error = verdict.as_ref().err()?;
            let known = |(name, words, where_, _): &Stricter| {
                who == *name && error.contains(words) && where_(thrown)
            };
            (!STRICTER.iter().any(known)).then(|| format!("{who}: {error}"))
        })
    }
}

/// Who is stricter; a part of its words; for which chains; why we accept.
type Stricter = (
    &'static str,
    &'static str,
    fn(&Thrown) -> bool,
    &'static str,
);

/// What others refuse and we accept, and why.
pub const STRICTER: &[Stricter] = &[
    (
        "webpki",
        "CaUsedAsEndEntity",
        |thrown| has(&thrown.leaf, &[0x55, 0x1d, 19]),
        "RFC 5280 lets an authority's certificate be a server's; the web's rules, which we have too, do not",
    ),
    (
        "webpki",
        "RequiredEkuNotFoundContext",
        |thrown| has(&thrown.leaf, &[6, 4, 0x55, 0x1d, 37, 0]),
        "RFC 5280 s4.2.1.12: anyExtendedKeyUsage is any purpose",
    ),
    (
        "webpki",
        "NameConstraintViolation",
        |thrown| {
            let kinds = [
                mail("example.com"),
                uri("example.com"),
                directory(&name("Leaf")),
            ];
            let odd = |der: &Vec<u8>| kinds.iter().any(|base| has(der, base));
            odd(&thrown.root) || odd(&thrown.issuer)
        },
        "webpki compares no mail, no URI and no directory names: it refuses all",
    ),
    (
        "OpenSSL",
        "unsuitable certificate purpose",
        |thrown| has(&thrown.leaf, &[6, 4, 0x55, 0x1d, 37, 0]),
        "RFC 5280 s4.2.1.12: anyExtendedKeyUsage is any purpose",
    ),
    (
        "OpenSSL",
        "issuer certificate",
        |_| true,
        "a key identifier that differs is a hint to us (RFC 4158 s3.5.12), to OpenSSL a proof",
    ),
    (
        "OpenSSL",
        "a_mbstr.c",
        |_| true,
        "names are compared as RFC 5280 s7.1 has it where they can be read, else byte by byte",
    ),
    (
        "OpenSSL",
        "asn1_item_embed_d2i:mstring",
        |_| true,
        "the same, for values that are no strings",
    ),
];

fn has(der: &[u8], part: &[u8]) -> bool {
    der.windows(part.len()).any(|bytes| bytes == part)
}

fn ours(thrown: &Thrown) -> Result<(), String> {
    let mut roots = Roots::new();
    let added = roots.add(thrown.root.clone().into());
    added.map_err(|fault| fault.to_string())?;
    let name = ServerName::parse(thrown.name).map_err(|fault| fault.to_string())?;
    let request = Request {
        chain: &[&thrown.leaf, &thrown.issuer],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: Some(handfast_pki::extension::KeyUsage::DIGITAL_SIGNATURE),
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
    // What earlier chains left.
    let _ = openssl::error::ErrorStack::get();
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
