//! `handfast ca init`: an authority in a folder.

use crate::ca::kept::Kept;
use crate::ca::kind::subject;
use crate::ca::names::{permitted, typed_path};
use crate::ca::opened::failure;
use crate::ca::page::Page;
use crate::ca::place::Place;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use handfast_ca::profile::{Pointers, Subtree, development_names};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::plan::Plan;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The flags of `ca init`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// What the authority is called
    #[arg(value_name = "NAME", default_value = "Handfast development")]
    name: String,
    /// The root's whole subject, as CN=Acme root,O=Acme [default: CN=NAME root]
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// No authority below the root: the root issues itself
    #[arg(long)]
    root_only: bool,
    /// The kind of keys
    #[arg(long, value_name = "TYPE", value_enum, default_value_t)]
    key_type: KeyType,
    /// The root is valid for so many days; the authority below it at most 1095
    #[arg(long, value_name = "N", default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: u32,
    /// It may vouch for this name too, and all below it, or for a range of addresses; may be
    /// repeated. Without any: localhost, .local, .test, .internal, home.arpa, private addresses
    #[arg(long, value_name = "NAME|RANGE", value_parser = permitted)]
    permit_name: Vec<Vec<Subtree>>,
    /// It may vouch for any name: whoever trusts it trusts it for the whole web
    #[arg(long, conflicts_with = "permit_name")]
    any_name: bool,
    #[command(flatten)]
    pointers: Urls,
    /// Encrypt the keys: the pass phrase is the first line of FILE, - for standard input
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

/// What certificates say about where their status is found.
#[derive(Args, Clone, Debug)]
struct Urls {
    /// Where `ca serve` will be reached (http://ca.local:8888): certificates point there for
    /// revocation lists, OCSP and the issuer
    #[arg(long, value_name = "URL", value_parser = http)]
    url: Option<String>,
    /// Where the revocation list is found
    #[arg(long, value_name = "URL", value_parser = http)]
    crl_url: Vec<String>,
    /// Where OCSP requests are answered
    #[arg(long, value_name = "URL", value_parser = http)]
    ocsp_url: Vec<String>,
    /// Where the issuer's certificate is found
    #[arg(long, value_name = "URL", value_parser = http)]
    issuer_url: Vec<String>,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = init(options, talk);
    talk.end("ca.init", &options.place.name(), outcome)
}

fn init(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let plan = options.plan()?;
    let now_s = now().unix_s();
    let made = CaDirectory::create(&options.place.ca_dir, &plan, now_s);
    drop(made.map_err(|fault| failure(&fault))?);
    let kept = Kept::read(&options.place)?;
    if !talk.quiet {
        print(options, &kept, now_s)?;
    }
    Ok(json!({
        "certificates": kept.described(now_s)?,
        "keys_encrypted": options.pass_file.is_some(),
    }))
}

fn print(options: &Options, kept: &Kept, now_s: u64) -> Result<(), Failure> {
    let mut page = Page::new();
    let place = &options.place;
    page.title(&options.name, &format!("an authority in {}", place.name()));
    for one in kept.each() {
        page.line(one.role, &one.line(now_s)?);
    }
    let keys = kept
        .each()
        .map(|one| one.file.with_extension("key").display().to_string());
    let keys = keys.collect::<Vec<_>>().join(", ");
    page.line(
        "keys",
        &match options.pass_file {
            Some(_) => format!("{keys}: encrypted"),
            None => format!("{keys}: only you can read them, and nothing encrypts them"),
        },
    );
    page.line("may name", &kept.permitted()?);
    let at = match place.is_usual() {
        true => String::new(),
        false => format!(" --ca-dir {}", typed_path(&place.ca_dir)),
    };
    let pass = options.pass_file.as_deref().map(typed_path);
    let pass = pass.map(|pass| format!(" --pass-file {pass}"));
    let pass = pass.unwrap_or_default();
    page.line(
        "next",
        &format!("handfast ca issue{at}{pass} api.local 127.0.0.1"),
    );
    page.line("", &format!("handfast serve{at} ."));
    page.print();
    Ok(())
}

impl Options {
    fn plan(&self) -> Result<Plan, Failure> {
        let mut plan = if self.root_only {
            Plan::root_alone(&self.name)
        } else {
            Plan::new(&self.name)
        };
        if let Some(text) = &self.subject {
            plan.root_subject = subject(text)?;
        }
        plan.root_key = self.key_type.kind();
        plan.root_days = self.days;
        if let Some(issuing) = &mut plan.issuing {
            issuing.key = self.key_type.kind();
            issuing.days = issuing.days.min(self.days);
        }
        if !self.any_name {
            plan.permitted = development_names();
            plan.permitted
                .extend(self.permit_name.iter().flatten().cloned());
        }
        plan.pointers = self.pointers.pointers(plan.issuing.is_some());
        plan.root_pointers = self.pointers.of_root();
        plan.pass = load::password(self.pass_file.as_deref())?;
        if plan.pass.as_ref().is_some_and(|pass| pass.is_empty()) {
            return Err(Failure::usage("--pass-file: its first line is empty")
                .hint("put a pass phrase there, or leave --pass-file out"));
        }
        Ok(plan)
    }
}

fn http(text: &str) -> Result<String, String> {
    let url = url::Url::parse(text).map_err(|fault| format!("{text}: {fault}"))?;
    // RFC 5280 section 8: asked over TLS, the status of a certificate would ask for itself.
    let is_good = url.scheme() == "http" && url.host().is_some();
    is_good
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text}: give an http:// URL; who asks for a status has no TLS yet"))
}

impl Urls {
    /// What certificates say that the authority issues.
    fn pointers(&self, has_issuing: bool) -> Pointers {
        let name = if has_issuing { "issuing" } else { "root" };
        let served = self.served(name);
        let or_served = |given: &[String], served: Vec<String>| match given {
            [] => served,
            given => given.to_vec(),
        };
        Pointers {
            crl: or_served(&self.crl_url, served.crl),
            ocsp: or_served(&self.ocsp_url, served.ocsp),
            issuers: or_served(&self.issuer_url, served.issuers),
        }
    }

    /// What the certificate of the authority below the root says: other flags than --url are
    /// about what that issues.
    fn of_root(&self) -> Pointers {
        self.served("root")
    }

    /// Where `ca serve` has what is asked for; `name` is how the authority's files are called.
    fn served(&self, name: &str) -> Pointers {
        let base = self.url.as_deref().map(|url| url.trim_end_matches('/'));
        let at = |path: &str| {
            base.map(|base| format!("{base}{path}"))
                .into_iter()
                .collect()
        };
        Pointers {
            crl: at(&format!("/{name}.crl")),
            ocsp: at("/ocsp"),
            issuers: at(&format!("/{name}.cer")),
        }
    }
}
