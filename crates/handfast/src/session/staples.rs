//! What a server said of its certificate beside the certificate: a client's session
//! keeps it, so that those who come back see what the first visit's peer had shown.

use crate::connection::Negotiated;
use handfast_wire::codec::{
    DecodeFault, FaultKind, Opaque16, Opaque24, Reader, Recorder, Wire, Writer,
};

/// Bytes of a staple that are kept, at most; a longer one is left out. A response with
/// its responder's certificate takes 1 to 4 KiB, an SCT about 120 bytes.
const MOST_STAPLE: usize = 16 * 1024;

/// The staples of a session. None is longer than [`MOST_STAPLE`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Staples {
    ocsp_response: Option<Box<[u8]>>,
    sct_list: Option<Box<[u8]>>,
}

/// Which staples are written, as bits of the session's kind.
mod part {
    pub(super) const OCSP_RESPONSE: u8 = 2;
    pub(super) const SCT_LIST: u8 = 4;
}

impl Staples {
    /// What the peer of a connection stapled.
    pub(crate) fn of(negotiated: &Negotiated) -> Self {
        Self {
            ocsp_response: kept(negotiated.ocsp_response.as_deref()),
            sct_list: kept(negotiated.sct_list.as_deref()),
        }
    }

    /// What the server stapled about its certificate.
    pub(crate) fn ocsp_response(&self) -> Option<&[u8]> {
        self.ocsp_response.as_deref()
    }

    /// The SCTs that the server sent about its certificate.
    pub(crate) fn sct_list(&self) -> Option<&[u8]> {
        self.sct_list.as_deref()
    }

    /// Gives them to a connection that goes on from the session. What its server may
    /// have said anew is dropped: the chain is the session's, and so is all that was
    /// said of it (RFC 5246 section 7.4.1.4).
    pub(crate) fn give(&self, negotiated: &mut Negotiated) {
        negotiated.ocsp_response.clone_from(&self.ocsp_response);
        negotiated.sct_list.clone_from(&self.sct_list);
    }

    /// Bits that say which of them are written.
    pub(super) fn parts(&self) -> u8 {
        let bit = |is_there: bool, one: u8| if is_there { one } else { 0 };
        bit(self.ocsp_response.is_some(), part::OCSP_RESPONSE)
            | bit(self.sct_list.is_some(), part::SCT_LIST)
    }

    /// Bytes that they take in the form.
    pub(super) fn size(&self) -> usize {
        let size = |staple: &Option<Box<[u8]>>| staple.as_ref().map_or(0, |bytes| 3 + bytes.len());
        size(&self.ocsp_response) + size(&self.sct_list)
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        if let Some(response) = &self.ocsp_response {
            Opaque24::<1>(response).write(out);
        }
        if let Some(list) = &self.sct_list {
            Opaque16::<0>(list).write(out);
        }
    }

    /// Reads those that `parts` names, and leaves its other bits alone.
    pub(super) fn read<'a, T: Recorder>(
        parts: u8,
        reader: &mut Reader<'a, T>,
    ) -> Result<Self, DecodeFault> {
        let mut staples = Self::default();
        if parts & part::OCSP_RESPONSE != 0 {
            staples.ocsp_response = kept(Some(Opaque24::<1>::read(reader)?.0));
        }
        if parts & part::SCT_LIST != 0 {
            staples.sct_list = kept(Some(Opaque16::<0>::read(reader)?.0));
        }
        // One that is too long was never written.
        if staples.parts() != parts & ALL_PARTS {
            return Err(reader.fault(FaultKind::IllegalValue));
        }
        Ok(staples)
    }
}

/// The bits of the session's kind that are about staples.
pub(super) const ALL_PARTS: u8 = part::OCSP_RESPONSE | part::SCT_LIST;

fn kept(staple: Option<&[u8]>) -> Option<Box<[u8]>> {
    staple
        .filter(|bytes| bytes.len() <= MOST_STAPLE)
        .map(Box::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Now;

    fn stapled(length: usize) -> Negotiated {
        let mut negotiated = Negotiated::new(Now {
            unix_ms: 0,
            monotonic_ms: 0,
        });
        negotiated.ocsp_response = Some(vec![1; length].into());
        negotiated.sct_list = Some(vec![2; length].into());
        negotiated
    }

    #[test]
    fn a_staple_is_kept_up_to_its_bound_and_left_out_above() {
        let longest = Staples::of(&stapled(MOST_STAPLE));
        assert_eq!(longest.parts(), ALL_PARTS);
        assert_eq!(Staples::of(&stapled(MOST_STAPLE + 1)), Staples::default());
        let mut bytes = Vec::new();
        let mut out = Writer::new(&mut bytes);
        longest.write(&mut out);
        out.finish().unwrap();
        let read = Staples::read(longest.parts(), &mut Reader::new(&bytes));
        assert_eq!(read.unwrap(), longest);
        // The same, one byte longer: no session has it.
        let mut bytes = vec![0, 0x40, 1];
        bytes.extend([1; MOST_STAPLE + 1]);
        assert!(Staples::read(part::OCSP_RESPONSE, &mut Reader::new(&bytes)).is_err());
        assert!(Staples::read(part::SCT_LIST, &mut Reader::new(&bytes[1..])).is_err());
    }

    #[test]
    fn what_a_server_says_anew_gives_way_to_the_session() {
        let mut negotiated = stapled(5);
        Staples::default().give(&mut negotiated);
        assert_eq!(
            (negotiated.ocsp_response, negotiated.sct_list),
            (None, None)
        );
    }
}
