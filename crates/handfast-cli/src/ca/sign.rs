//! `handfast ca sign FILE.csr`: a certificate for someone's key, as far as the profile allows what
//! their request asks for.

use crate::ca::issue::Life;
use crate::ca::kind::{Kind, Whom, check_common_name};
use crate::ca::names::alternatives;
use crate::ca::opened::{Signing, failure};
use crate::ca::output::Planned;
use crate::ca::page::Page;
use crate::ca::rows::described;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use handfast_ca::profile::{Profile, Validity};
use handfast_ca::request::{Excess, LeftOut, Merged, Request, RequestFault, RequestRules};
use handfast_ca::subject::Subject;
use handfast_ca_store::row::Row;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The flags of `ca sign`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The request (PKCS#10), in PEM or DER
    #[arg(value_name = "FILE.csr")]
    request: PathBuf,
    /// What the certificate is for
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    profile: Kind,
    /// Give it this name instead of those that the request asks for; may be repeated
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,
    /// Give it this subject instead of the request's: CN=api.local,O=Acme
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Refuse a request that asks for more than it gets
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    life: Life,
    /// Write the certificate to FILE [default: the request's name with .pem]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long, short)]
    force: bool,
    #[command(flatten)]
    signing: Signing,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = sign(options, talk);
    talk.end("ca.sign", &options.request.display().to_string(), outcome)
}

fn sign(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let request = read(options)?;
    let now_s = now().unix_s();
    let validity = Validity::seconds(now_s, options.life.seconds(options.profile));
    let merged = options.merged(&request, validity)?;
    let file = options.output.clone();
    let file = file.unwrap_or_else(|| options.request.with_extension("pem"));
    if talk.json && file == Path::new("-") {
        let message = "the certificate and the JSON document would both go to standard output";
        return Err(Failure::usage(message).hint("name a file for the certificate with -o"));
    }
    let planned = Planned::certificate_alone(file, options.force)?;
    let mut directory = options.signing.open()?;
    let certified = directory
        .certify(request.spki(), &merged.profile, now_s)
        .map_err(|fault| failure(&fault))?;
    planned.write(&certified.chain, None).map_err(|fault| {
        let line = "the certificate is recorded all the same: sign again once that is mended";
        fault.caused_by(line)
    })?;
    let told = Told {
        row: &certified.row,
        left_out: &merged.left_out,
        asked: asked(&request),
    };
    let root = options.signing.place.file("root.pem").display().to_string();
    if !talk.quiet {
        told.print(options, &planned, &root, now_s);
    }
    Ok(json!({
        "certificate": described(told.row, now_s),
        "asked": told.asked,
        "left_out": merged.left_out.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "files": planned.described(),
        "root": root,
    }))
}

fn read(options: &Options) -> Result<Request, Failure> {
    let path = &options.request;
    let bytes = load::read(Exit::Usage, path)?;
    Request::from_file(&bytes).map_err(|fault| options.refused(&fault))
}

impl Options {
    /// What the certificate shall hold: the profile, and of the request what it allows.
    fn merged(&self, request: &Request, validity: Validity) -> Result<Merged, Failure> {
        let whom = Whom {
            subject: self
                .subject
                .as_deref()
                .map(crate::ca::kind::subject)
                .transpose()?,
            names: alternatives(&self.san)?,
        };
        let profile = match self.profile {
            // Its own name is all that a request of these says.
            Kind::OcspSigner | Kind::Intermediate => Whom {
                subject: whom
                    .subject
                    .clone()
                    .or_else(|| Some(request.subject().clone())),
                names: Vec::new(),
            }
            .profile(self.profile, validity, request.key()),
            _ => whom.profile(self.profile, validity, request.key()),
        };
        let mut rules = RequestRules::of(&profile);
        rules.excess = match self.strict {
            true => Excess::Refuse,
            false => Excess::LeaveOut,
        };
        if !self.san.is_empty() {
            rules.names.clear();
            rules.common_name_is_a_name = false;
        }
        let merged = rules.merge(request, &profile);
        let mut merged = merged.map_err(|fault| self.refused(&fault))?;
        if let Some(subject) = whom.subject {
            merged.profile.subject = subject;
            check_common_name(&merged.profile)?;
        }
        // What is replaced was not left out.
        merged.left_out.retain(|one| match one {
            LeftOut::Name(name) => self.san.is_empty() || !merged.profile.names.contains(name),
            LeftOut::CommonName(_) | LeftOut::SubjectPart { .. } => self.subject.is_none(),
            _ => true,
        });
        named(&merged.profile, self.profile)?;
        Ok(merged)
    }

    /// Why something was left out.
    fn why(&self, one: &LeftOut) -> &'static str {
        match one {
            LeftOut::Name(_) | LeftOut::CommonName(_) if !self.san.is_empty() => {
                "--san names what stands in its place"
            }
            _ => self.profile.why(),
        }
    }

    fn refused(&self, fault: &RequestFault) -> Failure {
        let message = format!("{}: {fault}", self.request.display());
        let failed = Failure::new(Exit::Usage, "request", "request", message);
        match fault {
            RequestFault::BadSignature { .. } => failed.hint(
                "have it made and sent anew: nobody shows by this one that they hold the key",
            ),
            RequestFault::Refused(_) => {
                failed.hint("leave --strict out to sign the rest, or choose another --profile")
            }
            RequestFault::Nameless(_) => failed.hint("give it names with --san NAME"),
            RequestFault::NoRequest | RequestFault::Malformed(_) => failed.hint(
                "give a certificate request in PEM or DER, as handfast cert csr or openssl req \
                 makes it",
            ),
            _ => failed,
        }
    }
}

/// A server's certificate without a name fits no server.
fn named(profile: &Profile, kind: Kind) -> Result<(), Failure> {
    if profile.names.is_empty() && matches!(kind, Kind::Server | Kind::Both) {
        return Err(
            Failure::usage("nothing that the request names is a host or an address")
                .hint("give it names with --san NAME, or sign it with --profile client"),
        );
    }
    Ok(())
}

/// What was asked for.
fn asked(request: &Request) -> Vec<String> {
    let mut all = Vec::new();
    if !request.subject().is_empty() {
        all.push(Subject::to_string(request.subject()));
    }
    all.extend(request.names().iter().map(ToString::to_string));
    all.extend(request.purposes().iter().map(ToString::to_string));
    if request.must_staple() {
        all.push("must-staple".to_owned());
    }
    all
}

/// What was signed.
struct Told<'a> {
    row: &'a Row,
    asked: Vec<String>,
    left_out: &'a [LeftOut],
}

impl Told<'_> {
    fn print(&self, options: &Options, planned: &Planned, root: &str, now_s: u64) {
        let mut page = Page::new();
        page.title(&self.row.title(), options.profile.words());
        page.line("asked", &self.asked.join(", "));
        for (at, one) in self.left_out.iter().enumerate() {
            let label = if at == 0 { "left out" } else { "" };
            page.verdict(label, &format!("{one}: {}", options.why(one)), false);
        }
        let file = planned.main_file().map(|file| file.display().to_string());
        page.line(
            "certificate",
            &format!("{}, with its chain", file.unwrap_or_default()),
        );
        page.line("root", &format!("{root}, for those who are to trust it"));
        page.row(self.row, now_s);
        page.print();
    }
}
