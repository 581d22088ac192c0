//! Lies about application settings (draft-vvv-tls-alps).

use crate::liar::anatomy::{client_hello, encrypted_extensions, message};
use crate::liar::lie::{Lie, Setup};
use crate::liar::script::Change;
use crate::liar::table::early_data;
use handfast::Fault;
use handfast::config::{ApplicationSettings, SettingsCodePoint};
use handfast_wire::registry::{ExtensionType, HandshakeType};

const CH: HandshakeType = HandshakeType::CLIENT_HELLO;
const EE: HandshakeType = HandshakeType::ENCRYPTED_EXTENSIONS;
const FINISHED: HandshakeType = HandshakeType::FINISHED;
const NEW: ExtensionType = ExtensionType::APPLICATION_SETTINGS;
const OLD: ExtensionType = ExtensionType::APPLICATION_SETTINGS_OLD;

pub(super) fn lies() -> Vec<Lie> {
    let mut all = by_servers();
    all.extend(by_clients());
    all
}

fn with_protocols(setup: &mut Setup) {
    setup.client.common.alpn = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    setup.server.common.alpn = vec![b"h2".to_vec()];
}

/// The client has settings for the protocol that is chosen, the server has none.
fn offered(setup: &mut Setup) {
    with_protocols(setup);
    setup.client.common.application_settings = ApplicationSettings::for_protocol(b"h2", b"ours");
}

fn offered_by_the_old_code(setup: &mut Setup) {
    offered(setup);
    setup.client.common.application_settings.code_point = SettingsCodePoint::Old;
}

/// Only for the other one.
fn offered_for_another(setup: &mut Setup) {
    with_protocols(setup);
    let settings = ApplicationSettings::for_protocol(b"http/1.1", b"ours");
    setup.client.common.application_settings = settings;
}

fn offered_without_protocol(setup: &mut Setup) {
    offered(setup);
    setup.server.common.alpn.clear();
}

/// Both have some.
fn agreed(setup: &mut Setup) {
    offered(setup);
    setup.server.common.application_settings = ApplicationSettings::for_protocol(b"h2", b"theirs");
}

fn agreed_by_the_old_code(setup: &mut Setup) {
    agreed(setup);
    setup.client.common.application_settings.code_point = SettingsCodePoint::Old;
    setup.server.common.application_settings.code_point = SettingsCodePoint::Old;
}

/// And the client comes back with early data.
fn with_early_data(setup: &mut Setup) {
    agreed(setup);
    early_data::with_early_data(setup);
}

fn add_new(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    encrypted_extensions(&bytes, |block| block.add(NEW, b"settings"))
}

fn add_old(bytes: Vec<u8>) -> Vec<Vec<u8>> {
    encrypted_extensions(&bytes, |block| block.add(OLD, b"settings"))
}

fn by_servers() -> Vec<Lie> {
    use Fault::{ApplicationSettingsNotOffered, ApplicationSettingsRepeated, ExtensionNotOffered};
    type With = fn(&mut Setup);
    fn says(name: &'static str, fault: Fault, setup: With, change: Change) -> Lie {
        Lie::by_server(name, fault).with(setup).says(EE, change)
    }
    vec![
        says(
            "settings for a protocol without",
            ApplicationSettingsNotOffered,
            offered_for_another,
            add_new,
        ),
        says(
            "settings without a protocol",
            ApplicationSettingsNotOffered,
            offered_without_protocol,
            add_new,
        ),
        says(
            "settings that nobody offered",
            ExtensionNotOffered,
            with_protocols,
            add_new,
        ),
        says(
            "settings by the old code point",
            ExtensionNotOffered,
            offered,
            add_old,
        ),
        says(
            "settings by the new code point",
            ExtensionNotOffered,
            offered_by_the_old_code,
            add_new,
        ),
        says(
            "settings by both code points",
            ExtensionNotOffered,
            agreed,
            add_old,
        ),
        says("settings twice", Fault::ExtensionTwice, agreed, add_new),
        says(
            "settings beside early data that is taken",
            ApplicationSettingsRepeated,
            with_early_data,
            add_new,
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table: one row after the other")]
fn by_clients() -> Vec<Lie> {
    use Fault::{ApplicationSettingsMissing, ExtensionNotOffered, MessageUnexpected};
    fn says(name: &'static str, fault: Fault, msg_type: HandshakeType, change: Change) -> Lie {
        let lie = Lie::by_client(name, fault).with(agreed);
        lie.says(msg_type, change)
    }
    let too_much: Change = |one| vec![message(EE, &[0, 0]), one];
    vec![
        says(
            "a list of no protocols",
            Fault::ExtensionMalformed,
            CH,
            |hello| client_hello(&hello, |hello| hello.extensions.set(NEW, &[0, 0])),
        ),
        says(
            "a protocol without a name",
            Fault::ExtensionMalformed,
            CH,
            |hello| client_hello(&hello, |hello| hello.extensions.set(NEW, &[0, 1, 0])),
        ),
        says("no EncryptedExtensions", MessageUnexpected, EE, |_| vec![]),
        says("EncryptedExtensions twice", MessageUnexpected, EE, |one| {
            vec![one.clone(), one]
        }),
        says(
            "EncryptedExtensions without settings",
            ApplicationSettingsMissing,
            EE,
            |_| vec![message(EE, &[0, 0])],
        ),
        says(
            "EncryptedExtensions without a block",
            Fault::EncryptedExtensionsMalformed,
            EE,
            |_| vec![message(EE, &[])],
        ),
        says(
            "the client's settings twice",
            Fault::ExtensionTwice,
            EE,
            add_new,
        ),
        says(
            "the client's settings by the old code point",
            ExtensionNotOffered,
            EE,
            |_| vec![message(EE, &[0, 4, 0x44, 0x69, 0, 0])],
        ),
        says(
            "the client's settings by the new code point",
            ExtensionNotOffered,
            EE,
            |_| vec![message(EE, &[0, 4, 0x44, 0xcd, 0, 0])],
        )
        .with(agreed_by_the_old_code),
        says(
            "another extension beside the client's settings",
            ExtensionNotOffered,
            EE,
            |one| {
                encrypted_extensions(&one, |block| {
                    block.add(ExtensionType::SERVER_NAME, &[]);
                })
            },
        ),
        says(
            "EncryptedExtensions to a server without settings",
            MessageUnexpected,
            FINISHED,
            too_much,
        )
        .with(offered),
        says(
            "EncryptedExtensions behind early data that was taken",
            MessageUnexpected,
            FINISHED,
            too_much,
        )
        .with(with_early_data),
        says(
            "EncryptedExtensions behind Finished",
            Fault::MessageAcrossKeyChange,
            FINISHED,
            |one| vec![one, message(EE, &[0, 0])],
        ),
    ]
}
