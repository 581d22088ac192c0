//! What is tested across crates: one binary, a module for each suite.

mod any_config;
mod asks;
mod bindings;
mod classic;
mod client_store;
mod coming_back;
mod golden;
mod handshake;
mod kept_peer;
mod key_calculation;
mod layers;
mod lies;
mod many_records;
mod message_order;
mod misuse;
mod no_way_back;
mod other_process;
mod replay;
mod resumption;
mod retry;
mod rfc8448;
mod session_asks;
mod states;
mod stream;
mod version_choice;
mod versions;
