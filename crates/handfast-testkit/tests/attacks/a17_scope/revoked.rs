//! Clients whose certificate, or whose authority's, is revoked between two visits.

use super::{issued, server};
use crate::attack::Found;
use crate::tickets::{Keep, Kind, client};
use handfast::config::{ClientAuth, RevocationRules, Trust, Verification};
use handfast::session::MemoryStore;
use handfast::{Client, Credential, Roots, Server, ServerConfig, ServerName};
use handfast_pki::verify::revocation::Mode;
use handfast_pki::verify::revocation::store::RevocationStore;
use handfast_testkit::made::certificate::{Draft, issuer_key_id, purpose};
use handfast_testkit::made::crl;
use handfast_testkit::pair::{End, Pair, now};
use handfast_testkit::revocation::world::{SERIAL, World};
use rustls_pki_types::CertificateDer;
use std::sync::Arc;

const DAY: i64 = 24 * 60 * 60;
/// The number of the issuer's certificate.
const ISSUER: &[u8] = &[0x77];

/// Who is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Revoked {
    Nobody,
    Client,
    Authority,
}

/// When the server learns of it.
#[derive(Clone, Copy, Debug)]
enum Learns {
    /// While it runs, by the store that its config has.
    Running,
    /// By another config, with a store of its own.
    Reloaded,
}

fn store(world: &World, revoked: Revoked) -> Arc<RevocationStore> {
    let store = RevocationStore::default();
    add(world, &store, revoked);
    Arc::new(store)
}

fn add(world: &World, store: &RevocationStore, revoked: Revoked) {
    let list = match revoked {
        Revoked::Client => world.revoking(1),
        _ => world.list(),
    };
    store.add_crl(list.signed_by(&world.issuer_key)).unwrap();
    let mut of_root =
        crl::Draft::new("Root", world.now - 3600, world.now + DAY).with(issuer_key_id(b"root"));
    if revoked == Revoked::Authority {
        of_root = of_root.and(crl::entry(ISSUER, world.now - DAY, &[crl::reason(2)]));
    }
    store.add_crl(of_root.signed_by(&world.root_key)).unwrap();
}

/// A server for which revocation counts, or one that asks nobody.
fn judging(world: &World, known: &Arc<RevocationStore>, counts: bool) -> ServerConfig {
    let mut roots = Roots::new();
    roots.add(CertificateDer::from(world.root.clone())).unwrap();
    let chain = Verification::chain(Trust::Roots(roots));
    let verification = match counts {
        true => chain.with_revocation(RevocationRules {
            mode: Mode::HardFail,
            known: Arc::clone(known),
        }),
        false => chain,
    };
    server(ClientAuth::Require(verification), issued())
}

fn ada(world: &World, kind: Kind) -> Client {
    let leaf = Draft::new("Ada", "Issuer", world.leaf_key.public_spki())
        .numbered(SERIAL)
        .with(purpose(2))
        .with(issuer_key_id(b"issuer"))
        .signed_by(&world.issuer_key);
    let chain = [leaf, world.issuer.clone()].map(CertificateDer::from);
    let mut client = client(kind, Arc::<MemoryStore>::default());
    client.credentials = vec![Credential::new(chain.to_vec(), world.leaf_key.clone()).unwrap()];
    client.check().unwrap()
}

/// Whether a session went on, and whether the client was let in.
fn visit(client: &Client, server: &Server, keep: &Keep) -> (bool, bool) {
    let mut pair = Pair {
        client: End::new(
            client
                .connect(ServerName::parse("a.test").unwrap(), now())
                .unwrap(),
        ),
        server: End::new(server.accept(now()).unwrap()),
        now: now(),
    };
    let resumed = keep.run(&mut pair);
    (
        resumed,
        pair.server.is_connected() && pair.server.error.is_none(),
    )
}

/// A client comes back after it, or its authority, was revoked.
pub(super) fn crossings(counts: bool) -> Found {
    let mut found = Found::default();
    let world = World::new();
    for kind in Kind::ALL {
        for revoked in [Revoked::Nobody, Revoked::Client, Revoked::Authority] {
            for learns in [Learns::Running, Learns::Reloaded] {
                let keep = Keep::system(kind);
                let known = store(&world, Revoked::Nobody);
                let config = keep.give(kind, judging(&world, &known, counts));
                let (client, before) = (ada(&world, kind), config.check().unwrap());
                for comes_back in [false, true] {
                    assert_eq!(
                        visit(&client, &before, &keep),
                        (comes_back, true),
                        "{kind:?}"
                    );
                }
                let after = match learns {
                    Learns::Running => {
                        add(&world, &known, revoked);
                        before
                    }
                    Learns::Reloaded => {
                        let known = store(&world, revoked);
                        let config = keep.give(kind, judging(&world, &known, counts));
                        config.check().unwrap()
                    }
                };
                let (resumed, let_in) = visit(&client, &after, &keep);
                if revoked == Revoked::Nobody {
                    assert!(
                        resumed && let_in,
                        "{kind:?} {learns:?}: the way back is open"
                    );
                    continue;
                }
                found.tried(if resumed || let_in {
                    Err(format!("{kind:?} {revoked:?} {learns:?}: it came back"))
                } else {
                    Ok(())
                });
            }
        }
    }
    found
}
