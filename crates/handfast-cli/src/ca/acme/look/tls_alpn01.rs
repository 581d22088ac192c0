//! tls-alpn-01 (RFC 8737): a certificate of the name's TLS server.

use crate::ca::acme::look::dial::{Whither, dial};
use crate::ca::acme::look::reach::Reach;
use handfast::config::Verification;
use handfast::connection::Question;
use handfast::{Answer, ClientConfig, ServerName};
use handfast_acme::message::{ErrorKind, Problem};
use handfast_acme::server::{ACME_TLS, Validation};
use handfast_tokio::{Answering, Connector};
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt;

/// Shakes hands, and judges what was shown.
pub(super) async fn look(reach: &Reach, validation: &Validation) -> Result<(), Problem> {
    let host = validation.identifier.to_string();
    let (tcp, _) = dial(reach, (&host, reach.tls_port), Whither::Proven).await?;
    let failed = |why: &str| {
        let detail = format!("{host} port {}: {why}", reach.tls_port);
        Problem::new(ErrorKind::Tls, detail)
    };
    let name = ServerName::parse(&validation.server_name());
    let name = name.map_err(|fault| failed(&fault.to_string()))?;
    let (connector, shown) = anybody(&[ACME_TLS]).map_err(|why| failed(&why))?;
    let mut stream = connector.connect(name, tcp).await.map_err(|fault| {
        failed(&format!(
            "no handshake with the protocol acme-tls/1: {fault}"
        ))
    })?;
    let agreed = stream.negotiated().and_then(|agreed| agreed.alpn.clone());
    // RFC 8737 section 3: nothing is said; the server may be gone already.
    let _ = stream.shutdown().await;
    if agreed.as_deref() != Some(ACME_TLS) {
        return Err(failed("it does not know the protocol acme-tls/1"));
    }
    let mut chain = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(leaf) = chain.drain(..).next() else {
        return Err(failed("it showed no certificate"));
    };
    validation.judge_certificate(&leaf)
}

/// The chain that was shown.
pub(super) type Shown = Arc<Mutex<Vec<CertificateDer<'static>>>>;

/// A connector that takes whatever certificate it is shown, and keeps it: names are not proven by
/// certificates here, but by what the challenge says.
pub(super) fn anybody(alpn: &[&[u8]]) -> Result<(Connector, Shown), String> {
    let mut config = ClientConfig::with_verification(Verification::ask());
    config.common.alpn = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    // Some clients' challenge certificates allow their keys to encipher alone.
    config.common.danger_any_key_usage = true;
    config.alpn_optional = true;
    config.request_ocsp = false;
    let client = config.check().map_err(|fault| fault.to_string())?;
    let connector = Connector::new(client).map_err(|missing| missing.to_string())?;
    let shown = Shown::default();
    let kept = Arc::clone(&shown);
    let connector = connector.with_answerer(move |question: Question<'_>| -> Answering {
        let Question::VerifyPeer { chain, .. } = question else {
            return Box::pin(async { Answer::Failed });
        };
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = chain.to_vec();
        Box::pin(async { Answer::PeerAccepted })
    });
    Ok((connector, shown))
}
