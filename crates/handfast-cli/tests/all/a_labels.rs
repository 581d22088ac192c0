//! A host's name may be given in its own letters; it is asked for, and must be proved, as an A-label.

use crate::lab::{Lab, Serving, handfast, year};

const BOOKS: &str = "b\u{fc}cher.example";
const A_LABEL: &str = "xn--bcher-kva.example";

#[test]
fn a_host_in_its_own_letters_is_the_one_whose_certificate_names_the_a_label() {
    let lab = Lab::new();
    lab.keep("books", &lab.issue(&[A_LABEL], year()));
    let (site, cert, key) = (
        lab.file("site"),
        lab.file("books.pem"),
        lab.file("books.key"),
    );
    let server = Serving::start(&[&site, "--cert", &cert, "--key", &key]);
    let port = server.port();
    let url = format!("https://{BOOKS}:{port}/a%20b.txt");
    let resolve = format!("{BOOKS}:{port}:127.0.0.1");
    let outcome = lab.trusting("get", &["--resolve", &resolve, &url]);
    assert_eq!(
        (outcome.code, &*outcome.text()),
        (Some(0), "hello\n"),
        "{outcome:?}"
    );
    let connect_to = format!("{BOOKS}:{port}:localhost:{port}");
    let outcome = lab.trusting("get", &["--connect-to", &connect_to, &url]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");

    let target = format!("127.0.0.1:{port}");
    let outcome = lab.trusting("connect", &["--sni", BOOKS, &target]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // Control: no other name in other letters does, and it is shown as it was asked for.
    let outcome = lab.trusting("connect", &["--sni", "k\u{fc}che.example", &target]);
    assert_eq!(outcome.code, Some(60), "{outcome:?}");
    assert!(
        outcome.stderr.contains("xn--kche-0ra.example"),
        "{outcome:?}"
    );
}

#[test]
fn a_certificate_is_verified_for_a_name_in_its_own_letters() {
    let lab = Lab::new();
    lab.keep("books", &lab.issue(&[A_LABEL], year()));
    let (root, file) = (lab.file("root.pem"), lab.file("books.pem"));
    let verify =
        |name: &str| handfast(&["cert", "verify", "--cacert", &root, "--name", name, &file]);
    let outcome = verify(BOOKS);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.text().contains(A_LABEL), "{outcome:?}");
    assert_eq!(verify("k\u{fc}che.example").code, Some(1));
    let wrong = verify("\u{fc} .example");
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.stderr.contains("in its ASCII form"), "{wrong:?}");
}
