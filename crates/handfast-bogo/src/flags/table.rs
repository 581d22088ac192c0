//! The table: one row a flag that the shim honours.
//!
//! Left out on purpose, so that a test which needs one is answered as not
//! implemented: external keys, and what only BoringSSL has.

use super::value::{ValueFault, base64, number};
use crate::settings::{SelectAlpn, Settings, Shown};
use handfast::config::{PskHash, Renegotiation};
use handfast_policy::preset;

/// What a flag does to the settings.
pub(crate) enum Set {
    /// It stands alone.
    Switch(fn(&mut Settings)),
    /// It takes the next argument.
    Value(fn(&mut Settings, &str) -> Result<(), ValueFault>),
}

use Set::{Switch, Value};

/// A row whose value is text.
macro_rules! text {
    ($($field:ident).+) => {
        Value(|s, value| {
            s.$($field).+ = Some(value.to_owned());
            Ok(())
        })
    };
}

/// A row whose value is a number that may be missing.
macro_rules! number {
    ($($field:ident).+) => {
        Value(|s, value| {
            s.$($field).+ = Some(number(value)?);
            Ok(())
        })
    };
}

/// A row whose value is a number that always is there.
macro_rules! plain {
    ($($field:ident).+) => {
        Value(|s, value| {
            s.$($field).+ = number(value)?;
            Ok(())
        })
    };
}

/// A row that adds a number to a list.
macro_rules! list {
    ($($field:ident).+) => {
        Value(|s, value| {
            s.$($field).+.push(number(value)?);
            Ok(())
        })
    };
}

/// A row that holds bytes.
macro_rules! bytes {
    ($($field:ident).+) => {
        Value(|s, value| {
            s.$($field).+ = Some(base64(value)?);
            Ok(())
        })
    };
}

/// A row that is true when it stands there.
macro_rules! on {
    ($($field:ident).+) => {
        Switch(|s| s.$($field).+ = true)
    };
}

pub(crate) const TABLE: &[(&str, Set)] = &[
    // Plumbing.
    ("port", plain!(port)),
    ("shim-id", plain!(shim_id)),
    ("ipv6", on!(ipv6)),
    ("is-handshaker-supported", on!(handshaker_probe)),
    ("server", on!(server)),
    ("resume-count", plain!(resume_count)),
    // Credentials.
    (
        "cert-file",
        Value(|s, path| {
            s.credential_mut().cert_file = Some(path.to_owned());
            Ok(())
        }),
    ),
    (
        "key-file",
        Value(|s, path| {
            s.credential_mut().key_file = Some(path.to_owned());
            Ok(())
        }),
    ),
    ("install-cert-compression-algs", on!(all_codecs)),
    ("install-one-cert-compression-alg", number!(one_codec)),
    (
        "signing-prefs",
        Value(|s, scheme| {
            s.credential_mut().signing_prefs.push(number(scheme)?);
            Ok(())
        }),
    ),
    (
        "ocsp-response",
        Value(|s, response| {
            s.credential_mut().ocsp_response = Some(base64(response)?);
            Ok(())
        }),
    ),
    (
        "signed-cert-timestamps",
        Value(|s, list| {
            s.credential_mut().sct_list = Some(base64(list)?);
            Ok(())
        }),
    ),
    (
        "must-match-issuer",
        Switch(|s| s.credential_mut().must_match_issuer = true),
    ),
    (
        "new-x509-credential",
        Switch(|s| s.credentials.push(Shown::default())),
    ),
    (
        "new-rpk-credential",
        Switch(|s| {
            s.credentials.push(Shown::default());
            s.credential_mut().is_raw_key = true;
        }),
    ),
    (
        "new-delegated-credential",
        Switch(|s| {
            s.credentials.push(Shown::default());
            s.credential_mut().is_delegated = true;
        }),
    ),
    (
        "delegated-credential",
        Value(|s, delegated| {
            s.credential_mut().delegated = Some(base64(delegated)?);
            Ok(())
        }),
    ),
    ("accepted-peer-cert-types", list!(accepted_types)),
    ("available-client-cert-types", list!(own_types)),
    ("expect-peer-certificate-type", number!(expect.peer_type)),
    ("expect-peer-rpk-sha256", bytes!(expect.peer_raw_key_sha256)),
    (
        "expect-selected-credential",
        number!(expect.selected_credential),
    ),
    ("use-client-ca-list", text!(client_ca_list)),
    ("expect-client-ca-list", text!(expect.client_ca_list)),
    ("fail-cert-callback", on!(fail_cert_callback)),
    (
        "use-old-client-cert-callback",
        on!(old_client_cert_callback),
    ),
    ("use-early-callback", on!(early_callback)),
    ("fail-early-callback", on!(fail_early_callback)),
    ("install-ddos-callback", on!(ddos_callback)),
    ("use-ocsp-callback", on!(ocsp_callback.installed)),
    ("set-ocsp-in-callback", on!(ocsp_callback.set_inside)),
    ("decline-ocsp-callback", on!(ocsp_callback.decline)),
    ("fail-ocsp-callback", on!(ocsp_callback.fail)),
    // Which root signed the peer's certificate. Every test judges the peer by
    // a stub, never by a path, so there is nothing to do with it.
    ("trust-cert", Value(|_, _| Ok(()))),
    // A key that both have known before.
    ("psk", text!(psk)),
    (
        "psk-identity",
        Value(|s, identity| {
            s.psk_identity = identity.to_owned();
            Ok(())
        }),
    ),
    (
        "new-psk-credential",
        Switch(|s| {
            s.credentials.push(Shown::default());
            s.psk_mut();
        }),
    ),
    (
        "psk-importer-key",
        Value(|s, key| {
            s.psk_mut().key = base64(key)?;
            Ok(())
        }),
    ),
    (
        "psk-importer-identity",
        Value(|s, identity| {
            s.psk_mut().identity = base64(identity)?;
            Ok(())
        }),
    ),
    (
        "psk-importer-context",
        Value(|s, context| {
            s.psk_mut().context = base64(context)?;
            Ok(())
        }),
    ),
    (
        "psk-importer-sha256",
        Switch(|s| s.psk_mut().hash = PskHash::Sha256),
    ),
    (
        "psk-importer-sha384",
        Switch(|s| s.psk_mut().hash = PskHash::Sha384),
    ),
    // Who the peer is.
    ("verify-peer", on!(verify_peer)),
    (
        "require-any-client-certificate",
        on!(require_client_certificate),
    ),
    ("verify-fail", on!(verify_fail)),
    ("use-custom-verify-callback", on!(custom_verify)),
    ("reverify-on-resume", on!(reverify_on_resume)),
    ("retain-only-sha256-client-cert", on!(only_digest)),
    ("expect-sha256-client-cert", on!(expect.peer_digest)),
    ("expect-verify-result", on!(expect.verify_result)),
    ("cipher", text!(ciphers)),
    ("verify-prefs", list!(verify_prefs)),
    ("expect-peer-verify-pref", list!(expect.peer_verify_prefs)),
    (
        "expect-peer-signature-algorithm",
        number!(expect.peer_scheme),
    ),
    ("expect-peer-cert-file", text!(expect.peer_cert_file)),
    ("expect-no-peer-cert", on!(expect.no_peer_cert)),
    // Versions, suites, groups.
    ("min-version", number!(min_version)),
    ("max-version", number!(max_version)),
    ("no-tls1", on!(without_tls10)),
    ("no-tls11", on!(without_tls11)),
    ("no-tls12", on!(without_tls12)),
    ("no-tls13", on!(without_tls13)),
    ("expect-version", number!(expect.version)),
    ("expect-cipher", number!(expect.cipher)),
    ("expect-cipher-aes", number!(expect.cipher_with_aes)),
    ("expect-cipher-no-aes", number!(expect.cipher_without_aes)),
    ("curves", list!(groups)),
    (
        "key-shares",
        Value(|s, group| {
            s.key_shares.get_or_insert_default().push(number(group)?);
            Ok(())
        }),
    ),
    ("server-supported-groups-hint", list!(server_groups)),
    ("no-key-shares", Switch(|s| s.key_shares = Some(Vec::new()))),
    ("expect-curve-id", number!(expect.group)),
    ("expect-hrr", on!(expect.retry)),
    ("expect-no-hrr", on!(expect.no_retry)),
    (
        "fips-202205",
        Switch(|s| s.policy = Some(&preset::BORINGSSL_FIPS_202205)),
    ),
    (
        "wpa-202304",
        Switch(|s| s.policy = Some(&preset::BORINGSSL_WPA3_192_202304)),
    ),
    (
        "cnsa-202407",
        Switch(|s| s.policy = Some(&preset::BORINGSSL_CNSA_202407)),
    ),
    (
        "cnsa1-202603",
        Switch(|s| s.policy = Some(&preset::BORINGSSL_CNSA1_202603)),
    ),
    (
        "cnsa2-202603",
        Switch(|s| s.policy = Some(&preset::BORINGSSL_CNSA2_202603)),
    ),
    // A server of ours always goes by its own order.
    ("server-preference", Switch(|_| ())),
    // By which number QUIC says its parameters. There is no QUIC here, so nothing says them.
    ("quic-use-legacy-codepoint", Value(|_, _| Ok(()))),
    // Profiles for DTLS. The engine's own setting would offer them over TLS, which is not meant.
    ("srtp-profiles", Value(|_, _| Ok(()))),
    // A second process may have given other hints than are used: there is none, and so no hint.
    ("allow-hint-mismatch", Switch(|_| ())),
    // How bytes move. The engine is always driven by its bytes: there is no
    // handshake call that could be left out.
    ("async", on!(asynchronous)),
    ("implicit-handshake", Switch(|_| ())),
    ("no-op-extra-handshake", Switch(|_| ())),
    ("shim-writes-first", on!(shim_writes_first)),
    ("false-start", on!(false_start)),
    (
        "allow-false-start-without-alpn",
        on!(false_start_without_alpn),
    ),
    ("shim-initial-write", text!(initial_write)),
    ("repeat-shim-initial-write", number!(initial_write_repeats)),
    ("shim-shuts-down", on!(shim_shuts_down)),
    ("check-close-notify", on!(check_close_notify)),
    ("read-size", number!(read_size)),
    // Renegotiation.
    (
        "renegotiate-freely",
        Switch(|s| {
            let (most, pause_s) = (u16::MAX, 0);
            s.renegotiation = Renegotiation::Allow { most, pause_s };
        }),
    ),
    // After the first handshake there is nothing else to forbid it in.
    (
        "forbid-renegotiation-after-handshake",
        Switch(|s| s.renegotiation = Renegotiation::Refuse),
    ),
    (
        "renegotiate-once",
        Switch(|s| {
            let (most, pause_s) = (1, 0);
            s.renegotiation = Renegotiation::Allow { most, pause_s };
        }),
    ),
    (
        "renegotiate-explicit",
        Switch(|s| {
            let (most, pause_s) = (u16::MAX, 0);
            s.renegotiation = Renegotiation::WhenToldTo { most, pause_s };
        }),
    ),
    (
        "renegotiate-ignore",
        Switch(|s| s.renegotiation = Renegotiation::Ignore),
    ),
    (
        "expect-total-renegotiations",
        plain!(expect.total_renegotiations),
    ),
    (
        "expect-secure-renegotiation",
        Switch(|s| s.expect.secure_renegotiation = Some(true)),
    ),
    (
        "expect-no-secure-renegotiation",
        Switch(|s| s.expect.secure_renegotiation = Some(false)),
    ),
    ("key-update", on!(key_update)),
    ("expect-msg-callback", text!(expect.messages)),
    ("expect-session-miss", on!(expect.session_miss)),
    ("expect-no-session", on!(expect.no_session)),
    ("expect-session-id", on!(expect.session_id)),
    ("expect-no-session-id", on!(expect.no_session_id)),
    ("expect-ticket-renewal", on!(expect.ticket_renewal)),
    ("no-ticket", on!(no_ticket)),
    ("use-ticket-callback", on!(ticket_callback)),
    // By which primitives a callback seals is its own affair.
    ("use-ticket-aead-callback", on!(ticket_callback)),
    ("skip-ticket", on!(skip_ticket)),
    ("renew-ticket", on!(renew_ticket)),
    ("resumption-delay", plain!(resumption_delay_s)),
    // Early data.
    ("enable-early-data", on!(early_data)),
    ("expect-accept-early-data", on!(expect.early_accepted)),
    ("expect-reject-early-data", on!(expect.early_rejected)),
    ("expect-no-offer-early-data", on!(expect.no_offer)),
    ("expect-early-data-reason", text!(expect.early_reason)),
    (
        "expect-ticket-supports-early-data",
        on!(expect.early_ticket),
    ),
    ("early-write-after-message", number!(early_write_after)),
    // Exporters.
    ("export-keying-material", plain!(export_bytes)),
    (
        "export-label",
        Value(|s, label| {
            s.export_label = label.to_owned();
            Ok(())
        }),
    ),
    (
        "export-context",
        Value(|s, context| {
            s.export_context = context.to_owned();
            Ok(())
        }),
    ),
    ("use-export-context", on!(use_export_context)),
    ("tls-unique", on!(tls_unique)),
    (
        "expect-extended-master-secret",
        on!(expect.extended_master_secret),
    ),
    // Extensions.
    ("host-name", text!(host_name)),
    ("expect-server-name", text!(expect.server_name)),
    ("expect-no-server-name", on!(expect.no_server_name)),
    ("advertise-alpn", text!(advertise_alpn)),
    ("expect-alpn", text!(expect.alpn)),
    ("expect-advertised-alpn", text!(expect.advertised_alpn)),
    (
        "application-settings",
        Value(|s, both| {
            let wrong = ValueFault("a protocol, a comma and its settings");
            let (protocol, settings) = both.split_once(',').ok_or(wrong)?;
            let pair = (protocol.to_owned(), settings.to_owned());
            s.application_settings.push(pair);
            Ok(())
        }),
    ),
    (
        "expect-peer-application-settings",
        text!(expect.peer_settings),
    ),
    (
        "alps-use-new-codepoint",
        Value(|s, is_new| {
            s.old_settings_code_point = number::<u8>(is_new)? == 0;
            Ok(())
        }),
    ),
    ("defer-alps", on!(defers_settings)),
    (
        "select-alpn",
        Value(|s, protocol| {
            // An empty one stands for no callback.
            s.select_alpn = match protocol {
                "" => SelectAlpn::Ignore,
                _ => SelectAlpn::Select(protocol.to_owned()),
            };
            Ok(())
        }),
    ),
    (
        "select-empty-alpn",
        Switch(|s| s.select_alpn = SelectAlpn::Empty),
    ),
    (
        "decline-alpn",
        Switch(|s| s.select_alpn = SelectAlpn::Decline),
    ),
    (
        "reject-alpn",
        Switch(|s| s.select_alpn = SelectAlpn::Reject),
    ),
    ("enable-ocsp-stapling", on!(enable_ocsp)),
    ("expect-ocsp-response", bytes!(expect.ocsp_response)),
    ("enable-signed-cert-timestamps", on!(enable_scts)),
    ("expect-signed-cert-timestamps", bytes!(expect.sct_list)),
    // Encrypted ClientHello.
    ("ech-config-list", bytes!(ech.list)),
    ("enable-ech-grease", on!(ech.grease)),
    ("reject-unusable-ech-config", on!(ech.reject_unusable)),
    (
        "ech-server-config",
        Value(|s, config| {
            s.ech.configs.push(base64(config)?);
            Ok(())
        }),
    ),
    (
        "ech-server-key",
        Value(|s, key| {
            s.ech.keys.push(base64(key)?);
            Ok(())
        }),
    ),
    ("ech-is-retry-config", list!(ech.are_retry_configs)),
    ("fail-early-callback-ech-rewind", on!(ech.rewinds)),
    ("expect-ech-accept", on!(expect.ech_accepted)),
    ("expect-ech-name-override", text!(expect.ech_name)),
    ("expect-no-ech-name-override", on!(expect.no_ech_name)),
    ("expect-ech-retry-configs", bytes!(expect.ech_retry_configs)),
    (
        "expect-no-ech-retry-configs",
        on!(expect.no_ech_retry_configs),
    ),
    // The shape of Hellos.
    ("enable-grease", on!(grease)),
    ("permute-extensions", on!(permute_extensions)),
    ("jdk11-workaround", on!(spares_java11)),
    ("no-server-name-ack", on!(server_name_unconfirmed)),
    ("no-legacy-server-connect", on!(no_legacy_server)),
    ("fallback-scsv", on!(fallback)),
    ("fail-ddos-callback", on!(fail_ddos_callback)),
    ("send-alert", on!(send_alert)),
    ("handshake-never-done", on!(expect.never_connected)),
    // Who asks for the handshake a second time waits for its end.
    ("handshake-twice", on!(handshake_twice)),
    ("max-send-fragment", number!(max_send_fragment)),
    ("peek-then-read", on!(peek_then_read)),
    // The engine always splits records where they have a chained IV.
    ("cbc-record-splitting", Switch(|_| ())),
    ("partial-write", on!(partial_write)),
    ("write-different-record-sizes", on!(many_sizes)),
    // Tickets.
    ("resumption-across-names-enabled", on!(resumes_across_names)),
    (
        "expect-resumable-across-names",
        Switch(|s| s.expect.across_names = Some(true)),
    ),
    (
        "expect-not-resumable-across-names",
        Switch(|s| s.expect.across_names = Some(false)),
    ),
    ("expect-ticket-age-skew", number!(expect.ticket_age_skew_s)),
];
