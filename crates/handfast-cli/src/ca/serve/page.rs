//! The page for people: what is here, and how it is used.

use crate::ca::serve::wanted::{CHAIN, HEALTH, OCSP};
use crate::serve::answer::{Answer, text, with};
use crate::serve::listing::escaped;
use hyper::StatusCode;
use hyper::header;

/// What the page tells of one authority.
pub(super) struct Shown {
    /// As its files are called.
    pub(super) name: &'static str,
    /// Its name.
    pub(super) subject: String,
    /// Of its revocation list: the number, and when the next one is due, in words.
    pub(super) list: Option<(String, String)>,
}

/// The page. `host` is what the client called this server.
pub(super) fn page(shown: &[Shown], host: Option<&str>) -> Answer {
    let title = escaped(shown.last().map_or("", |shown| shown.subject.as_str()));
    let base = format!(
        "http://{}",
        host.filter(|host| is_plain(host)).unwrap_or("HOST")
    );
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\
         <style>body{{font-family:sans-serif;max-width:50em;margin:2em auto;padding:0 1em}}\
         td,th{{padding:0 1em .3em 0;text-align:left;vertical-align:top}}pre{{overflow:auto}}</style>\n\
         <h1>{title}</h1>\n\
         <p>What programs ask a certificate authority for: its own certificates, and which of those \
         that it issued are revoked.\n<table>\n\
         <tr><th>Authority<th>Certificate<th>Revocation list\n"
    );
    for Shown {
        name,
        subject,
        list,
    } in shown
    {
        let subject = escaped(subject);
        let about = list.as_ref().map_or_else(
            || "none can be made now".to_owned(),
            |(number, next)| {
                let (number, next) = (escaped(number), escaped(next));
                format!(
                    "<a href=\"/{name}.crl\">{name}.crl</a> <a href=\"/{name}.crl.pem\">PEM</a><br>\
                     number {number}, the next by {next}"
                )
            },
        );
        page += &format!(
            "<tr><td>{subject}<td><a href=\"/{name}.cer\">{name}.cer</a> \
             <a href=\"/{name}.pem\">PEM</a><td>{about}\n"
        );
    }
    let name = shown.last().map_or("root", |shown| shown.name);
    let chain = format!("{base}{CHAIN}");
    page += &format!(
        "</table>\n\
         <p>All certificates in one file: <a href=\"{CHAIN}\">chain.p7c</a>. \
         OCSP responder: <code>{base}{OCSP}</code> (POST, and GET with the request in the path). \
         Whether all is well: <a href=\"{HEALTH}\">health</a>.\n\
         <p>Is a certificate revoked? Ask:\n\
         <pre>curl -O {base}/{name}.crl\n\
         curl -o issuer.pem {base}/{name}.pem\n\
         openssl ocsp -issuer issuer.pem -cert CERT.pem -url {base}{OCSP} -CAfile root.pem\n\
         handfast cert verify CERT.pem --cacert root.pem --fetch --fetch-private --revocation hard</pre>\n\
         <p><small>A browser need not trust this page: everything that it offers is signed by the \
         authority. It comes over plain HTTP on purpose, since whoever asks whether a certificate is \
         revoked cannot wait for another certificate to be looked up first (RFC 5280 section 8). \
         All of it: <a href=\"{chain}\">{chain}</a></small>\n"
    );
    let answer = text(StatusCode::OK, page);
    let answer = with(answer, header::CONTENT_TYPE, "text/html; charset=utf-8");
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
    let answer = with(answer, header::CONTENT_SECURITY_POLICY, policy);
    let answer = with(answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    with(answer, header::CACHE_CONTROL, "no-cache")
}

/// Whether this can stand in a command that somebody copies.
fn is_plain(host: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._:[]".contains(letter);
    !host.is_empty() && host.chars().all(is_plain)
}
