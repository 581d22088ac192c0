//! What is kept of a connection to come back to it, and its form as bytes.

use crate::connection::PeerStanding;
use crate::time::Now;
use core::fmt;
use handfast_crypto::secret::Secret;
use handfast_pki::certificate::Certificate;
use handfast_wire::codec::{
    DecodeFault, FaultKind, Opaque8, Opaque16, Opaque24, Reader, Recorder, Wire, Writer,
};
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

/// What both sides keep. Inside a ticket it is the server's, sealed.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) version: ProtocolVersion,
    pub(crate) suite: CipherSuite,
    /// The pre-shared key of TLS 1.3, or TLS 1.2's master secret.
    pub(crate) secret: Zeroizing<Vec<u8>>,
    pub(crate) group: NamedGroup,
    pub(crate) peer_scheme: Option<SignatureScheme>,
    /// When the first full handshake of the line was done, unix milliseconds.
    pub(crate) lineage_ms: u64,
    /// When the ticket was made, unix milliseconds.
    pub(crate) issued_ms: u64,
    pub(crate) lifetime_s: u32,
    pub(crate) age_add: u32,
    pub(crate) scope: [u8; 32],
    pub(crate) alpn: Vec<u8>,
    pub(crate) peer_standing: PeerStanding,
    pub(crate) peer_chain: Vec<CertificateDer<'static>>,
}

/// A way back to a server. A value: it can be stored and loaded in another process.
///
/// Whoever has it can come back in the client's name, so it is a secret.
#[derive(Clone)]
pub struct Session {
    pub(crate) state: Ticket,
    /// What the server gave out.
    pub(crate) ticket: Vec<u8>,
    /// When it came, unix milliseconds.
    pub(crate) received_ms: u64,
}

/// Bytes that are no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TicketFault;

impl fmt::Display for TicketFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these bytes are not a session of this version of Handfast")
    }
}

impl core::error::Error for TicketFault {}

/// The first byte of the form; a newer form takes another.
const FORM: u8 = 1;

impl Ticket {
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, TicketFault> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(256));
        let mut out = Writer::new(&mut bytes);
        out.bytes(&[FORM]);
        self.version.write(&mut out);
        self.suite.write(&mut out);
        Opaque8::<1>(&self.secret).write(&mut out);
        self.group.write(&mut out);
        self.peer_scheme
            .map_or(0, |scheme| scheme.0)
            .write(&mut out);
        out.bytes(&self.lineage_ms.to_be_bytes());
        out.bytes(&self.issued_ms.to_be_bytes());
        self.lifetime_s.write(&mut out);
        self.age_add.write(&mut out);
        out.bytes(&self.scope);
        Opaque8::<0, 255>(&self.alpn).write(&mut out);
        out.bytes(&[standing_code(self.peer_standing)]);
        out.prefixed::<3>(|out| {
            for certificate in &self.peer_chain {
                Opaque24::<1>(certificate).write(out);
            }
        });
        out.finish().map_err(|_| TicketFault)?;
        Ok(bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, TicketFault> {
        let mut reader = Reader::new(bytes);
        let state = Self::read(&mut reader).map_err(|_| TicketFault)?;
        reader.finish().map_err(|_| TicketFault)?;
        Ok(state)
    }

    fn read<'a, T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        if reader.u8()? != FORM {
            return Err(reader.fault(FaultKind::IllegalValue));
        }
        let version = ProtocolVersion::read(reader)?;
        let suite = CipherSuite::read(reader)?;
        let secret = Opaque8::<1, 64>::read(reader)?;
        let group = NamedGroup::read(reader)?;
        let scheme = SignatureScheme::read(reader)?;
        let lineage_ms = u64::from_be_bytes(*reader.array()?);
        let issued_ms = u64::from_be_bytes(*reader.array()?);
        let lifetime_s = reader.u32()?;
        let age_add = reader.u32()?;
        let scope = *reader.array()?;
        let alpn = Opaque8::<0, 255>::read(reader)?;
        let standing = reader.u8()?;
        let peer_standing = standing_of(standing).ok_or(reader.fault(FaultKind::IllegalValue))?;
        let chain = Opaque24::<0>::read(reader)?;
        let mut certificates = Reader::new(chain.0);
        let mut peer_chain = Vec::new();
        while !certificates.is_empty() {
            let der = Opaque24::<1>::read(&mut certificates)?;
            peer_chain.push(CertificateDer::from(der.to_vec()));
        }
        Ok(Self {
            version,
            suite,
            secret: Zeroizing::new(secret.to_vec()),
            group,
            peer_scheme: (scheme.0 != 0).then_some(scheme),
            lineage_ms,
            issued_ms,
            lifetime_s,
            age_add,
            scope,
            alpn: alpn.to_vec(),
            peer_standing,
            peer_chain,
        })
    }

    /// True while the ticket lives, by a clock that may have been set back.
    pub(crate) fn is_alive(&self, unix_ms: u64) -> bool {
        let lifetime_ms = u64::from(self.lifetime_s).saturating_mul(1000);
        unix_ms >= self.issued_ms
            && unix_ms - self.issued_ms < lifetime_ms
            && unix_ms.saturating_sub(self.lineage_ms) < MAX_LINEAGE_MS
    }

    /// The secret in a place that is wiped.
    pub(crate) fn secret(&self) -> Result<Secret, TicketFault> {
        Secret::from_slice(&self.secret).map_err(|_| TicketFault)
    }
}

/// Seconds that a ticket may live: as wanted, but never past the end of a
/// certificate of the peer.
pub(crate) fn lifetime_within(chain: &[CertificateDer<'static>], now: Now, wanted_s: u32) -> u32 {
    let ends = chain.iter().filter_map(|der| Certificate::parse(der).ok());
    let soonest = ends
        .map(|certificate| certificate.validity().not_after.0)
        .min();
    let Some(soonest) = soonest else {
        return wanted_s;
    };
    let left = u64::try_from(soonest)
        .unwrap_or(0)
        .saturating_sub(now.unix_s());
    u32::try_from(left).unwrap_or(u32::MAX).min(wanted_s)
}

/// A line of resumptions ends here: 24 hours after its full handshake.
const MAX_LINEAGE_MS: u64 = 24 * 60 * 60 * 1000;

impl Session {
    /// The session as bytes, to be kept as a secret.
    ///
    /// # Errors
    /// [`TicketFault`] when a part is too long for its place.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, TicketFault> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(512));
        let mut out = Writer::new(&mut bytes);
        out.bytes(&self.received_ms.to_be_bytes());
        Opaque16::<1>(&self.ticket).write(&mut out);
        out.bytes(&self.state.to_bytes()?);
        out.finish().map_err(|_| TicketFault)?;
        Ok(bytes)
    }

    /// Reads what [`Session::to_bytes`] gave.
    ///
    /// # Errors
    /// [`TicketFault`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TicketFault> {
        let mut reader = Reader::new(bytes);
        let received_ms = reader
            .array()
            .map(|bytes| u64::from_be_bytes(*bytes))
            .map_err(|_| TicketFault)?;
        let ticket = Opaque16::<1>::read(&mut reader).map_err(|_| TicketFault)?;
        let state = Ticket::from_bytes(reader.rest())?;
        Ok(Self {
            state,
            ticket: ticket.to_vec(),
            received_ms,
        })
    }

    /// The version that the session belongs to.
    #[must_use]
    pub fn version(&self) -> ProtocolVersion {
        self.state.version
    }

    /// Seconds for which the server said it would know the ticket.
    #[must_use]
    pub fn lifetime_s(&self) -> u32 {
        self.state.lifetime_s
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({}, {})", self.state.version, self.state.suite)
    }
}

const STANDINGS: [PeerStanding; 5] = [
    PeerStanding::NotAsked,
    PeerStanding::Anonymous,
    PeerStanding::Verified,
    PeerStanding::AcceptedByCaller,
    PeerStanding::Unverified,
];

fn standing_code(standing: PeerStanding) -> u8 {
    let position = STANDINGS.iter().position(|known| *known == standing);
    position
        .and_then(|position| u8::try_from(position).ok())
        .unwrap_or(u8::MAX)
}

fn standing_of(code: u8) -> Option<PeerStanding> {
    STANDINGS.get(usize::from(code)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        let state = Ticket {
            version: ProtocolVersion::TLS_1_3,
            suite: CipherSuite::TLS_AES_128_GCM_SHA256,
            secret: Zeroizing::new(vec![5; 32]),
            group: NamedGroup::X25519,
            peer_scheme: Some(SignatureScheme::ED25519),
            lineage_ms: 1000,
            issued_ms: 2000,
            lifetime_s: 60,
            age_add: 77,
            scope: [9; 32],
            alpn: b"h2".to_vec(),
            peer_standing: PeerStanding::Verified,
            peer_chain: vec![
                CertificateDer::from(vec![1, 2, 3]),
                CertificateDer::from(vec![4]),
            ],
        };
        Session {
            state,
            ticket: vec![8; 40],
            received_ms: 2010,
        }
    }

    #[test]
    fn a_session_survives_storing_and_no_prefix_of_it_is_one() {
        let bytes = session().to_bytes().unwrap();
        let loaded = Session::from_bytes(&bytes).unwrap();
        assert_eq!(loaded.to_bytes().unwrap(), bytes);
        assert_eq!(loaded.state.peer_chain, session().state.peer_chain);
        for length in 0..bytes.len() {
            assert!(Session::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_ticket_lives_its_time_and_no_clock_set_back_extends_it() {
        let state = session().state;
        assert!(state.is_alive(2000) && state.is_alive(61_999));
        assert!(!state.is_alive(62_000) && !state.is_alive(1999));
        let old = Ticket {
            lifetime_s: u32::MAX,
            ..state
        };
        assert!(!old.is_alive(1000 + MAX_LINEAGE_MS));
    }

    #[test]
    fn a_session_does_not_print_its_secret() {
        assert_eq!(
            format!("{:?}", session()),
            "Session(TLS 1.3, TLS_AES_128_GCM_SHA256)"
        );
    }
}
