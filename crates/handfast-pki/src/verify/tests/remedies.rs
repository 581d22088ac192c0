//! The next thing to do, by what was sent and what is wrong with it.

use super::made::{Made, authority, dns_names, element, key};
use super::{INTERMEDIATE, LEAF, Question, ROOT};
use crate::roots::Roots;
use crate::verify::Purpose;
use crate::verify::openssl::VerifyCode;
use crate::verify::reason::Reason;
use crate::verify::rejection::{MOST_URLS, Rejection};
use handfast_crypto::signature::PrivateKey;
use rustls_pki_types::CertificateDer;

fn refused(question: Question<'_>) -> Rejection {
    question.refused()
}

/// authorityInfoAccess with caIssuers at these places.
fn published(urls: &[&str]) -> Vec<u8> {
    let method = element(6, &[&[0x2b, 6, 1, 5, 5, 7, 0x30, 2]]);
    let descriptions: Vec<_> = urls
        .iter()
        .map(|url| element(0x30, &[&method, &element(0x86, &[url.as_bytes()])]))
        .collect();
    let list = element(0x30, &[&descriptions.concat()]);
    let id = element(6, &[&[0x2b, 6, 1, 5, 5, 7, 1, 1]]);
    element(0x30, &[&id, &element(4, &[&list])])
}

/// A leaf below "middle" that says where that is published.
fn lost_leaf(urls: &[&str], middle: &PrivateKey) -> Vec<u8> {
    let leaf = key();
    Made::new("leaf", "middle", &leaf)
        .with(vec![dns_names(&["example.test"]), published(urls)])
        .signed_by(middle)
}

#[test]
fn a_missing_intermediate_is_told_with_the_place_where_it_is_published() {
    let middle = key();
    let urls = [
        "ldap://ca.test/",
        "http://ca.test/middle.crt",
        "http://ca.test/\u{7}",
    ];
    let leaf = lost_leaf(&urls, &middle);
    let rejection = refused(Question {
        chain: vec![&leaf],
        ..Question::default()
    });
    assert_eq!(
        rejection.remedy(),
        "have the server send its intermediate certificates: it sent none (its issuer CN=middle is \
         published at http://ca.test/middle.crt), or add the issuer's root to the trusted ones"
    );
    assert_eq!(
        rejection.missing_issuer_urls(),
        ["http://ca.test/middle.crt"]
    );
    // The control: a leaf that says nothing of the kind.
    let silent = refused(Question {
        chain: vec![LEAF],
        ..Question::default()
    });
    let remedy = silent.remedy();
    assert!(remedy.contains("it sent none, or add"), "{remedy}");
    assert!(silent.missing_issuer_urls().is_empty());
}

#[test]
fn an_intermediate_of_another_chain_is_told_from_none() {
    let middle = key();
    let leaf = lost_leaf(&["http://ca.test/1"], &middle);
    let rejection = refused(Question {
        chain: vec![&leaf, INTERMEDIATE],
        ..Question::default()
    });
    let remedy = rejection.remedy();
    assert!(
        remedy.contains("of the 1 beside its own none is CN=middle"),
        "{remedy}"
    );
    let stranger = key();
    let root = Made::new("other", "other", &stranger).with(vec![authority(None)]);
    let mut others = Roots::new();
    let root = CertificateDer::from(root.signed_by(&stranger));
    others.add(root).expect("an anchor");
    let remedy = refused(Question {
        chain: vec![LEAF, INTERMEDIATE],
        roots: others,
        ..Question::default()
    });
    let remedy = remedy.remedy();
    assert!(
        remedy.contains("what it sent ends below CN=Root"),
        "{remedy}"
    );
    let nobody = refused(Question {
        roots: Roots::new(),
        ..Question::default()
    });
    assert_eq!(
        nobody.remedy(),
        "nothing is trusted: name the certificates to trust"
    );
}

#[test]
fn urls_are_told_once_for_all_dead_ends_and_no_more_than_a_few() {
    let middle = key();
    let many: Vec<_> = (0..20)
        .map(|index| format!("http://ca.test/{index}"))
        .collect();
    let mut many: Vec<_> = many.iter().map(String::as_str).collect();
    many.insert(1, many[0]);
    let leaf = lost_leaf(&many, &middle);
    let rejection = refused(Question {
        chain: vec![&leaf],
        ..Question::default()
    });
    let urls = rejection.missing_issuer_urls();
    assert_eq!(urls.len(), MOST_URLS);
    assert_eq!(urls[..2], ["http://ca.test/0", "http://ca.test/1"]);
    // Another key under the issuer's name: the true one may be published.
    let stranger = key();
    let wrong = Made::new("middle", "middle", &stranger).with(vec![authority(None)]);
    let wrong = wrong.signed_by(&stranger);
    let leaf = lost_leaf(&["http://ca.test/"], &middle);
    let rejection = refused(Question {
        chain: vec![&leaf, &wrong],
        ..Question::default()
    });
    assert_eq!(*rejection.reason(), Reason::BadSignature);
    assert_eq!(rejection.missing_issuer_urls(), ["http://ca.test/"]);
    assert!(
        rejection
            .remedy()
            .ends_with("is published at http://ca.test/")
    );
}

#[test]
fn an_untrusted_root_is_told_by_its_fingerprint_and_by_who_sent_it() {
    let stranger = key();
    let other = Made::new("other", "other", &stranger).with(vec![authority(None)]);
    let mut others = Roots::new();
    let other = CertificateDer::from(other.signed_by(&stranger));
    others.add(other).expect("an anchor");
    let sent = refused(Question {
        chain: vec![LEAF, INTERMEDIATE, ROOT],
        roots: others,
        ..Question::default()
    });
    let remedy = sent.remedy();
    assert!(
        remedy.starts_with("the server sent a root of its own, CN=Root"),
        "{remedy}"
    );
    assert_eq!(sent.openssl_code().number, 19);
    let own = key();
    let alone = Made::new("leaf", "leaf", &own).with(vec![dns_names(&["example.test"])]);
    let alone = alone.signed_by(&own);
    let rejection = refused(Question {
        chain: vec![&alone],
        ..Question::default()
    });
    let digest = crate::fingerprint::sha256(&alone);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let remedy = rejection.remedy();
    assert!(remedy.contains(&format!("(SHA-256 {digest})")), "{remedy}");
    assert_eq!(rejection.openssl_code().number, 18);
}

#[test]
fn an_end_or_a_beginning_is_told_in_days_and_dates() {
    let late = |at_unix_s| {
        refused(Question {
            at_unix_s,
            ..Question::default()
        })
    };
    let leaf = crate::certificate::Certificate::parse(LEAF).expect("the leaf");
    let end = leaf.validity().not_after.0;
    for (at, words) in [
        (
            end + 1,
            "renew the certificate, which ended less than a day ago",
        ),
        (end + 86_400, "which ended a day ago"),
        (
            end + 30 * 86_400,
            "which ended 30 days ago, or check this machine's clock",
        ),
    ] {
        let remedy = late(at).remedy().into_owned();
        assert!(remedy.contains(words), "{remedy}");
    }
    let early = late(0).remedy().into_owned();
    assert!(
        early.contains("clock, which says 1970-01-01T00:00:00Z, or wait until 2"),
        "{early}"
    );
}

#[test]
fn the_nearest_name_is_offered() {
    for (name, words) in [
        (
            "exmaple.test",
            "connect by example.test, or have a certificate issued for exmaple.test",
        ),
        ("wild.test", "connect by a name that *.wild.test stands for"),
        ("192.0.2.7", "connect by 192.0.2.1,"),
    ] {
        let rejection = refused(Question {
            name,
            ..Question::default()
        });
        let remedy = rejection.remedy();
        assert!(remedy.starts_with(words), "{remedy}");
    }
    let own = key();
    let nameless = Made::new("leaf", "leaf", &own).with(vec![authority(None)]);
    let nameless = nameless.signed_by(&own);
    let rejection = refused(Question {
        chain: vec![&nameless],
        ..Question::default()
    });
    let wanted = "have a certificate issued with example.test among its alternative names";
    assert_eq!(rejection.remedy(), wanted);
}

#[test]
fn a_client_is_not_called_a_server() {
    let rejection = refused(Question {
        chain: vec![LEAF],
        purpose: Purpose::ClientAuth,
        ..Question::default()
    });
    assert!(
        rejection.remedy().starts_with("have the client send"),
        "{rejection}"
    );
    assert_eq!(
        rejection.openssl_code(),
        VerifyCode::by_number(20).expect("a code")
    );
}
