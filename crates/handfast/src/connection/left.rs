//! What is left when a connection has failed.

use crate::connection::broken::Refusal;
use crate::report::facts::Facts;
use std::sync::Arc;

/// What is left when a connection has failed.
pub(crate) struct Left {
    pub(crate) refusal: Option<Refusal>,
    pub(crate) facts: Arc<Facts>,
}
