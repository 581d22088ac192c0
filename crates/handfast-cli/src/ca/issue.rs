//! `handfast ca issue NAME…`: a certificate and its key, in one command.

use crate::ca::kind::{Kind, Whom, check_common_name};
use crate::ca::names::{in_url, typed, typed_path};
use crate::ca::opened::{Signing, failure};
use crate::ca::output::{Output, Planned};
use crate::ca::page::Page;
use crate::ca::rows::{described, moment, serial};
use crate::ca::span::{DAY_S, words};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::talk::Talk;
use clap::Args;
use handfast::stream::now;
use handfast_ca::profile::Validity;
use handfast_ca_store::row::Row;
use serde_json::{Value, json};
use std::iter;
use std::path::Path;

/// The flags of `ca issue`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Hosts, addresses, mail addresses, URIs, told apart by their form or by dns:, ip:, mail:,
    /// uri:, upn:, rid:, dir: before them; of a client also the user's name
    #[arg(value_name = "NAME", required_unless_present = "subject")]
    names: Vec<String>,
    /// What it is for
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    profile: Kind,
    /// A client's certificate: the same as --profile client
    #[arg(long, conflicts_with = "profile")]
    client: bool,
    /// The whole subject, as CN=api.local,O=Acme [default: the first name]
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    #[command(flatten)]
    pub(crate) life: Life,
    /// The kind of key
    #[arg(long, value_name = "TYPE", value_enum, default_value_t)]
    key_type: KeyType,
    /// Clients are to refuse it without a stapled status (RFC 7633)
    #[arg(long)]
    must_staple: bool,
    /// Its key may vouch for others that stand for it for some days (DelegationUsage, RFC 9345):
    /// `cert delegate`
    #[arg(long)]
    delegation: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    signing: Signing,
}

/// How long a certificate lives.
#[derive(Args, Clone, Debug)]
pub(crate) struct Life {
    /// Valid for so many days [default: 90; ocsp-signer 30, intermediate 1095]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: Option<u32>,
    /// Valid for so many hours
    #[arg(long, value_name = "N", conflicts_with = "days", value_parser = clap::value_parser!(u32).range(1..=876_000))]
    hours: Option<u32>,
}

impl Life {
    /// In seconds.
    pub(crate) fn seconds(&self, kind: Kind) -> u64 {
        self.given().unwrap_or(kind.days() * DAY_S)
    }

    /// In seconds, where it is given.
    pub(crate) fn given(&self) -> Option<u64> {
        let days = self.days.map(|days| u64::from(days) * DAY_S);
        days.or(self.hours.map(|hours| u64::from(hours) * 3600))
    }
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let outcome = issue(options, talk);
    talk.end("ca.issue", &options.names.join(" "), outcome)
}

fn issue(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let kind = if options.client {
        Kind::Client
    } else {
        options.profile
    };
    let whom = Whom::read(kind, &options.names, options.subject.as_deref())?;
    let now_s = now().unix_s();
    let validity = Validity::seconds(now_s, options.life.seconds(kind));
    let mut profile = whom.profile(kind, validity, options.key_type.kind());
    check_common_name(&profile)?;
    let planned = options.output.plan(&whom.title())?;
    let mut directory = options.signing.open()?;
    profile.must_staple = options.must_staple;
    profile.delegation = options.delegation;
    let recorded = directory
        .issue(&profile, now_s)
        .map_err(|fault| failure(&fault))?;
    let issued = &recorded.issued;
    planned
        .write(issued.chain(), Some(issued.key()))
        .map_err(|fault| unwritten(fault, &recorded.row))?;
    let told = Told {
        row: &recorded.row,
        kind,
        files: &planned,
        root: &options.signing.place.file("root.pem"),
        key_type: options.key_type,
        pass: options.output.out_pass_file.as_deref(),
    };
    if !talk.quiet {
        told.print(now_s);
    }
    Ok(told.described(now_s))
}

/// What is to be done about a certificate that is recorded, and whose file could not be written.
pub(crate) fn unwritten(fault: Failure, row: &Row) -> Failure {
    let number = serial(row);
    let line = format!("the certificate is recorded, serial {number}, and its key is lost");
    fault.caused_by(line).hint(format!(
        "mend that and issue anew; handfast ca revoke {number} --reason cessationOfOperation takes \
         this one back"
    ))
}

/// What was issued.
struct Told<'a> {
    row: &'a Row,
    kind: Kind,
    files: &'a Planned,
    root: &'a Path,
    key_type: KeyType,
    /// The file with what encrypts the key.
    pass: Option<&'a Path>,
}

impl Told<'_> {
    fn print(&self, now_s: u64) {
        let mut page = Page::new();
        page.title(&self.row.title(), self.kind.words());
        let shown = |path: Option<&Path>| path.map(|path| path.display().to_string());
        let key_type = self.key_type.words();
        if let Some(file) = shown(self.files.p12_file()) {
            page.line(
                "PKCS#12",
                &format!("{file}: with its chain and its key, {key_type}"),
            );
        } else {
            let file = shown(self.files.main_file()).unwrap_or_default();
            page.line("certificate", &format!("{file}, with its chain"));
            let file = shown(self.files.key_file()).unwrap_or_default();
            page.line(
                "key",
                &format!("{file}, {key_type}, which only you can read"),
            );
        }
        page.line(
            "root",
            &format!("{}, for those who are to trust it", self.root.display()),
        );
        page.row(self.row, now_s);
        for (at, next) in self.next().iter().enumerate() {
            page.line(if at == 0 { "next" } else { "" }, next);
        }
        page.print();
    }

    /// The next two useful commands.
    fn next(&self) -> Vec<String> {
        let root = typed_path(self.root);
        let Some(file) = self.files.main_file().map(typed_path) else {
            return Vec::new();
        };
        let key = self
            .files
            .key_file()
            .map(|key| format!(" --key {}", typed_path(key)));
        let pass = self
            .pass
            .map(|pass| format!(" --pass-file {}", typed_path(pass)));
        let key = key.unwrap_or_default() + &pass.unwrap_or_default();
        let host = self.row.names.iter().find_map(|name| in_url(&name.text));
        match self.kind {
            Kind::Server | Kind::Both => {
                let get = |host| format!("handfast get --cacert {root} https://{host}:8443/");
                let serve = format!("handfast serve --cert {file}{key} .");
                iter::once(serve).chain(host.map(get)).collect()
            }
            Kind::Client => vec![
                format!("handfast serve --client-ca {root}{} .", self.allow()),
                format!("handfast get --cacert {root} --cert {file}{key} https://localhost:8443/"),
            ],
            Kind::OcspSigner | Kind::Intermediate => {
                vec![
                    format!("handfast cert inspect {file}"),
                    "handfast ca list".to_owned(),
                ]
            }
        }
    }

    /// The flag by which a server lets this client in alone: by one of its names where it has any,
    /// and none of other kinds; the common name counts only where there are none.
    fn allow(&self) -> String {
        let names = &self.row.names;
        let fits = |kind: &str| ["mail", "DNS"].contains(&kind);
        let name = match names.is_empty() {
            true => self.row.common_name.clone(),
            false => names
                .iter()
                .find(|name| fits(&name.kind) && !name.text.contains('*'))
                .map(|name| name.text.clone()),
        };
        let flag = |name: String| format!(" --allow {}", typed(&name));
        name.map(flag).unwrap_or_default()
    }

    fn described(&self, now_s: u64) -> Value {
        json!({
            "certificate": described(self.row, now_s),
            "files": self.files.described(),
            "root": self.root.display().to_string(),
            "next": self.next(),
        })
    }
}

impl Page {
    /// What a certificate holds.
    pub(crate) fn row(&mut self, row: &Row, now_s: u64) {
        let names: Vec<_> = row.names.iter().map(|name| name.text.clone()).collect();
        self.line("subject", &row.subject);
        self.line("names", &names.join(", "));
        let left = row.not_after.saturating_sub(now_s);
        self.line(
            "valid",
            &format!("{}, until {}", words(left), moment(row.not_after)),
        );
        self.line("serial", &serial(row));
    }
}
