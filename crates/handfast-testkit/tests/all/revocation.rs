//! The table of revocation: each row under each mode, by the verifier alone and over whole
//! handshakes.

use handfast::config::{RevocationRules, Trust, Verification};
use handfast::connection::RefusalDetail;
use handfast::{
    AlertDescription, ClientConfig, Credential, Error, Fault, ProtocolVersion, Roots, ServerConfig,
};
use handfast_pki::verify::reason::Reason;
use handfast_pki::verify::revocation::doubt::Source;
use handfast_pki::verify::revocation::{Mode, Status};
use handfast_testkit::pair::{Delivery, Pair};
use handfast_testkit::revocation::world::Expect::{self, Passes, Refused, Revoked};
use handfast_testkit::revocation::world::{Evidence, Row, World};
use handfast_testkit::revocation::{MODES, judge, outcome, rows};

#[test]
fn every_row_comes_out_as_the_table_says() {
    let world = World::new();
    let mut wrong = Vec::new();
    for row in rows() {
        let evidence = (row.make)(&world);
        for (mode, wanted) in MODES.into_iter().zip(row.expect) {
            let answer = judge(&world, &evidence, mode);
            if outcome(&answer) != wanted {
                let (source, state) = (row.source, row.state);
                wrong.push(format!(
                    "{source}, {state}, {mode:?}: wanted {wanted:?}, got {answer:?}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_is_whole_and_its_rows_differ() {
    let rows = rows();
    assert!(rows.len() >= 40, "{}", rows.len());
    for (at, row) in rows.iter().enumerate() {
        let same = |other: &&_| (row.source, row.state) == name(other);
        assert_eq!(rows.iter().position(|other| same(&other)), Some(at));
        // Asking for more never lets more pass.
        let [off, soft, hard] = row.expect.map(|expect| expect == Passes);
        assert!(off >= soft && soft >= hard, "{}", row.state);
        // Nothing but hard-fail, and the certificate itself, refuses what is not known.
        let free = row.source != "must-staple";
        assert!(
            !(free && row.expect[..2].contains(&Refused)),
            "{}",
            row.state
        );
    }
    for expect in [Passes, Revoked, Refused] {
        let source = |source: &str| {
            let mut own = rows.iter().filter(|row| row.source == source);
            own.any(|row| row.expect[2] == expect)
        };
        for row in &rows {
            assert!(source(row.source), "{} never {expect:?}", row.source);
        }
    }
}

fn name(row: &Row) -> (&'static str, &'static str) {
    (row.source, row.state)
}

#[test]
fn what_says_revoked_and_counts_passes_under_no_mode_that_asks() {
    let world = World::new();
    let mut revoking = 0;
    for row in rows() {
        let [_, soft, hard] = row.expect;
        // Rows in which somebody else, or nobody, says it are not this claim's.
        if !row.expect.contains(&Revoked) {
            continue;
        }
        revoking += 1;
        assert_eq!([soft, hard], [Revoked; 2], "{}", row.state);
        let evidence = (row.make)(&world);
        for mode in [Mode::SoftFail, Mode::HardFail] {
            assert!(judge(&world, &evidence, mode).is_err(), "{}", row.state);
        }
    }
    assert!(revoking >= 20, "{revoking}");
}

#[test]
fn a_stale_staple_is_dropped_and_named() {
    let world = World::new();
    let mut stale = 0;
    for row in rows() {
        let good = row.source == "staple" && row.state.starts_with("stale");
        if !good || row.expect[0] != Passes {
            continue;
        }
        stale += 1;
        let evidence = (row.make)(&world);
        let verdict = judge(&world, &evidence, Mode::SoftFail).expect("it passes");
        let leaf = verdict.revocation().first().expect("the leaf was judged");
        assert_ne!(leaf.status, Status::Good(Source::Staple), "{}", row.state);
        assert!(
            leaf.dropped
                .iter()
                .any(|dropped| dropped.source == Source::Staple),
            "{}",
            row.state
        );
    }
    assert!(stale >= 2, "{stale}");
}

/// The row over a whole handshake: the staple from the server's credential, the rest from the
/// client's store.
fn handshake(world: &World, evidence: &Evidence, mode: Mode, version: ProtocolVersion) -> Expect {
    let mut roots = Roots::new();
    roots.add(world.root.clone().into()).expect("the root");
    let rules = RevocationRules {
        mode,
        ..RevocationRules::default()
    };
    for der in evidence.crls.iter().chain([&world.roots_list()]) {
        rules.known.add_crl(der.clone()).expect("a CRL");
    }
    for (der, _) in &evidence.responses {
        rules.known.add_response(der.clone()).expect("a response");
    }
    for der in &evidence.crl_issuers {
        rules.known.add_crl_issuer(der.clone()).expect("an issuer");
    }
    let leaf = evidence.leaf.as_ref().unwrap_or(&world.leaf);
    let chain = vec![leaf.clone().into(), world.issuer.clone().into()];
    let own = Credential::new(chain, world.leaf_key.clone()).expect("chain and key fit");
    let staple = evidence.staple.clone().unwrap_or_default();
    let mut server = ServerConfig::new(own.with_ocsp_response(staple));
    let mut client = ClientConfig::new(Trust::Roots(roots.clone()));
    client.verification = Verification::chain(Trust::Roots(roots)).with_revocation(rules);
    client.common.versions = vec![version];
    server.common.versions = vec![version];
    let (client, server) = (client.check().expect("a client"), server.check());
    let mut pair = Pair::new(&client, &server.expect("a server"));
    pair.run(Delivery::Whole);
    if pair.client.is_connected() {
        pair.exchange(b"heard");
        return Passes;
    }
    let refusal = pair.client.connection.refusal().expect("a refusal");
    let RefusalDetail::Certificate(rejection) = &refusal.detail else {
        unreachable!("not for its certificate: {refusal}");
    };
    let told = pair.server.error.expect("the server hears an alert");
    match rejection.reason() {
        Reason::Revoked { .. } => {
            assert_eq!(refusal.fault, Fault::CertificateRevoked);
            let alert = AlertDescription::CERTIFICATE_REVOKED;
            assert_eq!(told, Error::PeerAlert(alert));
            Revoked
        }
        _ => Refused,
    }
}

#[test]
fn every_row_comes_out_over_whole_handshakes_of_both_versions() {
    let world = World::new();
    let mut wrong = Vec::new();
    let mut tried = 0;
    for row in rows() {
        let evidence = (row.make)(&world);
        // A store keeps responses, not what was asked for them.
        if evidence.responses.iter().any(|(_, nonce)| nonce.is_some()) {
            continue;
        }
        for (mode, wanted) in MODES.into_iter().zip(row.expect) {
            for version in [ProtocolVersion::TLS_1_3, ProtocolVersion::TLS_1_2] {
                tried += 1;
                let got = handshake(&world, &evidence, mode, version);
                if got != wanted {
                    let (source, state) = (row.source, row.state);
                    wrong.push(format!("{source}, {state}, {mode:?}, {version:?}: {got:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 500, "{tried}");
}
