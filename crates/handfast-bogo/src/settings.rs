//! What one connection is to do and to check: the flags' values, without any
//! judgement about them.

use handfast::ProtocolVersion;
use handfast::config::{CertificateType, PskHash, Renegotiation};
use handfast_policy::Policy;

/// A credential as the flags describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) cert_file: Option<String>,
    pub(crate) key_file: Option<String>,
    pub(crate) signing_prefs: Vec<u16>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) sct_list: Option<Vec<u8>>,
    pub(crate) must_match_issuer: bool,
    /// A raw public key, in place of a certificate.
    pub(crate) is_raw_key: bool,
    /// The key was delegated, and by what.
    pub(crate) is_delegated: bool,
    pub(crate) delegated: Option<Vec<u8>>,
    /// A key to be imported, in place of a certificate.
    pub(crate) psk: Option<Imported>,
}

/// A key to be imported (RFC 9258).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Imported {
    pub(crate) key: Vec<u8>,
    pub(crate) identity: Vec<u8>,
    pub(crate) context: Vec<u8>,
    pub(crate) hash: PskHash,
}

impl Shown {
    /// True when no flag said anything about it.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What a server does with the protocols that a client offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SelectAlpn {
    /// There is no such callback: ALPN is not answered.
    #[default]
    Ignore,
    /// This one.
    Select(String),
    /// None, and the connection goes on.
    Decline,
    /// None, and the connection ends.
    Reject,
    /// What is no protocol: the caller's mistake, which is found once it chooses.
    Empty,
}

/// The callback that judges (client) or sets (server) a stapled OCSP response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OcspCallback {
    pub(crate) installed: bool,
    pub(crate) set_inside: bool,
    pub(crate) decline: bool,
    pub(crate) fail: bool,
}

/// Encrypted ClientHello.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ech {
    /// `-ech-config-list`.
    pub(crate) list: Option<Vec<u8>>,
    pub(crate) grease: bool,
    pub(crate) reject_unusable: bool,
    /// A server's configs and keys, and whether clients are told of them.
    pub(crate) configs: Vec<Vec<u8>>,
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) are_retry_configs: Vec<u8>,
    /// The callback that sees the inner ClientHello asks for the outer one.
    pub(crate) rewinds: bool,
}

/// What to do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) port: u16,
    pub(crate) shim_id: u64,
    pub(crate) ipv6: bool,
    pub(crate) handshaker_probe: bool,
    pub(crate) server: bool,
    pub(crate) resume_count: u32,

    pub(crate) first_credential: Shown,
    pub(crate) credentials: Vec<Shown>,
    pub(crate) client_ca_list: Option<String>,
    /// `-accepted-peer-cert-types`; none: X.509.
    pub(crate) accepted_types: Vec<u8>,
    /// `-available-client-cert-types`; none: those of the credentials.
    pub(crate) own_types: Vec<u8>,
    pub(crate) fail_cert_callback: bool,
    pub(crate) old_client_cert_callback: bool,
    pub(crate) early_callback: bool,
    pub(crate) fail_early_callback: bool,
    pub(crate) ddos_callback: bool,
    pub(crate) ocsp_callback: OcspCallback,

    pub(crate) verify_peer: bool,
    pub(crate) require_client_certificate: bool,
    pub(crate) verify_fail: bool,
    pub(crate) custom_verify: bool,
    pub(crate) reverify_on_resume: bool,
    pub(crate) only_digest: bool,
    pub(crate) verify_prefs: Vec<u16>,

    pub(crate) min_version: Option<u16>,
    pub(crate) max_version: Option<u16>,
    pub(crate) without_tls10: bool,
    pub(crate) without_tls11: bool,
    pub(crate) without_tls12: bool,
    pub(crate) without_tls13: bool,
    /// `-cipher`.
    pub(crate) ciphers: Option<String>,
    pub(crate) groups: Vec<u16>,
    pub(crate) all_codecs: bool,
    pub(crate) one_codec: Option<u16>,
    pub(crate) key_shares: Option<Vec<u16>>,
    pub(crate) server_groups: Vec<u16>,
    /// A preset that takes the place of the flags' own suites, groups and schemes.
    pub(crate) policy: Option<&'static Policy>,

    pub(crate) no_ticket: bool,
    pub(crate) ticket_callback: bool,
    pub(crate) skip_ticket: bool,
    pub(crate) renew_ticket: bool,
    pub(crate) resumption_delay_s: u64,

    pub(crate) asynchronous: bool,
    pub(crate) shim_writes_first: bool,
    pub(crate) false_start: bool,
    pub(crate) false_start_without_alpn: bool,
    pub(crate) handshake_twice: bool,
    pub(crate) initial_write: Option<String>,
    pub(crate) initial_write_repeats: Option<u32>,
    pub(crate) shim_shuts_down: bool,
    pub(crate) check_close_notify: bool,
    pub(crate) read_size: Option<usize>,
    pub(crate) key_update: bool,
    pub(crate) renegotiation: Renegotiation,

    pub(crate) export_bytes: usize,
    pub(crate) export_label: String,
    pub(crate) export_context: String,
    pub(crate) use_export_context: bool,
    pub(crate) tls_unique: bool,

    pub(crate) host_name: Option<String>,
    pub(crate) advertise_alpn: Option<String>,
    pub(crate) select_alpn: SelectAlpn,
    /// Protocols and their settings, by the older code point or not; of a server whose config is chosen
    /// only when it sees the ClientHello.
    pub(crate) application_settings: Vec<(String, String)>,
    pub(crate) old_settings_code_point: bool,
    pub(crate) defers_settings: bool,
    pub(crate) enable_ocsp: bool,
    pub(crate) enable_scts: bool,

    pub(crate) early_data: bool,
    /// `-early-write-after-message`.
    pub(crate) early_write_after: Option<u8>,

    pub(crate) grease: bool,
    pub(crate) permute_extensions: bool,
    pub(crate) resumes_across_names: bool,
    pub(crate) spares_java11: bool,
    pub(crate) server_name_unconfirmed: bool,
    pub(crate) no_legacy_server: bool,
    pub(crate) fallback: bool,
    pub(crate) fail_ddos_callback: bool,
    pub(crate) send_alert: bool,
    pub(crate) max_send_fragment: Option<u16>,
    pub(crate) peek_then_read: bool,
    pub(crate) partial_write: bool,
    pub(crate) many_sizes: bool,

    pub(crate) psk: Option<String>,
    pub(crate) psk_identity: String,

    pub(crate) ech: Ech,

    pub(crate) expect: Expected,
}

/// What must be true, or the shim fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) version: Option<u16>,
    pub(crate) cipher: Option<u16>,
    pub(crate) cipher_with_aes: Option<u16>,
    pub(crate) cipher_without_aes: Option<u16>,
    pub(crate) group: Option<u16>,
    pub(crate) retry: bool,
    pub(crate) no_retry: bool,
    pub(crate) peer_scheme: Option<u16>,
    pub(crate) peer_cert_file: Option<String>,
    pub(crate) no_peer_cert: bool,
    pub(crate) peer_digest: bool,
    pub(crate) peer_type: Option<u8>,
    pub(crate) peer_raw_key_sha256: Option<Vec<u8>>,
    pub(crate) verify_result: bool,
    pub(crate) selected_credential: Option<i32>,
    pub(crate) server_name: Option<String>,
    pub(crate) no_server_name: bool,
    pub(crate) alpn: Option<String>,
    pub(crate) advertised_alpn: Option<String>,
    pub(crate) peer_settings: Option<String>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) sct_list: Option<Vec<u8>>,
    pub(crate) client_ca_list: Option<String>,
    pub(crate) peer_verify_prefs: Vec<u16>,
    pub(crate) messages: Option<String>,
    pub(crate) total_renegotiations: u32,
    pub(crate) secure_renegotiation: Option<bool>,
    pub(crate) session_miss: bool,
    pub(crate) no_session: bool,
    pub(crate) session_id: bool,
    pub(crate) no_session_id: bool,
    pub(crate) ticket_renewal: bool,
    pub(crate) early_accepted: bool,
    pub(crate) early_rejected: bool,
    pub(crate) no_offer: bool,
    pub(crate) never_connected: bool,
    pub(crate) early_reason: Option<String>,
    pub(crate) early_ticket: bool,
    pub(crate) across_names: Option<bool>,
    pub(crate) ticket_age_skew_s: Option<i64>,
    pub(crate) extended_master_secret: bool,
    pub(crate) ech_accepted: bool,
    pub(crate) ech_name: Option<String>,
    pub(crate) no_ech_name: bool,
    pub(crate) ech_retry_configs: Option<Vec<u8>>,
    pub(crate) no_ech_retry_configs: bool,
}

impl Settings {
    /// The credential that the flags speak of now: the first, until another begins.
    pub(crate) fn credential_mut(&mut self) -> &mut Shown {
        self.credentials
            .last_mut()
            .unwrap_or(&mut self.first_credential)
    }

    /// The key that the flags speak of now.
    pub(crate) fn psk_mut(&mut self) -> &mut Imported {
        self.credential_mut().psk.get_or_insert_default()
    }

    /// True where a client takes certificates beside its keys: where a flag says how it judges them.
    pub(crate) fn requires_psk(&self) -> bool {
        self.credentials.iter().any(|one| one.psk.is_some()) && !self.verify_peer
    }

    /// Whom a client reaches. Nobody checks this name: the runner judges peers
    /// by a stub.
    pub(crate) fn peer(&self) -> &str {
        self.host_name.as_deref().unwrap_or("runner.invalid")
    }

    /// True when a server's config is chosen only once the ClientHello is there.
    pub(crate) fn sees_client_hello(&self) -> bool {
        let expect = &self.expect;
        self.asynchronous
            || self.early_callback
            || self.fail_early_callback
            || self.ddos_callback
            || self.ech.rewinds
            || self.defers_settings
            || self.select_alpn == SelectAlpn::Empty
            || expect.server_name.is_some()
            || expect.no_server_name
            || expect.advertised_alpn.is_some()
    }

    /// True when the credential is chosen by the shim instead of the engine.
    pub(crate) fn asks_for_credential(&self) -> bool {
        self.fail_cert_callback
            || self.old_client_cert_callback
            || (self.server && self.ocsp_callback.installed)
            || self.expect.client_ca_list.is_some()
            || !self.expect.peer_verify_prefs.is_empty()
    }

    /// True when the test is about the verdict on the peer.
    pub(crate) fn judges_peers(&self) -> bool {
        self.verify_fail
            || self.verify_peer
            || self.custom_verify
            || self.expect.verify_result
            || self.expect.peer_raw_key_sha256.is_some()
            || self.ocsp_callback.installed
    }

    /// What a peer may show, best first.
    pub(crate) fn accepted_types(&self) -> Vec<CertificateType> {
        match &*self.accepted_types {
            [] => vec![CertificateType::X509],
            named => named.iter().copied().map(CertificateType).collect(),
        }
    }

    /// What a client says that it can show; nothing: what it has.
    pub(crate) fn own_types(&self) -> Option<Vec<CertificateType>> {
        let named = self.own_types.iter().copied().map(CertificateType);
        (!self.own_types.is_empty()).then(|| named.collect())
    }

    /// True when a peer that the stub refuses ends the connection. Otherwise
    /// the verdict is only told; of a raw key never.
    pub(crate) fn refuses_peers(&self) -> bool {
        let takes_raw_keys = self
            .accepted_types
            .contains(&CertificateType::RAW_PUBLIC_KEY.0);
        self.verify_fail && (self.verify_peer || self.require_client_certificate || takes_raw_keys)
    }

    /// The versions that the flags leave on and that there are, best first.
    pub(crate) fn versions(&self) -> Vec<ProtocolVersion> {
        let allows = |version: &ProtocolVersion| {
            self.policy
                .is_none_or(|policy| policy.versions().allows(*version))
        };
        [
            (ProtocolVersion::TLS_1_3, self.without_tls13),
            (ProtocolVersion::TLS_1_2, self.without_tls12),
            (ProtocolVersion::TLS_1_1, self.without_tls11),
            (ProtocolVersion::TLS_1_0, self.without_tls10),
        ]
        .into_iter()
        .filter(|(version, off)| !off && self.within_bounds(*version))
        .map(|(version, _)| version)
        .filter(allows)
        .collect()
    }

    /// True where flags name each of them to be left out.
    pub(crate) fn switches_all_versions_off(&self) -> bool {
        self.without_tls13 && self.without_tls12 && self.without_tls11 && self.without_tls10
    }

    fn within_bounds(&self, version: ProtocolVersion) -> bool {
        self.min_version.is_none_or(|min| min <= version.0)
            && self.max_version.is_none_or(|max| version.0 <= max)
    }
}
