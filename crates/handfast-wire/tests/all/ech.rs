//! Encrypted ClientHello's structures (RFC 9849 sections 4 and 5).

use crate::traces::hex;
use handfast_wire::codec::{FaultKind, Wire};
use handfast_wire::extension::{
    EchConfig, EchConfigContents, EchConfigList, EchOuterExtensions, EncryptedClientHello,
};
use handfast_wire::registry::{EchVersion, ExtensionType, HpkeAead, HpkeKdf, HpkeKem};

/// Key 42 of public.example: X25519, HKDF-SHA256 and AES-128-GCM, names of any length.
fn config() -> Vec<u8> {
    hex("fe0d 003d
         2a 0020 0020 3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d
         0004 0001 0001 00 0e 7075626c69632e6578616d706c65 0000")
}

fn listed(configs: &[Vec<u8>]) -> Vec<u8> {
    let all = configs.concat();
    let mut list = u16::try_from(all.len()).unwrap().to_be_bytes().to_vec();
    list.extend_from_slice(&all);
    list
}

#[test]
fn a_config_says_key_name_and_suites() {
    let bytes = listed(&[config()]);
    let list = EchConfigList::decode(&bytes).unwrap();
    assert_eq!(list.encode().unwrap(), bytes);
    let config = list.iter().next().unwrap();
    assert_eq!(config.version, EchVersion::RFC_9849);
    let contents = EchConfigContents::decode(config.contents.0).unwrap();
    assert_eq!(contents.encode().unwrap(), config.contents.0);
    assert_eq!(contents.key_config.config_id, 42);
    assert_eq!(
        contents.key_config.kem_id,
        HpkeKem::DHKEM_X25519_HKDF_SHA256
    );
    assert_eq!(contents.key_config.public_key.len(), 32);
    let suite = contents.key_config.cipher_suites.iter().next().unwrap();
    assert_eq!(suite.kdf_id, HpkeKdf::HKDF_SHA256);
    assert_eq!(suite.aead_id, HpkeAead::AES_128_GCM);
    assert_eq!(contents.maximum_name_length, 0);
    assert_eq!(contents.public_name.0, b"public.example");
    assert!(!contents.has_unknown_mandatory());
}

#[test]
fn every_prefix_of_a_config_is_refused() {
    let bytes = config();
    for length in 0..bytes.len() {
        assert!(EchConfig::decode(&bytes[..length]).is_err(), "{length}");
    }
    let contents = &bytes[4..];
    for length in 0..contents.len() {
        let fault = EchConfigContents::decode(&contents[..length]).unwrap_err();
        assert!(
            matches!(fault.kind, FaultKind::Truncated | FaultKind::TooShort),
            "{length}: {fault}"
        );
    }
    let longer = [contents, &[0]].concat();
    let fault = EchConfigContents::decode(&longer).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Trailing);
}

#[test]
fn configs_of_other_versions_stand_beside_it() {
    let bytes = listed(&[hex("abcd 0003 010203"), config(), hex("fe0a 0000")]);
    let versions: Vec<_> = EchConfigList::decode(&bytes)
        .unwrap()
        .iter()
        .map(|config| config.version.0)
        .collect();
    assert_eq!(versions, [0xabcd, 0xfe0d, 0xfe0a]);
    assert_eq!(
        EchConfigList::decode(&[0, 0]).unwrap_err().kind,
        FaultKind::TooShort
    );
}

#[test]
fn a_mandatory_extension_is_told_from_others() {
    let with = |code: &str| {
        let mut bytes = config()[4..].to_vec();
        bytes.truncate(bytes.len() - 2);
        bytes.extend_from_slice(&hex(&format!("0005 {code} 0001 ff")));
        bytes
    };
    let (plain, mandatory) = (with("7fff"), with("8000"));
    let read = |bytes| EchConfigContents::decode(bytes).unwrap();
    assert!(!read(&plain).has_unknown_mandatory());
    assert!(read(&mandatory).has_unknown_mandatory());
}

#[test]
fn a_client_hello_has_it_outside_and_inside() {
    let outer = hex("00 0001 0003 2a 0002 aabb 0003 010203");
    let read = EncryptedClientHello::decode(&outer).unwrap();
    let EncryptedClientHello::Outer(said) = read else {
        panic!("{read:?}");
    };
    assert_eq!(said.cipher_suite.aead_id, HpkeAead::CHACHA20_POLY1305);
    assert_eq!((said.config_id, said.enc.0), (42, &[0xaa, 0xbb][..]));
    assert_eq!(said.payload.0, [1, 2, 3]);
    assert_eq!(read.encode().unwrap(), outer);
    for length in 0..outer.len() {
        assert!(EncryptedClientHello::decode(&outer[..length]).is_err());
    }
    let inner = EncryptedClientHello::decode(&[1]).unwrap();
    assert_eq!(inner, EncryptedClientHello::Inner);
    assert_eq!(inner.encode().unwrap(), [1]);
    let kind = |bytes: &[u8]| EncryptedClientHello::decode(bytes).unwrap_err().kind;
    assert_eq!(kind(&[1, 0]), FaultKind::Trailing);
    assert_eq!(kind(&[2]), FaultKind::IllegalValue);
    // payload<1..2^16-1>
    assert_eq!(kind(&hex("00 0001 0003 2a 0000 0000")), FaultKind::TooShort);
}

#[test]
fn outer_extensions_name_at_least_one() {
    let bytes = hex("04 0033 0010");
    let list = EchOuterExtensions::decode(&bytes).unwrap();
    let types: Vec<_> = list.iter().collect();
    assert_eq!(types[0], ExtensionType::KEY_SHARE);
    assert_eq!(list.encode().unwrap(), bytes);
    let kind = |bytes: &[u8]| EchOuterExtensions::decode(bytes).unwrap_err().kind;
    assert_eq!(kind(&[0]), FaultKind::TooShort);
    assert_eq!(kind(&hex("03 0033 00")), FaultKind::Truncated);
}
