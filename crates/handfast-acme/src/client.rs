//! The client's side: a certificate for a request, from the directory's URL to the chain.
//!
//! ```text
//! directory --> account --> order --> each name: challenge, proof, verdict --> finalize --> chain
//! ```
//!
//! [`Client`] is a machine without sockets, files or a clock: [`Client::advance`] takes what has
//! happened and says what is to be done next. All that a server sends is bounded ([`Limits`]): sizes,
//! waits, questions, and URLs, which must be of the directory's own origin. Whatever has been made
//! ready for a challenge is taken away again, also where the order fails.
//!
//! ```
//! use handfast_acme::client::{Action, Client, HttpMethod, Input, Settings};
//! use handfast_crypto::random::SystemRandom;
//! use handfast_crypto::signature::{KeyKind, PrivateKey};
//!
//! # let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../handfast-pki/testdata/leaf.csr");
//! // A request (PKCS#10) for the names that the certificate shall have.
//! let csr = std::fs::read(path)?;
//! let account_key = PrivateKey::generate(KeyKind::EcP256)?;
//! let settings = Settings::new("https://ca.test/directory");
//! let mut client = Client::new(settings, account_key, csr)?;
//! match client.advance(Input::Start, 1_800_000_000_000, &mut SystemRandom) {
//!     Action::Send(request) => {
//!         assert_eq!(request.method, HttpMethod::Get);
//!         assert_eq!(request.url, "https://ca.test/directory");
//!         // … send it, and give what comes back: Input::Response(…)
//!     }
//!     other => panic!("{other:?}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advice;
mod alpn;
mod chain;
mod exchange;
mod fault;
mod http;
mod kept;
mod limits;
mod machine;
mod ordering;
mod origin;
mod problem;
mod proof;
mod proving;
mod registering;
mod renewal;
mod settings;
mod wait;
mod wanted;

pub use advice::{Advice, AdviceAction, Adviser};
pub use alpn::ALPN_PROTOCOL;
pub use fault::{ClientFault, FaultKind};
pub use http::{HttpMethod, HttpRequest, HttpResponse};
pub use kept::Kept;
pub use limits::Limits;
pub use machine::{Action, Client, Input, Obtained};
pub use proof::{HTTP_PATH, Proof};
pub use renewal::{Life, Window, certificate_id};
pub use settings::{Binding, Settings};

#[cfg(test)]
mod tests;
