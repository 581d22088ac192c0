//! The acts: what is played, what must come of it, and why that matters.

use crate::demo::cast::{CLIENT, Cast, HOST, Kept, Lesson, ROOT, STRANGER, Terms};
use crate::demo::middleman::Meddling;
use crate::demo::options::Part;
use crate::demo::page::{AMOUNT, AMOUNT_BIT, AMOUNT_FORGED, Page};
use crate::demo::play::Scene;
use crate::demo::side::Side;
use crate::key_log::KeyLogFile;
use handfast::obsolete::{COMPATIBLE, MUSEUM};
use handfast_wire::registry::{CipherSuite, NamedGroup, ProtocolVersion};
use std::sync::Arc;
use std::time::Duration;

/// One act of the tour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Tls13,
    Tls12,
    ResumedTls13,
    ResumedTicket,
    ResumedSessionId,
    Mutual,
    MutualTls12,
    UntrustedAuthority,
    FlippedBit,
    StruckHello,
    /// Lessons are outside the tour: they show what is better left alone.
    LessonRsa,
    LessonSsl3,
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
    pub(super) const ALL: [Self; 12] = [
        Self::Tls13,
        Self::Tls12,
        Self::ResumedTls13,
        Self::ResumedTicket,
        Self::ResumedSessionId,
        Self::Mutual,
        Self::MutualTls12,
        Self::UntrustedAuthority,
        Self::FlippedBit,
        Self::StruckHello,
        Self::LessonRsa,
        Self::LessonSsl3,
    ];

    /// Whether it is played only where it is asked for.
    pub(super) fn is_lesson(self) -> bool {
        self.lesson().is_some()
    }

    /// What is named beyond what is current, for a lesson.
    pub(super) fn lesson(self) -> Option<Lesson> {
        match self {
            Self::LessonRsa => Some(Lesson {
                version: ProtocolVersion::TLS_1_2,
                suite: CipherSuite::TLS_RSA_WITH_AES_128_CBC_SHA,
                policy: &COMPATIBLE,
            }),
            Self::LessonSsl3 => Some(Lesson {
                version: ProtocolVersion::SSL_3_0,
                suite: CipherSuite::TLS_RSA_WITH_3DES_EDE_CBC_SHA,
                policy: &MUSEUM,
            }),
            _ => None,
        }
    }

    pub(super) fn part(self) -> Part {
        match self {
            Self::Tls13 => Part::Tls13,
            Self::Tls12 => Part::Tls12,
            Self::ResumedTls13 | Self::ResumedTicket | Self::ResumedSessionId => Part::Resumed,
            Self::Mutual | Self::MutualTls12 => Part::Mutual,
            Self::LessonRsa => Part::Rsa,
            Self::LessonSsl3 => Part::Ssl3,
            Self::UntrustedAuthority | Self::FlippedBit | Self::StruckHello => Part::Refusals,
        }
    }

    /// The name that programs know it by; it never changes.
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Tls13 => "tls13",
            Self::Tls12 => "tls12",
            Self::ResumedTls13 => "resumed.tls13",
            Self::ResumedTicket => "resumed.ticket",
            Self::ResumedSessionId => "resumed.session-id",
            Self::Mutual => "mutual",
            Self::MutualTls12 => "mutual.tls12",
            Self::UntrustedAuthority => "refused.untrusted-authority",
            Self::FlippedBit => "refused.flipped-bit",
            Self::StruckHello => "refused.struck-hello",
            Self::LessonRsa => "lesson.rsa",
            Self::LessonSsl3 => "lesson.ssl3",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Tls13 => "A web page over TLS 1.3",
            Self::Tls12 => "A web page over TLS 1.2, as the textbooks draw it",
            Self::ResumedTls13 => "Coming back over TLS 1.3",
            Self::ResumedTicket => "Coming back over TLS 1.2, by ticket",
            Self::ResumedSessionId => "Coming back over TLS 1.2, by session ID",
            Self::Mutual => "Both sides show who they are",
            Self::MutualTls12 => "Both sides show who they are, over TLS 1.2",
            Self::UntrustedAuthority => "Refused: an authority that nobody trusts",
            Self::FlippedBit => "Refused: one flipped bit",
            Self::StruckHello => "Refused: a middleman who weakens the offer",
            Self::LessonRsa => "Keys by RSA, number by number",
            Self::LessonSsl3 => "SSL 3.0 of 1996, number by number",
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
            Self::Tls12 => {
                "This client is older: it knows nothing newer than TLS 1.2, so the server \
                 speaks that with it."
                    .to_owned()
            }
            Self::ResumedTls13 => "A client that was here a moment ago comes again. Its first \
                 visit was a full handshake, and after it the server gave tickets; the client \
                 shows one of them now."
                .to_owned(),
            Self::ResumedTicket => "A client that knows nothing newer than TLS 1.2 comes again, \
                 with the ticket of its first visit."
                .to_owned(),
            Self::ResumedSessionId => "Before there were tickets there was this: the server keeps \
                 a table of sessions. On the first visit its ServerHello gave the session a \
                 number, which the client shows now."
                .to_owned(),
            Self::MutualTls12 => format!(
                "The client has the same certificate, \u{201c}{CLIENT}\u{201d}, and the server \
                 asks for it, but the client knows nothing newer than TLS 1.2."
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
            Self::LessonRsa => {
                "How keys were agreed on before there was forward secrecy, with the \
                 numbers of a handshake that is played now. Both sides are ours and show their \
                 secrets, which nobody should do outside a lesson."
                    .to_owned()
            }
            Self::LessonSsl3 => {
                "What web shops spoke when there were first any: no extensions, MD5 and SHA-1 one \
                 inside the other where TLS has HMAC, and a padding that nobody can check. Both \
                 sides are ours and show their secrets."
                    .to_owned()
            }
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
            Self::Tls12 => {
                "Much of the world still speaks this. It waits for the server twice where TLS 1.3 \
                 waits once, and all up to ChangeCipherSpec crosses in the clear: whoever watched \
                 read the server\u{2019}s certificate too."
            }
            Self::ResumedTls13 => {
                "Nobody showed a certificate: who knows the ticket\u{2019}s key is the one who was \
                 there before. A ticket is the server\u{2019}s own note, sealed by a key that it \
                 alone has, and it is shown once only. The key exchange is fresh: who steals the \
                 server\u{2019}s sealing key later still cannot read this."
            }
            Self::ResumedTicket => {
                "No certificate, no key exchange, one wait less. The price: the old master secret \
                 lies in the ticket, so whoever steals the sealing key reads this connection and \
                 the first. That is why servers must change that key often; this one does, every \
                 six hours."
            }
            Self::ResumedSessionId => {
                "Now the server remembers and the client holds a mere number, which is worthless \
                 to whoever reads it on the wire. Where the server has forgotten, it sends another \
                 number and all goes the long way: nothing is lost but time."
            }
            Self::MutualTls12 => {
                "As strong a proof as in TLS 1.3, but not a private one: the client\u{2019}s \
                 certificate crossed before anything was encrypted, so whoever watched knows who \
                 came."
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
            Self::LessonRsa => {
                "One key of the server opens this premaster secret, and those of all its other \
                 connections: whoever records today and gets that key in ten years reads them all. \
                 With ephemeral Diffie-Hellman there is no such key. And a server that lets others \
                 tell whether a premaster secret opened gives it away, question by question \
                 (Bleichenbacher); this one goes on with random bytes and fails at Finished."
            }
            Self::LessonSsl3 => {
                "Of the padding only its last byte means something, so whoever can make a client \
                 ask again and again learns a byte of every cookie in 256 tries (POODLE), and no \
                 care in the code mends that. Each record begins with the end of the one before \
                 (BEAST), which is why the first letter of the page went ahead alone. Nothing that \
                 matters may pass here; it is for devices in a laboratory that have nothing else."
            }
        }
    }

    /// The version that must be agreed on.
    pub(super) fn version(self) -> ProtocolVersion {
        if let Some(lesson) = self.lesson() {
            lesson.version
        } else if self.is_older() {
            ProtocolVersion::TLS_1_2
        } else {
            ProtocolVersion::TLS_1_3
        }
    }

    /// The client knows nothing newer than TLS 1.2.
    fn is_older(self) -> bool {
        matches!(
            self,
            Self::Tls12 | Self::ResumedTicket | Self::ResumedSessionId | Self::MutualTls12
        )
    }

    /// On what terms the two meet.
    ///
    /// # Errors
    /// In words, what could not be set up.
    pub(super) fn terms(self) -> Result<Terms, String> {
        Ok(Terms {
            is_older: self.is_older(),
            mutual: self.part() == Part::Mutual,
            lesson: self.lesson(),
            kept: match self {
                Self::ResumedTls13 | Self::ResumedTicket => Some(Kept::tickets()?),
                Self::ResumedSessionId => Some(Kept::session_ids()),
                _ => None,
            },
        })
    }

    /// What is played before, where the act is about coming back.
    pub(super) fn first_visit(
        self,
        cast: &Cast,
        terms: &Terms,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Option<Result<Scene, String>> {
        let first = if terms.is_older {
            Self::Tls12
        } else {
            Self::Tls13
        };
        (self.part() == Part::Resumed).then(|| first.scene(cast, terms, Attack::Made, key_log))
    }

    /// The scene to play.
    ///
    /// # Errors
    /// In words, what could not be set up.
    pub(super) fn scene(
        self,
        cast: &Cast,
        terms: &Terms,
        attack: Attack,
        key_log: Option<Arc<KeyLogFile>>,
    ) -> Result<Scene, String> {
        // The client's view only: where the two derive different keys, two lines for one
        // connection would contradict each other.
        let client_side = Side::new(key_log);
        let server_side = Side::new(None);
        let server = match (self, attack) {
            (Self::UntrustedAuthority, Attack::Made) => cast.impostor(&server_side)?,
            _ => cast.server(&server_side, terms)?,
        };
        let page = match self.part() {
            Part::Mutual => Page::Greeting,
            Part::Resumed => Page::Welcome,
            _ if self == Self::FlippedBit => Page::Invoice,
            _ => Page::Hello,
        };
        Ok(Scene {
            client: cast.client(&client_side, terms)?,
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
