//! A client that never says extended_master_secret, whatever it thinks of it.

use crate::liar::anatomy::client_hello;
use handfast::observe::Script;
use handfast_wire::registry::{ExtensionType, HandshakeType};

/// Leaves the extended master secret out of a ClientHello: the secret is of the randoms alone.
#[derive(Debug)]
pub struct NotExtended;

impl Script for NotExtended {
    fn say(&self, msg_type: HandshakeType, message: Vec<u8>) -> Vec<Vec<u8>> {
        if msg_type != HandshakeType::CLIENT_HELLO {
            return vec![message];
        }
        client_hello(&message, |hello| {
            hello
                .extensions
                .remove(ExtensionType::EXTENDED_MASTER_SECRET);
        })
    }
}
