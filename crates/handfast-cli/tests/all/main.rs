//! The command as a user runs it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that fails says so by panicking"
)]

mod a_labels;
mod acme;
mod acme_page;
mod by_shared_key;
mod ca;
mod ca_acme;
mod ca_faults;
mod ca_renew;
mod ca_responder;
mod ca_revoke;
mod ca_serve;
mod ca_show;
mod ca_sign;
mod ca_story;
mod ca_trust;
mod cert_answers;
mod cert_making;
mod certificates;
mod ciphers;
mod client_certificates;
mod connect;
mod cut_off;
mod delegated;
mod demo;
mod early_data;
mod exceptions;
mod explain;
mod fetching;
mod get;
mod half_close;
mod hints;
mod hosts;
mod inspect;
#[path = "../lab/mod.rs"]
mod lab;
mod lint;
mod listed;
mod logged;
mod protect;
mod proving;
mod refusals;
mod resumption;
mod revoked_clients;
mod scripted;
mod serve;
mod stores;
mod tour;
mod trust;
mod usage;
mod versions;
