//! The shim as the runner starts it: its exit codes, its streams, its first bytes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::process::{Command, Output};

fn shim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bogo-shim"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Runs the shim against a runner that answers with these bytes; gives the
/// bytes that came before any answer, and how it ended.
fn against(answer: &'static [u8], flags: &[&str]) -> (Vec<u8>, Output) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let runner = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut first = vec![0; 13];
        socket.read_exact(&mut first).unwrap();
        socket.write_all(answer).unwrap();
        socket.shutdown(Shutdown::Write).unwrap();
        let mut rest = Vec::new();
        socket.read_to_end(&mut rest).unwrap();
        first
    });
    let arguments = [&["-port", &port, "-shim-id", "258"], flags].concat();
    let output = shim(&arguments);
    (runner.join().unwrap(), output)
}

#[test]
fn no_second_process_is_offered() {
    let output = shim(&["-is-handshaker-supported"]);
    assert!(output.status.success());
    assert_eq!(
        (&output.stdout[..], &output.stderr[..]),
        (&b"No\n"[..], &b""[..])
    );
}

#[test]
fn what_is_not_honoured_is_89_before_anything_is_sent() {
    // Nobody listens on this port: the flags alone decide.
    for flags in [
        &["-port", "1", "-no-such-flag"][..],
        &["-port", "1", "-enable-channel-id"],
        &["-port", "1", "-max-version", "768"],
        &["-port", "1", "-curves", "4660"],
        &["-port", "1", "-dtls"],
        &["-port", "1", "-quic"],
    ] {
        let output = shim(flags);
        assert_eq!(output.status.code(), Some(89), "{flags:?}");
        assert!(output.stderr.is_empty(), "{flags:?}");
    }
}

#[test]
fn a_config_without_versions_is_refused_by_its_name_before_anything_is_sent() {
    let off = ["-no-tls13", "-no-tls12", "-no-tls11", "-no-tls1"];
    let output = shim(&[&["-port", "1"][..], &off].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.starts_with(":NO_SUPPORTED_VERSIONS_ENABLED:"),
        "{told}"
    );
}

#[test]
fn a_runner_that_is_not_there_is_a_failure() {
    let output = shim(&["-port", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!output.stderr.is_empty());
}

#[test]
fn the_shims_number_comes_first_then_a_client_hello() {
    let (first, _) = against(b"", &[]);
    assert_eq!(first[..8], [2, 1, 0, 0, 0, 0, 0, 0]);
    assert_eq!(first[8..11], [22, 3, 1]);
}

#[test]
fn a_fault_is_named_on_standard_error() {
    // A ServerHello that ends before it has begun.
    let (_, output) = against(&[22, 3, 3, 0, 4, 2, 0, 0, 0], &[]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with(":DECODE_ERROR:"), "{text}");
}

#[test]
fn a_peers_alert_is_named_on_standard_error() {
    let (_, output) = against(&[21, 3, 3, 0, 2, 2, 40], &[]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.starts_with(":SSLV3_ALERT_HANDSHAKE_FAILURE:"),
        "{text}"
    );
}
