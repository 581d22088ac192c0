//! Whoever says close_notify behind its request gets the whole answer all the same.

use crate::lab::{Lab, SOON, Serving, big, command};
use crate::scripted::server;
use handfast::config::Trust;
use handfast::stream::Stream;
use handfast::{ClientConfig, Roots, ServerName};
use handfast_pki::load;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
}

/// A server with files of two sizes.
fn serving(lab: &Lab, arguments: &[&str]) -> Serving {
    lab.write("site/middle.bin", &big()[..400_000]);
    lab.serve(arguments)
}

#[test]
fn a_pipe_that_ends_gets_all_of_a_long_answer() {
    let lab = Lab::new();
    let server = serving(&lab, &[]);
    let (root, target) = (lab.file("root.pem"), format!("localhost:{}", server.port()));
    for version in VERSIONS {
        for (path, length, times) in [("/middle.bin", 400_000, 5), ("/big.bin", big().len(), 3)] {
            for _ in 0..times {
                let arguments = [
                    "connect", "-q", "--max", version, "--cacert", &root, &target,
                ];
                let outcome = command()
                    .run(arguments, request(path).as_bytes(), SOON)
                    .unwrap();
                assert_eq!(
                    outcome.code,
                    Some(0),
                    "{version} {path}: {}",
                    outcome.stderr
                );
                assert!(
                    outcome.stdout.ends_with(&big()[..length]),
                    "{version} {path}"
                );
            }
        }
    }
}

/// A client of ours that half-closes, of TLS and of TCP, behind its request. Gives what it read,
/// slowly at first, and how that ended.
fn half_closed(lab: &Lab, server: &Serving, path: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let root = std::fs::read(lab.file("root.pem")).unwrap();
    let mut roots = Roots::new();
    roots
        .add(load::certificates(&root).unwrap().remove(0))
        .unwrap();
    let config = ClientConfig::new(Trust::Roots(roots)).check().unwrap();
    let tcp = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let half = tcp.try_clone().unwrap();
    let name = ServerName::parse("localhost").unwrap();
    let mut stream = Stream::connect(&config, name, tcp).unwrap();
    stream.write_all(request(path).as_bytes()).unwrap();
    stream.close().unwrap();
    half.shutdown(Shutdown::Write).unwrap();
    thread::sleep(Duration::from_millis(50));
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).err();
    (answer, end.map(|error| error.kind()))
}

#[test]
fn serve_answers_in_full_whoever_half_closes() {
    let lab = Lab::new();
    for version in VERSIONS {
        let server = serving(&lab, &["--max", version]);
        for (path, length, times) in [("/middle.bin", 400_000, 5), ("/big.bin", big().len(), 3)] {
            for _ in 0..times {
                let (answer, end) = half_closed(&lab, &server, path);
                assert_eq!(
                    (end, answer.ends_with(&big()[..length])),
                    (None, true),
                    "{version} {path}"
                );
            }
        }
    }
}

#[test]
fn the_log_tells_an_answer_that_was_cut_off() {
    let lab = Lab::new();
    let server = serving(&lab, &[]);
    lab.write("site/long.bin", vec![7; 40_000_000]);
    let url = server.url("/long.bin");
    for (http, flags) in [("HTTP/1.1", &["--http1.1"][..]), ("HTTP/2.0", &[])] {
        let mut get = command().command();
        get.arg("get").args(flags);
        get.args(["--cacert", &lab.file("root.pem"), &url]);
        get.stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null());
        let mut get = get.spawn().unwrap();
        // Nobody reads on: it stands still with its buffers full.
        get.stdout
            .as_mut()
            .unwrap()
            .read_exact(&mut [0; 1000])
            .unwrap();
        thread::sleep(Duration::from_millis(200));
        get.kill().unwrap();
        get.wait().unwrap();
        let line = server.logged(|line| line["http"] == http);
        assert_eq!(
            (&line["status"], &line["cut_off"]),
            (&200.into(), &true.into())
        );
        assert!(line["bytes"].as_u64().unwrap() < 40_000_000, "{line}");
    }
    let whole = lab.trusting("get", &[&server.url("/middle.bin")]);
    assert_eq!(whole.code, Some(0));
    let line = server.logged(|line| line["path"] == "/middle.bin");
    assert_eq!(
        (&line["bytes"], &line["cut_off"]),
        (&400_000.into(), &false.into())
    );
}

/// `connect` against a server that reads `asked`, then until close_notify, says `answer` before or
/// behind that, and ends with close_notify or without.
fn told(
    lab: &Lab,
    asked: &'static [u8],
    answer: &'static [u8],
    is_clean: bool,
) -> (Option<i32>, String, Duration) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = format!("localhost:{}", listener.local_addr().unwrap().port());
    let config = server(lab);
    let serving = thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let end = tcp.try_clone().unwrap();
        let mut stream = Stream::accept(&config, tcp).unwrap();
        stream.read_exact(&mut vec![0; asked.len()]).unwrap();
        stream.write_all(answer).unwrap();
        // Its close_notify, and no end of TCP behind it.
        assert_eq!(stream.read(&mut [0; 10]).unwrap(), 0);
        end.set_nonblocking(true).unwrap();
        assert_eq!(
            (&end).read(&mut [0; 10]).unwrap_err().kind(),
            ErrorKind::WouldBlock
        );
        end.set_nonblocking(false).unwrap();
        if is_clean {
            stream.close().unwrap();
        }
        end.shutdown(Shutdown::Write).unwrap();
        while (&end).read(&mut [0; 100]).is_ok_and(|read| read > 0) {}
    });
    let start = Instant::now();
    let root = lab.file("root.pem");
    let outcome = command()
        .run(["connect", "-q", "--cacert", &root, &target], asked, SOON)
        .unwrap();
    let took = start.elapsed();
    serving.join().unwrap();
    (outcome.code, outcome.stderr, took)
}

#[test]
fn close_notify_is_said_after_a_quiet_time_and_tcp_stays_open() {
    let lab = Lab::new();
    let (code, said, took) = told(&lab, b"ask\n", b"answer\n", true);
    assert_eq!((code, said.as_str()), (Some(0), ""));
    assert!(took > Duration::from_secs(2), "{took:?}");
}

#[test]
fn an_end_without_close_notify_after_ours_is_56_unless_nothing_was_said() {
    let lab = Lab::new();
    let (code, said, _) = told(&lab, b"ask\n", b"answer\n", false);
    assert!(
        code == Some(56) && said.contains("without close_notify after we had said ours"),
        "{said}"
    );
    assert_eq!(told(&lab, b"", b"", false).0, Some(0));
}
