//! `handfast cert lint`: everything that is wrong with certificates, not the first thing only.

mod chain;
mod found;
mod issuing;
mod names;
mod single;
mod table;

use crate::cert::lint::chain::Chain;
use crate::cert::lint::found::{Finding, Found};
use crate::cert::lint::table::{MALFORMED, Scope, Severity};
use crate::cert::moment::moment;
use crate::cert::pile::Source;
use crate::cert::presented::Reach;
use crate::cert::target::{Target, read};
use crate::cert::verify::{RuleSet, subject};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, explain, print_document, print_line};
use crate::trust::Authorities;
use clap::Args;
use handfast::Roots;
use handfast_pki::certificate::Certificate;
use handfast_pki::load::Contents;
use handfast_pki::load::fault::LoadProblem;
use handfast_pki::verify::Purpose;
use handfast_pki::verify::policy::Rules;
use serde_json::{Value, json};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The flags of `cert lint`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files (the certificates in each are a chain, the server's own first), hosts, - for standard
    /// input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    /// By which rules [default: web where the chain leads to a root of the system's store, else
    /// rfc5280]
    #[arg(long, value_name = "RULES", value_enum)]
    rules: Option<RuleSet>,
    /// From which severity on the answer is bad
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "error")]
    fail_on: Severity,
    #[command(flatten)]
    authorities: Authorities,
    /// When: 2027-01-31, 2027-01-31T12:00:00Z, @SECONDS, +30d, -1y [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// How many days before its end a certificate expires soon (a third of its life at the most)
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    soon: u16,
    /// The password of encrypted files: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

/// What was found about one target.
struct Linted {
    target: String,
    rules: &'static str,
    subjects: Vec<String>,
    findings: Vec<Finding>,
}

/// Runs the verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.targets.join(" ");
    let linter = match Linter::new(options) {
        Ok(linter) => linter,
        Err(failure) => return talk.end("cert.lint", &target, Err(failure)),
    };
    let mut exit = Exit::Done;
    let (mut shown, mut findings) = (Vec::new(), Vec::new());
    for one in &options.targets {
        let ended = match linter.lint(one, talk).await {
            Ok(linted) => {
                if !talk.json {
                    print_line(linted.text().trim_end());
                }
                shown.push(linted.to_json());
                findings.extend(linted.findings.iter().map(Finding::to_json));
                linted.exit(options.fail_on)
            }
            Err(failure) if options.targets.len() == 1 => {
                return talk.end("cert.lint", &target, Err(failure));
            }
            Err(failure) => {
                if !talk.json {
                    explain(&failure);
                }
                shown.push(json!({ "target": one, "error": failure.to_json() }));
                failure.exit
            }
        };
        if exit == Exit::Done {
            exit = ended;
        }
    }
    if talk.json {
        let body = vec![
            ("result", json!({ "targets": shown })),
            ("findings", json!(findings)),
        ];
        print_document("cert.lint", &target, body, exit);
    }
    exit
}

struct Linter<'a> {
    options: &'a Options,
    roots: Roots,
    at: i64,
    password: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Linter<'a> {
    fn new(options: &'a Options) -> Result<Self, Failure> {
        Ok(Self {
            options,
            // Without a store every chain is incomplete, which is to be said of the chain.
            roots: match options.authorities.roots(Purpose::ServerAuth) {
                Ok((roots, _)) => roots,
                Err(failure) if !options.authorities.is_system() => return Err(failure),
                Err(_) => Roots::new(),
            },
            at: moment(options.at.as_deref())?,
            password: load::password(options.pass_file.as_deref())?,
        })
    }

    async fn lint(&self, target: &str, talk: &Talk) -> Result<Linted, Failure> {
        let ders = match self.certificates(target, talk).await? {
            Ok(ders) => ders,
            Err(finding) => {
                return Ok(Linted {
                    target: target.to_owned(),
                    rules: "path",
                    subjects: Vec::new(),
                    findings: vec![finding],
                });
            }
        };
        let certificates: Vec<_> = ders
            .iter()
            .filter_map(|der| Certificate::parse(der).ok())
            .collect();
        let chain = Chain {
            target,
            is_host: matches!(Target::of(target)?, Target::Host(..)),
            certificates: &certificates,
            roots: &self.roots,
            at: self.at,
        };
        let (scope, rules) = self.scope(&chain);
        let mut findings = Vec::new();
        for (index, one) in certificates.iter().enumerate() {
            let mut found = Found {
                upto: scope,
                place: format!("{target} #{index}"),
                all: &mut findings,
            };
            single::check(one, self.at, self.options.soon.into(), &mut found);
            issuing::check(one, &mut found);
        }
        chain.check(scope, &mut findings);
        // The worst first; what is alike stays in the chain's order.
        findings.sort_by_key(|one| std::cmp::Reverse(one.severity));
        Ok(Linted {
            target: target.to_owned(),
            rules,
            subjects: ders.iter().map(|der| subject(der)).collect(),
            findings,
        })
    }

    /// The certificates of a target, or the finding that one is none.
    async fn certificates(
        &self,
        target: &str,
        talk: &Talk,
    ) -> Result<Result<Vec<Vec<u8>>, Finding>, Failure> {
        let password = self.password.as_deref().map(Vec::as_slice);
        let path = match Target::of(target)? {
            Target::File(path) => Some(path),
            Target::Stdin | Target::Host(..) => None,
        };
        if let Some(path) = &path
            && let Err(fault) = Contents::read(&read(Some(path))?, password)
            && matches!(fault.problem, LoadProblem::Certificate(_))
        {
            let mut all = Vec::new();
            let mut found = Found {
                upto: Scope::Path,
                place: target.to_owned(),
                all: &mut all,
            };
            found.add(&MALFORMED, &fault.to_string());
            return Ok(all.pop().map_or(Ok(Vec::new()), Err));
        }
        let source = Source::read(target, password, &self.options.reach, talk).await?;
        let found = source.contents.certificates;
        if found.is_empty() {
            return Err(Failure::usage(format!("{target}: no certificate here"))
                .hint("name a file with certificates"));
        }
        Ok(Ok(found.into_iter().map(|der| der.to_vec()).collect()))
    }

    fn scope(&self, chain: &Chain<'_>) -> (Scope, &'static str) {
        let public = || self.options.authorities.is_system() && chain.is_trusted();
        let rules = match self.options.rules {
            Some(rules) => rules.rules(),
            None if public() => Rules::Web,
            None => Rules::Rfc5280,
        };
        match rules {
            Rules::Path => (Scope::Path, "path"),
            Rules::Web => (Scope::Web, "web"),
            _ => (Scope::Rfc5280, "rfc5280"),
        }
    }
}

impl Linted {
    fn exit(&self, fail_on: Severity) -> Exit {
        if self.findings.iter().any(|one| one.severity >= fail_on) {
            Exit::Bad
        } else {
            Exit::Done
        }
    }

    fn text(&self) -> String {
        let count = |severity| {
            let found = self.findings.iter().filter(|one| one.severity == severity);
            found.count()
        };
        let counts = [Severity::Error, Severity::Warning, Severity::Notice]
            .map(|severity| (count(severity), severity))
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| {
                let plural = if count == 1 { "" } else { "s" };
                format!("{count} {severity}{plural}")
            });
        let counts: Vec<_> = counts.collect();
        let counts = if counts.is_empty() {
            "nothing found".to_owned()
        } else {
            counts.join(", ")
        };
        let mut text = format!("{}: {counts} (rules: {})\n", self.target, self.rules);
        for (index, subject) in self.subjects.iter().enumerate() {
            text += &format!("  #{index} {subject}\n");
        }
        for one in &self.findings {
            let place = one.place.strip_prefix(&self.target).unwrap_or_default();
            text += &format!("{:<8}{place}  {}", one.severity.to_string(), one.title);
            if !one.evidence.is_empty() {
                text += &format!(": {}", one.evidence);
            }
            text += &format!("\n          fix: {}\n", one.fix);
            text += &format!("          {}, {}\n", one.id, one.section);
        }
        text
    }

    fn to_json(&self) -> Value {
        json!({
            "target": self.target,
            "rules": self.rules,
            "certificates": self.subjects,
            "findings": self.findings.len(),
        })
    }
}
