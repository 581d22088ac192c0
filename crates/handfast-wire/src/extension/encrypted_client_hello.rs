//! encrypted_client_hello and ech_outer_extensions (RFC 9849 section 5), and the configs that servers
//! publish for them (section 4).

use crate::codec::{
    DecodeFault, FaultKind, List8, List16, Opaque8, Opaque16, Reader, Recorder, Wire, Writer,
};
use crate::extension::block::Extensions;
use crate::registry::{EchClientHelloType, EchVersion, ExtensionType, HpkeAead, HpkeKdf, HpkeKem};

message! {
    /// How the key is derived and what is sealed with it.
    pub struct HpkeSymmetricCipherSuite {
        /// The key derivation.
        kdf_id: HpkeKdf,
        /// The AEAD.
        aead_id: HpkeAead,
    }
}

message! {
    /// A server's public key.
    pub struct HpkeKeyConfig<'a> {
        /// By which clients name the key.
        config_id: u8,
        /// What the key is for.
        kem_id: HpkeKem,
        /// The key, in the KEM's encoding.
        public_key: Opaque16<'a, 1>,
        /// What the server takes with it, in no order that means something.
        cipher_suites: List16<'a, HpkeSymmetricCipherSuite, 4>,
    }
}

message! {
    /// What an ECHConfig of version 0xfe0d holds.
    pub struct EchConfigContents<'a> {
        /// The key.
        key_config: HpkeKeyConfig<'a>,
        /// The longest name that stands behind the server, if it knows it: how far clients pad.
        maximum_name_length: u8,
        /// The name that the outer ClientHello shows.
        public_name: Opaque8<'a, 1>,
        /// Extensions; the mandatory ones are those whose type has its highest bit set.
        extensions: Extensions<'a>,
    }
}

message! {
    /// One config, of whatever version.
    pub struct EchConfig<'a> {
        /// The form of what follows.
        version: EchVersion,
        /// An [`EchConfigContents`], of the version that has it.
        contents: Opaque16<'a>,
    }
}

/// The configs that a server publishes, its favourite first.
pub type EchConfigList<'a> = List16<'a, EchConfig<'a>, 4>;

/// Extensions that the inner ClientHello has in common with the outer one.
pub type EchOuterExtensions<'a> = List8<'a, ExtensionType, 2>;

message! {
    /// What the outer ClientHello says.
    pub struct EchOuter<'a> {
        /// What the payload is sealed with.
        cipher_suite: HpkeSymmetricCipherSuite,
        /// The server's key.
        config_id: u8,
        /// HPKE's encapsulated key; empty in a second ClientHello.
        enc: Opaque16<'a>,
        /// The inner ClientHello, encoded, padded and sealed.
        payload: Opaque16<'a, 1>,
    }
}

/// encrypted_client_hello in a ClientHello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EncryptedClientHello<'a> {
    /// This is the outer one.
    Outer(EchOuter<'a>),
    /// This is the inner one.
    Inner,
}

impl<'a> Wire<'a> for EncryptedClientHello<'a> {
    fn read<T: Recorder>(reader: &mut Reader<'a, T>) -> Result<Self, DecodeFault> {
        let at = reader.position();
        match reader.field("type", EchClientHelloType::read)? {
            EchClientHelloType::OUTER => EchOuter::read(reader).map(Self::Outer),
            EchClientHelloType::INNER => Ok(Self::Inner),
            _ => Err(DecodeFault::new(FaultKind::IllegalValue, at).within("type")),
        }
    }

    fn write(&self, out: &mut Writer<'_>) {
        match self {
            Self::Outer(outer) => {
                EchClientHelloType::OUTER.write(out);
                outer.write(out);
            }
            Self::Inner => EchClientHelloType::INNER.write(out),
        }
    }
}

impl EchConfigContents<'_> {
    /// True where an extension must be understood that nobody here knows.
    #[must_use]
    pub fn has_unknown_mandatory(&self) -> bool {
        let mut types = self.extensions.iter().map(|one| one.extension_type.0);
        types.any(|code| code & 0x8000 != 0)
    }
}
