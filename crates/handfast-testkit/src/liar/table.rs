//! Every lie, by where it is told.

mod application_settings;
mod certificates;
mod classic;
mod client_hello;
mod compressed_certificate;
mod delegated;
mod early_data;
mod encrypted;
mod finite_field;
mod grease;
mod later;
mod post_handshake;
mod raw_keys;
mod records;
mod renegotiation;
mod resumption;
mod second_hello;
mod server_hello;
mod shared_key;
mod without_certificate;

use crate::liar::lie::Lie;

/// All rows.
#[must_use]
pub fn lies() -> Vec<Lie> {
    let mut all = records::lies();
    all.extend(resumption::lies());
    all.extend(early_data::lies());
    all.extend(encrypted::lies());
    all.extend(application_settings::lies());
    all.extend(shared_key::lies());
    all.extend(client_hello::lies());
    all.extend(second_hello::lies());
    all.extend(server_hello::lies());
    all.extend(grease::lies());
    all.extend(certificates::lies());
    all.extend(compressed_certificate::lies());
    all.extend(delegated::lies());
    all.extend(later::lies());
    all.extend(post_handshake::lies());
    all.extend(classic::lies());
    all.extend(renegotiation::lies());
    all.extend(finite_field::lies());
    all.extend(without_certificate::lies());
    all.extend(raw_keys::lies());
    all
}
