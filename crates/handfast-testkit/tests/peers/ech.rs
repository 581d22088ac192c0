//! Encrypted ClientHello (RFC 9849) with Go's `crypto/tls` and with OpenSSL 4.0, both ways: accepted, after a
//! HelloRetryRequest, and with a list that is out of date.

use std::sync::Arc;

use handfast::ech::{EchConfigList, EchKey, EchStatus};
use handfast::session::MemoryStore;
use handfast::{ClientConfig, Error, Fault, NamedGroup, ProtocolVersion, ServerConfig};
use handfast_ca::issued::Issued;
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_testkit::certificates;
use handfast_testkit::ech::{self, PUBLIC};
use handfast_testkit::peer::{Program, Server, trial};
use libtest_mimic::{Failed, Trial};

use crate::go::{SOURCE, built};
use crate::openssl::client::arguments;
use crate::ours::{Ended, Files, LINE, Ours, SOON, Seen, ask, echo, reach};

type Test = fn(&Program) -> Result<(), Failed>;

pub(super) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let tests: [(&str, Test); 5] = [
        ("its_client_hides_whom_it_asks_us_for", go_reaches_us),
        ("its_client_is_told_by_what_to_come_back", go_is_told),
        ("its_server_answers_what_we_hide", we_reach_go),
        (
            "its_server_takes_up_sessions_that_we_hide",
            we_come_back_to_go,
        ),
        ("its_server_tells_us_by_what_to_come_back", go_tells_us),
    ];
    for (name, test) in tests {
        let claim = format!("go::ech_{name}");
        trials.push(trial(&claim, ["go"], move |[go]| {
            test(&built(&go, SOURCE, "peer")?)
        }));
    }
    let tests: [(&str, Test); 4] = [
        ("s_client_hides_whom_it_asks_us_for", openssl_reaches_us),
        ("s_client_is_told_by_what_to_come_back", openssl_is_told),
        ("s_server_answers_what_we_hide", we_reach_openssl),
        ("s_server_tells_us_by_what_to_come_back", openssl_tells_us),
    ];
    // Debian's is older than this; CI does not build one.
    let newest = std::env::var_os("HANDFAST_OPENSSL_NEW").map(Program::at);
    for (name, test) in tests {
        let (program, is_missing) = (newest.clone(), newest.is_none());
        let claim = format!("openssl::new_ech_{name}");
        let run = move || test(&program.ok_or("HANDFAST_OPENSSL_NEW is not set")?);
        trials.push(Trial::test(claim, run).with_ignored_flag(is_missing));
    }
    trials
}

pub(crate) const GROUPS: [NamedGroup; 2] = [NamedGroup::X25519, NamedGroup::SECP384R1];

/// A certificate for both names.
pub(crate) fn certificate() -> Result<Issued, Failed> {
    let validity = Validity::days(certificates::now_unix(), 30);
    let names = ["localhost", PUBLIC].map(AlternativeName::dns);
    Ok(certificates::intermediate().issue_server(&names, validity, KeyKind::EcP256)?)
}

/// Our server, and the list that its clients have.
pub(crate) fn server(keys: &[EchKey], groups: &[NamedGroup]) -> ServerConfig {
    let mut config = ech::server(keys);
    config.common.versions = vec![ProtocolVersion::TLS_1_3];
    config.common.groups = groups.to_vec();
    config
}

pub(crate) fn client(list: &EchConfigList, groups: &[NamedGroup]) -> ClientConfig {
    let mut config = ech::client(list);
    config.common.groups = groups.to_vec();
    config
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Both sides took it for accepted.
pub(crate) fn accepted(seen: &Seen, retried: bool) -> Result<(), Failed> {
    let negotiated = &seen.negotiated;
    let got = (
        negotiated.ech,
        negotiated.server_name.as_deref(),
        negotiated.retried,
    );
    if got == (EchStatus::Accepted, Some("localhost"), retried) {
        return Ok(());
    }
    Err(format!("{got:?}").into())
}

/// Our client was told of this list, which is good.
pub(crate) fn told(ended: Result<Seen, Ended>, list: &EchConfigList) -> Result<(), Failed> {
    let Err(ended) = ended else {
        return Err("it was accepted".into());
    };
    let wanted = format!("retry configs: {}", list.to_base64());
    if ended.error == Some(Error::Fault(Fault::EchRejected)) && ended.to_string().contains(&wanted)
    {
        return Ok(());
    }
    Err(format!("{ended}, wanted {wanted}").into())
}

/// Our server was told that what it answered was not meant.
pub(crate) fn turned_away(ended: Result<Seen, Ended>) -> Result<(), Failed> {
    match ended {
        Err(ended) if ended.to_string().contains("ech_required") => Ok(()),
        Err(ended) => Err(ended.to_string().into()),
        Ok(_) => Err("it stayed".into()),
    }
}

fn go_client(
    go: &Program,
    ours: &Ours,
    files: &Files,
    list: &EchConfigList,
) -> Result<String, Failed> {
    let (port, list) = (ours.port.to_string(), hex(list.as_bytes()));
    let arguments = [
        "-port",
        &port,
        "-root",
        &files.root,
        "-say",
        LINE,
        "-min",
        "1.3",
        "-ech",
        &list,
    ];
    let outcome = go.run(arguments, b"", SOON)?;
    Ok(format!("{}{}", outcome.text(), outcome.stderr))
}

fn go_reaches_us(go: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let keys = [ech::key(1), ech::key(2)];
    // It sends shares of X25519 alone, or with a hybrid.
    for (groups, retried) in [(&GROUPS[..1], false), (&GROUPS[1..], true)] {
        let ours = Ours::serve(server(&keys, groups), echo(LINE.len()))?;
        let said = go_client(go, &ours, &files, &ech::list(&keys))?;
        accepted(&ours.seen(&said)?, retried)?;
        if !said.contains("\"hidden\":true") {
            return Err(said.into());
        }
    }
    Ok(())
}

fn go_is_told(go: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let keys = [ech::key(1)];
    let ours = Ours::serve(server(&keys, &GROUPS), echo(LINE.len()))?;
    let said = go_client(go, &ours, &files, &ech::list(&[ech::key(9)]))?;
    let wanted = format!("\"retry\":\"{}\"", hex(ech::list(&keys).as_bytes()));
    if !said.contains(&wanted) {
        return Err(format!("{wanted} expected in {said}").into());
    }
    turned_away(ours.ended())
}

fn go_server(go: &Program, files: &Files, key: &EchKey, more: &[&str]) -> Result<Server, Failed> {
    let path = files.folder.write("ech.pem", key.to_pem().as_bytes())?;
    let arguments = |port: u16| {
        let port = port.to_string();
        let mut all = vec![
            "-serve", "-port", &port, "-count", "1000", "-ech-key", &path,
        ];
        all.extend(["-cert", &files.chain, "-key", &files.key]);
        all.extend(more);
        all.into_iter().map(str::to_owned).collect()
    };
    Ok(Server::start(go, arguments, SOON)?)
}

pub(crate) fn meet(server: &Server, config: ClientConfig, back: &str) -> Result<Seen, Ended> {
    let transport = server.connect(SOON).map_err(|error| Ended::of(&error))?;
    reach(config, "localhost", transport, ask(LINE, back))
}

fn we_reach_go(go: &Program) -> Result<(), Failed> {
    let (files, key) = (Files::of(&certificate()?)?, ech::key(1));
    for (its_groups, retried) in [("29", false), ("24", true)] {
        let server = go_server(go, &files, &key, &["-groups", its_groups])?;
        let config = client(&ech::list(std::slice::from_ref(&key)), &GROUPS);
        let seen =
            meet(&server, config, LINE).map_err(|ended| format!("{ended}; {}", server.output()))?;
        accepted(&seen, retried)?;
        server.printed_lines(1, SOON)?;
        if !server.output().contains("\"hidden\":true") {
            return Err(server.output().into());
        }
    }
    Ok(())
}

fn we_come_back_to_go(go: &Program) -> Result<(), Failed> {
    let (files, key) = (Files::of(&certificate()?)?, ech::key(1));
    let server = go_server(go, &files, &key, &[])?;
    let mut config = client(&ech::list(&[key]), &GROUPS);
    config.sessions = Some(Arc::new(MemoryStore::new(8)));
    for resumed in [false, true] {
        let seen = meet(&server, config.clone(), LINE)
            .map_err(|ended| format!("{ended}; {}", server.output()))?;
        accepted(&seen, false)?;
        if seen.negotiated.is_resumed() != resumed {
            return Err(format!("resumed is not {resumed}").into());
        }
    }
    Ok(())
}

fn go_tells_us(go: &Program) -> Result<(), Failed> {
    let (files, key) = (Files::of(&certificate()?)?, ech::key(1));
    let server = go_server(go, &files, &key, &[])?;
    let old = client(&ech::list(&[ech::key(9)]), &GROUPS);
    told(meet(&server, old, LINE), &ech::list(&[key]))
}

/// `s_client` by this list.
fn s_client(
    openssl: &Program,
    ours: &Ours,
    files: &Files,
    list: &EchConfigList,
    more: &[&str],
) -> Result<String, Failed> {
    let base64 = list.to_base64();
    let flags = [&["-tls1_3", "-ech_config_list", &base64][..], more].concat();
    let arguments = arguments(ours.port, files, &flags);
    let say = |pipe: &mut dyn std::io::Write| pipe.write_all(LINE.as_bytes());
    let outcome = openssl.talk(arguments, say, SOON)?;
    Ok(format!("{}{}", outcome.text(), outcome.stderr))
}

fn openssl_reaches_us(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let keys = [ech::key(1), ech::key(2)];
    for (groups, retried) in [(&GROUPS[..1], false), (&GROUPS[1..], true)] {
        let ours = Ours::serve(server(&keys, groups), echo(LINE.len()))?;
        let more = ["-groups", "X25519:P-384"];
        let said = s_client(openssl, &ours, &files, &ech::list(&keys), &more)?;
        accepted(&ours.seen(&said)?, retried)?;
    }
    Ok(())
}

fn openssl_is_told(openssl: &Program) -> Result<(), Failed> {
    let files = Files::of(certificates::server(KeyKind::EcP256))?;
    let ours = Ours::serve(server(&[ech::key(1)], &GROUPS), echo(LINE.len()))?;
    let list = ech::list(&[ech::key(9)]);
    let said = s_client(openssl, &ours, &files, &list, &[])?;
    let ended = ours.ended();
    turned_away(ended).map_err(|why| format!("{why:?}: {said}").into())
}

fn s_server(
    openssl: &Program,
    files: &Files,
    key: &EchKey,
    more: &[&str],
) -> Result<Server, Failed> {
    let path = files.folder.write("ech.pem", key.to_pem().as_bytes())?;
    let more = [&["-ech_key", &path][..], more].concat();
    crate::openssl::server::start(openssl, files, &more)
}

fn we_reach_openssl(openssl: &Program) -> Result<(), Failed> {
    let (files, key) = (Files::of(&certificate()?)?, ech::key(1));
    for (its_groups, retried) in [("X25519", false), ("P-384", true)] {
        let server = s_server(openssl, &files, &key, &["-groups", its_groups])?;
        let config = client(&ech::list(std::slice::from_ref(&key)), &GROUPS);
        let seen = meet(&server, config, crate::openssl::server::REVERSED)
            .map_err(|ended| format!("{ended}; {}", server.output()))?;
        accepted(&seen, retried)?;
    }
    Ok(())
}

fn openssl_tells_us(openssl: &Program) -> Result<(), Failed> {
    let (files, key) = (Files::of(&certificate()?)?, ech::key(1));
    let server = s_server(openssl, &files, &key, &[])?;
    let old = client(&ech::list(&[ech::key(9)]), &GROUPS);
    told(meet(&server, old, LINE), &ech::list(&[key]))
}
