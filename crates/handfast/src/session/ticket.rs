//! What both ends keep of a connection to come back to it, and its form as bytes.

use crate::connection::{Negotiated, PeerChain, PeerStanding};
use crate::session::application_settings::SettingsPair;
use crate::session::checked::{self, CHECK};
use crate::session::secret::SessionSecret;
use crate::time::Now;
use core::fmt;
use handfast_wire::codec::{
    DecodeFault, FaultKind, Opaque8, Opaque16, Opaque24, Reader, Recorder, Wire, Writer,
};
use handfast_wire::registry::{
    CertificateType, CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme,
};
use rustls_pki_types::CertificateDer;
use zeroize::Zeroizing;

/// What both sides keep. Inside a ticket it is the server's, sealed.
#[derive(Clone)]
pub(crate) struct Ticket {
    pub(crate) version: ProtocolVersion,
    pub(crate) suite: CipherSuite,
    /// The pre-shared key of TLS 1.3, or TLS 1.2's master secret.
    pub(crate) secret: SessionSecret,
    /// The master secret is bound to the handshake that made it (RFC 7627).
    pub(crate) extended: bool,
    pub(crate) group: NamedGroup,
    pub(crate) peer_scheme: Option<SignatureScheme>,
    /// When the first full handshake of the line was done, unix milliseconds.
    pub(crate) lineage_ms: u64,
    /// When the ticket was made, unix milliseconds.
    pub(crate) issued_ms: u64,
    pub(crate) lifetime_s: u32,
    pub(crate) age_add: u32,
    /// Bytes of early data that may come with it; 0 for none (RFC 8446 section 4.2.10).
    pub(crate) max_early_data: u32,
    /// The session may go on under other names that the certificate is good for.
    pub(crate) across_names: bool,
    pub(crate) scope: [u8; 32],
    pub(crate) alpn: Vec<u8>,
    /// Those that early data is said under.
    pub(crate) application_settings: Option<Box<SettingsPair>>,
    pub(crate) peer_standing: PeerStanding,
    /// The name of the key that both sides had known before, where the session began by one.
    pub(crate) psk_identity: Option<Box<[u8]>>,
    pub(crate) peer_chain: PeerChain,
    /// What this side had shown, or would have.
    pub(crate) own_type: CertificateType,
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
const FORM: u8 = 2;
/// Beside the form: of a session without the extended master secret.
const UNBOUND: u8 = 1;
/// Beside the form: of a session that early data may come with.
const EARLY: u8 = 4;
/// Beside the form: of a session that began by a key that both sides had known before.
const SHARED_KEY: u8 = 8;

/// Beside the form: of a session that early data may come with under application settings. The last bit:
/// what else there is takes another form.
const SETTINGS: u8 = 128;
/// Beside the form: of a session that may go on under other names.
const ACROSS_NAMES: u8 = 64;
/// Beside the form: the peer had shown a raw public key, which stands in place of its chain. With a chain beside
/// it: the digest of its leaf, and when that chain ends, are all that is kept.
const PEER_RAW_KEY: u8 = 16;
/// Beside the form: this side shows a raw public key.
const OWN_RAW_KEY: u8 = 32;

/// Bytes of the form beside its secret, protocol and chain.
const FIXED_SIZE: usize = 84;

/// What the form leaves out where it is as usual: a server keeps thousands of these.
mod part {
    pub(super) const STANDING: u8 = 7;
    pub(super) const LINEAGE: u8 = 8;
    pub(super) const AGE_ADD: u8 = 16;
    pub(super) const PEER_SCHEME: u8 = 32;
    pub(super) const ALPN: u8 = 64;
    pub(super) const PEER_CHAIN: u8 = 128;
}

impl Ticket {
    pub(crate) fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, TicketFault> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.size()));
        self.write(&mut bytes)?;
        Ok(bytes)
    }

    /// The form for a store of the caller's.
    pub(crate) fn to_stored(&self) -> Result<Zeroizing<Vec<u8>>, TicketFault> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(self.size() + CHECK));
        self.write(&mut bytes)?;
        checked::append(&mut bytes);
        Ok(bytes)
    }

    /// Reads what [`Ticket::to_stored`] gave, if nothing has damaged it since.
    pub(crate) fn from_stored(bytes: &[u8]) -> Result<Self, TicketFault> {
        Self::from_bytes(checked::whole(bytes).ok_or(TicketFault)?)
    }

    /// Bytes that it takes at most, so that writing it moves nothing.
    pub(crate) fn size(&self) -> usize {
        let chain: usize = self.peer_chain.iter().map(|der| 3 + der.len()).sum();
        let identity = self.psk_identity.as_ref().map_or(0, |one| 2 + one.len());
        let chain = chain + self.peer_chain.raw_key().map_or(0, |key| 3 + key.len());
        let digest = self.peer_chain.digest();
        let chain = chain + digest.map_or(0, |digest| digest.len() + 6);
        let settings = self.application_settings.as_ref();
        let settings = settings.map_or(0, |kept| kept.size());
        FIXED_SIZE + settings + self.secret.len() + self.alpn.len() + identity + chain
    }

    /// Appends it.
    pub(crate) fn write(&self, bytes: &mut Vec<u8>) -> Result<(), TicketFault> {
        let mut out = Writer::new(bytes);
        let parts = self.parts();
        out.bytes(&[self.form(), parts]);
        self.version.write(&mut out);
        self.suite.write(&mut out);
        Opaque8::<1>(self.secret.as_bytes()).write(&mut out);
        self.group.write(&mut out);
        write_time(self.issued_ms, &mut out);
        self.lifetime_s.write(&mut out);
        out.bytes(&self.scope);
        if parts & part::LINEAGE != 0 {
            write_time(self.lineage_ms, &mut out);
        }
        if parts & part::AGE_ADD != 0 {
            self.age_add.write(&mut out);
        }
        if let Some(scheme) = self.peer_scheme {
            scheme.write(&mut out);
        }
        if parts & part::ALPN != 0 {
            Opaque8::<1, 255>(&self.alpn).write(&mut out);
        }
        if let Some(identity) = &self.psk_identity {
            Opaque16::<0>(identity).write(&mut out);
        }
        if let Some(key) = self.peer_chain.raw_key() {
            Opaque24::<1>(key).write(&mut out);
        } else if let Some(digest) = self.peer_chain.digest() {
            out.bytes(digest);
            let until = self.peer_chain.soonest_end().unwrap_or(0);
            write_time(u64::try_from(until).unwrap_or(0), &mut out);
        } else if parts & part::PEER_CHAIN != 0 {
            out.prefixed::<3>(|out| {
                for certificate in self.peer_chain.iter() {
                    Opaque24::<1>(certificate).write(out);
                }
            });
        }
        if self.max_early_data > 0 {
            self.max_early_data.write(&mut out);
        }
        if let Some(settings) = &self.application_settings {
            settings.write(&mut out);
        }
        out.finish().map_err(|_| TicketFault)
    }

    fn form(&self) -> u8 {
        let parts = [
            (UNBOUND, !self.extended),
            (EARLY, self.max_early_data > 0),
            (SHARED_KEY, self.psk_identity.is_some()),
            (ACROSS_NAMES, self.across_names),
            (SETTINGS, self.application_settings.is_some()),
            (
                PEER_RAW_KEY,
                self.peer_chain.raw_key().is_some() || self.peer_chain.digest().is_some(),
            ),
            (
                OWN_RAW_KEY,
                self.own_type == CertificateType::RAW_PUBLIC_KEY,
            ),
        ];
        let parts = parts.into_iter().filter(|(_, is_written)| *is_written);
        parts.fold(FORM, |form, (one, _)| form | one)
    }

    /// How the peer stands, and which parts are written.
    fn parts(&self) -> u8 {
        [
            (part::LINEAGE, self.lineage_ms != self.issued_ms),
            (part::AGE_ADD, self.age_add != 0),
            (part::PEER_SCHEME, self.peer_scheme.is_some()),
            (part::ALPN, !self.alpn.is_empty()),
            (
                part::PEER_CHAIN,
                !self.peer_chain.is_empty() || self.peer_chain.digest().is_some(),
            ),
        ]
        .into_iter()
        .filter(|(_, is_written)| *is_written)
        .fold(standing_code(self.peer_standing), |parts, (one, _)| {
            parts | one
        })
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, TicketFault> {
        let mut reader = Reader::new(bytes);
        let state = Self::read(&mut reader).map_err(|_| TicketFault)?;
        reader.finish().map_err(|_| TicketFault)?;
        Ok(state)
    }

    pub(super) fn read<'a, T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        let form = reader.u8()?;
        let raw = PEER_RAW_KEY | OWN_RAW_KEY;
        if form & !(UNBOUND | EARLY | SHARED_KEY | raw | ACROSS_NAMES | SETTINGS) != FORM {
            return Err(reader.fault(FaultKind::IllegalValue));
        }
        let is_early = form & EARLY != 0;
        let parts = reader.u8()?;
        let has = |one: u8| parts & one != 0;
        let peer_standing =
            standing_of(parts & part::STANDING).ok_or(reader.fault(FaultKind::IllegalValue))?;
        let version = ProtocolVersion::read(reader)?;
        let suite = CipherSuite::read(reader)?;
        let secret = Opaque8::<1, 64>::read(reader)?;
        let group = NamedGroup::read(reader)?;
        let issued_ms = read_time(reader)?;
        let lifetime_s = reader.u32()?;
        let scope = *reader.array()?;
        let lineage_ms = if has(part::LINEAGE) {
            read_time(reader)?
        } else {
            issued_ms
        };
        let age_add = if has(part::AGE_ADD) { reader.u32()? } else { 0 };
        let peer_scheme = has(part::PEER_SCHEME)
            .then(|| SignatureScheme::read(reader))
            .transpose()?;
        let alpn = has(part::ALPN)
            .then(|| Opaque8::<1, 255>::read(reader))
            .transpose()?;
        let psk_identity = (form & SHARED_KEY != 0)
            .then(|| Opaque16::<0>::read(reader))
            .transpose()?;
        let peer_chain = match (has(part::PEER_CHAIN), form & PEER_RAW_KEY != 0) {
            (true, false) => read_chain(reader)?,
            (false, true) => PeerChain::of_raw_key(Opaque24::<1>::read(reader)?.0),
            (true, true) => read_digest(reader)?,
            (false, false) => PeerChain::default(),
        };
        let own_type = match form & OWN_RAW_KEY != 0 {
            true => CertificateType::RAW_PUBLIC_KEY,
            false => CertificateType::X509,
        };
        let max_early_data = if is_early { reader.u32()? } else { 0 };
        // One form for one session: only those of TLS 1.3 have early data.
        if is_early && (max_early_data == 0 || version != ProtocolVersion::TLS_1_3) {
            return Err(reader.fault(FaultKind::IllegalValue));
        }
        let has_settings = form & SETTINGS != 0;
        let application_settings = has_settings
            .then(|| SettingsPair::read(reader))
            .transpose()?;
        // Nothing else asks for them, and none are spoken of without a protocol.
        if has_settings && (!is_early || alpn.is_none()) {
            return Err(reader.fault(FaultKind::IllegalValue));
        }
        Ok(Self {
            version,
            suite,
            extended: form & UNBOUND == 0,
            secret: SessionSecret::of(secret.0).ok_or(reader.fault(FaultKind::IllegalValue))?,
            group,
            peer_scheme,
            lineage_ms,
            issued_ms,
            lifetime_s,
            age_add,
            max_early_data,
            across_names: form & ACROSS_NAMES != 0,
            scope,
            alpn: alpn.map(|alpn| alpn.to_vec()).unwrap_or_default(),
            application_settings,
            peer_standing,
            psk_identity: psk_identity.map(|identity| Box::from(identity.0)),
            peer_chain,
            own_type,
        })
    }

    /// What the peer had shown.
    pub(crate) fn peer_type(&self) -> CertificateType {
        match self.peer_chain.raw_key() {
            Some(_) => CertificateType::RAW_PUBLIC_KEY,
            None => CertificateType::X509,
        }
    }

    /// True while the ticket lives. Clocks of machines that share it differ a little; one
    /// that is far behind was set back, and tells nothing about how old a ticket is.
    pub(crate) fn is_alive(&self, unix_ms: u64) -> bool {
        let lifetime_ms = u64::from(self.lifetime_s).saturating_mul(1000);
        unix_ms.saturating_add(CLOCKS_DIFFER_MS) >= self.issued_ms
            && unix_ms.saturating_sub(self.issued_ms) < lifetime_ms
            && unix_ms.saturating_sub(self.lineage_ms) < MAX_LINEAGE_MS
    }

    /// By how many milliseconds the age that the client gives in disguise differs from the one
    /// on this clock (RFC 8446 section 8.3).
    pub(crate) fn age_differs_by_ms(&self, obfuscated_age: u32, unix_ms: u64) -> u64 {
        unix_ms.abs_diff(self.said_at_ms(obfuscated_age))
    }

    /// The age that the client gives in disguise, less the one on this clock, milliseconds.
    pub(crate) fn age_skew_ms(&self, obfuscated_age: u32, unix_ms: u64) -> i64 {
        let said_at_ms = i64::try_from(self.said_at_ms(obfuscated_age));
        let now_ms = i64::try_from(unix_ms);
        said_at_ms
            .unwrap_or(i64::MAX)
            .saturating_sub(now_ms.unwrap_or(i64::MAX))
    }

    /// When, by this clock and the client's, it offered to come back.
    pub(crate) fn said_at_ms(&self, obfuscated_age: u32) -> u64 {
        let age_ms = u64::from(obfuscated_age.wrapping_sub(self.age_add));
        self.issued_ms.saturating_add(age_ms)
    }

    /// True when the client too holds the ticket to be alive, by the age that it gives
    /// in disguise (RFC 8446 section 4.2.11.1).
    pub(crate) fn is_alive_at_age(&self, obfuscated_age: u32) -> bool {
        let age_ms = obfuscated_age.wrapping_sub(self.age_add);
        u64::from(age_ms) <= u64::from(self.lifetime_s).saturating_mul(1000)
    }
}

fn read_chain<'a, T: Recorder>(reader: &mut Reader<'a, T>) -> Result<PeerChain, DecodeFault> {
    let chain = Opaque24::<1>::read(reader)?;
    let mut certificates = Reader::new(chain.0);
    let mut peer_chain = Vec::new();
    while !certificates.is_empty() {
        let der = Opaque24::<1>::read(&mut certificates)?;
        peer_chain.push(CertificateDer::from(der.to_vec()));
    }
    Ok(peer_chain.into())
}

/// The digest of a leaf, and when its chain ends in unix seconds: 0 where that could not be read.
fn read_digest<'a, T: Recorder>(reader: &mut Reader<'a, T>) -> Result<PeerChain, DecodeFault> {
    let digest = *reader.array()?;
    let until = i64::try_from(read_time(reader)?).ok();
    Ok(PeerChain::of_digest(digest, until.filter(|one| *one != 0)))
}

/// Unix milliseconds in six bytes: until the year 10889.
fn write_time(ms: u64, out: &mut Writer<'_>) {
    let [_, _, low @ ..] = ms.to_be_bytes();
    out.bytes(&low);
}

fn read_time<'a, T: Recorder>(reader: &mut Reader<'a, T>) -> Result<u64, DecodeFault> {
    let [a, b, c, d, e, f] = *reader.array()?;
    Ok(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

/// As [`lifetime_within`], and within that of the key by which the peer signed, where its certificate has
/// vouched for that one (RFC 9345).
pub(crate) fn lifetime_of_peer(negotiated: &Negotiated, now: Now, wanted_s: u32) -> u32 {
    let within = lifetime_within(&negotiated.peer_chain, now, wanted_s);
    let Some(delegated) = &negotiated.peer_delegated else {
        return within;
    };
    let now_s = i64::try_from(now.unix_s()).unwrap_or(i64::MAX);
    let left = delegated.until_unix().saturating_sub(now_s);
    within.min(u32::try_from(left).unwrap_or(0))
}

/// When the line of a full handshake's sessions began. That of one which was signed by a delegated key ends
/// with that key, so it counts as begun so much earlier.
pub(crate) fn lineage_of_peer(negotiated: &Negotiated, now_ms: u64) -> u64 {
    let Some(delegated) = &negotiated.peer_delegated else {
        return now_ms;
    };
    let until_s = u64::try_from(delegated.until_unix()).unwrap_or(0);
    let until_ms = until_s.saturating_mul(1000);
    now_ms.min(until_ms.saturating_sub(MAX_LINEAGE_MS))
}

/// Seconds that a ticket may live: as wanted, but never past the end of a
/// certificate of the peer.
pub(crate) fn lifetime_within(chain: &PeerChain, now: Now, wanted_s: u32) -> u32 {
    let Some(soonest) = chain.soonest_end() else {
        return wanted_s;
    };
    let left = u64::try_from(soonest)
        .unwrap_or(0)
        .saturating_sub(now.unix_s());
    u32::try_from(left).unwrap_or(u32::MAX).min(wanted_s)
}

/// How much the clocks of machines that share sessions may differ: five minutes.
const CLOCKS_DIFFER_MS: u64 = 5 * 60 * 1000;

/// A line of resumptions ends here: 24 hours after its full handshake.
const MAX_LINEAGE_MS: u64 = 24 * 60 * 60 * 1000;

/// By their codes: stored sessions keep them, so that new ones come last.
const STANDINGS: [PeerStanding; 8] = [
    PeerStanding::NotAsked,
    PeerStanding::Anonymous,
    PeerStanding::Verified,
    PeerStanding::AcceptedByCaller,
    PeerStanding::Unverified,
    PeerStanding::DangerPinned,
    PeerStanding::SharedKey,
    PeerStanding::KnownKey,
];

fn standing_code(standing: PeerStanding) -> u8 {
    match standing {
        PeerStanding::NotAsked => 0,
        PeerStanding::Anonymous => 1,
        PeerStanding::Verified => 2,
        PeerStanding::AcceptedByCaller => 3,
        PeerStanding::Unverified => 4,
        PeerStanding::DangerPinned => 5,
        PeerStanding::SharedKey => 6,
        // The last that the three bits hold: another one takes another form.
        PeerStanding::KnownKey => part::STANDING,
    }
}

fn standing_of(code: u8) -> Option<PeerStanding> {
    STANDINGS.get(usize::from(code)).copied()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn ticket() -> Ticket {
        Ticket {
            version: ProtocolVersion::TLS_1_3,
            extended: true,
            suite: CipherSuite::TLS_AES_128_GCM_SHA256,
            secret: SessionSecret::of(&[5; 32]).unwrap(),
            group: NamedGroup::X25519,
            peer_scheme: Some(SignatureScheme::ED25519),
            lineage_ms: 1000,
            issued_ms: 2000,
            lifetime_s: 60,
            age_add: 77,
            max_early_data: 0,
            across_names: false,
            scope: [9; 32],
            alpn: b"h2".to_vec(),
            application_settings: None,
            peer_standing: PeerStanding::Verified,
            psk_identity: None,
            peer_chain: vec![
                CertificateDer::from(vec![1, 2, 3]),
                CertificateDer::from(vec![4]),
            ]
            .into(),
            own_type: CertificateType::X509,
        }
    }

    #[test]
    fn every_standing_has_a_code_that_stays() {
        let codes = STANDINGS.map(standing_code);
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(
            STANDINGS.map(|one| standing_of(standing_code(one))),
            STANDINGS.map(Some)
        );
        assert_eq!(standing_of(4), Some(PeerStanding::Unverified));
        assert_eq!(standing_of(5), Some(PeerStanding::DangerPinned));
        assert_eq!(standing_of(6), Some(PeerStanding::SharedKey));
        assert_eq!(standing_of(7), Some(PeerStanding::KnownKey));
        assert_eq!(standing_of(8), None);
    }

    #[test]
    fn a_ticket_lives_its_time_and_no_clock_set_back_extends_it() {
        let mut state = ticket();
        assert!(state.is_alive(2000) && state.is_alive(61_999) && state.is_alive(1999));
        assert!(!state.is_alive(62_000));
        state.issued_ms = CLOCKS_DIFFER_MS + 2000;
        assert!(state.is_alive(2000) && !state.is_alive(1999));
        state.issued_ms = 2000;
        // 77 is the disguise.
        assert!(state.is_alive_at_age(77) && state.is_alive_at_age(77 + 60_000));
        assert!(!state.is_alive_at_age(77 + 60_001) && !state.is_alive_at_age(76));
        let old = Ticket {
            lifetime_s: u32::MAX,
            ..state
        };
        assert!(!old.is_alive(1000 + MAX_LINEAGE_MS));
    }
}
