//! The chain that a live host sends, whoever it is.

use crate::dial::{Dial, authority};
use crate::failure::Failure;
use crate::given::{Given, Verb};
use crate::key_log::{KeyLogFile, key_log_path};
use crate::peer_policy::PeerPolicy;
use crate::refused_config;
use crate::talk::Talk;
use crate::tls::server_name;
use crate::versions::Versions;
use clap::Args;
use handfast::config::Verification;
use handfast::connection::Question;
use handfast::{Answer, ClientConfig, ProtocolVersion};
use handfast_tokio::{Answering, Connector};
use rustls_pki_types::CertificateDer;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::AsyncWriteExt;

/// How a host is reached and what it is asked for.
#[derive(Args, Clone, Debug)]
pub(crate) struct Reach {
    /// Ask the host for this name, whatever is connected to
    #[arg(long, value_name = "NAME", help_heading = "Connection")]
    sni: Option<String>,
    #[command(flatten, next_help_heading = "Connection")]
    versions: Versions,
    #[command(flatten, next_help_heading = "Connection")]
    policy: PeerPolicy,
    #[command(flatten)]
    dial: Dial,
}

/// What a host showed of itself. Nothing of it is verified.
#[derive(Clone, Debug, Default)]
pub(crate) struct Presented {
    /// The certificates as they were sent, the host's own first.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// The OCSP response that was stapled.
    pub(crate) staple: Option<Vec<u8>>,
    /// Whom it was asked for.
    pub(crate) name: String,
    /// The version that was agreed on, if the handshake came to its end.
    pub(crate) version: Option<ProtocolVersion>,
}

impl Reach {
    /// Connects, and hands over what the host showed, even where the handshake fails after that,
    /// as where the host wants a certificate of the client's.
    pub(crate) async fn presented(
        &self,
        host: &str,
        port: u16,
        talk: &Talk,
    ) -> Result<Presented, Failure> {
        let name = server_name(self.sni.as_deref().unwrap_or(host))?;
        let mut config = ClientConfig::with_verification(Verification::ask());
        self.policy.apply(&mut config.common, talk);
        self.versions.limit(&mut config.common)?;
        if let Some(path) = key_log_path(talk) {
            config.common.key_log = Some(Arc::new(KeyLogFile::open(&path)?));
        }
        let client = config
            .check()
            .map_err(|fault| refused_config::of_client(&fault, false))?;
        let seen = Arc::new(Mutex::new(Presented {
            name: name.to_string(),
            ..Presented::default()
        }));
        let connector = Connector::new(client)
            .map_err(|missing| Failure::usage(missing.to_string()))?
            .with_timeout(self.dial.limit())
            .with_answerer(watching(Arc::clone(&seen)));
        let dialed = self.dial.dial(host, port, true).await?;
        let take = || {
            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *seen)
        };
        match connector.connect(name, dialed.transport).await {
            Ok(mut stream) => {
                let version = stream.negotiated().map(|agreed| agreed.version);
                // The host may be gone already: what was asked for is here.
                let _ = stream.shutdown().await;
                Ok(Presented { version, ..take() })
            }
            Err(failed) => {
                let seen = take();
                if seen.chain.is_empty() {
                    let target = authority(host, port);
                    let failure = Failure::handshake(&target, &failed, self.dial.timeout);
                    return Err(failure.given(Given {
                        verb: Verb::Look,
                        preset: self.policy.preset(),
                        min: self.versions.min(),
                        max: self.versions.max(),
                        ..Given::default()
                    }));
                }
                Ok(seen)
            }
        }
    }
}

/// Keeps what the peer shows, and accepts it: only what was sent is looked at.
fn watching(seen: Arc<Mutex<Presented>>) -> impl Fn(Question<'_>) -> Answering + Send + Sync {
    move |question| {
        let Question::VerifyPeer {
            chain,
            ocsp_response,
            ..
        } = question
        else {
            return Box::pin(async { Answer::Failed });
        };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.chain = chain.to_vec();
        seen.staple = ocsp_response.map(<[u8]>::to_vec);
        Box::pin(async { Answer::PeerAccepted })
    }
}
