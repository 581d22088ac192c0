//! `handfast ca serve` asked by other people's clients: OpenSSL, GnuTLS, curl, Python.

use crate::lab::authority::{OwnAuthority, get};
use crate::lab::{SOON, Serving};
use handfast_ca::profile::Pointers;
use handfast_pki::ocsp::request::IdHash;
use handfast_testkit::peer::{Program, trial};
use libtest_mimic::{Failed, Trial};

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for revoked in [false, true] {
        for signer in ["delegate", "issuer"] {
            let claim =
                |who: &str| format!("responder::{who}_believes_the_{signer}_revoked_{revoked}");
            trials.push(trial(&claim("openssl"), ["openssl"], move |[openssl]| {
                openssl_asks(&openssl, signer, revoked)
            }));
            trials.push(trial(&claim("gnutls"), ["ocsptool"], move |[ocsptool]| {
                gnutls_asks(&ocsptool, signer, revoked)
            }));
        }
        trials.push(trial(
            &format!("responder::openssl_verifies_with_the_list_revoked_{revoked}"),
            ["openssl", "curl"],
            move |[openssl, curl]| list(&openssl, &curl, revoked),
        ));
    }
    trials.push(trial(
        "responder::curl_asks_in_the_path_and_python_reads_the_answer",
        ["curl", "python3"],
        |[curl, python]| in_the_path(&curl, &python),
    ));
    trials
}

/// An authority, its server, and `leaf.pem` with its chain beside `root.pem` and `issuing.pem`.
struct World {
    own: OwnAuthority,
    server: Serving,
}

impl World {
    fn new(revoked: bool, arguments: &[&str]) -> Self {
        let own = OwnAuthority::new();
        let issued = own.issue("leaf.test", Pointers::default());
        own.folder.write("leaf.pem", issued.chain_pem()).unwrap();
        let request = own.request(&issued, IdHash::Sha1, None);
        own.folder.write("request.der", request).unwrap();
        let server = own.serve(arguments);
        for name in ["root.pem", "issuing.pem"] {
            let pem = get(server.port(), &format!("/{name}"), "").body;
            own.folder.write(name, pem).unwrap();
        }
        if revoked {
            own.revoke("leaf.test");
        }
        Self { own, server }
    }

    fn file(&self, name: &str) -> String {
        self.own.folder.file(name)
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.server.port())
    }
}

fn openssl_asks(openssl: &Program, signer: &str, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked, &["--ocsp-signer", signer]);
    let (issuer, leaf, root) = (
        world.file("issuing.pem"),
        world.file("leaf.pem"),
        world.file("root.pem"),
    );
    for hash in ["-sha1", "-sha256"] {
        for nonce in ["-nonce", "-no_nonce"] {
            let url = world.url("/ocsp");
            let asked = [
                "ocsp", hash, "-issuer", &issuer, "-cert", &leaf, "-url", &url, "-CAfile", &root,
                nonce,
            ];
            let outcome = openssl.run(asked, b"", SOON)?;
            let told = if revoked { ": revoked" } else { ": good" };
            let is_believed = outcome.success()
                && outcome.text().contains(told)
                && outcome.stderr.contains("Response verify OK")
                && !outcome.stderr.contains("no nonce in response");
            if !is_believed && nonce == "-nonce" || !outcome.text().contains(told) {
                return Err(format!("{hash} {nonce}: {outcome:?}").into());
            }
        }
    }
    Ok(())
}

fn gnutls_asks(ocsptool: &Program, signer: &str, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked, &["--ocsp-signer", signer]);
    let (issuer, leaf) = (world.file("issuing.pem"), world.file("leaf.pem"));
    let ask = format!("--ask={}", world.url("/ocsp"));
    // A response by the issuer itself brings no certificate, and GnuTLS looks for none.
    let anchor = if signer == "issuer" {
        "--load-signer"
    } else {
        "--load-trust"
    };
    let root = world.file("issuing.pem");
    let asked = [
        &ask,
        "--nonce",
        "--load-cert",
        &leaf,
        "--load-issuer",
        &issuer,
        anchor,
        &root,
    ];
    let outcome = ocsptool.run(asked, b"", SOON)?;
    let said = outcome.text();
    let told = if revoked {
        "Certificate Status: revoked"
    } else {
        "Certificate Status: good"
    };
    if said.contains(told) && said.contains("Verifying OCSP Response: Success") {
        return Ok(());
    }
    Err(format!("{outcome:?}").into())
}

fn list(openssl: &Program, curl: &Program, revoked: bool) -> Result<(), Failed> {
    let world = World::new(revoked, &[]);
    let mut lists = Vec::new();
    let deadline = std::time::Instant::now() + SOON;
    for name in ["root", "issuing"] {
        loop {
            let url = world.url(&format!("/{name}.crl.pem"));
            let outcome = curl.run(["-sf", &url], b"", SOON)?;
            if !outcome.success() {
                return Err(format!("{outcome:?}").into());
            }
            let file = world.own.folder.write("one.crl", &outcome.stdout)?;
            let told = openssl.run(["crl", "-in", &file, "-noout", "-text"], b"", SOON)?;
            // The list with the revocation is made within a second or so.
            let is_there = told.text().contains("Serial Number:") == revoked;
            if name == "root" || is_there {
                lists.extend(outcome.stdout);
                break;
            }
            if std::time::Instant::now() > deadline {
                return Err(format!("{told:?}").into());
            }
        }
    }
    let lists = world.own.folder.write("lists.pem", lists)?;
    let (root, issuing, leaf) = (
        world.file("root.pem"),
        world.file("issuing.pem"),
        world.file("leaf.pem"),
    );
    let asked = [
        "verify",
        "-crl_check_all",
        "-CRLfile",
        &lists,
        "-CAfile",
        &root,
        "-untrusted",
        &issuing,
        &leaf,
    ];
    let outcome = openssl.run(asked, b"", SOON)?;
    let is_told = outcome.stderr.contains("certificate revoked");
    if (outcome.success(), is_told) == (!revoked, revoked) {
        return Ok(());
    }
    Err(format!("{outcome:?}").into())
}

fn in_the_path(curl: &Program, python: &Program) -> Result<(), Failed> {
    let world = World::new(true, &[]);
    let script = "\
import base64, datetime, sys
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509 import ocsp
request, answer, issuer = (open(name, 'rb').read() for name in sys.argv[1:4])
if not answer:
    print(base64.b64encode(request).decode().replace('+', '%2B').replace('/', '%2F'))
    sys.exit()
asked = ocsp.load_der_ocsp_request(request)
told = ocsp.load_der_ocsp_response(answer)
assert told.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
assert told.serial_number == asked.serial_number
assert told.certificate_status == ocsp.OCSPCertStatus.REVOKED
assert told.revocation_reason == x509.ReasonFlags.key_compromise
issuer = x509.load_pem_x509_certificate(issuer)
signer = told.certificates[0]
signer.verify_directly_issued_by(issuer)
usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
assert list(usage) == [x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING]
signer.extensions.get_extension_for_class(x509.OCSPNoCheck)
from cryptography.hazmat.primitives.asymmetric import ec
signer.public_key().verify(told.signature, told.tbs_response_bytes, ec.ECDSA(told.signature_hash_algorithm))
print('well')
";
    let (request, issuer) = (world.file("request.der"), world.file("issuing.pem"));
    let nothing = world.own.folder.write("nothing", "")?;
    let encoded = python.run(["-c", script, &request, &nothing, &issuer], b"", SOON)?;
    let url = world.url(&format!("/ocsp/{}", encoded.text().trim()));
    let answer = curl.run(["-sf", &url], b"", SOON)?;
    let answer = world.own.folder.write("answer.der", &answer.stdout)?;
    let outcome = python.run(["-c", script, &request, &answer, &issuer], b"", SOON)?;
    if outcome.success() && outcome.text().trim() == "well" {
        return Ok(());
    }
    Err(format!("{encoded:?} {outcome:?}").into())
}
