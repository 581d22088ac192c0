//! Hashed directories, and that nothing in them is opened but what a chain names.

use crate::folder::Folder;
use crate::stores::authority;
use handfast_ca::profile::{AlternativeName, KeyKind, Validity};
use handfast_pki::certificate::Certificate;
use handfast_pki::load::to_pem;
use handfast_pki::name::ServerName;
use handfast_pki::verify::policy::Policy;
use handfast_pki::verify::revocation::Revocation;
use handfast_pki::verify::{Purpose, Request, verify};
use handfast_trust::{Anchors, HashedDirectory, Store, TrustProblem};

fn hash(der: &[u8]) -> String {
    let certificate = Certificate::parse(der).expect("a certificate");
    format!(
        "{:08x}",
        certificate.subject().openssl_hash().expect("a hash")
    )
}

#[test]
fn a_chain_is_verified_by_the_one_file_that_it_names() {
    let folder = Folder::new();
    let (root, other) = (authority("one"), authority("other"));
    folder.write(&format!("{}.0", hash(root.root_der())), root.root_pem());
    // A file that breaks whoever opens it, and a directory in a file's place.
    folder.write(&format!("{}.0", hash(other.root_der())), "no certificate");
    folder.write("zzz.pem", "no certificate either");
    std::fs::create_dir(folder.path().join("00000000.0")).expect("a folder");
    let names = [AlternativeName::dns("example.test")];
    let validity = Validity::days(1_700_000_000, 90);
    let leaf = |from: &handfast_ca::authority::Authority| {
        let issued = from.issue_server(&names, validity, KeyKind::EcP256);
        issued.expect("a leaf").chain()[0].clone()
    };
    let directory = HashedDirectory::open(folder.path()).expect("a directory");
    let known = leaf(&root);
    let roots = directory.roots_for([known.as_ref()]).expect("roots");
    assert_eq!(roots.len(), 1);
    let name = ServerName::parse("example.test").expect("a name");
    let request = Request {
        chain: &[&known],
        roots: &roots,
        purpose: Purpose::ServerAuth,
        key_usage: None,
        name: Some(&name),
        at_unix_s: 1_700_000_100,
        policy: &Policy::MODERN,
        leaf_key: None,
        facts: None,
        revocation: Revocation::default(),
    };
    verify(&request).expect("verified");
    // Control: who names the broken file opens it.
    let fault = directory
        .roots_for([leaf(&other).as_ref()])
        .expect_err("a fault");
    assert!(matches!(fault.problem, TrustProblem::Load(_)), "{fault}");
    assert!(
        fault
            .path
            .ends_with(format!("{}.0", hash(other.root_der())))
    );
    // Nobody's name: nothing is found, and what is no certificate names nothing.
    let stranger = leaf(&authority("stranger"));
    let chain = [stranger.as_ref(), b"no".as_slice()];
    assert!(directory.roots_for(chain).expect("none").is_empty());
}

#[test]
fn several_of_one_hash_are_all_found_up_to_the_first_gap() {
    let folder = Folder::new();
    // Two roots of one name, as after a renewal.
    let roots = [authority("one"), authority("one"), authority("one")];
    let hash = hash(roots[0].root_der());
    for (place, root) in [(0, &roots[0]), (1, &roots[1]), (3, &roots[2])] {
        folder.write(&format!("{hash}.{place}"), root.root_pem());
    }
    let directory = HashedDirectory::open(folder.path()).expect("a directory");
    let found = directory
        .roots_for([roots[0].root_der().as_ref()])
        .expect("roots");
    assert_eq!(found.len(), 2);
    // Whoever asks for all gets what lies behind the gap too, and no CRL.
    folder.write(&format!("{hash}.r0"), "a CRL");
    assert_eq!(directory.all().expect("roots").len(), 3);
}

#[test]
fn an_anchor_that_is_marked_as_distrusted_vouches_for_nobody() {
    let folder = Folder::new();
    let root = authority("one");
    let der = root.root_der().as_ref();
    // CertAux: reject serverAuth; reject clientAuth.
    let marked = |last: u8| {
        let aux = [0x30, 12, 0xa0, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, last];
        to_pem("TRUSTED CERTIFICATE", &[der, &aux].concat())
    };
    let file = format!("{}.0", hash(der));
    for (last, counts) in [(1, false), (2, true)] {
        let path = folder.write(&file, marked(last).as_bytes());
        let directory = HashedDirectory::open(folder.path()).expect("a directory");
        let found = directory.roots_for([der]);
        assert_eq!(found.is_ok_and(|found| found.len() == 1), counts);
        assert_eq!(directory.all().expect("roots").len(), usize::from(counts));
        let clients = directory.all_for(Purpose::ClientAuth).expect("roots");
        assert_eq!(clients.is_empty(), counts);
        match Store::new().file(&path) {
            Ok(found) => assert!(counts && found.len() == 1),
            Err(fault) => {
                let words = fault.to_string();
                assert!(!counts && words.contains("CN=one is marked"), "{words}");
            }
        }
    }
}

#[test]
fn crls_are_found_by_the_issuer() {
    let folder = Folder::new();
    let root = authority("one");
    let hash = hash(root.root_der());
    folder.write(&format!("{hash}.0"), root.root_pem());
    let pem = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";
    folder.write(&format!("{hash}.r0"), pem);
    folder.write(&format!("{hash}.r1"), [0x30, 0]);
    let anchors = Anchors::from(HashedDirectory::open(folder.path()).expect("a directory"));
    let chain = [root.root_der().as_ref()];
    let found = anchors.crls_for(chain).expect("CRLs");
    assert_eq!(found, [[0x30, 0], [0x30, 0]]);
    assert_eq!(anchors.roots_for(chain).expect("roots").len(), 1);
    folder.write(&format!("{hash}.r2"), "no CRL");
    let fault = anchors.crls_for(chain).expect_err("a fault");
    assert!(matches!(fault.problem, TrustProblem::NoCrl), "{fault}");
}

#[test]
fn a_directory_that_nobody_has_hashed_is_refused_with_the_remedy() {
    let folder = Folder::new();
    folder.write("root.pem", authority("one").root_pem());
    let fault = HashedDirectory::open(folder.path()).expect_err("a fault");
    assert!(fault.to_string().contains("openssl rehash"), "{fault}");
    let missing = HashedDirectory::open(&folder.path().join("no")).expect_err("a fault");
    assert!(matches!(missing.problem, TrustProblem::Io(_)));
}

#[test]
fn every_root_is_found_in_its_directory() {
    let folder = Folder::new();
    let roots: Vec<_> = (0..20)
        .map(|number| authority(&format!("root {number}")))
        .collect();
    for root in &roots {
        folder.write(&format!("{}.0", hash(root.root_der())), root.root_pem());
    }
    // Control: one that lies there under no hash of its name.
    let lost = authority("lost");
    folder.write("lost.pem", lost.root_pem());
    let directory = HashedDirectory::open(folder.path()).expect("a directory");
    let finds = |der: &[u8]| {
        let found = directory.roots_for([der]).expect("roots");
        found.iter().any(|one| one.as_ref() == der)
    };
    assert!(roots.iter().all(|root| finds(root.root_der())));
    assert!(!finds(lost.root_der()));
    assert_eq!(directory.all().expect("roots").len(), 20);
}
