//! The acts: what is played, what must come of it, and why that matters.

use crate::demo::cast::{CLIENT, Cast, HOST, ROOT, STRANGER};
use crate::demo::middleman::Meddling;
use crate::demo::options::Part;
use crate::demo::page::{AMOUNT, AMOUNT_BIT, AMOUNT_FORGED, Page};
use crate::demo::play::Scene;
use crate::demo::side::Side;
use crate::key_log::KeyLogFile;
use handfast_wire::registry::{CipherSuite, NamedGroup};
use std::sync::Arc;
use std::time::Duration;

/// One act of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Tls13,
    Mutual,
    UntrustedAuthority,
    FlippedBit,
    StruckHello,
}

/// Whether the attack of an act is made. Left out, the act must be found wanting: that is how
/// the tests know that a refusal is looked at and not assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attack {
    Made,
    #[cfg_attr(not(test), expect(dead_code, reason = "the control of the tests"))]
    LeftOut,
}

impl Act {
    pub(super) const ALL: [Self; 5] = [
        Self::Tls13,
        Self::Mutual,
        Self::UntrustedAuthority,
        Self::FlippedBit,
        Self::StruckHello,
    ];

    pub(super) fn part(self) -> Part {
        match self {
            Self::Tls13 => Part::Tls13,
            Self::Mutual => Part::Mutual,
            _ => Part::Refusals,
        }
    }

    /// The name that programs know it by; it never changes.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Tls13 => "tls13",
            Self::Mutual => "mutual",
            Self::UntrustedAuthority => "refused.untrusted-authority",
            Self::FlippedBit => "refused.flipped-bit",
            Self::StruckHello => "refused.struck-hello",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Tls13 => "A web page over TLS 1.3",
            Self::Mutual => "Both sides show who they are",
            Self::UntrustedAuthority => "Refused: an authority that nobody trusts",
            Self::FlippedBit => "Refused: one flipped bit",
            Self::StruckHello => "Refused: a middleman who weakens the offer",
        }
    }

    pub(super) fn is_refusal(self) -> bool {
        self.part() == Part::Refusals
    }

    /// What happens, before it happens.
    pub(super) fn opening(self) -> String {
        match self {
            Self::Tls13 => format!(
                "A client asks for https://{HOST}/. It trusts one authority, \u{201c}{ROOT}\u{201d}, \
                 and nobody else."
            ),
            Self::Mutual => format!(
                "Now the server asks back. It lets in only those whom \u{201c}{ROOT}\u{201d} \
                 vouches for; the client has a certificate that says \u{201c}{CLIENT}\u{201d}."
            ),
            Self::UntrustedAuthority => format!(
                "This server\u{2019}s certificate says {HOST} too, but \u{201c}{STRANGER}\u{201d} \
                 issued it. Anybody can make such a one in a moment."
            ),
            Self::FlippedBit => format!(
                "Somebody on the way cannot read the page, but knows how it is laid out, and flips \
                 one bit of the ciphertext where the amount stands: {AMOUNT} would become \
                 {AMOUNT_FORGED}."
            ),
            Self::StruckHello => "A ClientHello travels in the clear: there are no keys yet. \
                 Somebody on the way strikes the strong suites and groups from it, so that the two \
                 settle for less."
                .to_owned(),
        }
    }

    /// Why it protects the user.
    pub(super) fn moral(self) -> &'static str {
        match self {
            Self::Tls13 => {
                "Whoever watched the wire saw the two Hellos, the name that was asked for among \
                 them, and the lengths of what followed. The keys came from two key shares whose \
                 private halves never left their owners."
            }
            Self::Mutual => {
                "No password crossed the wire: the client signed this very handshake, and the \
                 signature is worth nothing in any other. Its certificate was encrypted, so \
                 nobody on the way learned who came."
            }
            Self::UntrustedAuthority => {
                "Encryption alone does not tell whom you talk to. The impostor did hold the key \
                 of its certificate; nobody you trust says that the certificate is true. The \
                 client left before it asked for anything, so there was nothing to steal."
            }
            Self::FlippedBit => {
                "These ciphers hide a text bit by bit, so the flip would have come through as \
                 just that: another amount. What stops it is the tag, 16 bytes over every bit of \
                 the record that only a holder of the key can make. A record that fails is thrown \
                 away whole."
            }
            Self::StruckHello => {
                "The keys are made from the shared secret and from a hash of every message as \
                 each side saw it, the transcript. The client hashed the Hello that it sent, the \
                 server the one that it got: two hashes, two sets of keys, and not one record \
                 opens. Equal keys would not have helped: CertificateVerify and Finished cover the \
                 transcript too."
            }
        }
    }

    /// The scene to play.
    ///
    /// # Errors
    /// In words, what could not be set up.
    pub(super) fn scene(
        self,
        cast: &Cast,
        attack: Attack,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Result<Scene, String> {
        // The client's view only: where the two derive different keys, two lines for one
        // connection would contradict each other.
        let client_side = Side::new(key_log);
        let server_side = Side::new(None);
        let mutual = self == Self::Mutual;
        let server = match (self, attack) {
            (Self::UntrustedAuthority, Attack::Made) => cast.impostor(&server_side)?,
            _ => cast.server(&server_side, mutual)?,
        };
        let page = match self {
            Self::Mutual => Page::Greeting,
            Self::FlippedBit => Page::Invoice,
            _ => Page::Hello,
        };
        Ok(Scene {
            client: cast.client(&client_side, mutual)?,
            server,
            page,
            meddling: self.meddling(page, attack),
            client_side,
            server_side,
            limit: LIMIT,
        })
    }

    fn meddling(self, page: Page, attack: Attack) -> Option<Meddling> {
        let meddling = match self {
            Self::FlippedBit => Meddling::FlipBit {
                content: page.response(None).len(),
                at: page.amount_at()?,
                mask: AMOUNT_BIT,
                says: format!("flips one bit: but for the tag, {AMOUNT} is {AMOUNT_FORGED}"),
            },
            Self::StruckHello => Meddling::StrikeAllBut {
                suites: &[CipherSuite::TLS_AES_128_GCM_SHA256],
                groups: &[NamedGroup::X25519],
            },
            _ => return None,
        };
        Some(match attack {
            Attack::Made => meddling,
            Attack::LeftOut => Meddling::Nothing,
        })
    }
}

/// How long one act may take; it needs a few milliseconds.
const LIMIT: Duration = Duration::from_secs(10);
