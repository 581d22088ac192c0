//! `handfast cert verify`: would this be believed, and if not, why not.

mod report;

pub(crate) use crate::cert::verify::report::subject;

use crate::cert::fetching::{Fetching, tell};
use crate::cert::moment::moment;
use crate::cert::order::is_authority;
use crate::cert::pile::{Source, certificates, crls};
use crate::cert::presented::Reach;
use crate::cert::target::read;
use crate::cert::verify::report::{Answer, Listed, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::talk::{Talk, explain, print_document, print_line};
use crate::tls::server_name;
use crate::trust::Authorities;
use clap::{Args, ValueEnum};
use handfast::{Roots, ServerName};
use handfast_fetch::Wanted;
use handfast_pki::certificate::Certificate;
use handfast_pki::crl::Crl;
use handfast_pki::verify::policy::{Policy, Rules};
use handfast_pki::verify::rejection::Rejection;
use handfast_pki::verify::revocation::store::RevocationStore;
use handfast_pki::verify::revocation::{Mode, OcspAnswer, Revocation};
use handfast_pki::verify::{Purpose, Request, Verdict, verify};
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The flags of `cert verify`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Files (the first certificate in each is judged), hosts (HOST, HOST:PORT or https://HOST),
    /// - for standard input
    #[arg(value_name = "FILE|HOST[:PORT]|URL|-", required = true)]
    targets: Vec<String>,
    #[command(flatten)]
    authorities: Authorities,
    /// Certificates that may stand between, but are not trusted; may be repeated
    #[arg(long, value_name = "FILE")]
    untrusted: Vec<PathBuf>,
    /// The name that must be proved: a host name or an address [default: the host's]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// What the certificate is to be used for
    #[arg(long, value_name = "PURPOSE", value_enum, default_value_t)]
    purpose: For,
    /// When: 2027-01-31, 2027-01-31T12:00:00Z, @SECONDS, +30d, -1y [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// By which rules
    #[arg(long, value_name = "RULES", value_enum, default_value_t)]
    rules: RuleSet,
    /// Revocation lists to ask; may be repeated
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP responses to ask, in DER; may be repeated
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// What must be known of revocation [default: soft where anything is given, else off]
    #[arg(long, value_name = "MODE", value_enum)]
    revocation: Option<Revoked>,
    /// The password of a PKCS#12 file: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    #[command(flatten)]
    fetching: Fetching,
    #[command(flatten)]
    reach: Reach,
}

/// What the certificate is to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum For {
    /// A TLS server
    #[default]
    Server,
    /// A TLS client
    Client,
    /// Signing programs
    Code,
    /// Mail
    Mail,
    /// Time stamps
    Time,
    /// OCSP responses
    Ocsp,
    /// Anything
    Any,
}

impl For {
    fn purpose(self) -> Purpose {
        match self {
            Self::Server => Purpose::ServerAuth,
            Self::Client => Purpose::ClientAuth,
            Self::Code => Purpose::CodeSigning,
            Self::Mail => Purpose::EmailProtection,
            Self::Time => Purpose::TimeStamping,
            Self::Ocsp => Purpose::OcspSigning,
            Self::Any => Purpose::Any,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Server => "as a server",
            Self::Client => "as a client",
            Self::Code => "for signing programs",
            Self::Mail => "for mail",
            Self::Time => "for time stamps",
            Self::Ocsp => "for OCSP responses",
            Self::Any => "for anything",
        }
    }
}

/// Which rules hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuleSet {
    /// What RFC 5280 asks of whoever verifies
    #[default]
    Path,
    /// Also what it asks of issuers
    Rfc5280,
    /// Also what the CA/Browser Forum asks of them
    Web,
}

impl RuleSet {
    pub(crate) fn rules(self) -> Rules {
        match self {
            Self::Path => Rules::Path,
            Self::Rfc5280 => Rules::Rfc5280,
            Self::Web => Rules::Web,
        }
    }
}

/// What must be known of revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Revoked {
    /// Only what a host staples is looked at
    Off,
    /// What is known to be revoked is refused
    Soft,
    /// What is not known to be good is refused
    Hard,
}

/// Runs the verb.
pub(crate) async fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.targets.join(" ");
    let judge = match Judge::new(options) {
        Ok(judge) => judge,
        Err(failure) => return talk.end("cert.verify", &target, Err(failure)),
    };
    if let [only] = options.targets.as_slice() {
        return match judge.judge(only, talk).await {
            Ok(report) => finish(
                talk,
                &target,
                &[report.shown(talk)],
                &report.findings(),
                report.exit(),
            ),
            Err(failure) => talk.end("cert.verify", &target, Err(failure)),
        };
    }
    let mut exit = Exit::Done;
    let mut shown = Vec::new();
    let mut findings = Vec::new();
    for one in &options.targets {
        let ended = match judge.judge(one, talk).await {
            Ok(report) => {
                shown.push(report.shown(talk));
                findings.extend(report.findings());
                report.exit()
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
    finish(talk, &target, &shown, &findings, exit)
}

fn finish(talk: &Talk, target: &str, shown: &[Value], findings: &[Value], exit: Exit) -> Exit {
    if talk.json {
        let result = json!({ "targets": shown });
        let body = vec![("result", result), ("findings", json!(findings))];
        print_document("cert.verify", target, body, exit);
    }
    exit
}

/// Everything that is the same for all targets.
struct Judge<'a> {
    options: &'a Options,
    roots: Roots,
    /// Where the roots come from.
    trust: String,
    untrusted: Vec<Vec<u8>>,
    crls: Vec<Vec<u8>>,
    /// The file of each.
    crl_names: Vec<String>,
    responses: Vec<Vec<u8>>,
    name: Option<ServerName>,
    at: i64,
    mode: Mode,
    password: Option<Zeroizing<Vec<u8>>>,
}

impl<'a> Judge<'a> {
    fn new(options: &'a Options) -> Result<Self, Failure> {
        let (roots, trust) = options.authorities.roots(options.purpose.purpose())?;
        let responses = options.ocsp.iter().map(|path| read(Some(path)));
        let lists = crls(&options.crl)?;
        let (crl_names, crls) = lists.into_iter().unzip();
        let given = !options.crl.is_empty() || !options.ocsp.is_empty() || options.fetching.fetch;
        Ok(Self {
            roots,
            trust,
            untrusted: certificates(&options.untrusted)?,
            crls,
            crl_names,
            responses: responses.collect::<Result<_, _>>()?,
            name: options.name.as_deref().map(server_name).transpose()?,
            at: moment(options.at.as_deref())?,
            mode: match options.revocation {
                Some(Revoked::Hard) => Mode::HardFail,
                Some(Revoked::Soft) => Mode::SoftFail,
                Some(Revoked::Off) => Mode::Off,
                None if given => Mode::SoftFail,
                None => Mode::Off,
            },
            password: load::password(options.pass_file.as_deref())?,
            options,
        })
    }

    async fn judge(&self, target: &str, talk: &Talk) -> Result<Report, Failure> {
        let password = self.password.as_deref().map(Vec::as_slice);
        let source = Source::read(target, password, &self.options.reach, talk).await?;
        if source.contents.certificates.is_empty() {
            return Err(Failure::usage(format!("{target}: no certificate here"))
                .hint("name a file whose first certificate is the one to judge"));
        }
        let name = match (&self.name, &source.host) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(host)) => Some(server_name(&host.name)?),
            (None, None) => None,
        };
        let sent = source.contents.certificates.iter().map(AsRef::as_ref);
        let chain: Vec<&[u8]> = sent
            .chain(self.untrusted.iter().map(Vec::as_slice))
            .collect();
        let crls = self.crls.iter().chain(&source.contents.crls);
        // Each was read when it was loaded.
        let crls: Vec<Crl<'_>> = crls.filter_map(|der| Crl::parse(der).ok()).collect();
        let responses = self
            .responses
            .iter()
            .map(|der| OcspAnswer { der, nonce: None });
        let responses: Vec<_> = responses.collect();
        let policy = Policy {
            rules: self.options.rules.rules(),
            ..Policy::MODERN
        };
        let request = Request {
            chain: &chain,
            roots: &self.roots,
            purpose: self.options.purpose.purpose(),
            key_usage: None,
            name: name.as_ref(),
            at_unix_s: self.at,
            policy: &policy,
            leaf_key: None,
            facts: None,
            revocation: Revocation {
                mode: self.mode,
                // Every host is asked for one: its certificate may hold it to that (RFC 7633).
                staple_asked: source.host.is_some(),
                staple: source.host.as_ref().and_then(|host| host.staple.as_deref()),
                responses: &responses,
                crls: &crls,
                ..Revocation::default()
            },
        };
        let (judged, chain) = if self.options.fetching.fetch {
            self.fetch(&request, &crls, talk).await
        } else {
            let chain = chain.iter().map(|der| der.to_vec()).collect();
            (verify(&request), chain)
        };
        let answer = match judged {
            Ok(verdict) => Answer::Good(verdict),
            Err(rejection) => Answer::Bad(rejection),
        };
        let report = Report {
            target: target.to_owned(),
            answer,
            chain,
            anchor: None,
            trust: self.trust.clone(),
            name,
            purpose: self.options.purpose.purpose().name(),
            used: self.options.purpose.words(),
            at: self.at,
            is_host: source.host.is_some(),
            mode: self.mode,
            misplaced: misplaced(&source.contents.certificates),
            sources: self.sources(&crls, target),
        };
        Ok(self.warned(report.with_anchor(&self.roots), talk))
    }

    /// The report with the file that its anchor is in, after what is odd was told.
    fn warned(&self, mut report: Report, talk: &Talk) -> Report {
        if let Some(place) = report.misplaced {
            let words = report::first_is_authority(place);
            talk.warn(&format!("{}: {words}", report.target));
        }
        let holder = |anchor: &Vec<u8>| self.options.authorities.holder(anchor);
        if let Some(file) = report.anchor.as_ref().and_then(holder) {
            report.trust = file;
        }
        for words in report.unused() {
            talk.warn(&words);
        }
        report
    }

    /// What each list is called, and what is to be known of it.
    fn sources(&self, crls: &[Crl<'_>], target: &str) -> Vec<Listed> {
        if self.options.fetching.fetch {
            // There are others between them.
            return Vec::new();
        }
        let by_hand = self.crl_names.iter().map(|name| (name.as_str(), true));
        let names = by_hand.chain(std::iter::repeat((target, false)));
        let listed = crls.iter().zip(names).map(|(crl, (name, by_hand))| Listed {
            name: name.to_owned(),
            by_hand: by_hand && self.options.targets.len() == 1,
            next_update: crl.next_update().0,
            issuer: crl.issuer().to_string(),
        });
        listed.collect()
    }
}

impl Judge<'_> {
    /// As [`verify`], with what is missing fetched; the chain has the issuers that came.
    async fn fetch(
        &self,
        request: &Request<'_>,
        crls: &[Crl<'_>],
        talk: &Talk,
    ) -> (Result<Verdict, Box<Rejection>>, Vec<Vec<u8>>) {
        let known = RevocationStore::default();
        for list in crls {
            // It was read before.
            let _ = known.add_crl(list.der().to_vec());
        }
        for response in &self.responses {
            let _ = known.add_response(response.clone());
        }
        let wanted = Wanted {
            purpose: request.purpose,
            key_usage: None,
            name: request.name.cloned(),
            policy: request.policy.clone(),
            mode: self.mode,
            staple_asked: request.revocation.staple_asked,
            known: Some(Arc::new(known)),
            ..Wanted::server(self.roots.clone())
        };
        let chain = request.chain.iter().map(|der| CertificateDer::from(*der));
        let chain: Vec<_> = chain.collect();
        let fetcher = self.options.fetching.fetcher(self.at);
        let outcome = fetcher
            .verify(&wanted, &chain, request.revocation.staple)
            .await;
        tell(&outcome, talk);
        let chain = outcome.chain.iter().map(|der| der.to_vec()).collect();
        (outcome.result, chain)
    }
}

/// Where the first certificate that is no authority stands, counted from 1, if it is not the first
/// of all.
fn misplaced(certificates: &[CertificateDer<'_>]) -> Option<usize> {
    let is_leaf = |der: &CertificateDer<'_>| {
        Certificate::parse(der).is_ok_and(|certificate| !is_authority(&certificate))
    };
    let index = certificates.iter().position(is_leaf)?;
    (index > 0).then_some(index + 1)
}

impl Report {
    /// Shows it to a person, or makes it ready for a program.
    fn shown(&self, talk: &Talk) -> Value {
        if !talk.json {
            print_line(self.text().trim_end());
        }
        self.to_json()
    }
}
