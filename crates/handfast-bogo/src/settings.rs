//! What one connection is to do and to check: the flags' values, without any
//! judgement about them.

use handfast::ProtocolVersion;
use handfast::config::{PskHash, Renegotiation};

/// A credential as the flags describe it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) cert_file: Option<String>,
    pub(crate) key_file: Option<String>,
    pub(crate) signing_prefs: Vec<u16>,
    pub(crate) ocsp_response: Option<Vec<u8>>,
    pub(crate) sct_list: Option<Vec<u8>>,
    pub(crate) must_match_issuer: bool,
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

/// A named set of suites, groups and schemes that replaces the flags' own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    Fips202205,
    Wpa202304,
    Cnsa202407,
    Cnsa1202603,
    Cnsa2202603,
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
}

/// The callback that judges (client) or sets (server) a stapled OCSP response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OcspCallback {
    pub(crate) installed: bool,
    pub(crate) set_inside: bool,
    pub(crate) decline: bool,
    pub(crate) fail: bool,
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
    pub(crate) key_shares: Option<Vec<u16>>,
    pub(crate) policy: Option<Policy>,

    pub(crate) no_ticket: bool,
    pub(crate) ticket_callback: bool,
    pub(crate) skip_ticket: bool,
    pub(crate) resumption_delay_s: u64,

    pub(crate) asynchronous: bool,
    pub(crate) shim_writes_first: bool,
    pub(crate) false_start: bool,
    pub(crate) false_start_without_alpn: bool,
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
    pub(crate) enable_ocsp: bool,
    pub(crate) enable_scts: bool,

    pub(crate) early_data: bool,
    /// `-early-write-after-message`.
    pub(crate) early_write_after: Option<u8>,

    pub(crate) psk: Option<String>,
    pub(crate) psk_identity: String,

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
    pub(crate) verify_result: bool,
    pub(crate) selected_credential: Option<i32>,
    pub(crate) server_name: Option<String>,
    pub(crate) no_server_name: bool,
    pub(crate) alpn: Option<String>,
    pub(crate) advertised_alpn: Option<String>,
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
    pub(crate) early_reason: Option<String>,
    pub(crate) early_ticket: bool,
    pub(crate) extended_master_secret: bool,
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
            || self.ocsp_callback.installed
    }

    /// True when a peer that the stub refuses ends the connection. Otherwise
    /// the verdict is only told.
    pub(crate) fn refuses_peers(&self) -> bool {
        self.verify_fail && (self.verify_peer || self.require_client_certificate)
    }

    /// The versions that the flags leave on and that there are, best first.
    pub(crate) fn versions(&self) -> Vec<ProtocolVersion> {
        let only_tls13 = self.policy == Some(Policy::Cnsa2202603);
        // Every policy begins at TLS 1.2 or above, but for one that says nothing.
        let nothing_older = self
            .policy
            .is_some_and(|policy| policy != Policy::Cnsa202407);
        [
            (ProtocolVersion::TLS_1_3, self.without_tls13),
            (ProtocolVersion::TLS_1_2, self.without_tls12 || only_tls13),
            (
                ProtocolVersion::TLS_1_1,
                self.without_tls11 || nothing_older,
            ),
            (
                ProtocolVersion::TLS_1_0,
                self.without_tls10 || nothing_older,
            ),
        ]
        .into_iter()
        .filter(|(version, off)| !off && self.within_bounds(*version))
        .map(|(version, _)| version)
        .collect()
    }

    fn within_bounds(&self, version: ProtocolVersion) -> bool {
        self.min_version.is_none_or(|min| min <= version.0)
            && self.max_version.is_none_or(|max| version.0 <= max)
    }
}
