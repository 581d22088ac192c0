//! What must hold for any bytes: nothing panics, what is read is written back as
//! it was, and what was recorded covers the message. The fuzz targets use this too.

use crate::cover::Seen;
use handfast_wire::alert::Alert;
use handfast_wire::codec::{FaultKind, Reader, Wire};
use handfast_wire::extension::{Extensions, OfferedPsks};
use handfast_wire::handshake::{
    Certificate, CertificateEntryExtensions, CertificateRequest, CertificateRequestExtensions,
    CertificateVerify, ClassicCertificate, ClassicCertificateRequest, ClassicNewSessionTicket,
    ClassicServerHelloExtensions, ClientEncryptedExtensionsSet, ClientHello, ClientHelloExtensions,
    CompressedCertificate, DheClientKeyExchange, DheServerKeyExchange, EcdheClientKeyExchange,
    EcdheServerKeyExchange, EncryptedExtensions, EncryptedExtensionsSet, Finished, HandshakeHeader,
    HelloRetryRequestExtensions, KeyUpdate, NewSessionTicket, NewSessionTicketExtensions,
    ServerHello, ServerHelloExtensions, SharedKeyHint, SharedKeyIdentity, Ssl2ClientHello,
};
use handfast_wire::record::RecordHeader;

/// Reads a message plainly and recorded; both agree, and a good one comes back.
pub(crate) fn holds<'a, M: Wire<'a> + PartialEq + std::fmt::Debug>(bytes: &'a [u8]) {
    let mut seen = Seen::default();
    let outcome = M::decode_recorded(bytes, &mut seen);
    assert_eq!(M::decode(bytes), outcome);
    match outcome {
        Ok(message) => {
            assert_eq!(message.encode().unwrap(), bytes);
            seen.check_cover(0, bytes.len());
            let _ = format!("{message:?}");
        }
        Err(fault) => {
            assert!(fault.at <= bytes.len());
            assert_eq!(fault.path.names().collect::<Vec<_>>(), seen.open_names());
            if fault.kind != FaultKind::Trailing {
                seen.check_cover(0, bytes.len());
            }
            let _ = fault.to_string();
        }
    }
}

/// Reads an extension block as every set; the recorded reading agrees but for
/// types that appear twice.
pub(crate) fn sets_hold(content: &[u8]) {
    let Ok(length) = u16::try_from(content.len()) else {
        return;
    };
    let block = [&length.to_be_bytes()[..], content].concat();
    holds::<EncryptedExtensions>(&block);
    let Ok(extensions) = Extensions::decode(&block) else {
        return;
    };
    let twice = extensions.refuse_duplicates().is_err();
    macro_rules! sets {
        ($($set:ident),*) => {$(
            let mut seen = Seen::default();
            let mut reader = Reader::recording(&block, &mut seen);
            match ($set::read(extensions), $set::read_recorded(&mut reader)) {
                (Ok(plain), Ok(recorded)) => {
                    assert!(!twice);
                    assert_eq!(plain, recorded);
                    seen.check_cover(0, block.len());
                }
                (Err(_), Ok(_)) => assert!(twice),
                (Ok(_), Err(fault)) => panic!("only recorded: {fault}"),
                (Err(plain), Err(recorded)) if !twice => {
                    assert_eq!(plain.kind, recorded.kind);
                    assert_eq!(plain.path, recorded.path);
                    assert_eq!(plain.at + 2, recorded.at);
                }
                (Err(_), Err(_)) => {}
            }
        )*};
    }
    sets!(
        ClientHelloExtensions,
        ServerHelloExtensions,
        ClassicServerHelloExtensions,
        HelloRetryRequestExtensions,
        EncryptedExtensionsSet,
        ClientEncryptedExtensionsSet,
        CertificateEntryExtensions,
        CertificateRequestExtensions,
        NewSessionTicketExtensions
    );
}

/// All of it at once, as every message and every set.
pub(crate) fn everything_holds(bytes: &[u8]) {
    holds::<ClientHello>(bytes);
    holds::<ServerHello>(bytes);
    holds::<Ssl2ClientHello>(bytes);
    holds::<EncryptedExtensions>(bytes);
    holds::<Certificate>(bytes);
    holds::<CertificateRequest>(bytes);
    holds::<CertificateVerify>(bytes);
    holds::<CompressedCertificate>(bytes);
    holds::<Finished>(bytes);
    holds::<NewSessionTicket>(bytes);
    holds::<KeyUpdate>(bytes);
    holds::<Alert>(bytes);
    holds::<RecordHeader>(bytes);
    holds::<OfferedPsks>(bytes);
    holds::<ClassicCertificate>(bytes);
    holds::<ClassicCertificateRequest>(bytes);
    holds::<ClassicNewSessionTicket>(bytes);
    holds::<DheServerKeyExchange>(bytes);
    holds::<DheClientKeyExchange>(bytes);
    holds::<SharedKeyHint>(bytes);
    holds::<SharedKeyIdentity>(bytes);
    holds::<EcdheServerKeyExchange>(bytes);
    holds::<EcdheClientKeyExchange>(bytes);
    sets_hold(bytes);
    if let Some((header, body)) = HandshakeHeader::split(bytes) {
        assert_eq!(usize::try_from(header.length), Ok(body.len()));
    }
    if let Some(header) = RecordHeader::peek(bytes) {
        assert_eq!(header.to_bytes(), bytes[..RecordHeader::LENGTH]);
    }
}
