//! `handfast ca show`: which authority lies in a folder.

use crate::ca::kept::Kept;
use crate::ca::page::Page;
use crate::ca::place::Place;
use crate::cert::inspect::shown::{colons, hex, serial};
use crate::cert::inspect::validity::Standing;
use crate::cert::moment::stamp;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use serde_json::{Value, json};
use std::path::Path;

/// The flags of `ca show`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = show(&options.place, talk);
    talk.end("ca.show", &options.place.name(), outcome)
}

fn show(place: &Place, talk: &Talk) -> Result<Value, Failure> {
    let kept = Kept::read(place)?;
    let now_s = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    let mut page = Page::new();
    let mut all = Vec::new();
    let issuing = kept.issuing.as_ref().map(|der| (der, &kept.issuing_file));
    for (der, file) in [(&kept.root, &kept.root_file)].into_iter().chain(issuing) {
        let certificate = Certificate::parse(der)
            .map_err(|fault| Failure::usage(format!("{}: {fault}", file.display())))?;
        let role = if std::ptr::eq(der, &raw const kept.root) {
            "root"
        } else {
            "issuing"
        };
        tell(&mut page, (role, file), &certificate, now_s);
        all.push(described((role, file), &certificate, now_s));
    }
    if !talk.json {
        page.print();
    }
    Ok(json!({ "certificates": all }))
}

fn tell(page: &mut Page, (role, file): (&str, &Path), certificate: &Certificate<'_>, now_s: i64) {
    let subject = certificate.subject().to_string();
    page.title(&subject, &format!("{role} in {}", file.display()));
    let standing = Standing::of(certificate.validity(), now_s);
    let until = certificate.validity().not_after;
    let is_valid = matches!(standing, Standing::Valid { .. });
    page.verdict(
        "valid",
        &format!("{}, until {until}", standing.words()),
        is_valid,
    );
    page.line("may name", &permitted(certificate).join(", "));
    page.line("serial", &serial(certificate.serial()));
    page.line("SHA-256", &colons(&sha256(certificate.der())));
}

fn described((role, file): (&str, &Path), certificate: &Certificate<'_>, now_s: i64) -> Value {
    let validity = certificate.validity();
    let standing = Standing::of(validity, now_s);
    json!({
        "role": role,
        "file": file.display().to_string(),
        "subject": certificate.subject().to_string(),
        "not_before": stamp(validity.not_before.0),
        "not_after": stamp(validity.not_after.0),
        "status": standing.name(),
        "days_left": standing.days_left(),
        "permitted": permitted(certificate),
        "serial": serial(certificate.serial()),
        "sha256": hex(&sha256(certificate.der())),
    })
}

/// Which names it may vouch for (RFC 5280 section 4.2.1.10); empty means any.
fn permitted(certificate: &Certificate<'_>) -> Vec<String> {
    let subtrees = certificate.name_subtrees().ok().flatten();
    let permitted = subtrees.map(|subtrees| subtrees.permitted);
    let names = permitted.into_iter().flatten();
    names.map(|name| name.to_string()).collect()
}
