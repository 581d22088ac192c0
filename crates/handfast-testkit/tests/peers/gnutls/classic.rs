//! TLS 1.2 with GnuTLS, each side in each role: every suite and group, every kind of key.

use handfast::{ClientConfig, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

use super::server::{Peer, with_peer};
use super::{GROUPS, KINDS, SUITES, client};
use crate::ours::{Files, Seen};

pub(super) fn trials() -> Vec<Trial> {
    let claim = "gnutls::gnutls_cli_reaches_us_by_every_suite_group_and_kind_of_tls_1_2";
    let reaches_us = trial(claim, ["gnutls-cli"], |[program]| reaches_us(&program));
    let claim = "gnutls::we_reach_gnutls_serv_by_every_suite_group_and_kind_of_tls_1_2";
    vec![reaches_us, with_peer(claim, we_reach)]
}

/// One handshake: the server's and the client's kind of key, the cipher, the group.
struct Case {
    kind: KeyKind,
    cipher: &'static str,
    group: (NamedGroup, &'static str),
}

impl Case {
    fn all() -> Vec<Self> {
        let ciphers = SUITES[..3].iter().map(|(_, name)| *name);
        let groups = &GROUPS[..4];
        let pairs = ciphers.flat_map(|cipher| groups.iter().map(move |group| (cipher, *group)));
        let both = [KeyKind::EcP256, KeyKind::Rsa { bits: 2048 }];
        let mut cases: Vec<_> = pairs
            .flat_map(|(cipher, group)| {
                both.map(|kind| Self {
                    kind,
                    cipher,
                    group,
                })
            })
            .collect();
        // RSA-PSS certificates sign in TLS 1.2 only for those who say so.
        let kinds = KINDS
            .iter()
            .filter(|kind| !matches!(kind, KeyKind::RsaPss { .. }));
        cases.extend(kinds.map(|kind| Self {
            kind: *kind,
            cipher: "AES-256-GCM",
            group: GROUPS[0],
        }));
        cases
    }

    /// Every group of a certificate stands behind that of the key exchange: both ends hold
    /// certificates to the list.
    fn priority(&self) -> String {
        let others = GROUPS[..4].iter().filter(|group| group.0 != self.group.0);
        let others: String = others.map(|(_, name)| format!(":+{name}")).collect();
        format!(
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+{}:-GROUP-ALL:+{}{others}",
            self.cipher, self.group.1
        )
    }

    fn chosen(&self, seen: &Seen) -> Result<(), Failed> {
        let negotiated = &seen.negotiated;
        let suite = negotiated.suite.to_string().replace('_', "-");
        let name = self.cipher.replace("CHACHA20-POLY1305", "CHACHA20");
        let fits = negotiated.version == ProtocolVersion::TLS_1_2
            && suite.contains(&name)
            && negotiated.group == self.group.0
            && negotiated.extended_master_secret;
        if fits {
            return Ok(());
        }
        Err(format!(
            "{} and {:?} expected: {negotiated:?}",
            self.cipher, self.group
        )
        .into())
    }
}

fn reaches_us(program: &Program) -> Result<(), Failed> {
    for case in Case::all() {
        let files = Files::of(certificates::client(case.kind))?;
        let mut server = ServerConfig {
            client_auth: config::mutual_server(case.kind).client_auth,
            ..config::server(case.kind)
        };
        server.common.versions = vec![ProtocolVersion::TLS_1_2];
        server.common.groups = vec![case.group.0];
        let priority = case.priority();
        let mut more = vec!["--priority", priority.as_str()];
        more.extend(["--x509certfile", &files.chain, "--x509keyfile", &files.key]);
        let (_, seen) = client::talks(program, server, &files, &more)?;
        case.chosen(&seen)?;
    }
    Ok(())
}

fn we_reach(peer: &Peer) -> Result<(), Failed> {
    for case in Case::all() {
        let files = Files::of(certificates::server(case.kind))?;
        let mut client: ClientConfig = config::client();
        client.common.versions = vec![ProtocolVersion::TLS_1_2];
        client.common.groups = GROUPS[..4].iter().map(|(group, _)| *group).collect();
        client
            .common
            .groups
            .sort_by_key(|group| *group != case.group.0);
        client.credentials = vec![config::credential(certificates::client(case.kind))];
        let priority = case.priority();
        let more = ["-r", "--verify-client-cert", "--priority", &priority];
        let seen = peer.talks(client, &files, &more)?;
        case.chosen(&seen)?;
        if seen.negotiated.own_scheme.is_none() {
            return Err("no certificate was shown".into());
        }
    }
    Ok(())
}
