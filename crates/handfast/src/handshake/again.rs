//! A handshake on a connection that is there already: what it begins with, and what it must keep
//! (RFC 5746).

use crate::classic::verify_data::VerifyData;
use crate::connection::{Established, Negotiated, PeerIdentity};
use crate::fault::Fault;
use handfast_wire::registry::ProtocolVersion;

/// What the handshake before has settled.
pub(crate) struct Again {
    was: Negotiated,
    client_finished: VerifyData,
    server_finished: VerifyData,
    /// The server wants to know now who the client is.
    pub(crate) asks_client: bool,
}

impl Again {
    /// Of a connection that may be negotiated anew.
    pub(crate) fn of(established: &Established, asks_client: bool) -> Option<Box<Self>> {
        let renewable = established.renewable.as_ref()?;
        Some(Box::new(Self {
            was: established.negotiated.clone(),
            client_finished: renewable.client_finished,
            server_finished: renewable.server_finished,
            asks_client,
        }))
    }

    /// The version, which must stay.
    pub(crate) fn version(&self) -> ProtocolVersion {
        self.was.version
    }

    /// What a client says in renegotiation_info (RFC 5746 section 3.5).
    pub(crate) fn client_info(&self) -> &[u8] {
        self.client_finished.as_bytes()
    }

    /// What a server says in renegotiation_info (RFC 5746 section 3.7).
    pub(crate) fn server_info(&self) -> Vec<u8> {
        [
            self.client_finished.as_bytes(),
            self.server_finished.as_bytes(),
        ]
        .concat()
    }

    /// Whoever renegotiates with us is whom we know: without this an attacker's first handshake
    /// becomes the beginning of somebody else's connection.
    pub(crate) fn check_info(given: Option<&[u8]>, wanted: &[u8]) -> Result<(), Fault> {
        match given {
            None => Err(Fault::RenegotiationInfoMissing),
            Some(given) if given == wanted => Ok(()),
            Some(_) => Err(Fault::RenegotiationInfoForeign),
        }
    }

    /// Keys that a stranger may share prove nothing about who was here before (RFC 7627 section 1).
    pub(crate) fn check_bound(bound: bool) -> Result<(), Fault> {
        if bound {
            Ok(())
        } else {
            Err(Fault::RenegotiationUnbound)
        }
    }

    /// The peer may show a certificate or a key that it has not shown before, but no other than it has.
    pub(crate) fn check_peer(&self, shown: Option<PeerIdentity<'_>>) -> Result<(), Fault> {
        let known = self.was.peer_chain.identity();
        if known.is_none() || known == shown {
            Ok(())
        } else {
            Err(Fault::PeerChanged)
        }
    }

    /// Data before and after belong to one stream, which has one host.
    pub(crate) fn check_name(&self, name: Option<&str>) -> Result<(), Fault> {
        if name == self.was.server_name.as_deref() {
            Ok(())
        } else {
            Err(Fault::ServerNameChanged)
        }
    }

    /// The application protocol, which is agreed on once: in a second handshake it is neither
    /// offered nor looked at.
    pub(crate) fn protocol(&self) -> Option<Box<[u8]>> {
        self.was.alpn.clone()
    }

    /// Who the peer is does not get lost where it is not asked again.
    pub(crate) fn keep_peer(&self, now: &mut Negotiated) -> Result<(), Fault> {
        #[cfg(feature = "legacy")]
        if self.was.psk_identity.is_some() && now.psk_identity != self.was.psk_identity {
            return Err(Fault::PeerChanged);
        }
        if now.peer_chain.shows_nothing() && !self.was.peer_chain.shows_nothing() {
            now.peer_chain = self.was.peer_chain.clone();
            now.peer_standing = self.was.peer_standing;
            now.peer_scheme = self.was.peer_scheme;
        }
        now.keep_exceptions(self.was.exceptions().to_vec());
        Ok(())
    }
}
