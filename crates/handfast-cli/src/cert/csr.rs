//! `handfast cert csr NAME…`: a request for a certificate, to be sent to an authority.

use crate::ca::kind::{Kind, Whom};
use crate::ca::names::typed_path;
use crate::ca::output::{beside, check, file, make_folder};
use crate::ca::page::Page;
use crate::cert::own_key;
use crate::cert::reserved::Reserved;
use crate::cert::written::write;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::load;
use crate::talk::Talk;
use clap::Args;
use handfast::PrivateKey;
use handfast_ca::alternative_name::AlternativeName;
use handfast_ca::key;
use handfast_ca::profile::{KeyKind, Purpose};
use handfast_ca::request::{RequestProfile, request_pem};
use handfast_ca::subject::Subject;
use handfast_ca::successor;
use handfast_pki::certificate::Certificate;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The flags of `cert csr`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// Hosts, addresses, mail addresses, URIs, told apart by their form or by dns:, ip:, mail:,
    /// uri:, upn:, rid:, dir: before them; of a client also the user's name
    #[arg(value_name = "NAME", required_unless_present_any = ["subject", "from"])]
    names: Vec<String>,
    /// Ask for what the certificate in FILE holds: to renew it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["names", "subject", "profile"])]
    from: Option<PathBuf>,
    /// What it is for: server, client or both
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t)]
    profile: Kind,
    /// The whole subject, as CN=api.local,O=Acme [default: the first name]
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Ask that clients refuse it without a stapled status (RFC 7633)
    #[arg(long)]
    must_staple: bool,
    /// The kind of key to make [default: p256, with --from: as it was]
    #[arg(long, value_name = "TYPE", value_enum, conflicts_with = "key")]
    key_type: Option<KeyType>,
    /// Use the private key in FILE instead of a new one
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The password of --key: the first line of FILE
    #[arg(long, value_name = "FILE", requires = "key")]
    pass_file: Option<PathBuf>,
    /// Write to FILE, a new key beside it as .key; or into the folder FILE; - for standard output
    /// [default: NAME.csr]
    #[arg(short, long, value_name = "FILE|-")]
    output: Option<PathBuf>,
    /// Encrypt the new key: the pass phrase is the first line of FILE
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    out_pass_file: Option<PathBuf>,
    /// Write over files that are there, a key too
    #[arg(long, short)]
    force: bool,
}

/// What is asked for, and the kind of key that goes with it.
pub(crate) struct Asked {
    pub(crate) profile: RequestProfile,
    title: String,
    key: KeyKind,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let target = match &options.from {
        Some(from) => from.display().to_string(),
        None => options.names.join(" "),
    };
    talk.end("cert.csr", &target, csr(options, talk))
}

fn csr(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    let mut asked = match &options.from {
        Some(path) => Asked::from(path)?,
        None => Asked::named(options)?,
    };
    asked.profile.must_staple |= options.must_staple;
    let request_file = file(options.output.as_deref(), &asked.title, "csr");
    make_folder(options.output.as_deref())?;
    check(&request_file, options.force)?;
    let _reserved = Reserved::take(&request_file, options.force)?;
    let key_file = match options.key {
        Some(_) => None,
        None if request_file == Path::new("-") => {
            return Err(Failure::usage("the new key would have no file").hint(
                "name the request's file with -o, or a key that is there already with --key",
            ));
        }
        None => Some(beside(&request_file)?),
    };
    if let Some(file) = &key_file {
        check(file, options.force)?;
    }
    let pass = load::password(options.out_pass_file.as_deref())?;
    let own = match &options.key {
        Some(path) => own_key::opened(path, options.pass_file.as_deref())?,
        None => {
            let kind = options.key_type.map_or(asked.key, KeyType::kind);
            key::generate(kind).map_err(|fault| unmade(&fault))?
        }
    };
    let der = asked.profile.sign(&own).map_err(|fault| unmade(&fault))?;
    // The key first: a request whose key is lost is of no use.
    if let Some(file) = &key_file {
        let pass = pass.as_deref().map(Vec::as_slice);
        let text = key::write(&own, pass).map_err(|fault| unmade(&fault))?;
        write(file, text.as_bytes(), true, options.force)?;
    }
    write(
        &request_file,
        request_pem(&der).as_bytes(),
        false,
        options.force,
    )?;
    let made = Made {
        asked: &asked,
        own: &own,
        request: &request_file,
        key: key_file.as_deref(),
        own_file: options.key.as_deref(),
        is_encrypted: pass.is_some(),
    };
    if !talk.json && request_file != Path::new("-") {
        made.print();
    }
    Ok(made.described(&der))
}

impl Asked {
    fn named(options: &Options) -> Result<Self, Failure> {
        let kind = options.profile;
        let purposes = purposes(kind)?;
        let whom = Whom::read(kind, &options.names, options.subject.as_deref())?;
        let title = whom.title();
        let own = whom.subject.clone();
        // As a certificate of these names would have it: the first, if it fits.
        let subject =
            own.unwrap_or_else(|| Subject::named(&title).unwrap_or_else(|_| Subject::empty()));
        Ok(Self {
            profile: RequestProfile {
                subject,
                names: whom.names,
                purposes,
                must_staple: false,
            },
            title,
            key: KeyType::default().kind(),
        })
    }

    /// What the first certificate of a file holds.
    fn from(path: &Path) -> Result<Self, Failure> {
        let all = load::certificates(Exit::Usage, path)?;
        let name = path.display().to_string();
        match all.first() {
            Some(first) => Self::of(first, &name),
            None => Err(Failure::usage(format!("{name}: no certificate in it"))),
        }
    }

    /// What a certificate holds that may be asked for.
    pub(crate) fn of(der: &[u8], name: &str) -> Result<Self, Failure> {
        let wrong = |fault: &dyn std::fmt::Display| {
            Failure::usage(format!("{name}: {fault}"))
                .hint("give the file of a certificate, its own first")
        };
        let view = Certificate::parse(der).map_err(|fault| wrong(&fault))?;
        if view.basic_constraints().is_some_and(|known| known.ca) {
            return Err(wrong(&"that is an authority's certificate").hint(
                "handfast ca init makes authorities, ca issue --profile intermediate one below",
            ));
        }
        let names = view.subject_alt_names();
        let names = names.map(|name| AlternativeName::from_general(&name));
        let purposes = successor::purposes(&view).map_err(|fault| {
            Failure::usage(format!("{name}: {fault}"))
                .hint("ask for it anew with a program that knows it")
        })?;
        let subject = Subject::from_der(view.subject().der()).map_err(|fault| wrong(&fault))?;
        let names: Vec<_> = names
            .collect::<Result<_, _>>()
            .map_err(|fault| wrong(&fault))?;
        let title = subject.common_name();
        let title = title.or_else(|| names.first().map(ToString::to_string));
        Ok(Self {
            profile: RequestProfile {
                subject,
                names,
                purposes,
                must_staple: view.tls_features().must_staple(),
            },
            title: title.unwrap_or_else(|| "request".to_owned()),
            key: view.key_kind().map_err(|fault| wrong(&fault))?,
        })
    }
}

fn purposes(kind: Kind) -> Result<Vec<Purpose>, Failure> {
    Ok(match kind {
        Kind::Server => vec![Purpose::ServerAuth],
        Kind::Client => vec![Purpose::ClientAuth],
        Kind::Both => vec![Purpose::ServerAuth, Purpose::ClientAuth],
        Kind::OcspSigner => vec![Purpose::OcspSigning],
        Kind::Intermediate => {
            let message = "a request says nothing of an authority's limits";
            return Err(Failure::usage(message)
                .hint("handfast ca issue --profile intermediate makes one below your own"));
        }
    })
}

/// The flag of `ca sign` that gives what was asked for.
fn profile(purposes: &[Purpose]) -> &'static str {
    let has = |purpose| purposes.contains(&purpose);
    match (has(Purpose::ServerAuth), has(Purpose::ClientAuth)) {
        (true, true) => " --profile both",
        (false, true) => " --profile client",
        (false, false) if has(Purpose::OcspSigning) => " --profile ocsp-signer",
        _ => "",
    }
}

/// What was made.
struct Made<'a> {
    asked: &'a Asked,
    own: &'a PrivateKey,
    request: &'a Path,
    /// The new key's file.
    key: Option<&'a Path>,
    /// The file of the key that was there.
    own_file: Option<&'a Path>,
    is_encrypted: bool,
}

impl Made<'_> {
    fn print(&self) {
        let profile = &self.asked.profile;
        let mut page = Page::new();
        page.title(&self.asked.title, "request for a certificate");
        page.line("request", &self.request.display().to_string());
        let words = own_key::words(self.own);
        let encrypted = if self.is_encrypted { "encrypted, " } else { "" };
        let line = match (self.key, self.own_file) {
            (Some(file), _) => {
                let file = file.display();
                format!("{file}, {words}, {encrypted}which only you can read")
            }
            (None, own) => {
                let own = own.map(|file| file.display().to_string());
                format!("{}, {words}, as it was", own.unwrap_or_default())
            }
        };
        page.line("key", &line);
        page.line("subject", &profile.subject.to_string());
        let names: Vec<_> = profile.names.iter().map(ToString::to_string).collect();
        page.line("names", &names.join(", "));
        if profile.must_staple {
            page.line("asks for", "must-staple");
        }
        for (at, next) in self.next().iter().enumerate() {
            page.line(if at == 0 { "next" } else { "" }, next);
        }
        page.print();
    }

    fn next(&self) -> Vec<String> {
        let (request, key) = (typed_path(self.request), self.key.or(self.own_file));
        let key = key.map(typed_path).unwrap_or_default();
        let profile = profile(&self.asked.profile.purposes);
        vec![
            format!("handfast ca sign{profile} {request}"),
            format!("handfast cert match {request} {key}"),
        ]
    }

    fn described(&self, der: &[u8]) -> Value {
        let profile = &self.asked.profile;
        let names = profile.names.iter();
        let names = names.map(|name| json!({ "kind": name.kind(), "name": name.to_string() }));
        let shown = |path: Option<&Path>| path.map(|path| path.display().to_string());
        json!({
            "subject": profile.subject.to_string(),
            "names": names.collect::<Vec<_>>(),
            "purposes": profile.purposes.iter().map(|one| one.name()).collect::<Vec<_>>(),
            "must_staple": profile.must_staple,
            "key_type": own_key::words(self.own),
            "files": {
                "request": self.request.display().to_string(),
                "key": shown(self.key),
                "own_key": shown(self.own_file),
            },
            "encrypted": self.is_encrypted,
            "request": crate::cert::inspect::shown::base64(der),
            "next": self.next(),
        })
    }
}

fn unmade(fault: &dyn std::fmt::Display) -> Failure {
    Failure::usage(fault.to_string())
}
