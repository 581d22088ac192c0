//! A18, ALPACA and host confusion: a name that is not served and a protocol that is not spoken
//! are refused, and nobody is shown another host's certificate. The third part, the Host of HTTP,
//! is tried with the command (`handfast-cli`, test `hosts`).

use crate::attack::{Attack, Control, Found};
use handfast::config::{UnknownName, Verification};
use handfast::{
    AlertDescription, ClientConfig, Credential, Error, ProtocolVersion, ServerConfig, ServerName,
};
use handfast_ca::profile::{AlternativeName, Validity};
use handfast_pki::certificate::Certificate;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::pair::{Delivery, End, Pair, now};
use std::sync::OnceLock;

pub(crate) const ATTACKS: &[Attack] = &[Attack {
    id: "A18",
    name: "names_and_protocols",
    ours: || probe(|server| server),
    controls: &[
        Control {
            broken: "a_server_that_shows_its_first_certificate_to_all",
            run: || {
                probe(|server| ServerConfig {
                    unknown_name: UnknownName::UseFirst,
                    ..server
                })
            },
        },
        Control {
            broken: "a_server_that_goes_on_without_a_protocol",
            run: || {
                probe(|server| ServerConfig {
                    alpn_optional: true,
                    ..server
                })
            },
        },
    ],
}];

const SERVED: [&str; 2] = ["a.test", "b.test"];
const NAMES: [Option<&str>; 8] = [
    Some("a.test"),
    Some("b.test"),
    Some("A.Test"),
    Some("c.test"),
    Some("x.a.test"),
    Some("a.test.evil"),
    Some("est"),
    None,
];
const PROTOCOLS: [&[&[u8]]; 7] = [
    &[],
    &[b"h2"],
    &[b"http/1.1", b"h2"],
    &[b"http/1.1"],
    &[b"smtp", b"imap", b"ftp"],
    &[b"H2"],
    &[b"h2\0", b"h"],
];

fn credentials() -> &'static [Credential] {
    static CREDENTIALS: OnceLock<Vec<Credential>> = OnceLock::new();
    CREDENTIALS.get_or_init(|| {
        let validity = Validity::days(certificates::now_unix(), 30);
        let issue = |name: &str| {
            let names = [AlternativeName::dns(name)];
            let authority = certificates::intermediate();
            let issued = authority
                .issue_server(&names, validity, KeyKind::EcP256)
                .unwrap();
            let (chain, key) = issued.into_parts();
            Credential::new(chain, key).unwrap()
        };
        SERVED.map(issue).to_vec()
    })
}

/// Every name with every list of protocols, both versions. The client takes any certificate.
fn probe(server: fn(ServerConfig) -> ServerConfig) -> Found {
    let mut found = Found::default();
    for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
        let mut config = ServerConfig::without_credential();
        config.credentials = credentials().to_vec();
        config.common.versions = vec![version];
        config.common.alpn = vec![b"h2".to_vec()];
        let server = server(config).check().unwrap();
        for name in NAMES {
            for protocols in PROTOCOLS {
                let mut config =
                    ClientConfig::with_verification(Verification::danger_accept_anyone());
                config.common.versions = vec![version];
                config.common.groups.retain(|group| group.0 < 0x100);
                config.common.alpn = protocols.iter().map(|one| one.to_vec()).collect();
                config.send_server_name = name.is_some();
                let client = config.check().unwrap();
                let host = ServerName::parse(name.unwrap_or("nobody.test")).unwrap();
                let mut pair = Pair {
                    client: End::new(client.connect(host, now()).unwrap()),
                    server: End::new(server.accept(now()).unwrap()),
                    now: now(),
                };
                pair.run(Delivery::Whole);
                let case = format!("{version} {name:?} {protocols:?}");
                found.tried(judge(&pair, name, protocols).map_err(|why| format!("{case}: {why}")));
            }
        }
    }
    found
}

fn judge(pair: &Pair, name: Option<&str>, protocols: &[&[u8]]) -> Result<(), String> {
    let is_served = name.is_none_or(|name| SERVED.contains(&&name.to_lowercase()[..]));
    let is_spoken = protocols.is_empty() || protocols.contains(&&b"h2"[..]);
    let told = match pair.server.error {
        None => None,
        Some(Error::Fault(fault)) => Some(fault.alert()),
        Some(other) => return Err(format!("{other:?}")),
    };
    let may = |alert: AlertDescription| {
        (alert == AlertDescription::UNRECOGNIZED_NAME && !is_served)
            || (alert == AlertDescription::NO_APPLICATION_PROTOCOL && !is_spoken)
    };
    match told {
        Some(alert) if may(alert) => Ok(()),
        Some(alert) => Err(format!("refused by {alert}")),
        None if !is_served || !is_spoken => Err("connected".to_owned()),
        None => shown(pair, name),
    }
}

/// The certificate is that of the name.
fn shown(pair: &Pair, name: Option<&str>) -> Result<(), String> {
    let agreed = pair.client.connection.negotiated().ok_or("not connected")?;
    let leaf = Certificate::parse(&agreed.peer_chain[0]).map_err(|_| "unreadable")?;
    let Some(name) = name else { return Ok(()) };
    let name = ServerName::parse(name).map_err(|_| "no name")?;
    let mut names = leaf.subject_alt_names();
    if names.any(|one| name.is_proved_by(&one)) {
        Ok(())
    } else {
        Err("shown another host's certificate".to_owned())
    }
}
