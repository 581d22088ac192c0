//! Is this the peer that was meant? Path building and validation (RFC 5280 s6).
//!
//! ```text
//! leaf (the peer's own) -- issuer? --> sent certificates -- issuer? --> … --> an anchor
//! ```
//! The leaf is judged first: dates, usage, purpose, name. Then paths are built upwards, depth
//! first, over every certificate that bears the issuer's name; each link is checked before it is
//! climbed, its signature last. A path that ends at an anchor and holds a revoked certificate is
//! none: another is sought. Whatever the peer sent, the work is bounded.

pub mod budget;
pub mod combined;
pub mod exceptions;
pub mod facts;
pub mod first_use;
pub mod issuance;
mod issuer;
pub mod key_kinds;
pub mod known_key;
mod leaf;
pub mod openssl;
mod path;
pub mod place;
pub mod policies;
pub mod policy;
pub(crate) mod purpose;
pub mod reason;
mod reason_id;
pub mod rejection;
mod remedy;
mod request;
pub mod revocation;
pub mod tried;

use crate::certificate::Certificate;
use crate::name::ServerName;
use crate::verify::path::Search;
use crate::verify::place::Place;
use crate::verify::policies::Policies;
use crate::verify::reason::Reason;
use crate::verify::rejection::{Rejection, Searched};
use crate::verify::revocation::Finding;
use crate::verify::tried::Path;

pub use crate::verify::purpose::Purpose;
pub use crate::verify::request::Request;

/// Proof that a peer was verified; only [`verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    path: Path,
    anchor: usize,
    name: Option<ServerName>,
    policies: Policies,
    revocation: Vec<Finding>,
}

impl Verdict {
    /// The path as indices into the chain that the peer sent, its own certificate (0) first. The
    /// anchor comes after the last one, or is the last one if the anchor is a pinned leaf.
    #[must_use]
    pub fn path(&self) -> &[usize] {
        &self.path
    }

    /// Which of the roots the path ends at: see [`crate::roots::Roots::anchor`].
    #[must_use]
    pub fn anchor(&self) -> usize {
        self.anchor
    }

    /// The name that was proved, if one was asked for.
    #[must_use]
    pub fn name(&self) -> Option<&ServerName> {
        self.name.as_ref()
    }

    /// The certificate policies for which the path is valid; none for a pinned leaf.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// What was found out about revocation, for each certificate that was asked about, in the
    /// order of the path: a staple that was dropped is named here. Empty if nothing was asked.
    #[must_use]
    pub fn revocation(&self) -> &[Finding] {
        &self.revocation
    }
}

/// Judges a peer's certificates.
///
/// ```
/// use handfast_pki::name::ServerName;
/// use handfast_pki::roots::Roots;
/// use handfast_pki::verify::policy::Policy;
/// use handfast_pki::verify::revocation::Revocation;
/// use handfast_pki::verify::{Purpose, Request, verify};
/// # let file = |name| std::fs::read(format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR")));
/// # let (root, leaf, intermediate) = (file("root.der")?, file("leaf.der")?, file("intermediate.der")?);
/// let roots = Roots::from_pem(&root)?;
/// let name = ServerName::parse("example.test")?;
/// let request = Request {
///     chain: &[&leaf, &intermediate],
///     roots: &roots,
///     purpose: Purpose::ServerAuth,
///     key_usage: None,
///     name: Some(&name),
///     at_unix_s: 1_893_456_000,
///     policy: &Policy::MODERN,
///     leaf_key: None,
///     facts: None,
///     revocation: Revocation::default(),
/// };
/// let verdict = verify(&request)?;
/// assert_eq!(verdict.path(), [0, 1]);
///
/// let refused = verify(&Request { chain: &[&leaf], ..request }).unwrap_err();
/// assert!(refused.to_string().contains("have the server send its intermediate certificates"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// A [`Rejection`] says which certificate broke which rule, and what to do.
pub fn verify(request: &Request<'_>) -> Result<Verdict, Box<Rejection>> {
    let Some(first) = request.chain.first() else {
        return Err(refusal(request, Reason::NoCertificate));
    };
    let leaf = match Certificate::parse(first) {
        Ok(leaf) => leaf,
        Err(fault) => return Err(refusal(request, Reason::Malformed(fault))),
    };
    let search = Search::new(request, &leaf);
    let mut progress = search.progress();
    let place = Place::Sent(0);
    let found = leaf::check(request, &leaf)
        .map_err(|reason| path::Failure { place, reason })
        .and_then(|()| search.run(&mut progress));
    match found {
        Ok(found) => Ok(Verdict {
            path: found.path,
            anchor: found.anchor,
            name: request.name.cloned(),
            policies: found.policies,
            revocation: found.revocation,
        }),
        Err(failure) => {
            let (tried, more) = search.tried(&progress);
            Err(Box::new(Rejection {
                reason: failure.reason,
                place: failure.place,
                subject: search.subject_text(failure.place),
                tried,
                more,
                searched: search.searched(&progress),
                chain: request.chain.iter().map(|der| der.to_vec()).collect(),
                purpose: request.purpose,
            }))
        }
    }
}

/// A refusal before any search began, or beside one.
pub(crate) fn refusal(request: &Request<'_>, reason: Reason) -> Box<Rejection> {
    Box::new(Rejection {
        reason,
        place: Place::Sent(0),
        subject: String::new(),
        tried: Vec::new(),
        more: 0,
        searched: Searched {
            anchors: request.roots.len(),
            sent: request.chain.len(),
            ..Searched::default()
        },
        chain: request.chain.iter().map(|der| der.to_vec()).collect(),
        purpose: request.purpose,
    })
}

#[cfg(test)]
mod tests;
