//! What a second ClientHello may change (RFC 8446 section 4.1.2).

use crate::fault::Fault;
use crate::suite::Suite;
use handfast_wire::handshake::{ClientHello, ClientHelloExtensions};
use handfast_wire::registry::{EchClientHelloType, ExtensionType, NamedGroup};

/// What a HelloRetryRequest asked for.
pub(crate) struct Retry {
    pub(crate) group: NamedGroup,
    /// The suite that it named, which stays (RFC 8446 section 4.1.4).
    pub(crate) suite: &'static Suite,
    pub(crate) cookie: Option<Vec<u8>>,
}

/// Extensions that the RFC lets a client change, add or take away.
const MAY_CHANGE: [ExtensionType; 6] = [
    ExtensionType::KEY_SHARE,
    ExtensionType::EARLY_DATA,
    ExtensionType::COOKIE,
    ExtensionType::PRE_SHARED_KEY,
    ExtensionType::PADDING,
    // RFC 9849 s6.1.5. Of a client whose first one was opened it is another one; whether it opens was seen
    // before this. What was not opened means nothing.
    ExtensionType::ENCRYPTED_CLIENT_HELLO,
];

/// The server's side: the second Hello must be the first with what was asked for.
pub(crate) fn check(
    first: &ClientHello<'_>,
    second: &ClientHello<'_>,
    extensions: &ClientHelloExtensions<'_>,
    retry: &Retry,
) -> Result<(), Fault> {
    let same = first.legacy_version == second.legacy_version
        && first.random == second.random
        && first.legacy_session_id == second.legacy_session_id
        && first.cipher_suites == second.cipher_suites
        && first.legacy_compression_methods == second.legacy_compression_methods;
    let fixed = |hello: &ClientHello<'_>| {
        let mut block = Vec::new();
        for one in hello
            .extensions
            .iter()
            .filter(|one| !MAY_CHANGE.contains(&one.extension_type))
        {
            block.push((one.extension_type, one.extension_data.0.to_vec()));
        }
        block
    };
    let is_inner = |hello: &ClientHello<'_>| {
        let ech = hello.extensions.find(ExtensionType::ENCRYPTED_CLIENT_HELLO);
        ech.is_some_and(|ech| ech == [EchClientHelloType::INNER.0])
    };
    let same = same && is_inner(first) == is_inner(second);
    if !same || fixed(first) != fixed(second) {
        return Err(Fault::SecondHelloChanged);
    }
    if extensions.early_data.is_some() {
        return Err(Fault::EarlyDataInSecondHello);
    }
    let cookie = extensions.cookie.map(|cookie| cookie.0);
    if cookie != retry.cookie.as_deref() {
        return Err(Fault::CookieWrong);
    }
    let mut shares = extensions.key_share.ok_or(Fault::KeyShareMissing)?.iter();
    match (shares.next(), shares.next()) {
        (Some(share), None) if share.group == retry.group => Ok(()),
        _ => Err(Fault::SecondHelloShareWrong),
    }
}
