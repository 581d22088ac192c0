//! What a ClientHello settled.

#[cfg(feature = "legacy")]
use crate::classic::key_exchange::dhe;
use crate::classic::key_exchange::{OwnPart, ecdhe};
use crate::classic::profile::Signatures;
use crate::config::Credential;
use crate::connection::Broken;
use crate::fault::{Fault, OwnFailure};
use crate::hello::certificate_type::Named;
use crate::hello::credential::{self, Accepted};
use crate::hello::limits::Limits;
use crate::suite::{Family, Suite, curve_of};
#[cfg(feature = "legacy")]
use handfast_crypto::legacy::finite_field::Field;
use handfast_crypto::random::Random;
use handfast_crypto::signature::KeyKind;
use handfast_wire::handshake::ClientHelloExtensions;
#[cfg(feature = "legacy")]
use handfast_wire::registry::ProtocolVersion;
use handfast_wire::registry::{CipherSuite, NamedGroup, SignatureScheme};
use smallvec::SmallVec;

/// Kept until the flight is said: the suite follows from the credential.
pub(crate) struct Choice {
    /// Suites in common, our best first.
    pub(crate) suites: SmallVec<[&'static Suite; 8]>,
    /// Nothing where the two have no curve in common: a suite may do without.
    pub(crate) group: Option<NamedGroup>,
    /// Nothing where no suite in common wants one, or the client names others alone.
    #[cfg(feature = "legacy")]
    pub(crate) field: Option<Box<Field>>,
    /// The highest version that the client offers in the old field.
    #[cfg(feature = "legacy")]
    pub(crate) client_version: ProtocolVersion,
    /// The groups that the client names; nothing: it takes any.
    pub(crate) groups: Option<Vec<NamedGroup>>,
    pub(crate) schemes: Vec<SignatureScheme>,
    /// Obsolete schemes that we sign with all the same.
    #[cfg(feature = "legacy")]
    pub(crate) obsolete: &'static [SignatureScheme],
    /// DER names of authorities that the client trusts; empty: any.
    pub(crate) authorities: Vec<Vec<u8>>,
    pub(crate) limits: Limits,
    /// What either side may show.
    pub(crate) types: Named,
    pub(crate) names_server: bool,
    /// TLS 1.3 was passed over for the client's sake.
    pub(crate) spares_java11: bool,
    pub(crate) wants_status: bool,
    pub(crate) wants_scts: bool,
    pub(crate) names_point_formats: bool,
    pub(crate) secure_renegotiation: bool,
    /// The client sent a ticket, or an empty one to say that it wants one.
    pub(crate) wants_ticket: bool,
    /// The client's, echoed when a session is resumed.
    pub(crate) session_id: NamedSession,
}

/// True for a certificate that lets others encrypt to its key.
#[cfg(feature = "legacy")]
fn transports(credential: &Credential) -> bool {
    credential.0.enciphers
}

#[cfg(not(feature = "legacy"))]
fn transports(_: &Credential) -> bool {
    false
}

/// A session ID as a client sends it, perhaps empty (RFC 5246 section 7.4.1.2).
pub(crate) struct NamedSession {
    bytes: [u8; 32],
    length: usize,
}

impl NamedSession {
    /// Of what lies beyond 32 bytes, which a ClientHello cannot have, nothing is kept.
    pub(crate) fn new(id: &[u8]) -> Self {
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(id) {
            *to = *from;
        }
        Self {
            bytes,
            length: id.len().min(32),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl Choice {
    /// Keeps what a credential is chosen by. A client that names no schemes accepts
    /// SHA-1 (RFC 5246 section 7.4.1.4.1), which is made only where a policy allows. Before TLS 1.2
    /// none is named.
    pub(crate) fn keep_offers(
        &mut self,
        extensions: &ClientHelloExtensions<'_>,
        signatures: Signatures,
    ) {
        let schemes = extensions.signature_algorithms;
        let named = schemes.filter(|_| !signatures.are_implied());
        self.groups = extensions
            .supported_groups
            .map(|groups| groups.iter().collect());
        self.schemes = named
            .map(|schemes| schemes.iter().collect())
            .unwrap_or_else(|| self.implied_schemes());
        self.authorities = extensions
            .certificate_authorities
            .iter()
            .flat_map(|list| list.iter().map(|name| name.to_vec()))
            .collect();
    }

    #[cfg(feature = "legacy")]
    fn implied_schemes(&self) -> Vec<SignatureScheme> {
        self.obsolete.to_vec()
    }

    #[cfg(not(feature = "legacy"))]
    fn implied_schemes(&self) -> Vec<SignatureScheme> {
        Vec::new()
    }

    /// Our best suite for a key of this kind.
    pub(crate) fn suite_for(&self, kind: KeyKind) -> Option<&'static Suite> {
        self.suites
            .iter()
            .copied()
            .find(|suite| suite.suits_key(kind))
    }

    /// Our best suite for this credential, and the scheme to sign with where one signs.
    pub(crate) fn suite_and_scheme(
        &self,
        credential: &Credential,
    ) -> Option<(&'static Suite, Option<SignatureScheme>)> {
        let kind = credential.0.kind;
        if !self.types.server.has(credential.certificate_type()) {
            return None;
        }
        let scheme = credential::scheme(credential, &self.accepted(&|kind| self.suits_key(kind)));
        let fitting = |suite: &&'static Suite| {
            let can = match suite.transports_key() {
                true => transports(credential),
                false => scheme.is_some() && self.agrees(suite),
            };
            can && suite.suits_key(kind)
        };
        let suite = self.suites.iter().copied().find(fitting)?;
        Some((suite, scheme.filter(|_| !suite.transports_key())))
    }

    /// True where the two have a curve in common, or a finite field, as the suite wants.
    fn agrees(&self, suite: &Suite) -> bool {
        #[cfg(feature = "legacy")]
        if suite.has_field() {
            return self.field.is_some();
        }
        !suite.wants_curve() || self.group.is_some()
    }

    /// True where a suite in common wants a finite field.
    pub(crate) fn wants_field(&self) -> bool {
        cfg!(feature = "legacy") && self.suites.iter().any(|suite| suite.has_field())
    }

    /// Drops the suites for which the two have neither a curve nor a field in common.
    pub(crate) fn keep_suites_that_agree(&mut self) {
        let mut suites = core::mem::take(&mut self.suites);
        suites.retain(|suite| self.agrees(suite));
        self.suites = suites;
    }

    /// Our key, of the curve or the field.
    pub(crate) fn own_part(
        &self,
        suite: &Suite,
        random: &mut dyn Random,
    ) -> Result<OwnPart, Broken> {
        #[cfg(feature = "legacy")]
        if suite.has_field() {
            let field = self.field.as_deref().ok_or(OwnFailure::Crypto)?;
            let own = dhe::OwnPart::generate(field, random)?;
            return Ok(OwnPart::Field(Box::new(own)));
        }
        let _ = suite;
        let group = self.group.ok_or(OwnFailure::Crypto)?;
        Ok(OwnPart::Curve(ecdhe::OwnPart::generate(group, random)?))
    }

    /// True where a suite in common does without a signature.
    pub(crate) fn has_transport(&self) -> bool {
        self.suites.iter().any(|suite| suite.transports_key())
    }

    /// A suite in common, by its code.
    pub(crate) fn suite(&self, code: CipherSuite) -> Option<&'static Suite> {
        self.suites.iter().copied().find(|suite| suite.code == code)
    }

    pub(crate) fn suits_key(&self, kind: KeyKind) -> bool {
        self.suite_for(kind).is_some() && self.names_curve(kind)
    }

    /// RFC 8422 s4: an ECDSA key lies on a curve that the client names, or the
    /// client names none at all.
    fn names_curve(&self, kind: KeyKind) -> bool {
        match (&self.groups, curve_of(kind)) {
            (Some(groups), Some(curve)) => groups.contains(&curve),
            _ => true,
        }
    }

    /// Names the curves of both ends.
    pub(crate) fn curves_not_common(&self, credentials: &[Credential]) -> Broken {
        let own: Vec<_> = credentials
            .iter()
            .filter_map(|credential| curve_of(credential.0.kind))
            .collect();
        let named = self.groups.iter().flatten();
        let fault = Fault::CertificateCurveNotCommon;
        Broken::offers(fault, "curves of certificates", named, own.iter())
    }

    /// What the credential is chosen by.
    pub(crate) fn accepted<'a>(&'a self, suits_key: &'a dyn Fn(KeyKind) -> bool) -> Accepted<'a> {
        Accepted {
            schemes: &self.schemes,
            authorities: &self.authorities,
            #[cfg(feature = "legacy")]
            obsolete: self.obsolete,
            family: Family::Classic,
            delegation: None,
            types: self.types.server,
            names_types: self.types.names_server,
            suits_key,
        }
    }
}
