//! What speaks like a server and means harm: no handshake fails, and no memory runs out.

use crate::node::{Node, VERSIONS, Visitor};
use crate::proxy::{Answering, pretender};
use crate::server::{redis, run, show, waits};
use handfast_store::Guarded;
use handfast_testkit::peer::trial;
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    let each = HOSTILE.iter().map(|(what, bytes, over_and_over)| {
        let name = format!("hostile::{}", what.replace(' ', "_"));
        trial(&name, [], move |[]| {
            run(hostile(what, bytes(), *over_and_over))
        })
    });
    each.collect()
}

type Bytes = fn() -> Vec<u8>;

/// What it answers to every question, and whether it goes on to.
const HOSTILE: [(&str, Bytes, bool); 15] = [
    ("noise", || (0..=255).cycle().take(1000).collect(), false),
    (
        "noise without end",
        || (0..=255).cycle().take(60_000).collect(),
        true,
    ),
    (
        "a string of a terabyte",
        || b"$1099511627776\r\nabc".to_vec(),
        false,
    ),
    (
        "a string that goes on",
        || [b"$1099511627776\r\n".to_vec(), vec![b'x'; 60_000]].concat(),
        true,
    ),
    (
        "a line without end",
        || [b"+".to_vec(), vec![b'x'; 60_000]].concat(),
        true,
    ),
    (
        "a list of all lengths",
        || b"*9223372036854775807\r\n:1\r\n".to_vec(),
        false,
    ),
    (
        "a length below nothing",
        || b"$-7\r\n*-9223372036854775808\r\n".to_vec(),
        false,
    ),
    ("lists in lists", || b"*1\r\n".repeat(100_000), false),
    ("a number", || b":1\r\n".to_vec(), false),
    ("a list", || b"*2\r\n$1\r\na\r\n$1\r\nb\r\n".to_vec(), false),
    (
        "a forged value",
        || [b"$200\r\n".to_vec(), vec![1; 200], b"\r\n".to_vec()].concat(),
        false,
    ),
    (
        "two answers to each question",
        || b"$3\r\nabc\r\n+OK\r\n".to_vec(),
        false,
    ),
    (
        "words for a terminal",
        || b"-ERR \x1b[2J\x07 look here\r\n".to_vec(),
        false,
    ),
    (
        "answers that nobody asked for",
        || b"+OK\r\n".repeat(10_000),
        true,
    ),
    ("half an answer", || b"$200\r\nabc".to_vec(), false),
];

async fn hostile(what: &'static str, bytes: Vec<u8>, over_and_over: bool) -> Result<(), Failed> {
    let answer = move || Answering {
        bytes: bytes.clone(),
        over_and_over,
    };
    let port = pretender(answer).await?;
    for version in VERSIONS {
        let node = Node::new(Guarded::new(redis(port)), version);
        let visitor = Visitor::new(version);
        for _ in 0..20 {
            assert!(!visitor.visit(&node).await.is_resumed, "{what} {version}");
        }
        show(what, &waits(&node.sessions, 200).await);
    }
    let peak_kib = peak_kib();
    assert!(peak_kib < 400_000, "{what}: {peak_kib} KiB");
    Ok(())
}

/// The most memory that this process ever had.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0)
}
