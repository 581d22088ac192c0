//! `handfast ca serve --acme` and other people's clients: certbot and lego.

use crate::lab::SOON;
use crate::lab::acme::{AcmeLab, AcmeServer};
use handfast_testkit::peer::{Outcome, Program, trial};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial(
            "acme::certbot_proves_names_by_http_and_dns_renews_revokes_and_ends_its_account",
            ["certbot"],
            |[certbot]| certbots(&certbot),
        ),
        trial(
            "acme::lego_proves_a_name_by_http_and_tls_renews_and_revokes",
            ["lego"],
            |[lego]| legos(&lego),
        ),
        trial(
            "acme::lego_is_bound_to_an_external_account",
            ["lego"],
            |[lego]| bound(&lego),
        ),
        trial(
            "acme::lego_is_told_why_a_name_is_not_proven",
            ["lego"],
            |[lego]| told(&lego),
        ),
    ]
}

fn done(outcome: Result<Outcome, String>) -> Result<Outcome, Failed> {
    match outcome {
        Ok(outcome) if outcome.success() => Ok(outcome),
        Ok(outcome) => Err(format!("{outcome:?}").into()),
        Err(why) => Err(why.into()),
    }
}

fn check(good: bool, what: &dyn std::fmt::Debug) -> Result<(), Failed> {
    if good {
        Ok(())
    } else {
        Err(format!("{what:?}").into())
    }
}

/// Certificates of servers that stand so, but for the ACME server's own.
fn standing(lab: &AcmeLab, name: &str, status: &str) -> usize {
    let is_so = |row: &&Value| {
        let names = row["names"].to_string();
        names.contains(&format!("\"{name}\""))
            && !names.contains("::1")
            && row["status"]
                .as_str()
                .is_some_and(|told| told.starts_with(status))
    };
    lab.listed().iter().filter(is_so).count()
}

/// A script in the lab's folder.
fn script(lab: &AcmeLab, name: &str, text: &str) -> Result<String, Failed> {
    let path = lab.folder.write(name, format!("#!/bin/sh\n{text}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(path)
}

fn certbots(certbot: &Program) -> Result<(), Failed> {
    let lab = AcmeLab::new(&[]);
    let records = lab.folder.file("txt");
    // What certbot publishes is a file's line; the server's program prints the file.
    let hook = script(&lab, "hook", &format!("cat {records} 2>/dev/null; exit 0"))?;
    let publish = format!("printf '%s\\n' \"$CERTBOT_VALIDATION\" >> {records}");
    let publish = script(&lab, "publish", &publish)?;
    let server = lab.serve(&["--acme-connect", "loopback", "--acme-dns-hook", &hook]);
    let certbot = certbot
        .with_variable("REQUESTS_CA_BUNDLE", &lab.root())
        .with_variable("PYTHONPATH", "");
    let run = |arguments: &[&str]| {
        let folder = |name: &str| lab.folder.file(&format!("certbot/{name}"));
        let (config, work, logs) = (folder("config"), folder("work"), folder("logs"));
        let usual = [
            "--non-interactive",
            "--server",
            &server.directory,
            "--config-dir",
            &config,
            "--work-dir",
            &work,
            "--logs-dir",
            &logs,
        ];
        let all: Vec<&str> = [arguments, &usual].concat();
        done(certbot.run(all, b"", 3 * SOON))
    };
    let port = lab.http_port.to_string();
    let account = ["--agree-tos", "--email", "a@b.test", "--no-eff-email"];
    let http = [
        "certonly",
        "--standalone",
        "--http-01-port",
        &port,
        "-d",
        "localhost",
    ];
    run(&[&http[..], &account].concat())?;
    check(standing(&lab, "localhost", "valid") == 1, &lab.listed())?;
    run(&[
        "certonly",
        "--manual",
        "--preferred-challenges",
        "dns",
        "--manual-auth-hook",
        &publish,
        "-d",
        "*.api.test",
        "-d",
        "api.test",
    ])?;
    check(standing(&lab, "*.api.test", "valid") == 1, &lab.listed())?;
    run(&[
        "renew",
        "--force-renewal",
        "--cert-name",
        "localhost",
        "--no-random-sleep-on-renew",
    ])?;
    check(standing(&lab, "localhost", "valid") == 2, &lab.listed())?;
    run(&[
        "revoke",
        "--cert-name",
        "localhost",
        "--reason",
        "keycompromise",
        "--no-delete-after-revoke",
    ])?;
    check(standing(&lab, "localhost", "revoked") == 1, &lab.listed())?;
    run(&["unregister"])?;
    Ok(())
}

/// lego over the lab's server, in a folder of its own.
fn lego_runs(
    lego: &Program,
    lab: &AcmeLab,
    server: &AcmeServer,
    arguments: &[&str],
) -> Result<Outcome, String> {
    let path = lab.folder.file("lego");
    let lego = lego.with_variable("LEGO_CA_CERTIFICATES", &lab.root());
    let usual = [
        "--server",
        &server.directory,
        "--accept-tos",
        "--email",
        "a@b.test",
        "--path",
        &path,
    ];
    lego.run([&usual[..], arguments].concat(), b"", 2 * SOON)
}

fn legos(lego: &Program) -> Result<(), Failed> {
    let lab = AcmeLab::new(&[]);
    let mut server = lab.serve(&["--acme-connect", "loopback"]);
    let (http, tls) = (format!(":{}", lab.http_port), format!(":{}", lab.tls_port));
    let by_http = ["--http", "--http.port", &http, "-d", "localhost"];
    let by_tls = ["--tls", "--tls.port", &tls, "-d", "localhost"];
    let run = |server: &AcmeServer, how: &[&str], verb: &[&str]| {
        done(lego_runs(lego, &lab, server, &[how, verb].concat()))
    };
    run(&server, &by_tls, &["run"])?;
    check(standing(&lab, "localhost", "valid") == 1, &lab.listed())?;
    // The server's state is in the folder: another one goes on with the same accounts.
    let port = server.port();
    drop(server);
    server = lab.serve_on(&port, &["--acme-connect", "loopback"]);
    run(
        &server,
        &by_http,
        &["renew", "--days", "100", "--no-random-sleep"],
    )?;
    check(standing(&lab, "localhost", "valid") == 2, &lab.listed())?;
    run(&server, &["-d", "localhost"], &["revoke"])?;
    check(standing(&lab, "localhost", "revoked") == 1, &lab.listed())
}

fn bound(lego: &Program) -> Result<(), Failed> {
    let lab = AcmeLab::new(&[]);
    let secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    let eab = lab.folder.write("eab", format!("kid-1 {secret}\n"))?;
    let server = lab.serve(&["--acme-connect", "loopback", "--acme-eab", &eab]);
    let http = format!(":{}", lab.http_port);
    let how = ["--http", "--http.port", &http, "-d", "localhost"];
    let with = |secret: &str| {
        let binding = ["--eab", "--kid", "kid-1", "--hmac", secret];
        lego_runs(
            lego,
            &lab,
            &server,
            &[&binding[..], &how, &["run"]].concat(),
        )
    };
    let refused = with("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")?;
    check(
        !refused.success() && refused.stderr.contains("unauthorized"),
        &refused,
    )?;
    done(with(secret))?;
    check(standing(&lab, "localhost", "valid") == 1, &lab.listed())
}

fn told(lego: &Program) -> Result<(), Failed> {
    let lab = AcmeLab::new(&[]);
    let http = format!(":{}", lab.http_port);
    let run = |server: &AcmeServer, name: &str| {
        lego_runs(
            lego,
            &lab,
            server,
            &["--http", "--http.port", &http, "-d", name, "run"],
        )
    };
    // Nobody has allowed this machine to be connected to.
    let server = lab.serve(&[]);
    let refused = run(&server, "localhost")?;
    check(
        refused.stderr.contains("not among --acme-connect"),
        &refused,
    )?;
    // The authority vouches for names of this house alone.
    let refused = run(&server, "example.com")?;
    check(refused.stderr.contains("rejectedIdentifier"), &refused)?;
    check(standing(&lab, "localhost", "valid") == 0, &lab.listed())
}
