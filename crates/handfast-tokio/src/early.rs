//! Early data on its way between a caller and the engine.

/// What a stream has to do with early data.
#[derive(Default)]
pub(crate) struct Early {
    /// What came and was not taken yet.
    pub(crate) came: Vec<u8>,
    /// What is to be said, until it is.
    pub(crate) to_say: Option<Vec<u8>>,
    /// All of it was said.
    pub(crate) was_said: bool,
    /// The handshake's future ends as soon as the server may answer.
    pub(crate) answers: bool,
}

impl Early {
    pub(crate) fn came(&mut self, data: &[u8]) {
        self.came.extend_from_slice(data);
    }
}
