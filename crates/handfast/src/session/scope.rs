//! Where a ticket is good (`attacks.md`, A17): a digest, equal on every machine,
//! of the host and of how clients are judged. Not of our own certificate, so
//! that renewing it keeps tickets.

use crate::config::{
    ChainRules, ClientAuth, Common, Credential, Judge, PreSharedKey, RevocationRules, Trust,
    Verification,
};
use crate::session::ticket::Ticket;
use core::fmt;
use handfast_crypto::hash::{HashAlgorithm, HashContext};
use handfast_crypto::hkdf::HmacKey;
use handfast_crypto::signature::SignatureAlgorithm;
use handfast_pki::name::ServerName;
use handfast_pki::verify::key_kinds::KeyKinds;
use handfast_pki::verify::policies::PolicyInputs;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Mode;
use handfast_wire::registry::CertificateType;

/// The digest of one host of one config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scope(pub(crate) [u8; 32]);

impl Scope {
    /// That of sessions which began with a key that both sides have known before: it ends when the key
    /// is changed or taken away. Where a client's caller has the keys (`key` is nothing), its label says so.
    pub(crate) fn of_shared_key(self, identity: &[u8], key: Option<&PreSharedKey>) -> Self {
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        part(&mut context, b"by shared key");
        part(&mut context, &self.0);
        part(&mut context, identity);
        if let Some(key) = key {
            // With the key as the key: the digest tells nothing about it that a session does not.
            let purpose = key.context().unwrap_or_default();
            let mac = HmacKey::new(HashAlgorithm::Sha256, key.key()).sign(&[&self.0, purpose]);
            part(&mut context, mac.as_ref());
        }
        Self::of(&context)
    }

    /// That of sessions which come of a connection: by a session before, or by this key. `asks`: a
    /// client's caller has the keys.
    pub(crate) fn of_connection(
        self,
        session: Option<&Ticket>,
        key: Option<&PreSharedKey>,
        asks: bool,
    ) -> Self {
        match (session, key) {
            (Some(session), _) if session.psk_identity.is_some() => Self(session.scope),
            (_, Some(key)) => self.of_shared_key(key.identity(), Some(key).filter(|_| !asks)),
            _ => self,
        }
    }

    /// True for a session of this scope: one that began by a shared key, while the key is there.
    pub(crate) fn holds(self, session: &Ticket, keys: &[PreSharedKey], asks: bool) -> bool {
        let Some(identity) = session.psk_identity.as_deref() else {
            return session.scope == self.0;
        };
        let mut keys = keys.iter().filter(|key| key.identity() == identity);
        match asks {
            true => session.scope == self.of_shared_key(identity, None).0,
            false => keys.any(|key| session.scope == self.of_shared_key(identity, Some(key)).0),
        }
    }

    /// As [`Scope::holds`], on a server whose caller may have the keys (`asks`): it is asked then for the
    /// key by which this session began.
    pub(crate) fn may_hold(self, session: &Ticket, keys: &[PreSharedKey], asks: bool) -> bool {
        (asks && session.psk_identity.is_some()) || self.holds(session, keys, false)
    }

    fn of(context: &HashContext) -> Self {
        let mut scope = [0; 32];
        for (to, from) in scope.iter_mut().zip(context.current().as_ref()) {
            *to = *from;
        }
        Self(scope)
    }
}

/// What a client asks of shared keys.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyRules {
    /// Nothing goes on without one.
    pub(crate) required: bool,
    /// One may stand alone, without a key exchange.
    pub(crate) danger_alone: bool,
}

/// How a side judges its peer, and what it lets the peer show.
#[derive(Clone, Copy)]
pub(crate) struct Judged<'j> {
    pub(crate) verification: &'j Verification,
    pub(crate) types: &'j [CertificateType],
}

/// The part that is the same for every host of a config, hashed once.
#[derive(Clone)]
pub(crate) struct ScopeBase(HashContext);

impl ScopeBase {
    /// How a server judges its clients; nothing where only its caller can say:
    /// then no session goes on, and each client is judged anew.
    pub(crate) fn of_server(
        client_auth: &ClientAuth,
        types: &[CertificateType],
        common: &Common,
    ) -> Option<Self> {
        let label = common.session_scope.as_deref();
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        let (mode, verification): (&[u8], _) = match client_auth {
            ClientAuth::None => (b"none", None),
            ClientAuth::Request(verification) => (b"request", Some(verification)),
            ClientAuth::Require(verification) => (b"require", Some(verification)),
        };
        part(&mut context, mode);
        if let Some(verification) = verification {
            let judged = Judged {
                verification,
                types,
            };
            add_verification(&mut context, &judged, label)?;
        }
        add_label(&mut context, label);
        add_leniency(&mut context, common);
        Some(Self(context))
    }

    /// The same where no more than a digest is kept of what clients show.
    pub(crate) fn of_digests(mut self) -> Self {
        part(&mut self.0, b"digests of clients");
        self
    }

    /// How a client judges its server, and what it may show of itself: a session
    /// made while anyone would do is worth nothing to a config that verifies,
    /// and nobody comes back as somebody else. Nothing where only the caller can say.
    pub(crate) fn of_client(
        judged: &Judged<'_>,
        credentials: &[Credential],
        common: &Common,
        keys: KeyRules,
    ) -> Option<Self> {
        let label = common.session_scope.as_deref();
        let mut context = HashContext::new(HashAlgorithm::Sha256);
        part(&mut context, b"client");
        if keys.required {
            part(&mut context, b"shared key");
        }
        if keys.danger_alone {
            part(&mut context, b"shared key alone");
        }
        add_verification(&mut context, judged, label)?;
        add_label(&mut context, label);
        add_leniency(&mut context, common);
        let leaves: Vec<&[u8]> = credentials.iter().map(Credential::identity).collect();
        list(&mut context, &leaves);
        Some(Self(context))
    }

    /// The scope of a server by the name that a client means. What is neither a host nor an
    /// address says what it is: a service may have the text of a host.
    pub(crate) fn of_server_name(&self, name: &ServerName) -> Scope {
        let kind: &[u8] = match name {
            ServerName::Dns(_) | ServerName::Ip(_) => return self.of_host(Some(&name.as_text())),
            ServerName::Uri(_) => b"uri",
            ServerName::Srv(_) => b"service",
            ServerName::Mail(_) => b"mail",
            _ => b"other",
        };
        let mut base = self.clone();
        part(&mut base.0, b"kind");
        part(&mut base.0, kind);
        base.of_host(Some(&name.as_text()))
    }

    /// The scope of all hosts that this label stands for.
    pub(crate) fn across_names(&self, label: &[u8]) -> Scope {
        let mut context = self.0.clone();
        part(&mut context, b"across names");
        part(&mut context, label);
        Scope::of(&context)
    }

    /// The scope of a host: the name that the client asks for.
    pub(crate) fn of_host(&self, host: Option<&str>) -> Scope {
        let mut context = self.0.clone();
        part(&mut context, host.unwrap_or_default().as_bytes());
        Scope::of(&context)
    }
}

impl fmt::Debug for ScopeBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopeBase")
    }
}

fn add_label(context: &mut HashContext, label: Option<&[u8]>) {
    if let Some(label) = label {
        part(context, b"label");
        part(context, label);
    }
}

/// What is taken of keys that ordinary configs refuse, or of other keys than a certificate's own.
fn add_leniency(context: &mut HashContext, common: &Common) {
    if common.danger_any_key_usage {
        part(context, b"any key usage");
    }
    for scheme in &common.delegated_schemes {
        part(context, b"delegated");
        part(context, &scheme.0.to_be_bytes());
    }
    if common.takes_small_rsa() {
        part(context, b"small RSA keys");
    }
}

/// Equal on every machine: no address, no order of loading.
fn add_verification(
    context: &mut HashContext,
    judged: &Judged<'_>,
    label: Option<&[u8]>,
) -> Option<()> {
    let Judged {
        verification,
        types,
    } = judged;
    // X.509 alone goes without saying, as on the wire.
    if *types != [CertificateType::X509] {
        part(context, b"certificate types");
        let codes: Vec<u8> = types.iter().map(|one| one.0).collect();
        part(context, &codes);
    }
    if let Some(known) = &verification.raw_keys {
        part(context, b"raw keys");
        let known: Vec<&[u8]> = known.iter().map(<[u8; 32]>::as_slice).collect();
        list(context, &known);
    }
    match &verification.judge {
        Judge::RawKeys => part(context, b"raw keys alone"),
        // Only the caller knows by what it judges: its label says so.
        Judge::Ask => label.map(|_| part(context, b"ask"))?,
        Judge::Nobody => part(context, b"anyone"),
        Judge::Chain(rules) => {
            part(context, b"chain");
            // What is known about revocation is asked anew where a session would go on.
            let ChainRules {
                trust,
                policy,
                revocation: RevocationRules { mode, known: _ },
                rule,
            } = &**rules;
            add_policy(context, policy);
            if *mode != Mode::Off {
                part(context, format!("{mode:?}").as_bytes());
            }
            if let Some(rule) = rule {
                part(context, b"rule");
                part(context, &rule.fingerprint());
            }
            match trust {
                Trust::System => part(context, b"system"),
                Trust::Roots(roots) => {
                    let mut anchors: Vec<&[u8]> = roots.encodings().collect();
                    anchors.sort_unstable();
                    list(context, &anchors);
                }
            }
        }
    }
    Some(())
}

fn add_policy(context: &mut HashContext, policy: &Policy) {
    // A rule that comes to the policy must come in here, too.
    let Policy {
        rsa_bits_min,
        rsa_bits_max,
        keys,
        signatures,
        refused_signatures,
        intermediates_max,
        limits,
        rules,
        policies,
        exceptions,
    } = policy;
    let refused = refused_signatures.as_deref().unwrap_or_default();
    let accepts = |one| signatures(one) && !refused.contains(&one);
    let accepted = ALGORITHMS.map(|algorithm| u8::from(accepts(algorithm)));
    part(context, &accepted);
    part(context, &rsa_bits_min.to_be_bytes());
    part(context, &rsa_bits_max.to_be_bytes());
    let limits = (limits, intermediates_max, rules);
    part(context, format!("{limits:?}").as_bytes());
    if *keys != KeyKinds::ALL {
        part(context, keys.to_string().as_bytes());
    }
    if *policies != PolicyInputs::ANY {
        add_policies(context, policies);
    }
    if !exceptions.is_empty() {
        part(context, exceptions.to_string().as_bytes());
    }
}

fn add_policies(context: &mut HashContext, policies: &PolicyInputs) {
    let PolicyInputs {
        user_initial_policy_set,
        initial_explicit_policy,
        initial_policy_mapping_inhibit,
        initial_any_policy_inhibit,
    } = policies;
    let asked = [
        *initial_explicit_policy,
        *initial_policy_mapping_inhibit,
        *initial_any_policy_inhibit,
        user_initial_policy_set.is_some(),
    ];
    part(context, &asked.map(u8::from));
    let accepted = user_initial_policy_set.iter().flat_map(|set| set.iter());
    let mut accepted: Vec<&[u8]> = accepted.map(|one| one.oid().0).collect();
    accepted.sort_unstable();
    list(context, &accepted);
}

/// What a policy is asked about, in an order that stays.
const ALGORITHMS: [SignatureAlgorithm; 15] = [
    SignatureAlgorithm::RsaPkcs1Sha1,
    SignatureAlgorithm::RsaPkcs1Sha256,
    SignatureAlgorithm::RsaPkcs1Sha384,
    SignatureAlgorithm::RsaPkcs1Sha512,
    SignatureAlgorithm::RsaPssSha256,
    SignatureAlgorithm::RsaPssSha384,
    SignatureAlgorithm::RsaPssSha512,
    SignatureAlgorithm::EcdsaSha1,
    SignatureAlgorithm::EcdsaSha256,
    SignatureAlgorithm::EcdsaSha384,
    SignatureAlgorithm::EcdsaSha512,
    SignatureAlgorithm::Ed25519,
    SignatureAlgorithm::MlDsa44,
    SignatureAlgorithm::MlDsa65,
    SignatureAlgorithm::MlDsa87,
];

/// How many first, so that what ends one list never looks like the start of the next.
fn list(context: &mut HashContext, parts: &[&[u8]]) {
    let count = u64::try_from(parts.len()).unwrap_or(u64::MAX);
    part(context, &count.to_be_bytes());
    parts.iter().for_each(|one| part(context, one));
}

/// Length first, so that no two lists of parts look alike.
fn part(context: &mut HashContext, bytes: &[u8]) {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    context.update(&length.to_be_bytes());
    context.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(label: Option<&str>) -> Common {
        Common {
            session_scope: label.map(|label| label.as_bytes().to_vec()),
            ..Common::default()
        }
    }
    use handfast_pki::name::service::{SrvName, UriId};
    use handfast_pki::pin::{Pin, Pins};
    use handfast_pki::roots::Roots;
    use handfast_pki::verify::exceptions::Exceptions;

    const X509: [CertificateType; 1] = [CertificateType::X509];

    fn of_server(way: &ClientAuth, label: Option<&str>) -> Option<ScopeBase> {
        ScopeBase::of_server(way, &X509, &labelled(label))
    }

    fn of_client(verification: &Verification, types: &[CertificateType]) -> Option<ScopeBase> {
        let judged = Judged {
            verification,
            types,
        };
        ScopeBase::of_client(&judged, &[], &labelled(None), KeyRules::default())
    }

    #[test]
    fn a_session_ends_with_the_raw_keys_and_the_types_that_it_was_made_under() {
        let raw = CertificateType::RAW_PUBLIC_KEY;
        let known = |keys: &[&[u8]]| Pins::new(keys.iter().map(|key| Pin::of_key(key))).unwrap();
        let ways = [
            (Verification::raw_keys(&known(&[b"1"])), vec![raw]),
            (Verification::raw_keys(&known(&[b"2"])), vec![raw]),
            (Verification::raw_keys(&known(&[b"1", b"2"])), vec![raw]),
            (Verification::chain(Trust::System), X509.to_vec()),
            (
                Verification::chain(Trust::System).with_raw_keys(&known(&[b"1"])),
                vec![raw, X509[0]],
            ),
            (Verification::danger_accept_anyone(), X509.to_vec()),
            (Verification::danger_accept_anyone(), vec![raw]),
            (Verification::danger_accept_anyone(), vec![raw, X509[0]]),
        ];
        let mut seen = Vec::new();
        for (way, types) in &ways {
            for base in [
                of_client(way, types).unwrap(),
                ScopeBase::of_server(&ClientAuth::Require(way.clone()), types, &labelled(None))
                    .unwrap(),
            ] {
                let scope = base.of_host(Some("a.test"));
                assert!(!seen.contains(&scope), "{way:?} {types:?}");
                seen.push(scope);
            }
        }
        // In whatever order they are named.
        let again = Verification::raw_keys(&known(&[b"2", b"1"]));
        let again = of_client(&again, &[raw]).unwrap().of_host(Some("a.test"));
        assert!(seen.contains(&again));
    }

    #[test]
    fn hosts_and_ways_to_judge_never_share_a_scope() {
        let chain = || Verification::chain(Trust::Roots(Roots::new()));
        let strict = Policy {
            rsa_bits_min: 4096,
            ..Policy::MODERN
        };
        let lax = Policy {
            exceptions: Exceptions::danger_allow(&[Exceptions::SHA1]),
            ..Policy::MODERN
        };
        let narrow = Policy {
            keys: KeyKinds::EC_P256,
            ..Policy::MODERN
        };
        let demanding = Policy {
            policies: PolicyInputs::require(["2.23.140.1.2.1".parse().unwrap()]),
            ..Policy::MODERN
        };
        let ways = [
            ClientAuth::None,
            ClientAuth::Request(chain()),
            ClientAuth::Require(chain()),
            ClientAuth::Require(Verification::danger_accept_anyone()),
            ClientAuth::Require(Verification::chain(Trust::System)),
            ClientAuth::Require(Verification::chain_with_policy(Trust::System, strict)),
            ClientAuth::Require(Verification::chain_with_policy(Trust::System, lax)),
            ClientAuth::Require(Verification::chain_with_policy(Trust::System, narrow)),
            ClientAuth::Require(Verification::chain_with_policy(Trust::System, demanding)),
        ];
        let mut seen = Vec::new();
        for way in &ways {
            for host in [None, Some("a.test"), Some("b.test")] {
                let scope = of_server(way, None).unwrap().of_host(host);
                assert!(!seen.contains(&scope), "{way:?} {host:?}");
                assert_eq!(scope, of_server(way, None).unwrap().of_host(host));
                seen.push(scope);
            }
        }
    }

    #[test]
    fn where_the_caller_judges_there_is_no_scope_but_by_its_label() {
        let asks = ClientAuth::Require(Verification::ask());
        assert!(of_client(&Verification::ask(), &X509).is_none());
        assert!(of_server(&asks, None).is_none());
        let labelled = ["1", "2"].map(|label| {
            let base = of_server(&asks, Some(label)).unwrap();
            base.of_host(None)
        });
        assert_ne!(labelled[0], labelled[1]);
    }

    /// The digest is part of stored sessions and shared tickets: it must be the
    /// same in every process and on every machine.
    #[test]
    fn the_scope_is_the_same_in_every_process() {
        let way = Verification::chain(Trust::System);
        let scope = of_client(&way, &X509).unwrap().of_host(Some("a.test"));
        assert_eq!(scope.0[..8], STABLE);
    }

    #[test]
    fn names_of_one_text_and_two_kinds_share_no_scope() {
        let way = Verification::chain(Trust::System);
        let base = of_client(&way, &X509).unwrap();
        let host = ServerName::parse("_x.a.test").unwrap();
        let service = ServerName::Srv(SrvName::parse("_x.a.test").unwrap());
        let uri = ServerName::Uri(UriId::parse("sip:a.test").unwrap());
        assert_eq!(host.as_text(), service.as_text());
        let scopes = [&host, &service, &uri].map(|name| base.of_server_name(name));
        assert!(scopes[0] != scopes[1] && scopes[1] != scopes[2]);
        for text in ["_x.a.test", "a.test", "192.0.2.1", "2001:db8::1"] {
            let name = ServerName::parse(text).unwrap();
            assert_eq!(base.of_server_name(&name), base.of_host(Some(text)));
        }
    }

    const STABLE: [u8; 8] = [126, 28, 49, 15, 74, 175, 232, 221];
}
