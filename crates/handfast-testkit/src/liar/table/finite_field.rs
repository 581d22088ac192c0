//! Lies in a key exchange over a finite field (RFC 5246 section 7.4.3, RFC 7919).

use crate::certificates::KeyKind;
use crate::config;
use crate::liar::anatomy::edit_body;
use crate::liar::lie::{Lie, Setup};
use handfast::config::PreSharedKey;
use handfast::obsolete::{COMPATIBLE, DhGroup};
use handfast::{CipherSuite, Fault, NamedGroup, ProtocolVersion};
use handfast_wire::codec::{Opaque16, Reader, Wire};
use handfast_wire::handshake::DheParams;
use handfast_wire::registry::HandshakeType;

const KEY_EXCHANGE: HandshakeType = HandshakeType::SERVER_KEY_EXCHANGE;
const CLIENT_KEY_EXCHANGE: HandshakeType = HandshakeType::CLIENT_KEY_EXCHANGE;

/// Both speak TLS 1.2, and exchange keys in a finite field.
fn dhe(setup: &mut Setup) {
    setup.server = config::server(KeyKind::Rsa { bits: 2048 });
    for common in [&mut setup.client.common, &mut setup.server.common] {
        common.versions = vec![ProtocolVersion::TLS_1_2];
        common.allow_obsolete(&COMPATIBLE);
        common.suites = vec![CipherSuite::TLS_DHE_RSA_WITH_AES_128_GCM_SHA256];
    }
}

/// The three numbers of ServerDHParams.
struct Numbers {
    p: Vec<u8>,
    g: Vec<u8>,
    ys: Vec<u8>,
}

fn numbers(message: Vec<u8>, change: fn(&mut Numbers)) -> Vec<Vec<u8>> {
    edit_body(&message, |body| {
        let mut reader = Reader::new(body);
        let params = DheParams::read(&mut reader).expect("parameters");
        let signed = reader.rest();
        let mut numbers = Numbers {
            p: params.dh_p.to_vec(),
            g: params.dh_g.to_vec(),
            ys: params.dh_ys.to_vec(),
        };
        change(&mut numbers);
        let params = DheParams {
            dh_p: Opaque16(&numbers.p),
            dh_g: Opaque16(&numbers.g),
            dh_ys: Opaque16(&numbers.ys),
        };
        *body = [params.encode().expect("short enough").as_slice(), signed].concat();
    })
}

/// p-1.
fn last(p: &[u8]) -> Vec<u8> {
    let mut number = p.to_vec();
    *number.last_mut().expect("a prime") -= 1;
    number
}

pub(super) fn lies() -> Vec<Lie> {
    let mut all = server();
    all.extend(client());
    all
}

fn server() -> Vec<Lie> {
    use Fault::{GeneratorWrong, PrimeLong, PrimeShort, PrimeUnsafe, PublicValueWrong};
    use Fault::{ServerKeyExchangeMalformed, SignatureWrong};
    let lie = |name, fault| Lie::by_server(name, fault).with(dhe);
    vec![
        lie("a prime of 1024 bits", PrimeShort).says(KEY_EXCHANGE, |one| {
            numbers(one, |it| {
                it.p.truncate(128);
                it.ys.truncate(127);
            })
        }),
        lie("a prime of 2047 bits behind zeros", PrimeShort).says(KEY_EXCHANGE, |one| {
            numbers(one, |it| {
                it.p[0] = 0x7f;
                it.p.splice(..0, [0; 8]);
            })
        }),
        lie("a prime of 8200 bits", PrimeLong).says(KEY_EXCHANGE, |one| {
            numbers(one, |it| {
                it.p = [0xff; 1025].to_vec();
            })
        }),
        lie("an even prime", PrimeUnsafe)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.p = last(&it.p))),
        Lie::by_server("a prime whose half is none, rightly signed", PrimeUnsafe)
            .with(|setup| {
                dhe(setup);
                setup.client.common.groups = vec![NamedGroup::SECP256R1];
                setup.server.dh_group = DhGroup::danger_unchecked(&largest_prime(), &[2]).ok();
            })
            .without_honest_twin(),
        Lie::by_server(
            "a safe prime of nobody who could be known first",
            PrimeUnsafe,
        )
        .with(|setup| {
            dhe(setup);
            setup.client.common.groups = vec![NamedGroup::SECP256R1];
            setup.server.dh_group = DhGroup::danger_unchecked(&largest_safe_prime(), &[2]).ok();
            let key = PreSharedKey::new(b"pump 7", &[0x5a; 32]).expect("a key");
            setup.client.psks = vec![key.clone()];
            setup.server.psks = vec![key];
            let suite = CipherSuite::TLS_DHE_PSK_WITH_AES_128_GCM_SHA256;
            setup.client.common.suites = vec![suite];
            setup.server.common.suites = vec![suite];
        })
        .without_honest_twin(),
        lie("the generator 0", GeneratorWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.g = vec![0])),
        lie("the generator 1", GeneratorWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.g = vec![0, 1])),
        lie("the generator p-1", GeneratorWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.g = last(&it.p))),
        lie("the generator p", GeneratorWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.g = it.p.clone())),
        lie("the public value 0", PublicValueWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys.fill(0))),
        lie("the public value 1", PublicValueWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys = vec![1])),
        lie("the public value p-1", PublicValueWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys = last(&it.p))),
        lie("the public value p", PublicValueWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys = it.p.clone())),
        lie("a public value longer than p", PublicValueWrong)
            // One in 256 begins with a zero that is not said.
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys.extend([0; 8]))),
        lie("an empty prime", ServerKeyExchangeMalformed)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.p.clear())),
        lie("another public value than was signed", SignatureWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.ys[9] ^= 1)),
        lie("another generator than was signed", SignatureWrong)
            .says(KEY_EXCHANGE, |one| numbers(one, |it| it.g = vec![3])),
    ]
}

fn client() -> Vec<Lie> {
    use Fault::{ClientKeyExchangeMalformed, PublicValueWrong};
    let lie = |name, fault| Lie::by_client(name, fault).with(dhe);
    vec![
        lie("the public value 0", PublicValueWrong).says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body[2..].fill(0))
        }),
        lie("the public value 1", PublicValueWrong).says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| *body = vec![0, 1, 1])
        }),
        // All primes of RFC 7919 end and begin so, and are below this.
        lie("a public value above p", PublicValueWrong).says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body[2..].fill(0xff))
        }),
        lie("an empty public value", ClientKeyExchangeMalformed).says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| *body = vec![0, 0])
        }),
        lie(
            "a public value with a byte left over",
            ClientKeyExchangeMalformed,
        )
        .says(CLIENT_KEY_EXCHANGE, |one| {
            edit_body(&one, |body| body.push(0))
        }),
    ]
}

/// 2^2048 - 1557, the largest prime of 2048 bits; its half is none.
fn largest_prime() -> [u8; 256] {
    let mut prime = [0xff; 256];
    prime[254..].copy_from_slice(&(u16::MAX - 1556).to_be_bytes());
    prime
}

/// 2^2048 - 1942289, the largest safe prime of 2048 bits.
fn largest_safe_prime() -> [u8; 256] {
    let mut prime = [0xff; 256];
    prime[252..].copy_from_slice(&(u32::MAX - 1_942_288).to_be_bytes());
    prime
}
