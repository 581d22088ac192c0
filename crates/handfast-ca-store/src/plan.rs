//! What an authority shall be.

use handfast_ca::profile::{KeyKind, Subtree};
use zeroize::Zeroizing;

/// What an authority shall be: a root, and an authority below it that issues, unless the root is
/// to issue itself.
///
/// ```
/// use handfast_ca_store::plan::Plan;
///
/// let plan = Plan::new("Example");
/// assert!(plan.permitted.is_empty(), "it may vouch for any name");
/// ```
#[derive(Clone)]
pub struct Plan {
    /// The root's common name.
    pub root_name: String,
    /// The root's key.
    pub root_key: KeyKind,
    /// How many days the root lives.
    pub root_days: u32,
    /// The authority that issues; none leaves that to the root.
    pub issuing: Option<Issuing>,
    /// The names that they may vouch for (RFC 5280 section 4.2.1.10); empty means any.
    pub permitted: Vec<Subtree>,
    /// Encrypts both keys.
    pub pass: Option<Zeroizing<Vec<u8>>>,
}

/// The authority below the root.
#[derive(Debug, Clone)]
pub struct Issuing {
    /// Its common name.
    pub name: String,
    /// Its key.
    pub key: KeyKind,
    /// How many days it lives.
    pub days: u32,
}

impl Plan {
    /// A root for ten years and an issuing authority for three, both with P-256 keys, which may
    /// vouch for any name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            root_name: format!("{name} root"),
            root_key: KeyKind::EcP256,
            root_days: ROOT_DAYS,
            issuing: Some(Issuing {
                name: format!("{name} issuing"),
                key: KeyKind::EcP256,
                days: ISSUING_DAYS,
            }),
            permitted: Vec::new(),
            pass: None,
        }
    }

    /// A root alone, for ten years, with a P-256 key.
    #[must_use]
    pub fn root_alone(name: &str) -> Self {
        Self {
            root_name: name.to_owned(),
            issuing: None,
            ..Self::new(name)
        }
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("root_name", &self.root_name)
            .field("root_key", &self.root_key)
            .field("root_days", &self.root_days)
            .field("issuing", &self.issuing)
            .field("permitted", &self.permitted)
            .field("encrypted", &self.pass.is_some())
            .finish()
    }
}

const ROOT_DAYS: u32 = 3650;
const ISSUING_DAYS: u32 = 1095;
