//! Servers that do not behave, within limits; each beside a server that does.

use crate::world::{UNKNOWN, World, builder, fetcher, said, short, words};
use handfast_fetch::{Fetcher, Limits};
use handfast_testkit::web::{Say, Web, head_and, ok, redirect, status};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What comes of a CRL that this server gives.
async fn tried(fetcher: &Fetcher, world: &World, web: &Web) -> &'static str {
    let outcome = world.hard(fetcher, web.url("/list.crl")).await;
    let words = words(&outcome);
    assert_eq!(words.len(), 1, "{:?}", outcome.tried);
    match words[0] {
        "ok" => assert_eq!(said(&outcome), "good"),
        _ => assert!(said(&outcome).starts_with(UNKNOWN), "{}", said(&outcome)),
    }
    words[0]
}

async fn says(world: &World, say: Vec<Say>) -> &'static str {
    tried(&fetcher(), world, &Web::saying(say)).await
}

#[tokio::test]
async fn control_a_good_list_passes_however_it_is_cut() {
    let world = World::new();
    let list = world.good_list();
    assert_eq!(says(&world, ok(&list)).await, "ok");
    let Say::Bytes(whole) = ok(&list).remove(0) else {
        unreachable!()
    };
    let bytewise = whole
        .chunks(1)
        .map(|one| Say::Bytes(one.to_vec()))
        .collect();
    assert_eq!(says(&world, bytewise).await, "ok");
    let mut halves = vec![Say::Bytes(whole[..60].to_vec()), Say::Wait(50)];
    halves.push(Say::Bytes(whole[60..].to_vec()));
    assert_eq!(says(&world, halves).await, "ok");
    let mut chunked = Vec::new();
    for part in list.chunks(37) {
        chunked.extend(format!("{:x};x=y\r\n", part.len()).into_bytes());
        chunked.extend(part);
        chunked.extend(b"\r\n");
    }
    chunked.extend(b"0\r\nTrailer: x\r\n\r\n");
    let chunked = head_and("200 OK", &["Transfer-Encoding: chunked"], &chunked);
    assert_eq!(says(&world, chunked).await, "ok");
    assert_eq!(says(&world, head_and("200 OK", &[], &list)).await, "ok");
    let old = [b"HTTP/1.0 200 OK\r\n\r\n", &list[..]].concat();
    assert_eq!(says(&world, vec![Say::Bytes(old)]).await, "ok");
    let identity = ["Content-Encoding: identity"];
    assert_eq!(
        says(&world, head_and("200 OK", &identity, &list)).await,
        "ok"
    );
    let pem = format!(
        "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
        base64_lines(&list)
    );
    assert_eq!(says(&world, ok(pem.as_bytes())).await, "ok");
}

fn base64_lines(bytes: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy);
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn what_is_no_list_is_none() {
    let world = World::new();
    let list = world.good_list();
    let cut = head_and("200 OK", &["Content-Length: 9999"], &list);
    let short_chunk = [b"400\r\n", &list[..]].concat();
    let cut_chunk = head_and("200 OK", &["Transfer-Encoding: chunked"], &short_chunk);
    let gzip = head_and("200 OK", &["Content-Encoding: gzip"], &[0x1f, 0x8b]);
    for (say, word) in [
        (status("404 Not Found"), "http_status"),
        (status("500 Internal Server Error"), "http_status"),
        (status("204 No Content"), "http_status"),
        (head_and("206 Partial Content", &[], &list), "http_status"),
        (ok(b"<html>Please log in</html>"), "unreadable"),
        (ok(b""), "unreadable"),
        (ok(&list[..list.len() - 1]), "unreadable"),
        (ok(&[&list[..], b"x"].concat()), "unreadable"),
        (cut, "broken"),
        (cut_chunk, "broken"),
        (gzip, "compressed"),
        (vec![Say::Bytes(b"SSH-2.0-x\r\n".to_vec())], "broken"),
        (
            vec![Say::Bytes(b"\x15\x03\x01\x00\x02\x02\x46".to_vec())],
            "broken",
        ),
        (vec![], "broken"),
    ] {
        assert_eq!(says(&world, say).await, word);
    }
}

#[tokio::test]
async fn sizes_are_bounded_whatever_is_announced() {
    let world = World::new();
    let limit = short().crl_bytes;
    let endless = |head: &[&str], bytes: &[u8]| {
        let mut say = head_and("200 OK", head, b"");
        say.push(Say::Endless(bytes.to_vec(), 0));
        say
    };
    let chunked = "Transfer-Encoding: chunked";
    let block = [0x30; 4096];
    let chunk = [b"1000\r\n", &block[..], b"\r\n"].concat();
    let announced = format!("Content-Length: {}", limit + 1);
    for (say, word) in [
        (endless(&[], &block), "too_large"),
        (endless(&[chunked], &chunk), "too_large"),
        (
            endless(&["Content-Length: 99999999999"], &block),
            "too_large",
        ),
        // Refused for what it announces: nothing of it ever comes.
        (head_and("200 OK", &[&announced], b""), "too_large"),
        (
            head_and("200 OK", &["Content-Length: 18446744073709551615"], b""),
            "broken",
        ),
        (
            head_and("200 OK", &["Content-Length: 18446744073709551616"], b""),
            "broken",
        ),
        (head_and("200 OK", &["Content-Length: -1"], b""), "broken"),
        (
            head_and("200 OK", &["Content-Length: 1", "Content-Length: 2"], b""),
            "broken",
        ),
        (
            head_and("200 OK", &[chunked], b"ffffffffffffffff\r\n"),
            "broken",
        ),
        (
            head_and("200 OK", &[chunked], b"fffffffffffffffff\r\n"),
            "broken",
        ),
        (endless(&[], b"X-More: and more\r\n"), "too_large"),
        (
            vec![
                Say::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec()),
                Say::Endless(vec![b'x'; 999], 0),
            ],
            "broken",
        ),
        (
            vec![
                Say::Bytes(b"HTTP/1.1 200 OK\r\n".to_vec()),
                Say::Endless(b"X: y\r\n".to_vec(), 0),
            ],
            "broken",
        ),
    ] {
        let begun = Instant::now();
        assert_eq!(says(&world, say).await, word);
        assert!(begun.elapsed() < Duration::from_secs(3));
    }
    // Control: as long as allowed, and not a byte longer.
    let list = world.good_list();
    for (crl_bytes, word) in [(list.len(), "ok"), (list.len() - 1, "too_large")] {
        let fetcher = builder()
            .limits(Limits {
                crl_bytes,
                ..short()
            })
            .build();
        assert_eq!(tried(&fetcher, &world, &Web::saying(ok(&list))).await, word);
        let without_length = Web::saying(head_and("200 OK", &[], &list));
        let fetcher = builder()
            .limits(Limits {
                crl_bytes,
                ..short()
            })
            .build();
        assert_eq!(tried(&fetcher, &world, &without_length).await, word);
    }
}

#[tokio::test]
async fn a_slow_server_costs_no_more_than_the_limit() {
    let world = World::new();
    let list = world.good_list();
    let slow_head = vec![Say::Wait(5_000)];
    let mut slow_body = head_and("200 OK", &["Content-Length: 9000"], b"");
    slow_body.push(Say::Endless(vec![0x30], 50));
    let slow_lines = vec![
        Say::Bytes(b"HTTP/1.1 200 OK\r\nX: ".to_vec()),
        Say::Endless(b"x".to_vec(), 50),
    ];
    let request = Duration::from_millis(400);
    for say in [slow_head, slow_body, slow_lines] {
        let fetcher = builder().limits(Limits { request, ..short() }).build();
        let begun = Instant::now();
        assert_eq!(tried(&fetcher, &world, &Web::saying(say)).await, "timeout");
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    // Control: slow, but in time.
    let mut patient = vec![Say::Wait(100)];
    patient.extend(ok(&list));
    let fetcher = builder().limits(Limits { request, ..short() }).build();
    assert_eq!(tried(&fetcher, &world, &Web::saying(patient)).await, "ok");
}

#[tokio::test]
async fn redirects_are_followed_a_few_times() {
    let world = World::new();
    let list = world.good_list();
    let hop = |count: usize| {
        let list = list.clone();
        Web::new(move |asked| {
            let at: usize = asked
                .path
                .trim_start_matches("/list.crl")
                .parse()
                .unwrap_or(0);
            if at < count {
                redirect("302 Found", &format!("/list.crl{}", at + 1))
            } else {
                ok(&list)
            }
        })
    };
    for (count, word) in [(1, "ok"), (3, "ok"), (4, "redirects"), (99, "redirects")] {
        let web = hop(count);
        assert_eq!(tried(&fetcher(), &world, &web).await, word, "{count}");
        assert!(web.count() <= 4);
    }
    let itself = Web::saying(redirect("301 Moved Permanently", "/list.crl"));
    assert_eq!(tried(&fetcher(), &world, &itself).await, "redirects");
    for (to, word) in [
        ("https://localhost/list.crl", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("ldap://localhost/", "scheme"),
        ("http://user:secret@localhost/", "url"),
        ("http://[::", "url"),
    ] {
        let web = Web::saying(redirect("302 Found", to));
        assert_eq!(tried(&fetcher(), &world, &web).await, word, "{to}");
    }
    let nowhere = Web::saying(status("302 Found"));
    assert_eq!(tried(&fetcher(), &world, &nowhere).await, "http_status");
}

#[tokio::test]
async fn one_verification_begins_so_many_fetches_and_takes_so_long() {
    let world = World::new();
    let web = Web::saying(status("404 Not Found"));
    let urls = |count: usize| crate::world::Where {
        crl: (0..count).map(|at| web.url(&format!("/{at}"))).collect(),
        ..Default::default()
    };
    let mode = handfast_pki::verify::revocation::Mode::HardFail;
    let fetches = 2;
    let few = builder().limits(Limits { fetches, ..short() }).build();
    let outcome = world.verify(&few, mode, &world.leaf(&urls(4))).await;
    assert_eq!(
        words(&outcome),
        ["http_status", "http_status", "fetches", "fetches"]
    );
    assert_eq!(web.count(), 2);
    // Control, and a limit on how many of a certificate's URLs are asked.
    let outcome = world.verify(&fetcher(), mode, &world.leaf(&urls(40))).await;
    assert_eq!(words(&outcome), ["http_status"; 4]);

    let silent = Web::saying(vec![Say::Wait(5_000)]);
    let urls = crate::world::Where {
        crl: (0..4).map(|at| silent.url(&format!("/{at}"))).collect(),
        ..Default::default()
    };
    let total = Duration::from_millis(700);
    let request = Duration::from_millis(500);
    let hasty = builder()
        .limits(Limits {
            total,
            request,
            ..short()
        })
        .build();
    let begun = Instant::now();
    let outcome = world.verify(&hasty, mode, &world.leaf(&urls)).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(words(&outcome), ["timeout"; 4]);
    assert!(said(&outcome).starts_with(UNKNOWN));
}

#[tokio::test]
async fn no_more_fetches_than_allowed_are_under_way_at_once() {
    let world = Arc::new(World::new());
    let list = world.good_list();
    let mut slowly = vec![Say::Wait(60)];
    slowly.extend(ok(&list));
    for (at_once, most) in [(2, 2), (8, 6)] {
        let web = Arc::new(Web::saying(slowly.clone()));
        let fetcher = builder().limits(Limits { at_once, ..short() }).build();
        let mut tasks = tokio::task::JoinSet::new();
        for at in 0..6 {
            let (world, web, fetcher) = (Arc::clone(&world), Arc::clone(&web), fetcher.clone());
            tasks.spawn(async move {
                let outcome = world.hard(&fetcher, web.url(&format!("/{at}"))).await;
                assert_eq!(said(&outcome), "good");
            });
        }
        tasks.join_all().await;
        assert_eq!(web.count(), 6);
        assert!(web.at_once() <= most, "{} of {at_once}", web.at_once());
    }
}
