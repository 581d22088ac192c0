//! SCTs that OpenSSL's own code judges beside ours: the same ones must count.

use handfast::ServerConfig;
use handfast_ca::issued::{Issued, certificate_pem};
use handfast_crypto::signature::KeyKind;
use handfast_pki::certificate::Certificate;
use handfast_pki::sct::finding::{SctDoubt, SctFinding};
use handfast_pki::sct::log::LogList;
use handfast_pki::sct::verify::{SctRequest, judge_scts};
use handfast_pki::time::UnixTime;
use handfast_testkit::certificates::{now_unix, root};
use handfast_testkit::config;
use handfast_testkit::peer::{Program, trial};
use handfast_testkit::transparency::{Logged, TestLog, list, x509_entry};
use libtest_mimic::{Failed, Trial};

use super::client::talk;
use crate::ours::Files;

pub(super) fn trials() -> Vec<Trial> {
    let claim = "openssl::it_counts_the_scts_that_we_count";
    vec![trial(claim, ["openssl"], |[openssl]| agrees(&openssl))]
}

fn agrees(openssl: &Program) -> Result<(), Failed> {
    let ec = TestLog::new("Lark", KeyKind::EcP256);
    let rsa = TestLog::new("Wren", KeyKind::Rsa { bits: 2048 });
    let stranger = TestLog::new("Crow", KeyKind::EcP256);
    let logged = Logged::new(90);
    let time = (now_unix() - 3600) * 1000;
    let broken = |mut sct: Vec<u8>| {
        if let Some(last) = sct.last_mut() {
            *last ^= 1;
        }
        sct
    };
    let leaf = logged.with_embedded(|entry| {
        let sound = [ec.sct(time, entry), rsa.sct(time, entry)];
        let later = [stranger.sct(time, entry), broken(rsa.sct(time, entry))];
        [sound, later].concat()
    });
    let entry = x509_entry(&leaf);
    let delivered = list(&[broken(ec.sct(time, &entry)), rsa.sct(time, &entry)]);

    let mut logs = LogList::new();
    for log in [&ec, &rsa] {
        logs.add(log.log.clone())?;
    }
    let ours = judge_scts(&SctRequest {
        leaf: &Certificate::parse(&leaf)?,
        issuer_spki: Some(Certificate::parse(root().root_der())?.spki()),
        tls: Some(&delivered),
        staple: None,
        logs: &logs,
        now: UnixTime(i64::try_from(now_unix())?),
    });
    let mut ours: Vec<_> = ours.iter().map(in_their_words).collect();

    let issued = Issued::from_parts(vec![leaf.into()], logged.key.clone());
    let mut files = Files::of(&issued)?;
    // Nothing lies between, and s_client wants something.
    files.above.clone_from(&files.root);
    let credential = config::credential(&issued).with_sct_list(delivered)?;
    let known = files.file("logs.cnf");
    std::fs::write(&known, log_file(&[&ec, &rsa]))?;
    let more = ["-ct", "-ctlogfile", &known];
    // What is said afterwards is of no matter: an invalid SCT ends s_client's reading.
    let (outcome, _) = talk(openssl, ServerConfig::new(credential), &files, &more)?;
    let text = outcome.text();
    let mut theirs: Vec<_> = text
        .lines()
        .filter_map(|line| {
            line.split_once("alidation status: ")?
                .1
                .split_whitespace()
                .next()
        })
        .map(str::to_owned)
        .collect();
    ours.sort();
    theirs.sort();
    let expected = ["invalid", "invalid", "unknown", "valid", "valid", "valid"];
    if ours != theirs || ours != expected {
        return Err(format!("ours {ours:?}, OpenSSL's {theirs:?}: {text}").into());
    }
    Ok(())
}

fn in_their_words(finding: &SctFinding) -> String {
    match &finding.doubt {
        None => "valid",
        Some(SctDoubt::BadSignature) => "invalid",
        Some(SctDoubt::UnknownLog) => "unknown",
        Some(_) => "other",
    }
    .to_owned()
}

/// OpenSSL's CTLOG_FILE.
fn log_file(logs: &[&TestLog]) -> String {
    let names: Vec<_> = (0..logs.len()).map(|index| format!("log{index}")).collect();
    let mut text = format!("enabled_logs={}\n", names.join(","));
    for (name, log) in names.iter().zip(logs) {
        // A block's base64 is the same whatever stands around it.
        let pem = certificate_pem(&log.log.key.to_vec().into());
        let key: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        text += &format!("[{name}]\ndescription={}\nkey={key}\n", log.log.operator);
    }
    text
}
