//! The credential that this side shows, until it is signed for.

use crate::config::Credential;
use crate::connection::{Answer, Broken, Question};
use crate::handshake::proof::sign;
use handfast_wire::registry::SignatureScheme;
use smallvec::SmallVec;

/// What a signature covers, in place for all but Diffie-Hellman's parameters.
pub(crate) type SignedBytes = SmallVec<[u8; 146]>;

/// What is shown, with the scheme and the bytes to sign.
pub(crate) struct Shown {
    pub(crate) credential: Credential,
    pub(crate) scheme: SignatureScheme,
    pub(crate) content: SignedBytes,
}

impl Shown {
    /// The signature, when the key is here.
    pub(crate) fn signed_here(&self) -> Option<Result<Answer, Broken>> {
        let signed = sign(&self.credential, self.scheme, &self.content)?;
        Some(signed.map(Answer::Signature).map_err(Broken::from))
    }

    pub(crate) fn question(&self) -> Question<'_> {
        Question::Sign {
            credential: &self.credential,
            scheme: self.scheme,
            message: &self.content,
        }
    }
}
