//! What a client keeps to come back: what both ends keep, what the server knows it by,
//! and what the server had stapled.

use crate::connection::PeerChain;
use crate::session::checked::{self, CHECK};
use crate::session::staples::{ALL_PARTS, Staples};
use crate::session::ticket::{Ticket, TicketFault};
use crate::time::Now;
use core::fmt;
use handfast_crypto::hash::{HashAlgorithm, digest};
use handfast_wire::codec::{Opaque16, Reader, Wire, Writer};
use handfast_wire::registry::{CipherSuite, ProtocolVersion};
use zeroize::Zeroizing;

/// A way back to a server. A value: it can be stored and loaded in another process.
///
/// Whoever has it can come back in the client's name, so it is a secret.
#[derive(Clone)]
pub struct Session {
    pub(crate) state: Ticket,
    /// What the server gave out: a ticket or a session ID.
    pub(crate) identity: Identity,
    /// When it came, unix milliseconds.
    pub(crate) received_ms: u64,
    /// What the server had stapled.
    pub(crate) staples: Staples,
    /// Of what connection it came; nothing once it was bytes.
    pub(crate) origin: Option<Origin>,
}

/// Tells connections apart within a process: the first bytes of ClientHello.random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin([u8; 8]);

impl Origin {
    pub(crate) fn of(client_random: &[u8; 32]) -> Self {
        let mut first = [0; 8];
        for (to, from) in first.iter_mut().zip(client_random) {
            *to = *from;
        }
        Self(first)
    }
}

/// What a server knows a session by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    Ticket(Vec<u8>),
    /// TLS 1.2 and older (RFC 5246 section 7.4.1.2).
    SessionId(Vec<u8>),
}

impl Identity {
    pub(crate) fn ticket(&self) -> Option<&[u8]> {
        match self {
            Self::Ticket(ticket) => Some(ticket),
            Self::SessionId(_) => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Ticket(bytes) | Self::SessionId(bytes) => bytes.len(),
        }
    }

    pub(crate) fn session_id(&self) -> Option<&[u8]> {
        match self {
            Self::Ticket(_) => None,
            Self::SessionId(id) => Some(id),
        }
    }
}

/// The kind of a session that is known by its session ID; bits beside it name staples.
const SESSION_ID: u8 = 1;

impl Session {
    /// The session as bytes, to be kept as a secret, with a digest by which damage shows.
    ///
    /// # Errors
    /// [`TicketFault`] when a part is too long for its place.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, TicketFault> {
        // Room for all of it, so that writing moves no secret.
        let size = 11 + self.identity.len() + self.state.size() + self.staples.size() + CHECK;
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        let mut out = Writer::new(&mut bytes);
        out.bytes(&self.received_ms.to_be_bytes());
        let (kind, identity) = match &self.identity {
            Identity::Ticket(ticket) => (0, ticket),
            Identity::SessionId(id) => (SESSION_ID, id),
        };
        out.bytes(&[kind | self.staples.parts()]);
        Opaque16::<1>(identity).write(&mut out);
        out.bytes(&self.state.to_bytes()?);
        self.staples.write(&mut out);
        out.finish().map_err(|_| TicketFault)?;
        checked::append(&mut bytes);
        Ok(bytes)
    }

    /// Reads what [`Session::to_bytes`] gave.
    ///
    /// # Errors
    /// [`TicketFault`], also where a single bit has changed since.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TicketFault> {
        let form = checked::whole(bytes).ok_or(TicketFault)?;
        let mut reader = Reader::new(form);
        let received_ms = reader
            .array()
            .map(|bytes| u64::from_be_bytes(*bytes))
            .map_err(|_| TicketFault)?;
        let kind = reader.u8().map_err(|_| TicketFault)?;
        let bytes = Opaque16::<1>::read(&mut reader).map_err(|_| TicketFault)?;
        let identity = match kind & !ALL_PARTS {
            0 => Identity::Ticket(bytes.to_vec()),
            SESSION_ID if bytes.len() <= 32 => Identity::SessionId(bytes.to_vec()),
            _ => return Err(TicketFault),
        };
        let state = Ticket::read(&mut reader).map_err(|_| TicketFault)?;
        let staples = Staples::read(kind, &mut reader).map_err(|_| TicketFault)?;
        reader.finish().map_err(|_| TicketFault)?;
        // TLS 1.3 knows sessions by tickets alone.
        if state.version == ProtocolVersion::TLS_1_3 && identity.ticket().is_none() {
            return Err(TicketFault);
        }
        Ok(Self {
            state,
            identity,
            received_ms,
            staples,
            origin: None,
        })
    }

    /// The version that the session belongs to.
    #[must_use]
    pub fn version(&self) -> ProtocolVersion {
        self.state.version
    }

    /// Seconds that the session still lives.
    pub(crate) fn left_s(&self, now: Now) -> u32 {
        let age_ms = now.unix_ms.saturating_sub(self.state.issued_ms);
        let age_s = u32::try_from(age_ms / 1000).unwrap_or(u32::MAX);
        self.state.lifetime_s.saturating_sub(age_s)
    }

    /// The cipher suite that the session belongs to.
    #[must_use]
    pub fn suite(&self) -> CipherSuite {
        self.state.suite
    }

    /// The application protocol that was spoken; empty where none was. Early data is said under
    /// it, before anything is agreed on.
    #[must_use]
    pub fn alpn(&self) -> &[u8] {
        &self.state.alpn
    }

    /// The settings that the server said for that protocol (ALPS, a draft that Chromium uses), where early
    /// data may come with the session: it is said under them. What the server says on a connection
    /// without early data may differ.
    #[must_use]
    pub fn peer_application_settings(&self) -> Option<&[u8]> {
        let kept = self.state.application_settings.as_ref();
        kept.map(|kept| &*kept.peer)
    }

    /// The server's certificates, leaf first, as it showed them when the session began.
    #[must_use]
    pub fn peer_chain(&self) -> &PeerChain {
        &self.state.peer_chain
    }

    /// Bytes of early data that the server would take from a client that comes back by this
    /// session; 0 where it takes none (RFC 8446 section 4.2.10).
    #[must_use]
    pub fn max_early_data(&self) -> u32 {
        self.state.max_early_data
    }

    /// True where the server said that the session may go on under any name that its certificate is good
    /// for. It does so by [`crate::ClientConfig::resume_across_names`].
    #[must_use]
    pub fn is_resumable_across_names(&self) -> bool {
        self.state.across_names
    }

    /// What tells this session from others: the session ID that the server gave, or the SHA-256 digest
    /// of its ticket (as OpenSSL makes an ID for one). 1 to 32 bytes, no secret.
    #[must_use]
    pub fn id(&self) -> Vec<u8> {
        match &self.identity {
            Identity::SessionId(id) => id.clone(),
            Identity::Ticket(ticket) => digest(HashAlgorithm::Sha256, &[ticket]).as_ref().to_vec(),
        }
    }

    /// True where the server gave a ticket, false where it gave a session ID (RFC 5246 section
    /// 7.4.1.2).
    #[must_use]
    pub fn has_ticket(&self) -> bool {
        self.identity.ticket().is_some()
    }

    /// When the session came, milliseconds of Unix time. It is good for [`Session::lifetime_s`] from
    /// then on.
    #[must_use]
    pub fn received_unix_ms(&self) -> u64 {
        self.received_ms
    }

    /// Seconds for which the server said it would know the session.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Negotiated, PeerStanding};
    use crate::session::SettingsPair;
    use crate::session::ticket::tests::ticket;
    use handfast_wire::registry::CertificateType;

    fn session() -> Session {
        Session {
            state: ticket(),
            identity: Identity::Ticket(vec![8; 40]),
            received_ms: 2010,
            staples: Staples::default(),
            origin: None,
        }
    }

    /// With each staple, with both, and with none.
    fn stapled() -> [Session; 4] {
        [(false, false), (true, false), (false, true), (true, true)].map(|(ocsp, scts)| {
            let mut negotiated = Negotiated::new(Now {
                unix_ms: 0,
                monotonic_ms: 0,
            });
            negotiated.ocsp_response = ocsp.then(|| [0x30; 300].into());
            negotiated.sct_list = scts.then(|| [0, 3, 0, 1, 7].into());
            Session {
                staples: Staples::of(&negotiated),
                ..session()
            }
        })
    }

    #[test]
    fn a_session_survives_storing_and_no_prefix_of_it_is_one() {
        let state = session().state;
        assert!(state.to_bytes().unwrap().len() <= state.size());
        let dressed_up = Session {
            identity: Identity::SessionId(vec![8; 32]),
            ..session()
        };
        assert!(Session::from_bytes(&dressed_up.to_bytes().unwrap()).is_err());
        for session in stapled() {
            let bytes = session.to_bytes().unwrap();
            let loaded = Session::from_bytes(&bytes).unwrap();
            assert_eq!(loaded.to_bytes().unwrap(), bytes);
            assert_eq!(loaded.state.peer_chain, session.state.peer_chain);
            assert_eq!(loaded.staples, session.staples);
            for length in 0..bytes.len() {
                assert!(Session::from_bytes(&bytes[..length]).is_err(), "{length}");
            }
            let longer = [&bytes[..], &[0]].concat();
            assert!(Session::from_bytes(&longer).is_err());
            // Of the form itself too no part is a session, nor more than it.
            let form = &bytes[..bytes.len() - CHECK];
            for length in 0..form.len() {
                let part = checked(form[..length].to_vec());
                assert!(Session::from_bytes(&part).is_err(), "{length}");
            }
            assert!(Session::from_bytes(&checked([form, &[0]].concat())).is_err());
        }
    }

    fn checked(mut form: Vec<u8>) -> Vec<u8> {
        checked::append(&mut form);
        form
    }

    #[test]
    fn a_session_remembers_a_digest_and_when_its_chain_ends() {
        for until in [Some(1_900_000_000), None] {
            let mut session = session();
            session.state.peer_chain = PeerChain::of_digest([8; 32], until);
            let bytes = session.state.to_bytes().unwrap();
            assert!(bytes.len() <= session.state.size());
            let state = Ticket::from_bytes(&bytes).unwrap();
            assert_eq!(state.peer_chain, session.state.peer_chain);
            assert_eq!(state.peer_chain.soonest_end(), until);
            for length in 0..bytes.len() {
                assert!(Ticket::from_bytes(&bytes[..length]).is_err(), "{length}");
            }
        }
    }

    #[test]
    fn a_session_remembers_raw_keys_of_either_side() {
        for (peer, own) in [(true, false), (false, true), (true, true)] {
            let mut session = session();
            if peer {
                session.state.peer_chain = PeerChain::of_raw_key(&[0x30; 91]);
                session.state.peer_standing = PeerStanding::KnownKey;
            }
            if own {
                session.state.own_type = CertificateType::RAW_PUBLIC_KEY;
            }
            let bytes = session.to_bytes().unwrap();
            let state = &Session::from_bytes(&bytes).unwrap().state;
            assert_eq!(state.peer_chain, session.state.peer_chain);
            assert_eq!(state.peer_standing, session.state.peer_standing);
            assert_eq!(state.own_type, session.state.own_type);
            let form = &bytes[..bytes.len() - CHECK];
            for length in 0..form.len() {
                assert!(Session::from_bytes(&checked(form[..length].to_vec())).is_err());
            }
            let state = session.state.to_bytes().unwrap();
            assert!(state.len() <= session.state.size());
        }
        // A chain and a key at once are nothing.
        let mut form = session().state.to_bytes().unwrap().to_vec();
        assert!(Ticket::from_bytes(&form).is_ok());
        form[0] |= 16;
        assert!(Ticket::from_bytes(&form).is_err());
    }

    #[test]
    fn a_session_remembers_settings_where_early_data_may_come() {
        let mut session = session();
        session.state.max_early_data = 9;
        session.state.application_settings = Some(SettingsPair::new(&[1; 300], &[]));
        let bytes = session.to_bytes().unwrap();
        let state = Session::from_bytes(&bytes).unwrap().state;
        let kept = &session.state.application_settings;
        assert_eq!(state.application_settings, *kept);
        let form = &bytes[..bytes.len() - CHECK];
        for length in 0..form.len() {
            assert!(Session::from_bytes(&checked(form[..length].to_vec())).is_err());
        }
        let state = session.state.to_bytes().unwrap();
        assert!(state.len() <= session.state.size());
        assert!(Ticket::from_bytes(&state).is_ok());
        // Without early data, or a protocol, there is nothing that they would be for.
        session.state.alpn.clear();
        assert!(Ticket::from_bytes(&session.state.to_bytes().unwrap()).is_err());
        session.state.alpn = b"h2".to_vec();
        session.state.max_early_data = 0;
        assert!(Ticket::from_bytes(&session.state.to_bytes().unwrap()).is_err());
    }

    #[test]
    fn a_session_of_no_known_kind_is_none() {
        let bytes = session().to_bytes().unwrap();
        let form = &bytes[..bytes.len() - CHECK];
        assert!(Session::from_bytes(&checked(form.to_vec())).is_ok());
        for kind in 1..=u8::MAX {
            let mut form = form.to_vec();
            form[8] = kind;
            assert!(Session::from_bytes(&checked(form)).is_err(), "{kind}");
        }
    }

    #[test]
    fn a_session_in_which_any_bit_has_changed_is_none() {
        let ours = session().to_bytes().unwrap().to_vec();
        let theirs = session().state.to_stored().unwrap().to_vec();
        assert!(Session::from_bytes(&ours).is_ok() && Ticket::from_stored(&theirs).is_ok());
        for bit in 0..ours.len() * 8 {
            let mut damaged = ours.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Session::from_bytes(&damaged).is_err(), "{bit}");
        }
        for bit in 0..theirs.len() * 8 {
            let mut damaged = theirs.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Ticket::from_stored(&damaged).is_err(), "{bit}");
        }
        // The control: without the digest most of them would be read.
        let form = session().state.to_bytes().unwrap().to_vec();
        let read = (0..form.len()).filter(|at| {
            let mut damaged = form.clone();
            damaged[*at] ^= 1;
            Ticket::from_bytes(&damaged).is_ok()
        });
        assert!(read.count() * 2 > form.len());
    }

    #[test]
    fn a_session_does_not_print_its_secret() {
        assert_eq!(
            format!("{:?}", session()),
            "Session(TLS 1.3, TLS_AES_128_GCM_SHA256)"
        );
    }
}
