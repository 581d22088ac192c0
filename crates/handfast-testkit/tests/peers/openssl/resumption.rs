//! Coming back: `s_client` to us and we to `s_server`, in both versions.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::channel;

use handfast::config::SystemEntropy;
use handfast::session::TicketKeys;
use handfast::stream::now;
use handfast::{ClientConfig, ProtocolVersion, ServerConfig};
use handfast_ca::profile::Validity;
use handfast_testkit::certificates::{self, KeyKind};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use super::{client, server};
use crate::ours::{Files, Job, LINE, SOON, Seen, echo, stranger};
use crate::several::{self, Keeps, Several, VERSIONS, named, resumed};

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for version in VERSIONS {
        let tls = named(version);
        for keeps in Keeps::ALL {
            let how = keeps.named();
            let claim = format!("openssl::s_client_comes_back_to_us_by_{how}_of_{tls}");
            trials.push(trial(&claim, ["openssl"], move |[openssl]| {
                comes_back(&openssl, version, keeps, false)?;
                comes_back(&openssl, version, keeps, true)
            }));
            let claim = format!("openssl::we_come_back_to_s_server_by_{how}_of_{tls}");
            trials.push(trial(&claim, ["openssl"], move |[openssl]| {
                we_come_back(&openssl, version, keeps, false)?;
                we_come_back(&openssl, version, keeps, true)
            }));
        }
        let claim = format!("openssl::our_client_of_s_server_shows_whom_it_names_by_{tls}");
        trials.push(trial(&claim, ["openssl"], move |[openssl]| {
            shows_whom_it_names(&openssl, version)
        }));
    }
    let claim = "openssl::s_client_comes_back_to_another_server_of_ours_with_the_same_root_of_keys";
    trials.push(trial(claim, ["openssl"], |[openssl]| shared_root(&openssl)));
    let claim = "openssl::s_client_comes_back_by_session_id_where_it_wants_no_ticket";
    trials.push(trial(claim, ["openssl"], |[openssl]| no_ticket(&openssl)));
    trials
}

/// Runs `s_client` against `config` once for each list of arguments, and tells what it printed.
fn talks(
    openssl: &Program,
    config: ServerConfig,
    files: &Files,
    runs: &[&[&str]],
) -> Result<(Vec<String>, Vec<Seen>), Failed> {
    let ours = Several::serve(config, runs.iter().map(|_| echo(LINE.len())))?;
    let mut said = Vec::new();
    for more in runs {
        let say = |pipe: &mut dyn Write| pipe.write_all(LINE.as_bytes());
        let arguments = client::arguments(ours.port, files, more);
        let outcome = openssl.talk(arguments, say, SOON)?;
        said.push(format!("{}{}", outcome.text(), outcome.stderr));
    }
    let seen = ours.seen(&said)?;
    Ok((said, seen))
}

/// What `s_client` says of each connection.
fn reused(said: &[String], version: ProtocolVersion, expected: &[bool]) -> Result<(), Failed> {
    let fits = said.len() == expected.len()
        && said.iter().zip(expected).all(|(said, resumed)| {
            let word = if *resumed { "Reused" } else { "New" };
            let protocol = protocol(version);
            said.contains(&format!("{word}, {protocol}, Cipher is"))
                && said.contains("Verify return code: 0 (ok)")
                && said.contains(LINE)
        });
    if fits {
        return Ok(());
    }
    Err(format!("{expected:?} expected: {said:#?}").into())
}

fn protocol(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::TLS_1_2 => "TLSv1.2",
        _ => "TLSv1.3",
    }
}

fn comes_back(
    openssl: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let peer = mutual.then(several::client);
    let session = files.file("session");
    let certificate = ["-cert", &files.leaf, "-key", &files.key];
    let certificate = [&certificate[..], &["-cert_chain", &files.above]].concat();
    let certificate = if mutual { &certificate[..] } else { &[] };
    let first = [certificate, &["-sess_out", &session]].concat();
    // The session stands for the certificate: the second run has none.
    let second = ["-sess_in", &session, "-sess_out", &session];
    let again = [certificate, &["-sess_in", &session]].concat();
    let server = several::keeping(keeps, version, mutual)?;
    let runs = [&first[..], &second, &["-sess_in", &session], &again];
    let (said, seen) = talks(openssl, server.clone(), &files, &runs)?;
    let way = keeps.way(version);
    // A ticket of TLS 1.3 that stands for a session in the cache is good once.
    let once = version == ProtocolVersion::TLS_1_3 && keeps == Keeps::Cache;
    let fourth = if once { None } else { way };
    let ways = [None, way, way, fourth];
    resumed(&seen, &ways, peer)?;
    reused(&said, version, &ways.map(|way| way.is_some()))?;

    // Another server, as after a restart, does not know the session, and one that keeps none
    // gives none.
    talks(openssl, server, &files, &[&first])?;
    let restarted = several::keeping(keeps, version, mutual)?;
    for config in [restarted, several::plain(version, mutual)] {
        let (said, seen) = talks(openssl, config, &files, &[&again])?;
        resumed(&seen, &[None], peer)?;
        reused(&said, version, &[false])?;
    }
    Ok(())
}

fn no_ticket(openssl: &Program) -> Result<(), Failed> {
    let version = ProtocolVersion::TLS_1_2;
    let files = Files::of(several::client())?;
    let session = files.file("session");
    let tickets = several::keeping(Keeps::Tickets, version, false)?;
    let both = ServerConfig {
        session_cache: Some(Arc::default()),
        ..tickets.clone()
    };
    let first = ["-sess_out", &session, "-no_ticket"];
    let again = ["-sess_in", &session, "-no_ticket"];
    for (config, way) in [(both, Keeps::Cache.way(version)), (tickets, None)] {
        let (said, seen) = talks(openssl, config, &files, &[&first, &again])?;
        resumed(&seen, &[None, way], None)?;
        reused(&said, version, &[false, way.is_some()])?;
    }
    Ok(())
}

/// As to another machine, or after a restart with the same secret.
fn shared_root(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(several::client())?;
    let session = files.file("session");
    for version in VERSIONS {
        let server = |root: &[u8; 32]| -> Result<ServerConfig, Failed> {
            let keys = TicketKeys::from_root(root, Arc::new(SystemEntropy), now());
            let mut config = several::plain(version, true);
            config.ticket_keys = Some(Arc::new(keys.map_err(|fault| format!("{fault:?}"))?));
            Ok(config)
        };
        let (root, other) = (
            *b"thirty-two bytes that both share",
            *b"thirty-two bytes that none share",
        );
        let certificate = ["-cert", &files.leaf, "-key", &files.key];
        let certificate = [&certificate[..], &["-cert_chain", &files.above]].concat();
        let first = [&certificate[..], &["-sess_out", &session]].concat();
        let again = [&certificate[..], &["-sess_in", &session]].concat();
        let way = Keeps::Tickets.way(version);
        for (root, run, way) in [
            (&root, &first, None),
            (&root, &again, way),
            (&other, &again, None),
        ] {
            let (said, seen) = talks(openssl, server(root)?, &files, &[run])?;
            resumed(&seen, &[way], Some(several::client()))?;
            reused(&said, version, &[way.is_some()])?;
        }
    }
    Ok(())
}

/// Asks `s_server -www` for its page, which tells what it thinks of the connection.
fn page(server: &Server, config: ClientConfig) -> Result<(Seen, String), Failed> {
    let (tell, told) = channel();
    let job: Job<TcpStream> = Box::new(move |stream| {
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut page = String::new();
        stream.read_to_string(&mut page)?;
        tell.send(page).map_err(std::io::Error::other)
    });
    let seen = server::meet(server, config, "localhost", job)
        .map_err(|ended| format!("{ended}; peer: {}", server.output()))?;
    Ok((seen, told.recv_timeout(SOON)?))
}

fn we_come_back(
    openssl: &Program,
    version: ProtocolVersion,
    keeps: Keeps,
    mutual: bool,
) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let mut more = vec!["-www"];
    if mutual {
        more.extend(["-Verify", "3", "-verify_return_error"]);
        more.extend(["-CAfile", &files.root]);
    }
    if keeps == Keeps::Cache {
        // TLS 1.3 has tickets all the same, that name a session in the cache.
        more.push("-no_ticket");
    }
    let start = || server::start(openssl, &files, &more);
    let first = start()?;
    let config = several::returning(version, mutual);
    let mut seen = Vec::new();
    for went_on in [false, true, true] {
        seen.push(at(&first, &config, version, went_on, mutual)?);
    }
    let server = certificates::server(KeyKind::EcP256);
    let way = keeps.way(version);
    resumed(&seen, &[None, way, way], Some(server))?;

    // After a restart our session means nothing to it, and a client that keeps none comes anew.
    let restarted = start()?;
    let forgets = ClientConfig {
        sessions: None,
        ..config.clone()
    };
    let again = [
        at(&restarted, &config, version, false, mutual)?,
        at(&restarted, &forgets, version, false, mutual)?,
    ];
    resumed(&again, &[None, None], Some(server))
}

/// One connection, and what `s_server` thinks of it.
fn at(
    server: &Server,
    config: &ClientConfig,
    version: ProtocolVersion,
    went_on: bool,
    mutual: bool,
) -> Result<Seen, Failed> {
    let (seen, page) = page(server, config.clone())?;
    let word = if went_on { "Reused" } else { "New" };
    let line = format!("{word}, {}, Cipher is", protocol(version));
    if page.contains(&line) && shows(&page, "Ada") == mutual {
        return Ok(seen);
    }
    Err(format!("{line:?} expected in: {page}").into())
}

/// Of two credentials below different roots, that one whose root `s_server` names.
fn shows_whom_it_names(openssl: &Program, version: ProtocolVersion) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let authority = stranger()?;
    let validity = Validity::days(certificates::now_unix(), 30);
    let other = authority.issue_client("Eve", None, validity, KeyKind::EcP256)?;
    std::fs::write(&files.stranger, authority.root_pem())?;
    let ours = several::client();
    for (named, name) in [(&files.root, "Ada"), (&files.stranger, "Eve")] {
        let more = [
            "-www",
            "-Verify",
            "3",
            "-verify_return_error",
            "-CAfile",
            named,
        ];
        let server = server::start(openssl, &files, &more)?;
        for credentials in [[ours, &other], [&other, ours]] {
            let mut config = config::client();
            config.common.versions = vec![version];
            config.credentials = credentials.map(config::credential).to_vec();
            let (_, page) = page(&server, config)?;
            if !shows(&page, name) {
                return Err(format!("{name} expected in: {page}").into());
            }
        }
    }
    Ok(())
}

/// Whether the page of `s_server` shows this client's certificate.
fn shows(page: &str, name: &str) -> bool {
    page.replace(" = ", "=")
        .contains(&format!("Subject: CN={name}"))
}
