//! Answers to what the engine asks, by the runner's stubs. What was asked is
//! kept, because some expectations are about it.

use crate::credentials::Held;
use crate::endpoint::{Endpoint, hex_names};
use crate::raw_key;
use crate::settings::Settings;
use crate::stop::{Stop, ensure};
use handfast::config::PreSharedKey;
use handfast::connection::{ClientHelloView, Question};
use handfast::obsolete::decrypt;
use handfast::{
    AlertDescription, Answer, Credential, Fault, ProtocolVersion, ServerName, SignatureScheme,
};
use std::sync::Arc;

/// What was asked, and what was said to it.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The number of the credential that signed, -1 before any did.
    pub(crate) signed_with: i32,
    /// How often a peer was to be judged.
    pub(crate) judged: u32,
    /// The last verdict; true before any.
    pub(crate) accepted: bool,
    /// How often it was before anything was sent.
    pub(crate) judged_before: u32,
    /// The ClientHello around an encrypted one was asked for.
    rewound: bool,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            signed_with: -1,
            judged: 0,
            accepted: true,
            judged_before: 0,
            rewound: false,
        }
    }
}

impl Asked {
    /// The answer to a question.
    pub(crate) fn answer(
        &mut self,
        question: Question<'_>,
        settings: &Settings,
        endpoint: &Endpoint,
    ) -> Result<Answer, Stop> {
        match question {
            Question::Config { .. } if settings.ech.rewinds && !self.rewound => {
                self.rewound = true;
                Ok(Answer::OuterHello)
            }
            Question::Config { client_hello } => config(*client_hello, settings, endpoint),
            Question::Credential {
                schemes,
                authorities,
                ..
            } => credential(schemes, authorities, settings, &endpoint.held),
            Question::Sign {
                credential,
                scheme,
                message,
            } => self.sign(credential, scheme, message, &endpoint.held),
            Question::Decrypt {
                credential,
                encrypted,
            } => self.decrypt(credential, encrypted, &endpoint.held),
            Question::TicketKeys => Ok(Answer::TicketKeys(Arc::clone(&endpoint.ticket_keys))),
            Question::VerifyPeer {
                ocsp_response,
                name,
                raw_key,
                ..
            } => {
                raw_key::check(settings, raw_key)?;
                named(name.map(ServerName::as_text).as_deref(), settings)?;
                self.judge(ocsp_response, settings)
            }
            // The runner's library keeps these to older versions.
            Question::Psk {
                version: ProtocolVersion::TLS_1_3,
                ..
            } => Ok(Answer::Psk(None)),
            Question::Psk { identity, hint, .. } => shared_key(identity.or(hint), settings),
            _ => Err(Stop::NotHonoured(format!("the question {question:?}"))),
        }
    }

    fn sign(
        &mut self,
        credential: &Credential,
        scheme: SignatureScheme,
        message: &[u8],
        held: &[Held],
    ) -> Result<Answer, Stop> {
        let held = held
            .iter()
            .find(|held| held.credential.is(credential))
            .ok_or_else(|| Stop::Wrong("asked to sign for an unknown credential".to_owned()))?;
        self.signed_with = held.number;
        let key = held
            .key
            .as_ref()
            .ok_or_else(|| Stop::Wrong("asked to sign where the engine has the key".to_owned()))?;
        Ok(handfast::suite::sign(key, scheme, message).map_or(Answer::Failed, Answer::Signature))
    }

    fn decrypt(
        &mut self,
        credential: &Credential,
        encrypted: &[u8],
        held: &[Held],
    ) -> Result<Answer, Stop> {
        let held = held
            .iter()
            .find(|held| held.credential.is(credential))
            .ok_or_else(|| Stop::Wrong("asked to decrypt for an unknown credential".to_owned()))?;
        self.signed_with = held.number;
        let key = held.key.as_ref();
        let key = key.ok_or_else(|| Stop::Wrong("asked to decrypt without a key".to_owned()))?;
        Ok(Answer::Decrypted(decrypt(key, encrypted)))
    }

    fn judge(&mut self, ocsp_response: Option<&[u8]>, settings: &Settings) -> Result<Answer, Stop> {
        self.judged += 1;
        let most = 1 + settings.expect.total_renegotiations + self.judged_before;
        ensure(self.judged <= most, || {
            "the peer was judged too often".to_owned()
        })?;
        ensure(
            settings.expect.ocsp_response.is_none() || ocsp_response.is_some(),
            || "no OCSP response was there to judge by".to_owned(),
        )?;
        self.accepted = !settings.verify_fail;
        if settings.refuses_peers() {
            // Our own callback chooses the alert; theirs has a fixed one.
            let fault = if settings.custom_verify {
                Fault::CertificateRefused
            } else {
                Fault::PeerRefused
            };
            return Ok(Answer::Refused(fault));
        }
        let callback = &settings.ocsp_callback;
        let bad_status = callback.installed && callback.fail && settings.enable_ocsp;
        if !settings.server && bad_status {
            return Ok(Answer::Refused(Fault::CertificateStatusBad));
        }
        if settings.verify_fail {
            return Ok(Answer::DangerPeerUnverified);
        }
        Ok(Answer::PeerAccepted)
    }
}

/// By which name the server is judged: another one than was asked for where it has not opened the encrypted
/// ClientHello.
fn named(name: Option<&str>, settings: &Settings) -> Result<(), Stop> {
    let expect = &settings.expect;
    ensure(!expect.no_ech_name || name == Some(settings.peer()), || {
        format!("the server is to be {name:?}")
    })?;
    let wanted = expect.ech_name.as_deref();
    ensure(wanted.is_none() || name == wanted, || {
        format!("the server is to be {name:?}, wanted {wanted:?}")
    })
}

fn config(
    client_hello: ClientHelloView<'_>,
    settings: &Settings,
    endpoint: &Endpoint,
) -> Result<Answer, Stop> {
    let expect = &settings.expect;
    let name = client_hello.server_name();
    ensure(!expect.no_server_name || name.is_none(), || {
        format!("the client named {name:?}")
    })?;
    if expect.server_name.is_some() {
        ensure(name == expect.server_name.as_deref(), || {
            format!("the client named {name:?}, wanted {:?}", expect.server_name)
        })?;
    }
    if let Some(wanted) = &expect.advertised_alpn {
        let mut list = Vec::new();
        for protocol in client_hello.alpn() {
            list.extend(u8::try_from(protocol.len()));
            list.extend_from_slice(protocol);
        }
        ensure(list == wanted.as_bytes(), || {
            format!("the client offered {list:02x?} in ALPN")
        })?;
    }
    if settings.fail_ddos_callback {
        return Ok(Answer::RefusedByAlert(AlertDescription::INTERNAL_ERROR));
    }
    if settings.fail_early_callback {
        return Ok(Answer::Refused(Fault::ClientRefused));
    }
    if endpoint.mistake.is_some() {
        return Ok(Answer::Failed);
    }
    let server = endpoint.server();
    let server = server.ok_or_else(|| Stop::Wrong("a client was asked for a config".to_owned()))?;
    Ok(Answer::Config(server.clone()))
}

/// The key, where identity or hint are those of the flags.
fn shared_key(named: Option<&[u8]>, settings: &Settings) -> Result<Answer, Stop> {
    let wanted = settings.psk_identity.as_bytes();
    let key = settings.psk.as_ref();
    let key = key.filter(|_| named.unwrap_or_default() == wanted);
    let Some(key) = key else {
        return Ok(Answer::Psk(None));
    };
    let key = PreSharedKey::danger_short(wanted, key.as_bytes());
    let key = key.map_err(|unfit| Stop::NotHonoured(unfit.to_string()))?;
    Ok(Answer::Psk(Some(key)))
}

fn credential(
    schemes: &[SignatureScheme],
    authorities: &[Vec<u8>],
    settings: &Settings,
    held: &[Held],
) -> Result<Answer, Stop> {
    let wanted = &settings.expect.peer_verify_prefs;
    ensure(
        wanted.is_empty() || wanted.iter().eq(schemes.iter().map(|scheme| &scheme.0)),
        || format!("the peer accepts {schemes:?}, wanted {wanted:?}"),
    )?;
    if let Some(list) = &settings.expect.client_ca_list {
        let wanted = hex_names(list)?;
        ensure(wanted == authorities, || {
            format!("the peer trusts {authorities:02x?}")
        })?;
    }
    let staple_fails =
        settings.server && settings.ocsp_callback.installed && settings.ocsp_callback.fail;
    if settings.fail_cert_callback || staple_fails {
        return Ok(Answer::Failed);
    }
    match held {
        [] => Ok(Answer::Credential(None)),
        [only] => Ok(Answer::Credential(Some(only.credential.clone()))),
        // The engine chooses among several; the shim must not do it instead.
        _ => Err(Stop::NotHonoured(
            "a callback with several credentials".to_owned(),
        )),
    }
}
