//! What kind of certificate either side shows: X.509, or a raw public key (RFC 7250).

use crate::config::{ClientAuth, ServerPlan};
use crate::fault::Fault;
use handfast_wire::codec::List8;
use handfast_wire::handshake::ClientHelloExtensions;
use handfast_wire::registry::CertificateType;

/// Of the types that the engine knows, those that a peer takes or has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Types {
    x509: bool,
    raw_public_key: bool,
}

impl Types {
    pub(crate) const X509: Self = Self {
        x509: true,
        raw_public_key: false,
    };

    /// This one alone.
    pub(crate) fn only(one: CertificateType) -> Self {
        Self {
            x509: one == CertificateType::X509,
            raw_public_key: one == CertificateType::RAW_PUBLIC_KEY,
        }
    }

    pub(crate) fn has(self, one: CertificateType) -> bool {
        match one {
            CertificateType::X509 => self.x509,
            CertificateType::RAW_PUBLIC_KEY => self.raw_public_key,
            _ => false,
        }
    }

    /// Those that the engine knows of a list. RFC 7250 s4.1: whoever has nothing but X.509, which
    /// goes without saying, leaves the extension out.
    fn read(list: List8<'_, CertificateType>) -> Result<Self, Fault> {
        if list.iter().all(|one| one == CertificateType::X509) {
            return Err(Fault::CertificateTypesIdle);
        }
        Ok(Self {
            x509: list.contains(&CertificateType::X509),
            raw_public_key: list.contains(&CertificateType::RAW_PUBLIC_KEY),
        })
    }

    /// What is in it.
    pub(crate) fn as_slice(self) -> &'static [CertificateType] {
        const X509: CertificateType = CertificateType::X509;
        const RAW: CertificateType = CertificateType::RAW_PUBLIC_KEY;
        match (self.x509, self.raw_public_key) {
            (false, false) => &[],
            (true, false) => &[X509],
            (false, true) => &[RAW],
            (true, true) => &[X509, RAW],
        }
    }
}

/// True for types that a ClientHello names: X.509 alone goes without saying.
pub(crate) fn is_worth_saying(types: &[CertificateType]) -> bool {
    types != [CertificateType::X509]
}

/// What a ClientHello says of certificate types, as a server takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// What the server may show.
    pub(crate) server: Types,
    /// The server answers what it shows.
    pub(crate) names_server: bool,
    /// What the client shows, if it is asked; nothing where the two have no type in common.
    pub(crate) client: Option<CertificateType>,
    /// The server answers what the client is to show.
    pub(crate) names_client: bool,
}

impl Named {
    pub(crate) const USUAL: Self = Self {
        server: Types::X509,
        names_server: false,
        client: Some(CertificateType::X509),
        names_client: false,
    };

    pub(crate) fn read(
        plan: &ServerPlan,
        extensions: &ClientHelloExtensions<'_>,
    ) -> Result<Self, Fault> {
        let accepted = &plan.config.client_certificate_types;
        let (server, client) = (
            extensions.server_certificate_type,
            extensions.client_certificate_type,
        );
        if server.is_none() && client.is_none() && !is_worth_saying(accepted) {
            return Ok(Self::USUAL);
        }
        let shown = client.map(Types::read).transpose()?.unwrap_or(Types::X509);
        Ok(Self {
            server: server.map(Types::read).transpose()?.unwrap_or(Types::X509),
            names_server: server.is_some(),
            client: accepted.iter().copied().find(|one| shown.has(*one)),
            names_client: client.is_some(),
        })
    }

    /// The type that a client shows which is asked now.
    pub(crate) fn of_client(self, asks: &ClientAuth) -> Result<CertificateType, Fault> {
        match (asks, self.client) {
            (ClientAuth::None, one) => Ok(one.unwrap_or(CertificateType::X509)),
            (_, Some(one)) => Ok(one),
            // RFC 7250 s4.2.
            (_, None) => Err(Fault::CertificateTypeNotCommon),
        }
    }
}

/// What a server answered to a client: the type that each side shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Agreed {
    pub(crate) server: CertificateType,
    pub(crate) client: CertificateType,
}

/// A server's answers, either of which may be missing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers {
    pub(crate) server: Option<CertificateType>,
    pub(crate) client: Option<CertificateType>,
}

impl Answers {
    /// Checks them against what was offered. `session`: what the server had shown in the session that
    /// goes on; `shows`: whether it shows anything now.
    pub(crate) fn check(
        self,
        accepted: &[CertificateType],
        own: &[CertificateType],
        session: Option<CertificateType>,
        shows: bool,
    ) -> Result<Agreed, Fault> {
        let is_offered = |one: Option<CertificateType>, offered: &[CertificateType]| {
            one.is_none_or(|one| offered.contains(&one))
        };
        if !is_offered(self.server, accepted) || !is_offered(self.client, own) {
            return Err(Fault::CertificateTypeNotOffered);
        }
        let server = self.server.unwrap_or(CertificateType::X509);
        match (self.server, session) {
            (Some(answered), Some(shown)) if answered != shown => {
                return Err(Fault::CertificateTypeChanged);
            }
            // RFC 7250 s4.2: no answer means X.509.
            (None, None) if shows && !accepted.contains(&server) => {
                return Err(Fault::RawKeyRefused);
            }
            _ => {}
        }
        Ok(Agreed {
            server: session.unwrap_or(server),
            client: self.client.unwrap_or(CertificateType::X509),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X509: CertificateType = CertificateType::X509;
    const RAW: CertificateType = CertificateType::RAW_PUBLIC_KEY;

    fn read(codes: &[u8]) -> Result<Types, Fault> {
        Types::read(List8::from_encoded(codes))
    }

    #[test]
    fn a_list_of_nothing_but_x509_is_refused_and_unknown_types_are_passed_over() {
        for idle in [&[][..], &[0], &[0, 0]] {
            assert_eq!(read(idle), Err(Fault::CertificateTypesIdle), "{idle:?}");
        }
        assert_eq!(read(&[5]).unwrap().as_slice(), []);
        assert_eq!(read(&[0, 5]), Ok(Types::only(X509)));
        assert_eq!(read(&[2, 5]), Ok(Types::only(RAW)));
        assert_eq!(read(&[2, 0]).unwrap().as_slice(), [X509, RAW]);
    }

    #[test]
    fn a_server_answers_what_was_offered_or_x509_by_silence() {
        let check = |server, accepted: &[CertificateType]| {
            let answers = Answers {
                server,
                client: None,
            };
            let agreed = answers.check(accepted, &[X509], None, true);
            agreed.map(|agreed| agreed.server)
        };
        assert_eq!(check(Some(RAW), &[RAW, X509]), Ok(RAW));
        assert_eq!(check(None, &[RAW, X509]), Ok(X509));
        assert_eq!(check(None, &[RAW]), Err(Fault::RawKeyRefused));
        assert_eq!(
            check(Some(X509), &[RAW]),
            Err(Fault::CertificateTypeNotOffered)
        );
        assert_eq!(
            check(Some(RAW), &[X509]),
            Err(Fault::CertificateTypeNotOffered)
        );
    }

    #[test]
    fn a_session_keeps_the_type_that_it_began_with() {
        let check = |server, session| {
            let answers = Answers {
                server,
                client: None,
            };
            answers.check(&[RAW, X509], &[X509], Some(session), false)
        };
        assert_eq!(check(None, RAW).unwrap().server, RAW);
        assert_eq!(check(Some(RAW), RAW).unwrap().server, RAW);
        assert_eq!(check(Some(X509), RAW), Err(Fault::CertificateTypeChanged));
    }
}
