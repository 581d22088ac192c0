//! A server that is well.

use crate::node::{Node, VERSIONS, Visitor};
use crate::server::{LIFE, name, patient, redis, run, show, start, target, waits};
use core::time::Duration;
use handfast::ProtocolVersion;
use handfast_redis::{Redis, Target};
use handfast_store::{Guarded, Sealed, Sessions, Store, StoreFailed};
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};
use std::sync::Arc;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "well::values_and_marks_are_kept_taken_and_end",
            ["redis-server"],
            |[program]| run(keeps(program)),
        ),
        trial(
            "well::in_a_thousand_races_between_two_nodes_each_value_and_each_mark_has_one_winner",
            ["redis-server"],
            |[program]| run(races(program)),
        ),
        trial(
            "well::a_client_comes_back_to_a_node_that_never_saw_it",
            ["redis-server"],
            |[program]| run(shares(program)),
        ),
        trial(
            "well::a_password_is_given_and_never_told",
            ["redis-server"],
            |[program]| run(password(program)),
        ),
        trial(
            "well::a_user_needs_three_commands_on_our_keys_and_a_fourth_for_strikes",
            ["redis-server"],
            |[program]| run(limited(program)),
        ),
        trial(
            "well::strikes_are_refused_by_a_server_that_was_just_started_or_may_drop_them",
            ["redis-server"],
            |[program]| run(forgets(program)),
        ),
        trial(
            "well::over_tls_by_ourselves",
            ["redis-server"],
            |[program]| run(over_tls(program)),
        ),
    ]
}

async fn keeps(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let store = redis(server.port());
    assert_eq!(store.get(name(1)).await?, None);
    assert_eq!(store.take(name(1)).await?, None);
    for value in [vec![0, 13, 10, 255], Vec::new(), vec![9; 60_000]] {
        store.put(name(1), value.clone(), LIFE).await?;
        assert_eq!(store.get(name(1)).await?.as_ref(), Some(&value));
        assert_eq!(store.get(name(1)).await?.as_ref(), Some(&value));
    }
    assert_eq!(store.take(name(1)).await?, Some(vec![9; 60_000]));
    assert_eq!(store.take(name(1)).await?, None);
    assert!(store.insert(name(2), LIFE).await?);
    assert!(!store.insert(name(2), LIFE).await?);
    let short = Duration::from_millis(40);
    store.put(name(3), vec![1], short).await?;
    assert!(store.insert(name(4), short).await?);
    tokio::time::sleep(2 * short).await;
    assert_eq!(store.get(name(3)).await?, None);
    assert!(store.insert(name(4), short).await?, "its time was over");
    // Whatever came, it has an end.
    let left = command(server.port(), "KEYS *\r\n").await?;
    assert_eq!(left.matches("handfast:").count(), 2, "{left}");
    Ok(())
}

/// What the server says to a line.
pub(crate) async fn command(port: u16, line: &str) -> std::io::Result<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(line.as_bytes()).await?;
    stream.write_all(b"QUIT\r\n").await?;
    let mut said = String::new();
    stream.read_to_string(&mut said).await?;
    Ok(said)
}

async fn races(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let nodes = [(); 2].map(|()| Arc::new(redis(server.port())));
    for number in 0..1000 {
        let [one, other] = &nodes;
        let (a, b) = tokio::join!(
            one.insert(name(number), LIFE),
            other.insert(name(number), LIFE)
        );
        assert_eq!(u8::from(a?) + u8::from(b?), 1, "{number}");
        one.put(name(9000 + number), vec![1], LIFE).await?;
        let taken = name(9000 + number);
        let (a, b) = tokio::join!(one.take(taken), other.take(taken));
        let got = [a?, b?].into_iter().flatten().count();
        assert_eq!(got, 1, "{number}");
    }
    Ok(())
}

async fn shares(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    for version in VERSIONS {
        let [one, other] = [(); 2].map(|()| Node::new(patient(server.port()), version));
        let visitor = Visitor::new(version);
        assert!(!visitor.visit(&one).await.is_resumed, "{version}");
        for node in [&other, &one, &other] {
            assert!(visitor.visit(node).await.is_resumed, "{version}");
        }
        let session = visitor.newest();
        let mut came_back = Vec::new();
        for node in [&one, &other, &one] {
            visitor.has_only(&session);
            came_back.push(visitor.visit(node).await.is_resumed);
        }
        let expected = match version {
            ProtocolVersion::TLS_1_3 => [true, false, false],
            _ => [true; 3],
        };
        assert_eq!(came_back, expected, "{version}");
        if version == ProtocolVersion::TLS_1_2 {
            for fails in [false, true] {
                let session = visitor.visit_that_ends(&one, fails).await;
                visitor.has_only(&session);
                assert_eq!(visitor.visit(&other).await.is_resumed, !fails);
            }
        }
        // Values swapped by who can write to the server do not open.
        let fresh = Visitor::new(version);
        let both = [Visitor::new(version), fresh];
        for visitor in &both {
            visitor.visit(&one).await;
        }
        swap_all(server.port()).await?;
        for visitor in &both {
            assert!(!visitor.visit(&other).await.is_resumed, "{version}");
            assert!(
                visitor.visit(&other).await.is_resumed,
                "{version}: the control"
            );
        }
        command(server.port(), "FLUSHALL\r\n").await?;
    }
    let node = Node::new(Guarded::new(redis(server.port())), ProtocolVersion::TLS_1_3);
    waits(&node.sessions, 50).await;
    show("well", &waits(&node.sessions, 2000).await);
    Ok(())
}

/// Each key gets the value of another.
async fn swap_all(port: u16) -> Result<(), Failed> {
    let listed = command(port, "KEYS handfast:*\r\n").await?;
    let keys: Vec<&str> = listed
        .lines()
        .filter(|line| line.starts_with("handfast:"))
        .collect();
    assert!(keys.len() >= 2, "{listed}");
    let mut script = String::new();
    script.push_str(&format!("RENAME {} first\r\n", keys[0]));
    for pair in keys.windows(2) {
        script.push_str(&format!("RENAME {} {}\r\n", pair[1], pair[0]));
    }
    script.push_str(&format!("RENAME first {}\r\n", keys[keys.len() - 1]));
    let said = command(port, &script).await?;
    assert!(!said.contains("-ERR"), "{said}");
    Ok(())
}

async fn password(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &["--requirepass", "s3cret-word"])?;
    let port = server.port();
    let told = |url: String| async move {
        let store = Redis::open(Target::parse(&url)?)?;
        let printed = format!("{store:?}");
        assert!(!printed.contains("word"), "{printed}");
        Ok::<_, Failed>(store.put(name(1), vec![1], LIFE).await)
    };
    assert_eq!(
        told(format!("redis://:s3cret-word@127.0.0.1:{port}")).await?,
        Ok(())
    );
    assert_eq!(
        told(format!("redis://default:s3cret-word@127.0.0.1:{port}/3")).await?,
        Ok(())
    );
    for (url, why) in [
        (format!("redis://:wrong-word@127.0.0.1:{port}"), "WRONGPASS"),
        (format!("redis://127.0.0.1:{port}"), "NOAUTH"),
    ] {
        let failed = told(url).await?.expect_err("it is not let in");
        let said = failed.to_string();
        assert!(
            said.contains(why) || matches!(failed, StoreFailed::Refused(_)),
            "{said}"
        );
        assert!(
            !said.contains("word@") && !said.contains("wrong-word"),
            "{said}"
        );
    }
    Ok(())
}

async fn limited(program: Program) -> Result<(), Failed> {
    let user = [
        "--user",
        "shop",
        "on",
        ">pw",
        "~handfast:*",
        "+get",
        "+getdel",
        "+set",
    ];
    let (server, _folder) = start(&program, &user)?;
    let target = Target::parse(&format!("redis://shop:pw@127.0.0.1:{}", server.port()))?;
    let plain = Redis::open(target.clone())?;
    plain.put(name(1), vec![1], LIFE).await?;
    assert_eq!(plain.take(name(1)).await?, Some(vec![1]));
    // It may not be asked whether it drops what it was given.
    let trusting = Redis::open(target.clone())?.with_quiet(Duration::ZERO);
    let told = trusting.insert(name(2), LIFE).await;
    assert!(
        matches!(&told, Err(StoreFailed::Forgets(why)) if why.contains("INFO")),
        "{told:?}"
    );
    command(server.port(), "ACL SETUSER shop +info\r\n").await?;
    let told = Redis::open(target)?.with_quiet(Duration::ZERO);
    assert!(told.insert(name(2), LIFE).await?);
    // A question that nobody waits for is looked into by PING, which is refused: it is there.
    tokio::select! {
        biased;
        _ = trusting.get(name(3)) => {}
        () = core::future::ready(()) => {}
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(trusting.get(name(3)).await?, None);
    Ok(())
}

async fn forgets(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let young = Redis::open(target(server.port()))?;
    let told = young.insert(name(1), LIFE).await;
    assert!(
        matches!(&told, Err(StoreFailed::Forgets(why)) if why.contains("moment ago")),
        "{told:?}"
    );
    // Sessions are kept all the same, and its age counts.
    young.put(name(1), vec![1], LIFE).await?;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let older = Redis::open(target(server.port()))?.with_quiet(Duration::from_secs(1));
    assert!(older.insert(name(2), LIFE).await?);
    let lru = ["--maxmemory", "50mb", "--maxmemory-policy", "allkeys-lru"];
    let (server, _folder) = start(&program, &lru)?;
    let told = redis(server.port()).insert(name(1), LIFE).await;
    assert!(
        matches!(&told, Err(StoreFailed::Forgets(why)) if why.contains("noeviction")),
        "{told:?}"
    );
    Ok(())
}

async fn over_tls(program: Program) -> Result<(), Failed> {
    use handfast_testkit::certificates::{self, KeyKind};
    use handfast_testkit::config;
    let folder = handfast_testkit::peer::Folder::new()?;
    let issued = certificates::server(KeyKind::EcP256);
    let cert = folder.write("cert.pem", issued.chain_pem())?;
    let key = folder.write("key.pem", issued.key_pem().map_err(|why| format!("{why}"))?)?;
    let root = folder.write("root.pem", certificates::root().root_pem())?;
    let free = handfast_testkit::peer::free_port()?;
    let tls = free.to_string();
    let more = [
        "--tls-port",
        &tls,
        "--tls-cert-file",
        &cert,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &root,
        "--tls-auth-clients",
        "no",
    ];
    let (_server, _folder) = start(&program, &more)?;
    let connector = handfast_tokio::Connector::new(config::client().check()?)?;
    let target = Target::parse(&format!("rediss://localhost:{free}"))?;
    let store = Redis::with_connector(target.clone(), connector).with_quiet(Duration::ZERO);
    store.put(name(1), b"over TLS".to_vec(), LIFE).await?;
    assert_eq!(store.take(name(1)).await?, Some(b"over TLS".to_vec()));
    // A server that the system's roots do not vouch for is not spoken to.
    let failed = Redis::open(target)?
        .get(name(1))
        .await
        .expect_err("nobody vouches for it");
    assert!(
        matches!(&failed, StoreFailed::Unreachable(why) if why.contains("rediss://")),
        "{failed}"
    );
    let sealed = Sealed::new(&crate::node::roots(1), "test");
    show(
        "well, over TLS",
        &waits(&Sessions::new(Guarded::new(store), sealed), 2000).await,
    );
    Ok(())
}
