//! Lies about a certificate's length: compress_certificate and CompressedCertificate (RFC 8879).

use crate::certificates::{self, KeyKind};
use crate::config;
use crate::liar::anatomy::{certificate_request, client_hello, edit_body, message};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use handfast::Fault;
use handfast::config::CertificateCompression;
use handfast_wire::registry::{ExtensionType, HandshakeType};

const COMPRESSED: HandshakeType = HandshakeType::COMPRESSED_CERTIFICATE;
/// Where the body says how many bytes it stands for.
const LENGTH: core::ops::Range<usize> = 2..5;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = lists();
    all.extend(messages());
    all
}

/// Both take what the other compresses, and the client is asked who it is.
fn compresses(setup: &mut Setup) {
    setup.server = config::mutual_server(KeyKind::EcP256);
    setup.client.credentials = vec![config::credential(certificates::client(KeyKind::EcP256))];
    for common in [&mut setup.client.common, &mut setup.server.common] {
        common.certificate_compression = CertificateCompression::all();
    }
}

/// The liar alone knows of it.
fn only_the_server(setup: &mut Setup) {
    setup.server.common.certificate_compression = CertificateCompression::all();
}

fn lists() -> Vec<Lie> {
    use Fault::{CompressionListedTwice, ExtensionMalformed};
    const EXTENSION: ExtensionType = ExtensionType::COMPRESS_CERTIFICATE;
    fn offers(name: &'static str, fault: Fault, change: Change) -> Lie {
        Lie::by_client(name, fault).says(HandshakeType::CLIENT_HELLO, change)
    }
    vec![
        offers("brotli offered twice", CompressionListedTwice, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.add(EXTENSION, &[6, 0, 2, 0, 1, 0, 2]);
            })
        }),
        offers("no way to compress", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| hello.extensions.add(EXTENSION, &[0]))
        }),
        offers("half a way to compress", ExtensionMalformed, |hello| {
            client_hello(&hello, |hello| {
                hello.extensions.add(EXTENSION, &[3, 0, 2, 0]);
            })
        }),
        Lie::by_server("a request with zlib twice", CompressionListedTwice)
            .with(compresses)
            .says(HandshakeType::CERTIFICATE_REQUEST, |one| {
                certificate_request(&one, |_, block| {
                    block.remove(EXTENSION);
                    block.add(EXTENSION, &[4, 0, 1, 0, 1]);
                })
            }),
    ]
}

/// The same lie of either side.
fn both(names: [&'static str; 2], fault: Fault, change: Change) -> [Lie; 2] {
    let [server, client] = names;
    [Lie::by_server(server, fault), Lie::by_client(client, fault)]
        .map(|lie| lie.with(compresses).says(COMPRESSED, change))
}

fn messages() -> Vec<Lie> {
    use Fault::{
        CertificateCompressionUnknown, CertificateDecompression, CertificateExpandsTooFar,
        CertificateMalformed, CompressedCertificateMalformed, MessageUnexpected,
    };
    let unasked = "compressed for a client that did not ask";
    let mut all = vec![
        Lie::by_server(unasked, MessageUnexpected)
            .with(only_the_server)
            .says(HandshakeType::CERTIFICATE, |_| {
                vec![message(COMPRESSED, &[0, 1, 0, 0, 9, 0, 0, 1, 7])]
            }),
    ];
    all.extend(both(
        [
            "a server's compressed nothing",
            "a client's compressed nothing",
        ],
        CompressedCertificateMalformed,
        |one| edit_body(&one, |body| *body = [&body[..5], &[0, 0, 0]].concat()),
    ));
    all.extend(both(
        ["a server's byte behind it", "a client's byte behind it"],
        CompressedCertificateMalformed,
        |one| edit_body(&one, |body| body.push(0)),
    ));
    all.extend(both(
        [
            "a server's unknown way to compress",
            "a client's unknown way to compress",
        ],
        CertificateCompressionUnknown,
        |one| edit_body(&one, |body| body[..2].copy_from_slice(&[4, 210])),
    ));
    all.extend(both(
        ["a server's length one off", "a client's length one off"],
        CertificateDecompression,
        |one| edit_body(&one, |body| body[LENGTH.end - 1] ^= 1),
    ));
    all.extend(both(
        [
            "a server's brotli that is called zlib",
            "a client's brotli that is called zlib",
        ],
        CertificateDecompression,
        |one| edit_body(&one, |body| body[1] = 1),
    ));
    all.extend(both(
        [
            "a server's as long as allowed",
            "a client's as long as allowed",
        ],
        CertificateDecompression,
        |one| edit_body(&one, |body| body[LENGTH].copy_from_slice(&[1, 0x90, 0])),
    ));
    all.extend(both(
        ["a server's one byte longer", "a client's one byte longer"],
        CertificateExpandsTooFar,
        |one| edit_body(&one, |body| body[LENGTH].copy_from_slice(&[1, 0x90, 1])),
    ));
    all.extend(both(
        ["a server's 16 MiB", "a client's 16 MiB"],
        CertificateExpandsTooFar,
        |one| edit_body(&one, |body| body[LENGTH].copy_from_slice(&[0xff; 3])),
    ));
    all.extend(both(
        ["a server's compressed noise", "a client's compressed noise"],
        CertificateMalformed,
        |_| {
            // What it stands for is well compressed, and no Certificate.
            let noise = CertificateCompression::brotli();
            let noise = noise.codec().compress(&[9; 64]).unwrap_or_default();
            let length = u8::try_from(noise.len()).unwrap_or(u8::MAX);
            let head = [0, 2, 0, 0, 64, 0, 0, length];
            vec![message(COMPRESSED, &[&head[..], &noise].concat())]
        },
    ));
    all
}
