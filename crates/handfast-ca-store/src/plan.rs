//! What an authority shall be.

use handfast_ca::profile::{KeyKind, Pointers, Profile, Subtree, Validity};
use handfast_ca::subject::Subject;
use zeroize::Zeroizing;

/// What an authority shall be: a root, and an authority below it that issues, unless the root is
/// to issue itself.
///
/// ```
/// use handfast_ca_store::plan::Plan;
///
/// let plan = Plan::new("Example");
/// assert_eq!(plan.root_subject.to_string(), "CN=Example root");
/// assert!(plan.permitted.is_empty(), "it may vouch for any name");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Plan {
    /// Whom the root's certificate names.
    pub root_subject: Subject,
    /// The root's key.
    pub root_key: KeyKind,
    /// How many days the root lives.
    pub root_days: u32,
    /// The authority that issues; none leaves that to the root.
    pub issuing: Option<Issuing>,
    /// The names that they may vouch for (RFC 5280 section 4.2.1.10); kinds of names that are not
    /// among them are not limited. With any, both are limited to servers, clients, mail and OCSP
    /// (section 4.2.1.12).
    pub permitted: Vec<Subtree>,
    /// Where the status and the issuer of what is issued are found.
    pub pointers: Pointers,
    /// Where the status and the issuer of the issuing authority are found.
    pub root_pointers: Pointers,
    /// Encrypts both keys.
    pub pass: Option<Zeroizing<Vec<u8>>>,
}

/// The authority below the root.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Issuing {
    /// Whom its certificate names.
    pub subject: Subject,
    /// Its key.
    pub key: KeyKind,
    /// How many days it lives, with the root at most.
    pub days: u32,
}

impl Plan {
    /// A root for ten years and an issuing authority for three, both with P-256 keys, which may
    /// vouch for any name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            issuing: Some(Issuing {
                subject: named(&format!("{name} issuing")),
                key: KeyKind::EcP256,
                days: ISSUING_DAYS,
            }),
            ..Self::root_alone(&format!("{name} root"))
        }
    }

    /// A root alone, for ten years, with a P-256 key.
    #[must_use]
    pub fn root_alone(name: &str) -> Self {
        Self {
            root_subject: named(name),
            root_key: KeyKind::EcP256,
            root_days: ROOT_DAYS,
            issuing: None,
            permitted: Vec::new(),
            pointers: Pointers::default(),
            root_pointers: Pointers::default(),
            pass: None,
        }
    }
}

/// A common name; one that is too long is told when the certificate is made.
fn named(name: &str) -> Subject {
    Profile::authority(name, Validity::days(0, 0), KeyKind::EcP256).subject
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("root_subject", &self.root_subject)
            .field("root_key", &self.root_key)
            .field("root_days", &self.root_days)
            .field("issuing", &self.issuing)
            .field("permitted", &self.permitted)
            .field("pointers", &self.pointers)
            .field("root_pointers", &self.root_pointers)
            .field("encrypted", &self.pass.is_some())
            .finish()
    }
}

const ROOT_DAYS: u32 = 3650;
const ISSUING_DAYS: u32 = 1095;
