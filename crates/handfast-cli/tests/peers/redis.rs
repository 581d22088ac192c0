//! Two `handfast serve` that share sessions in a server of Redis.

use crate::lab::{Lab, SOON, Serving, handfast, handfast_alone};
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

pub(crate) fn trials() -> Vec<Trial> {
    vec![trial(
        "redis::a_client_comes_back_to_another_server_once",
        ["redis-server"],
        |[program]| shared(&program),
    )]
}

fn shared(program: &Program) -> Result<(), Failed> {
    let lab = Lab::new();
    let (root, file) = (lab.file("root"), lab.file("session"));
    let drawn = handfast(&["serve", "--new-ticket-root", &root]);
    assert!(drawn.success(), "{drawn:?}");
    let pass = lab.write("pass", "open sesame\nnot this\n");
    let dir = lab.file(".");
    let arguments = |port: u16| {
        let port = port.to_string();
        let all = [
            "--port",
            &port,
            "--bind",
            "127.0.0.1",
            "--dir",
            &dir,
            "--save",
            "",
            "--requirepass",
            "open sesame",
        ];
        all.map(str::to_owned).to_vec()
    };
    let redis = Server::start(program, arguments, SOON)?;
    let place = format!("redis://127.0.0.1:{}", redis.port());
    // Time enough on a busy machine.
    let flags = [
        "--session-store",
        &place,
        "--store-pass-file",
        &pass,
        "--ticket-root",
        &root,
        "--store-budget",
        "1000",
    ];
    let (one, other) = (lab.serve(&flags), lab.serve(&flags));
    for (limit, kind) in [("1.3", "psk"), ("1.2", "session_id")] {
        let file = format!("{file}.{limit}");
        assert!(comes_back(&lab, &one, &one, &file, limit).is_null());
        assert_eq!(comes_back(&lab, &one, &other, &file, limit), kind);
        let session = std::fs::read(&file)?;
        assert_eq!(comes_back(&lab, &one, &one, &file, limit), kind);
        // The same session once more.
        std::fs::write(&file, session)?;
        let again = comes_back(&lab, &one, &other, &file, limit);
        assert_eq!(again.is_null(), limit == "1.3", "{limit}: {again}");
    }
    // Without it every handshake is a full one, and who runs the server is told.
    drop(redis);
    for limit in ["1.3", "1.2"] {
        for _ in 0..2 {
            assert!(comes_back(&lab, &one, &one, &lab.file("new"), limit).is_null());
            std::fs::remove_file(lab.file("new"))?;
        }
    }
    one.said("until it answers");
    let said = [one.all_said(), other.all_said()].concat().concat();
    assert!(!said.contains("sesame"), "{said}");
    Ok(())
}

/// By what a client came back to `to` that has the session in this file, under the name of `named`.
fn comes_back(lab: &Lab, named: &Serving, to: &Serving, file: &str, limit: &str) -> Value {
    let root = lab.file("root.pem");
    let target = format!("localhost:{}", named.port());
    let leads = format!("{target}:localhost:{}", to.port());
    let asked = [
        "connect",
        "--json",
        "--cacert",
        &root,
        "--resume",
        file,
        "--max",
        limit,
        "--connect-to",
        &leads,
        &target,
    ];
    let outcome = handfast_alone(&asked);
    assert_eq!(outcome.status.code(), Some(0), "{outcome:?}");
    let document: Value = serde_json::from_slice(&outcome.stdout).expect("it is a document");
    document["result"]["resumption"].clone()
}
