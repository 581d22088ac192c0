//! What a file holds, or a host sent, thing by thing.

use crate::cert::pile::unreadable;
use crate::failure::Failure;
use handfast::PrivateKey;
use handfast_pki::load::Contents;

/// One thing.
#[derive(Debug)]
pub(super) struct Found {
    /// The file or host, as it was named.
    pub(super) source: String,
    /// Its place among those of its source, counted from 1.
    pub(super) place: usize,
    /// How many there are.
    pub(super) of: usize,
    /// What it is.
    pub(super) thing: Thing,
}

/// What can be shown; in DER, keys apart.
#[derive(Debug)]
pub(super) enum Thing {
    Certificate(Vec<u8>),
    Request(Vec<u8>),
    Crl(Vec<u8>),
    OcspResponse(Vec<u8>),
    PublicKey(Vec<u8>),
    PrivateKey { key: PrivateKey, encrypted: bool },
}

/// Numbers the things of one source.
pub(super) fn numbered(source: &str, things: impl IntoIterator<Item = Thing>) -> Vec<Found> {
    let things: Vec<_> = things.into_iter().collect();
    let of = things.len();
    let things = things.into_iter().enumerate();
    let found = things.map(|(at, thing)| Found {
        source: source.to_owned(),
        place: at + 1,
        of,
        thing,
    });
    found.collect()
}

/// Everything in the bytes of a file.
pub(super) fn in_file(
    source: &str,
    bytes: &[u8],
    password: Option<&[u8]>,
) -> Result<Vec<Found>, Failure> {
    let contents =
        Contents::read(bytes, password).map_err(|fault| unreadable(source, &fault, password))?;
    let Contents { encrypted, .. } = contents;
    let things = (contents
        .certificates
        .iter()
        .map(|der| Thing::Certificate(der.to_vec())))
    .chain(contents.requests.into_iter().map(Thing::Request))
    .chain(contents.crls.into_iter().map(Thing::Crl))
    .chain(contents.ocsp_responses.into_iter().map(Thing::OcspResponse))
    .chain(contents.public_keys.into_iter().map(Thing::PublicKey))
    .chain(
        contents
            .keys
            .into_iter()
            .map(|key| Thing::PrivateKey { key, encrypted }),
    );
    Ok(numbered(source, things))
}
