//! A server that is away, slow, stopped or cut off: every handshake is done all the same.

use crate::node::{Node, VERSIONS, Visitor};
use crate::proxy::{Proxy, Way};
use crate::server::{redis, run, show, start, waits};
use core::time::Duration;
use handfast::ProtocolVersion;
use handfast_store::Guarded;
use handfast_testkit::peer::{Program, free_port, trial};
use libtest_mimic::{Failed, Trial};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Instant;
use tokio::time::sleep;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("unwell::nobody_listens", [], |[]| run(refused())),
        trial(
            "unwell::answers_come_late",
            ["redis-server"],
            |[program]| run(slow(program)),
        ),
        trial("unwell::it_is_stopped", ["redis-server"], |[program]| {
            run(stopped(program))
        }),
        trial(
            "unwell::packets_go_nowhere",
            ["redis-server"],
            |[program]| run(partitioned(program)),
        ),
        trial(
            "unwell::it_ends_and_is_started_again",
            ["redis-server"],
            |[program]| run(restarted(program)),
        ),
    ]
}

/// With the budget and the breaker that nobody has changed.
fn plain(port: u16) -> Guarded {
    Guarded::new(redis(port))
}

/// Handshakes while a server is unwell, all done, and what a question for a session costs then: the
/// budget, and what a busy machine adds, until the breaker opens; then nothing.
async fn is_borne(what: &str, nodes: &[Node]) -> Result<(), Failed> {
    for (node, version) in nodes.iter().zip(VERSIONS) {
        show(
            &format!("{what}, at first"),
            &waits(&node.sessions, 5).await,
        );
        let visitor = Visitor::new(version);
        for _ in 0..10 {
            let visit = visitor.visit(node).await;
            assert!(!visit.is_resumed, "{what} {version}");
            assert!(visit.handshake < Duration::from_secs(2), "{what} {version}");
        }
    }
    for node in nodes {
        assert!(node.sessions.store().is_open(), "{what}");
        let before = node.sessions.store().counts();
        let costs = waits(&node.sessions, 2000).await;
        show(what, &costs);
        let after = node.sessions.store().counts();
        assert!(
            costs[1000] < Duration::from_millis(1),
            "{what}: {:?}",
            costs[1000]
        );
        assert!(
            costs[1999] < Duration::from_millis(250),
            "{what}: {:?}",
            costs[1999]
        );
        let asked = after.asked - before.asked;
        assert!(asked <= 5, "{what}: it was asked {asked} times");
        // The first few, before the breaker opened, waited for the budget each.
        assert!(
            before.opened >= 1 && before.failed + before.too_slow >= 5,
            "{what}: {before:?}"
        );
    }
    Ok(())
}

/// Sessions go on again soon after the server is well.
async fn comes_back(what: &str, nodes: &[Node]) -> Result<(), Failed> {
    let began = Instant::now();
    for (node, version) in nodes.iter().zip(VERSIONS) {
        let visitor = Visitor::new(version);
        loop {
            let is_resumed = visitor.visit(node).await.is_resumed;
            if is_resumed && !node.sessions.store().is_open() {
                break;
            }
            if began.elapsed() > Duration::from_secs(20) {
                let counts = node.sessions.store().counts();
                return Err(format!("{what}: it is not asked again: {counts:?}").into());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
    eprintln!("  {what}: well again after {:.1?}", began.elapsed());
    Ok(())
}

fn nodes(port: u16) -> [Node; 2] {
    VERSIONS.map(|version| Node::new(plain(port), version))
}

async fn refused() -> Result<(), Failed> {
    is_borne("nobody listens", &nodes(free_port()?)).await
}

async fn slow(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let proxy = Proxy::before(server.port()).await?;
    let nodes = nodes(proxy.port);
    comes_back("before", &nodes).await?;
    proxy.goes(Way::Slow);
    is_borne("50 ms late", &nodes).await?;
    proxy.goes(Way::Through);
    comes_back("no longer late", &nodes).await
}

async fn stopped(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let nodes = nodes(server.port());
    comes_back("before", &nodes).await?;
    let id = i32::try_from(server.id())?;
    let id = Pid::from_raw(id).ok_or("it has no id")?;
    kill_process(id, Signal::STOP)?;
    let borne = is_borne("stopped", &nodes).await;
    kill_process(id, Signal::CONT)?;
    borne?;
    comes_back("continued", &nodes).await
}

async fn partitioned(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let proxy = Proxy::before(server.port()).await?;
    let nodes = nodes(proxy.port);
    comes_back("before", &nodes).await?;
    proxy.goes(Way::Nowhere);
    is_borne("cut off", &nodes).await?;
    proxy.goes(Way::Through);
    comes_back("no longer cut off", &nodes).await?;
    // A listener that never answers, from the beginning.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let port = silent.local_addr()?.port();
    is_borne("never answers", &self::nodes(port)).await
}

async fn restarted(program: Program) -> Result<(), Failed> {
    let (server, _folder) = start(&program, &[])?;
    let proxy = Proxy::before(server.port()).await?;
    let node = Node::new(plain(proxy.port), ProtocolVersion::TLS_1_3);
    let visitor = Visitor::new(ProtocolVersion::TLS_1_3);
    visitor.visit(&node).await;
    drop(server);
    for _ in 0..10 {
        assert!(!visitor.visit(&node).await.is_resumed);
    }
    let (server, _folder) = start(&program, &[])?;
    proxy.leads_to(server.port());
    comes_back("started again", core::slice::from_ref(&node)).await
}
