//! Application settings that two peers have told each other (draft-vvv-tls-alps section 4.3): a session
//! keeps them, since early data is said under them.

use handfast_wire::codec::{DecodeFault, Opaque16, Reader, Recorder, Wire, Writer};

/// Both sides' settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettingsPair {
    pub(crate) own: Box<[u8]>,
    pub(crate) peer: Box<[u8]>,
}

impl SettingsPair {
    pub(crate) fn new(own: &[u8], peer: &[u8]) -> Box<Self> {
        Box::new(Self {
            own: own.into(),
            peer: peer.into(),
        })
    }

    /// What a session keeps of those of a connection: nothing where no early data may come with it, since
    /// all that comes later is said under settings that are told anew.
    pub(crate) fn kept(now: Option<&Self>, max_early_data: u32) -> Option<Box<Self>> {
        now.filter(|_| max_early_data > 0)
            .map(|now| Box::new(now.clone()))
    }

    /// Bytes of its form.
    pub(super) fn size(&self) -> usize {
        4 + self.own.len() + self.peer.len()
    }

    pub(super) fn write(&self, out: &mut Writer<'_>) {
        Opaque16::<0>(&self.own).write(out);
        Opaque16::<0>(&self.peer).write(out);
    }

    pub(super) fn read<T: Recorder>(reader: &mut Reader<'_, T>) -> Result<Box<Self>, DecodeFault> {
        let own = Opaque16::<0>::read(reader)?;
        let peer = Opaque16::<0>::read(reader)?;
        Ok(Self::new(own.0, peer.0))
    }
}
