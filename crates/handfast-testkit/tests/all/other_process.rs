//! Coming back from, and to, another process: a session is a value, and a server that shares no
//! key with the one that made it must not know it.
//!
//! The other process is this test binary, started again to run one test that is ignored else.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod materials;
mod meeting;

use crate::coming_back::cell::Back;
use handfast::config::SystemEntropy;
use handfast::connection::Question;
use handfast::session::{
    MemoryStore, Session, SessionStore, SessionValue, StoredSession, TicketKeys,
};
use handfast::{Answer, ServerConfig};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::peer::{Folder, Program};
use materials::Materials;
use meeting::{accept, connect, kind};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

/// Names the folder to a process that was started for a part.
const FOLDER: &str = "HANDFAST_OTHER_PROCESS";
const SOON: Duration = Duration::from_secs(60);

/// Every way back, with and without a client certificate.
fn jobs() -> Vec<(Back, bool)> {
    let ways = Back::ALL.into_iter();
    ways.flat_map(|back| [(back, false), (back, true)])
        .collect()
}

/// Starts this binary again to run one test.
fn play_part(part: &str, folder: &Folder) {
    let binary = env::current_exe().unwrap();
    let program = Program::at(binary).with_variable(FOLDER, &folder.file(""));
    let test = format!("other_process::{part}");
    let args = ["--exact", &test, "--ignored", "--test-threads=1"];
    let outcome = program.run(args, b"", SOON).unwrap();
    assert!(outcome.success(), "{}\n{}", outcome.text(), outcome.stderr);
    assert!(outcome.text().contains("1 passed"), "{}", outcome.text());
}

/// The folder, where this process was started for a part.
fn part() -> Option<std::path::PathBuf> {
    env::var_os(FOLDER).map(Into::into)
}

fn stored(store: &MemoryStore) -> Option<Session> {
    let session = store.take("localhost");
    while store.take("localhost").is_some() {}
    session
}

/// A session made here, for a client that will come back by it, and what the server's caller is
/// given to keep.
fn first_meeting(
    materials: &Materials,
    (back, mutual): (Back, bool),
    server: &handfast::Server,
) -> (Session, Vec<StoredSession>) {
    let store = Arc::new(MemoryStore::default());
    let mut client = materials.client(back.version(), mutual);
    client.sessions = Some(store.clone());
    client.common.alpn = vec![b"first".to_vec()];
    let now = handfast::stream::now();
    let mut pair = Pair::at(&client.check().unwrap(), server, now);
    pair.connect(Delivery::Whole);
    pair.exchange(b"a line of text");
    let negotiated = pair.client.connection.negotiated().unwrap();
    assert_eq!(negotiated.resumption, None);
    (
        stored(&store).unwrap(),
        pair.server.connection.take_sessions(),
    )
}

#[test]
fn a_session_that_was_exported_comes_back_from_another_process() {
    let folder = Folder::new().unwrap();
    Materials::write(&folder).unwrap();
    let materials = Materials::read(folder.path()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    folder.write("port", port.to_string()).unwrap();
    let mut servers = Vec::new();
    for (number, (back, mutual)) in jobs().into_iter().enumerate() {
        let mut server = materials.server(back.version(), mutual);
        back.prepare(&mut server);
        let server = server.check().unwrap();
        let (session, _) = first_meeting(&materials, (back, mutual), &server);
        let bytes = session.to_bytes().unwrap();
        folder
            .write(&format!("session.{number}"), &bytes[..])
            .unwrap();
        servers.push(server);
    }
    let serving = thread::spawn(move || -> Vec<String> {
        let each = servers.iter();
        each.map(|server| accept(server, &listener, |_| Answer::Failed).unwrap())
            .collect()
    });
    play_part("a_client", &folder);
    let theirs = serving.join().unwrap();
    for (number, (back, mutual)) in jobs().into_iter().enumerate() {
        let ours = fs::read_to_string(folder.path().join(format!("told.{number}"))).unwrap();
        assert_eq!(ours, theirs[number], "{back:?} {mutual}");
        let wanted = format!("{} {}", kind(Some(back.resumption())), back.version());
        assert!(ours.starts_with(&wanted), "{back:?} {mutual}: {ours}");
        assert!(ours.contains(&format!("{:?}", b"second")), "{ours}");
    }
}

#[test]
#[ignore = "a part of another test, played in a process of its own"]
fn a_client() {
    let Some(folder) = part() else { return };
    let materials = Materials::read(&folder).unwrap();
    let port = fs::read_to_string(folder.join("port")).unwrap();
    for (number, (back, mutual)) in jobs().into_iter().enumerate() {
        let bytes = fs::read(folder.join(format!("session.{number}"))).unwrap();
        let store = MemoryStore::default();
        store.put("localhost", Session::from_bytes(&bytes).unwrap());
        let mut client = materials.client(back.version(), mutual);
        client.sessions = Some(Arc::new(store));
        client.common.alpn = vec![b"second".to_vec()];
        let told = connect(&client.check().unwrap(), port.parse().unwrap()).unwrap();
        fs::write(folder.join(format!("told.{number}")), told).unwrap();
    }
}

/// What a server process has of the one that made the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shares {
    /// The root of the ticket keys.
    Root,
    /// A root, but another.
    OtherRoot,
    /// Nothing: ticket keys of its own, drawn by itself.
    OwnKeys,
    /// Nothing: a session cache of its own.
    OwnCache,
    /// The caller's store.
    Store,
    /// A store of the caller's that has lost everything.
    EmptyStore,
}

/// Each with the way back that it concerns, and whether that may lead anywhere.
const SHARES: [(Shares, Back, bool); 12] = [
    (Shares::Root, Back::Ticket, true),
    (Shares::Root, Back::SealedPsk, true),
    (Shares::OtherRoot, Back::Ticket, false),
    (Shares::OtherRoot, Back::SealedPsk, false),
    (Shares::OwnKeys, Back::Ticket, false),
    (Shares::OwnKeys, Back::SealedPsk, false),
    (Shares::OwnCache, Back::SessionId, false),
    (Shares::OwnCache, Back::KeptPsk, false),
    (Shares::Store, Back::SessionId, true),
    (Shares::Store, Back::KeptPsk, true),
    (Shares::EmptyStore, Back::SessionId, false),
    (Shares::EmptyStore, Back::KeptPsk, false),
];

fn server_jobs() -> impl Iterator<Item = (usize, Shares, Back, bool, bool)> {
    let all = SHARES.into_iter();
    let both = all
        .flat_map(|(shares, back, good)| [(shares, back, good, false), (shares, back, good, true)]);
    let numbered = both.enumerate();
    numbered.map(|(number, (shares, back, good, mutual))| (number, shares, back, good, mutual))
}

/// Keys from a root: the parent's, or another.
fn from_root(root: &[u8; 32]) -> Arc<TicketKeys> {
    let now = handfast::stream::now();
    let keys = TicketKeys::from_root(root, Arc::new(SystemEntropy), now);
    Arc::new(keys.unwrap())
}

fn root(first: u8) -> [u8; 32] {
    core::array::from_fn(|at| first.wrapping_add(u8::try_from(at).unwrap()))
}

/// The server that makes the session, before the other process knows of it.
fn first_server(config: &mut ServerConfig, shares: Shares, back: Back) {
    match shares {
        Shares::Root | Shares::OtherRoot => config.ticket_keys = Some(from_root(&root(1))),
        Shares::OwnKeys | Shares::OwnCache => back.prepare(config),
        Shares::Store | Shares::EmptyStore => config.ask_for_sessions = true,
    }
}

/// The server in the other process.
fn other_server(config: &mut ServerConfig, shares: Shares, back: Back) {
    match shares {
        Shares::Root => config.ticket_keys = Some(from_root(&root(1))),
        Shares::OtherRoot => config.ticket_keys = Some(from_root(&root(2))),
        Shares::OwnKeys | Shares::OwnCache => back.prepare(config),
        Shares::Store | Shares::EmptyStore => config.ask_for_sessions = true,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The caller's store: a file for each session, which is taken once.
fn load(folder: &Path, keys: &[Vec<u8>]) -> Answer {
    let take = |key: &Vec<u8>| {
        let path = folder.join(format!("kept.{}", hex(key)));
        let bytes = fs::read(&path).ok()?;
        fs::remove_file(&path).ok()?;
        Some(SessionValue::new(bytes))
    };
    Answer::Sessions(keys.iter().map(take).collect())
}

#[test]
fn a_server_knows_sessions_of_another_process_by_what_they_share_and_no_others() {
    let folder = Folder::new().unwrap();
    Materials::write(&folder).unwrap();
    let materials = Materials::read(folder.path()).unwrap();
    let path = folder.path().to_owned();
    thread::scope(|scope| {
        let other = scope.spawn(|| play_part("a_server", &folder));
        for (number, shares, back, good, mutual) in server_jobs() {
            let case = format!("{shares:?} {back:?} mutual {mutual}");
            let mut server = materials.server(back.version(), mutual);
            first_server(&mut server, shares, back);
            let (session, kept) =
                first_meeting(&materials, (back, mutual), &server.check().unwrap());
            assert_eq!(
                kept.is_empty(),
                !matches!(shares, Shares::Store | Shares::EmptyStore)
            );
            for one in kept.iter().filter(|_| shares == Shares::Store) {
                let name = format!("kept.{}", hex(&one.key));
                folder.write(&name, one.value.as_bytes()).unwrap();
            }
            let port = wait_for(&path.join(format!("port.{number}")));
            let store = Arc::new(MemoryStore::default());
            store.put("localhost", session);
            let mut client = materials.client(back.version(), mutual);
            client.sessions = Some(store);
            client.common.alpn = vec![b"second".to_vec()];
            let ours = connect(&client.check().unwrap(), port.parse().unwrap()).unwrap();
            let theirs = wait_for(&path.join(format!("told.{number}")));
            assert_eq!(ours, theirs, "{case}");
            let resumption = good.then_some(back.resumption());
            let wanted = format!("{} {}", kind(resumption), back.version());
            assert!(ours.starts_with(&wanted), "{case}: {ours}");
        }
        other.join().unwrap();
    });
}

#[test]
#[ignore = "a part of another test, played in a process of its own"]
fn a_server() {
    let Some(folder) = part() else { return };
    let materials = Materials::read(&folder).unwrap();
    for (number, shares, back, _, mutual) in server_jobs() {
        let mut server = materials.server(back.version(), mutual);
        other_server(&mut server, shares, back);
        let server = server.check().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        write_whole(&folder.join(format!("port.{number}")), &port.to_string());
        let store = folder.clone();
        let told = accept(&server, &listener, move |question| match question {
            Question::LoadSession { keys, .. } => load(&store, keys),
            _ => Answer::Failed,
        });
        write_whole(&folder.join(format!("told.{number}")), &told.unwrap());
    }
}

/// Another process that waits for the file finds all of it.
fn write_whole(path: &Path, text: &str) {
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, text).unwrap();
    fs::rename(&unfinished, path).unwrap();
}

/// Waits for a file that another process writes whole under another name first.
fn wait_for(path: &Path) -> String {
    for _ in 0..SOON.as_millis() / 5 {
        if let Ok(text) = fs::read_to_string(path) {
            return text;
        }
        thread::sleep(Duration::from_millis(5));
    }
    unreachable!("{path:?} did not come");
}
