//! The pages that the demo's server has, and how they are asked for.

use handfast::connection::Negotiated;
use handfast_pki::certificate::Certificate;

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// For anyone.
    Hello,
    /// For whom has been here before.
    Welcome,
    /// For whom the server knows by name.
    Greeting,
    /// One that somebody would like to change.
    Invoice,
}

impl Page {
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Hello | Self::Welcome | Self::Greeting => "/",
            Self::Invoice => "/invoice",
        }
    }

    pub(super) fn request(self) -> String {
        let path = self.path();
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// What the page says to a client that showed itself as `client`.
    pub(super) fn body(self, client: Option<&str>) -> String {
        match self {
            Self::Hello => "Hello from the other side of a handshake.\n".to_owned(),
            Self::Welcome => "Welcome back: we know each other.\n".to_owned(),
            Self::Greeting => {
                let client = client.unwrap_or("whoever you are");
                format!("Hello {client}, your certificate says who you are.\n")
            }
            Self::Invoice => format!("Please pay {AMOUNT} to Ada.\n"),
        }
    }

    pub(super) fn response(self, client: Option<&str>) -> String {
        let body = self.body(client);
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )
    }

    /// Where the amount stands in the response, in bytes.
    pub(super) fn amount_at(self) -> Option<usize> {
        self.response(None)
            .find(&format!("pay {AMOUNT}"))
            .map(|at| at + 4)
    }
}

/// The amount of the invoice. One bit makes a 5 of the 1.
pub(super) const AMOUNT: &str = "100";
/// What the middleman would like it to be.
pub(super) const AMOUNT_FORGED: &str = "500";
/// The bit in which the two differ.
pub(super) const AMOUNT_BIT: u8 = b'1' ^ b'5';

/// The common name in a distinguished name as RFC 4514 writes it.
pub(super) fn common_name(name: &str) -> &str {
    name.split(',')
        .find_map(|part| part.strip_prefix("CN="))
        .unwrap_or(name)
}

/// Whom the peer's certificate names.
pub(super) fn peer_name(negotiated: &Negotiated) -> Option<String> {
    let leaf = Certificate::parse(negotiated.peer_chain.first()?).ok()?;
    Some(common_name(&leaf.subject().to_string()).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bit_makes_the_middlemans_amount_of_the_invoice() {
        let at = Page::Invoice.amount_at().expect("the amount");
        let mut bytes = Page::Invoice.response(None).into_bytes();
        bytes[at] ^= AMOUNT_BIT;
        assert_eq!(AMOUNT_BIT.count_ones(), 1);
        assert!(String::from_utf8(bytes).unwrap().contains(AMOUNT_FORGED));
    }
}
