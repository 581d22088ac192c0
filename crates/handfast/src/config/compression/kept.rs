//! Own Certificate messages, compressed once.

use crate::config::compression::algorithm::CertificateCompression;
use core::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// What a Certificate message shows beside the chain. Another form is another message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Variant {
    pub(crate) ocsp: bool,
    pub(crate) scts: bool,
}

/// A credential's messages in every compressed form that was asked for. What is there is read without
/// a lock; who asks for the same at the same time waits for one to make it.
#[derive(Default)]
pub(crate) struct Compressed(OnceLock<Box<Forms>>);

#[derive(Default)]
struct Forms {
    making: Mutex<()>,
    places: [OnceLock<Form>; PLACES],
}

/// Three algorithms with every staple, and a few of the caller's own.
const PLACES: usize = 16;

struct Form {
    by: CertificateCompression,
    variant: Variant,
    /// Nothing where compressing gives nothing.
    message: Option<Box<[u8]>>,
}

/// One of the messages.
pub(crate) enum Found<'k> {
    /// This, or nothing to be had.
    Known(Option<&'k [u8]>),
    /// It has no place: made for one use.
    Made(Option<Vec<u8>>),
}

impl Compressed {
    /// The message that `make` gives, made once.
    pub(crate) fn get_or_make(
        &self,
        by: &CertificateCompression,
        variant: Variant,
        make: impl FnOnce() -> Option<Vec<u8>>,
    ) -> Found<'_> {
        let forms = self.0.get_or_init(Box::default);
        if let Some(known) = forms.find(by, variant) {
            return Found::Known(known);
        }
        let making = forms.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = forms.find(by, variant) {
            return Found::Known(known);
        }
        let Some(place) = forms.places.iter().find(|place| place.get().is_none()) else {
            drop(making);
            return Found::Made(make());
        };
        let form = place.get_or_init(|| Form {
            by: by.clone(),
            variant,
            message: make().map(Vec::into_boxed_slice),
        });
        Found::Known(form.message.as_deref())
    }
}

impl Forms {
    fn find(&self, by: &CertificateCompression, variant: Variant) -> Option<Option<&[u8]>> {
        let known = self.places.iter().map_while(OnceLock::get);
        let is_it = |form: &&Form| form.variant == variant && form.by.is(by);
        let mut fitting = known.filter(is_it);
        fitting.next().map(|form| form.message.as_deref())
    }
}

/// A credential that is changed is shown in other messages.
impl Clone for Compressed {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for Compressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Compressed")
    }
}
