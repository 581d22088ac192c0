//! What a PKCS#12 container leaves open to see (RFC 7292 s4).

use crate::cursor::{Cursor, Tlv, tag};
use crate::fault::CertificateFault;
use crate::load::pkcs7::DATA;

/// Whether a private key stands in the container unencrypted: in a keyBag that no encryption is
/// around. What is no DER is taken for encrypted, as containers mostly are.
pub(crate) fn has_plain_key(der: &[u8]) -> bool {
    find_plain_key(der).unwrap_or_default()
}

fn find_plain_key(der: &[u8]) -> Result<bool, CertificateFault> {
    let mut file = Cursor::new(der, 0);
    let mut pfx = file.expect(tag::SEQUENCE, "PFX")?.cursor();
    pfx.expect(tag::INTEGER, "PFX.version")?;
    let Some(authenticated) = data(&pfx.expect(tag::SEQUENCE, "PFX.authSafe")?)? else {
        return Ok(false);
    };
    let mut safes = authenticated
        .cursor()
        .expect(tag::SEQUENCE, "AuthenticatedSafe")?
        .cursor();
    while !safes.is_empty() {
        let safe = safes.expect(tag::SEQUENCE, "AuthenticatedSafe")?;
        let Some(open) = data(&safe)? else {
            continue;
        };
        let mut bags = open.cursor().expect(tag::SEQUENCE, BAGS)?.cursor();
        while !bags.is_empty() {
            let mut bag = bags.expect(tag::SEQUENCE, BAGS)?.cursor();
            if bag.expect(tag::OID, "SafeBag.bagId")?.value == KEY_BAG {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The OCTET STRING of a ContentInfo that holds plain data; none of one that is encrypted.
fn data<'a>(info: &Tlv<'a>) -> Result<Option<Tlv<'a>>, CertificateFault> {
    let mut inside = info.cursor();
    if inside.expect(tag::OID, "ContentInfo.contentType")?.value != DATA {
        return Ok(None);
    }
    let content = inside.expect(tag::constructed(0), "ContentInfo.content")?;
    let octets = content
        .cursor()
        .expect(tag::OCTET_STRING, "ContentInfo.content")?;
    Ok(Some(octets))
}

const BAGS: &str = "SafeContents";
/// 1.2.840.113549.1.12.10.1.1
const KEY_BAG: &[u8] = &[
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01, 0x01,
];

#[cfg(test)]
mod tests {
    use super::has_plain_key;
    use crate::load::Contents;

    macro_rules! data {
        ($name:literal) => {
            include_bytes!(concat!("../../testdata/", $name)).as_slice()
        };
    }

    #[test]
    fn a_key_in_the_clear_is_told_from_an_encrypted_one() {
        for (file, is_plain) in [(data!("leaf.p12"), false), (data!("leaf-plain.p12"), true)] {
            assert_eq!(has_plain_key(file), is_plain);
            let contents = Contents::read(file, Some(b"secret")).expect("the container");
            assert_eq!((contents.keys.len(), contents.encrypted), (1, !is_plain));
        }
    }

    #[test]
    fn no_prefix_of_a_container_panics() {
        let file = data!("leaf-plain.p12");
        for len in 0..file.len() {
            assert!(!has_plain_key(&file[..len]), "{len}");
        }
    }
}
