//! Which hosts are served, each with its folder and its certificate.

use crate::delegated;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::load;
use crate::own::places;
use crate::raw_keys;
use crate::serve::development::Development;
use crate::serve::options::Options;
use crate::serve::stapled;
use crate::summary::date;
use crate::tls::server_name;
use arc_swap::ArcSwapOption;
use clap::ArgMatches;
use handfast::config::Delegate;
use handfast::stream::now;
use handfast::{Credential, ServerName};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A host with what it needs.
#[derive(Debug)]
pub(super) struct Served {
    /// Nothing: the folder that is served to whoever asks for no name, or an unknown one.
    pub(super) name: Option<String>,
    /// The folder, as the system calls it.
    pub(super) dir: PathBuf,
    /// Nothing: it is still to come from the authority.
    credential: ArcSwapOption<Credential>,
    /// What the certificate is for, where it comes from an authority while the server runs.
    by_acme: Option<Vec<String>>,
    /// The file that the certificate comes from, unless it was made here.
    cert: Option<PathBuf>,
    /// The file of what is stapled to it.
    staple: Option<PathBuf>,
    /// The certificate with a key that it vouches for, and the file of that.
    delegated: ArcSwapOption<Credential>,
    delegated_file: Option<PathBuf>,
}

/// All hosts, the one without a name first.
#[derive(Debug)]
pub(super) struct Hosts {
    served: Vec<Served>,
    development: Option<PathBuf>,
    /// Clients are met by shared keys alone.
    by_keys_alone: bool,
    /// Shown to clients that take such.
    raw_keys: Vec<Credential>,
    /// Files that are never handed out.
    pub(super) secrets: Vec<PathBuf>,
}

/// The certificate for these names that an authority gave before.
pub(super) type Before<'a> = &'a dyn Fn(&[String]) -> Option<Credential>;

impl Hosts {
    /// With `before`, the certificates of hosts that were given none come from an authority while
    /// the server runs, as [`Hosts::put`] gives them.
    pub(super) fn new(
        options: &Options,
        matches: &ArgMatches,
        before: Option<Before<'_>>,
    ) -> Result<Self, Failure> {
        let mut wanted: Vec<Wanted> = Vec::new();
        if options.dir.is_some() || options.host.is_empty() {
            wanted.push(Wanted::new(
                None,
                options.dir.clone().unwrap_or_else(|| ".".into()),
            ));
        }
        let own = |index: usize| Wanted {
            at: index,
            ..Wanted::new(None, PathBuf::new())
        };
        let places = places(matches, "host");
        for (host, at) in options.host.iter().zip(places) {
            wanted.push(Wanted {
                name: Some(host.name.clone()),
                dir: host.dir.clone(),
                ..own(at)
            });
        }
        assign(&mut wanted, options, matches)?;
        let password = load::password(options.pass_file.as_deref())?;
        let password = password.as_deref().map(Vec::as_slice);
        let mut development = None;
        let mut served = Vec::new();
        let mut secrets = Vec::new();
        for one in wanted {
            let mut by_acme = None;
            let mut delegated = None;
            let credential = match (&one.cert, before) {
                (Some(cert), _) => {
                    secrets.extend(one.secrets());
                    delegated = one.delegated_credential()?;
                    given(&one, cert, password)?
                }
                (None, Some(before)) => {
                    let names = ordered(one.name.as_deref(), options)?;
                    let credential = before(&names);
                    by_acme = Some(names);
                    credential
                }
                // Clients are met by a key, and nobody is shown a certificate.
                (None, None) if options.by_keys_alone() => None,
                (None, None) => {
                    let authority = match &mut development {
                        Some(authority) => authority,
                        none => none.insert(Development::open(
                            &options.ca_dir,
                            options.ca_pass_file.as_deref(),
                            &all_names(options),
                        )?),
                    };
                    Some(authority.credential(&names(one.name.as_deref(), options))?)
                }
            };
            let dir = folder(&one.dir)?;
            served.push(Served {
                name: one.name,
                dir,
                credential: ArcSwapOption::new(credential.map(Arc::new)),
                by_acme,
                cert: one.cert,
                staple: one.staple,
                delegated: ArcSwapOption::new(delegated.map(Arc::new)),
                delegated_file: one.delegated,
            });
        }
        let root = development.as_ref();
        let root = root.and_then(|one| one.root_file().parent());
        secrets.extend(root.and_then(canonical));
        secrets.extend(named_secrets(options));
        // Keys and certificates, wherever the folder is.
        let kept = before.map(|_| options.acme.acme_dir.canonicalize());
        secrets.extend(kept.and_then(Result::ok));
        let development = development.map(|development| development.root_file().to_owned());
        Ok(Self {
            served,
            development,
            by_keys_alone: options.by_keys_alone(),
            raw_keys: raw_keys::own(&options.raw_key, password)?,
            secrets,
        })
    }

    /// Hands this file out to nobody.
    pub(super) fn hide(&mut self, file: Option<&Path>) {
        self.secrets.extend(file.and_then(canonical));
    }

    /// The certificates that there are.
    pub(super) fn credentials(&self) -> Vec<Credential> {
        let certificates = self.served.iter();
        // Who takes a delegated one is shown that.
        let certificates =
            certificates.flat_map(|one| one.delegated().into_iter().chain(one.credential()));
        // Only who asks for one is shown a raw key, so these go first.
        self.raw_keys.iter().cloned().chain(certificates).collect()
    }

    /// Each host whose certificate comes from an authority: which, and what it is for.
    pub(super) fn by_acme(&self) -> impl Iterator<Item = (usize, &[String])> {
        let each = self.served.iter().enumerate();
        each.filter_map(|(at, one)| Some((at, one.by_acme.as_deref()?)))
    }

    /// A host's certificate from now on.
    pub(super) fn put(&self, at: usize, credential: Credential) {
        if let Some(one) = self.served.get(at) {
            one.credential.store(Some(Arc::new(credential)));
        }
    }

    /// Whether a host has a certificate.
    pub(super) fn is_ready(&self, at: usize) -> bool {
        self.served
            .get(at)
            .is_some_and(|one| one.credential().is_some())
    }

    /// What clients will not like about the certificates that were given.
    pub(super) fn doubts(&self) -> Vec<String> {
        let given = self
            .served
            .iter()
            .filter_map(|one| Some((one, one.cert.as_ref()?)));
        let given = given.flat_map(|(one, cert)| {
            let credential = one.credential().or_else(|| one.delegated());
            let leaf = credential.as_ref().and_then(|own| own.chain().first());
            let own = leaf.and_then(|leaf| doubt(leaf, one.name.as_deref()));
            let staple = one.staple.as_deref().map(load::ocsp_response);
            let staple = staple.and_then(Result::ok);
            let stapled = leaf.and_then(|leaf| stapled::doubt(leaf, staple.as_deref()));
            let own = own.map(|doubt| format!("--cert {}: {doubt}", cert.display()));
            let file = one.staple.as_ref().map_or_else(
                || format!("--cert {}", cert.display()),
                |staple| format!("--staple {}", staple.display()),
            );
            own.into_iter()
                .chain(stapled.map(|doubt| format!("{file}: {doubt}")))
        });
        given.chain(self.doubts_of_delegations()).collect()
    }

    /// What clients will not like about the delegated credentials.
    pub(super) fn doubts_of_delegations(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        for one in &self.served {
            let (Some(file), Some(credential)) = (&one.delegated_file, one.delegated()) else {
                continue;
            };
            if one.credential().is_none() {
                doubts.push(format!(
                    "--delegated {}: without --key, clients that take no such ones are refused, as all but \
                     Firefox and handfast are",
                    file.display()
                ));
            }
            let doubt = delegated::doubt(&credential);
            doubts.extend(doubt.map(|doubt| format!("--delegated {}: {doubt}", file.display())));
        }
        doubts
    }

    /// The delegated credentials that are shown now.
    pub(super) fn delegations(&self) -> Vec<Credential> {
        self.served.iter().filter_map(Served::delegated).collect()
    }

    /// The files that certificates are shown with, and that change: OCSP responses, delegated credentials.
    pub(super) fn companions(&self) -> impl Iterator<Item = &PathBuf> {
        let each = self.served.iter();
        each.flat_map(|one| one.staple.iter().chain(&one.delegated_file))
    }

    /// The certificates with what their files of staples and delegated credentials hold now. One that
    /// cannot be read leaves its own certificate with what was there before, and no other: why, in the
    /// second place.
    pub(super) fn renewed(&self) -> (Vec<Credential>, Vec<Failure>) {
        let mut unread = Vec::new();
        for one in &self.served {
            match one.delegated_again() {
                Ok(Some(credential)) => one.delegated.store(Some(Arc::new(credential))),
                Ok(None) => {}
                Err(failure) => unread.push(failure),
            }
            let Some(staple) = &one.staple else { continue };
            match load::ocsp_response(staple) {
                Ok(response) => {
                    for shown in [&one.credential, &one.delegated] {
                        let credential = shown.load().as_deref().cloned();
                        let stapled =
                            credential.map(|one| one.with_ocsp_response(response.clone()));
                        shown.store(stapled.map(Arc::new));
                    }
                }
                Err(failure) => unread.push(failure),
            }
        }
        (self.credentials(), unread)
    }

    /// Whether there is a certificate for whoever asks for a name that nobody bears.
    pub(super) fn has_default(&self) -> bool {
        self.served.iter().any(|one| {
            one.name.is_none() && (one.credential().is_some() || one.delegated().is_some())
        })
    }

    pub(super) fn served(&self) -> &[Served] {
        &self.served
    }

    /// The folders.
    pub(super) fn dirs(&self) -> impl Iterator<Item = &Path> {
        self.served.iter().map(|one| &*one.dir)
    }

    /// Each host by the name that is best tried first, where the server listens on `own`.
    pub(super) fn all(&self, own: IpAddr) -> impl Iterator<Item = (String, &Path)> {
        let nameless = match own {
            own if own.is_unspecified() || own.is_loopback() => "localhost".to_owned(),
            IpAddr::V4(own) => own.to_string(),
            IpAddr::V6(own) => format!("[{own}]"),
        };
        self.served.iter().map(move |one| {
            let ordered = one.by_acme.iter().flatten().find(|name| is_host(name));
            let name = one.name.as_ref().or(ordered).unwrap_or(&nameless).clone();
            (name, one.dir.as_path())
        })
    }

    /// True where clients are met by shared keys, and none is shown a certificate.
    pub(super) fn by_keys_alone(&self) -> bool {
        self.by_keys_alone
    }

    pub(super) fn development_root(&self) -> Option<&Path> {
        self.development.as_deref()
    }
}

impl Served {
    fn credential(&self) -> Option<Credential> {
        self.credential.load().as_deref().cloned()
    }

    fn delegated(&self) -> Option<Credential> {
        self.delegated.load().as_deref().cloned()
    }

    /// What the file of the delegated credential holds now.
    fn delegated_again(&self) -> Result<Option<Credential>, Failure> {
        let (Some(file), Some(shown)) = (&self.delegated_file, self.delegated()) else {
            return Ok(None);
        };
        delegated::credential(file, shown.chain().to_vec(), Delegate::Server).map(Some)
    }
}

/// A host whose certificate is still to be found.
struct Wanted {
    name: Option<String>,
    dir: PathBuf,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    staple: Option<PathBuf>,
    delegated: Option<PathBuf>,
    /// Where it stands among the arguments.
    at: usize,
}

impl Wanted {
    fn new(name: Option<String>, dir: PathBuf) -> Self {
        Self {
            name,
            dir,
            cert: None,
            key: None,
            staple: None,
            delegated: None,
            at: 0,
        }
    }

    /// Its files that hold keys, or may.
    fn secrets(&self) -> impl Iterator<Item = PathBuf> {
        let files = [&self.cert, &self.key, &self.delegated];
        files
            .into_iter()
            .flatten()
            .filter_map(|path| canonical(path))
    }

    /// The certificate by the key of `--delegated`.
    fn delegated_credential(&self) -> Result<Option<Credential>, Failure> {
        let (Some(cert), Some(file)) = (&self.cert, &self.delegated) else {
            return Ok(None);
        };
        let chain = load::certificates(Exit::OwnCredential, cert)?;
        let credential = delegated::credential(file, chain, Delegate::Server)?;
        Ok(Some(match &self.staple {
            Some(staple) => credential.with_ocsp_response(load::ocsp_response(staple)?),
            None => credential,
        }))
    }
}

/// A file of a host.
type Slot = fn(&mut Wanted) -> &mut Option<PathBuf>;
type Given = fn(&Wanted) -> &Option<PathBuf>;

/// Gives each `--cert`, `--key` and `--staple` to the last host before it.
fn assign(wanted: &mut [Wanted], options: &Options, matches: &ArgMatches) -> Result<(), Failure> {
    let given: [(&str, &[PathBuf], Slot); 4] = [
        ("cert", &options.cert, |one| &mut one.cert),
        ("key", &options.key, |one| &mut one.key),
        ("staple", &options.staple, |one| &mut one.staple),
        ("delegated", &options.delegated, |one| &mut one.delegated),
    ];
    let each = given.into_iter().flat_map(|(flag, paths, slot)| {
        let places = places(matches, flag);
        let placed = paths.iter().zip(places);
        placed.map(move |(path, at)| (flag, path, at, slot))
    });
    for (flag, path, at, slot) in each {
        let owner = wanted
            .iter_mut()
            .filter(|one| one.at < at)
            .max_by_key(|one| one.at);
        let owner = owner.ok_or_else(|| {
            Failure::usage(format!(
                "--{flag} {} stands before every --host",
                path.display()
            ))
        })?;
        if slot(owner).replace(path.clone()).is_some() {
            let whose = owner.name.as_deref().unwrap_or("DIR");
            return Err(Failure::usage(format!("{whose} has --{flag} twice")));
        }
    }
    for (flag, slot) in [
        ("key", (|one| &one.key) as Given),
        ("staple", |one| &one.staple),
        ("delegated", |one| &one.delegated),
    ] {
        let alone = |one: &&Wanted| slot(one).is_some() && one.cert.is_none();
        if let Some(one) = wanted.iter().find(alone) {
            let whose = one.name.as_deref().unwrap_or("DIR");
            return Err(Failure::usage(format!(
                "{whose} has a --{flag} and no --cert"
            )));
        }
    }
    Ok(())
}

/// The certificate of a host's own files; nothing where its key is not here, and another one that it
/// vouches for is.
fn given(
    one: &Wanted,
    cert: &Path,
    password: Option<&[u8]>,
) -> Result<Option<Credential>, Failure> {
    if one.delegated.is_some() && one.key.is_none() && !load::holds_key(cert) {
        return Ok(None);
    }
    let own = load::credential(cert, one.key.as_deref(), password)?;
    Ok(Some(match &one.staple {
        Some(staple) => own.with_ocsp_response(load::ocsp_response(staple)?),
        None => own,
    }))
}

/// The names of a development certificate.
pub(super) fn names(host: Option<&str>, options: &Options) -> Vec<String> {
    if let Some(host) = host {
        return vec![host.to_owned()];
    }
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    if !options.listen.ip().is_unspecified() {
        names.push(options.listen.ip().to_string());
    }
    names.extend(options.name.iter().cloned());
    let mut kept = Vec::new();
    for name in names {
        if !kept.contains(&name) {
            kept.push(name);
        }
    }
    kept
}

/// The names of a certificate that an authority is asked for.
fn ordered(host: Option<&str>, options: &Options) -> Result<Vec<String>, Failure> {
    let wanted = match host {
        Some(host) => vec![host.to_owned()],
        None => options.name.clone(),
    };
    if wanted.is_empty() {
        let message = "--acme: for which names shall the certificate of DIR be?";
        return Err(
            Failure::usage(message).hint("name the hosts that clients ask for with --name NAME")
        );
    }
    let mut names: Vec<String> = Vec::new();
    for name in wanted {
        let (star, rest) = match name.strip_prefix("*.") {
            Some(rest) => ("*.", rest),
            None => ("", name.as_str()),
        };
        let name = format!(
            "{star}{}",
            server_name(rest)?.as_text().to_ascii_lowercase()
        );
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// What stands in a URL as it is.
fn is_host(name: &str) -> bool {
    !name.starts_with('*') && !name.contains(':')
}

fn all_names(options: &Options) -> Vec<String> {
    let hosts = options.host.iter().map(|host| host.name.clone());
    names(None, options).into_iter().chain(hosts).collect()
}

/// What is wrong with a server's own certificate for this host, clients' trust aside.
fn doubt(der: &[u8], host: Option<&str>) -> Option<String> {
    let leaf = Certificate::parse(der).ok()?;
    let validity = leaf.validity();
    let now = i64::try_from(now().unix_s()).unwrap_or(i64::MAX);
    if now > validity.not_after.0 {
        return Some(format!("expired since {}", date(validity.not_after.0)));
    }
    if now < validity.not_before.0 {
        return Some(format!("not valid before {}", date(validity.not_before.0)));
    }
    let name = ServerName::parse(host?).ok()?;
    let mut names = leaf.subject_alt_names();
    let fits = names.any(|own| match own {
        GeneralName::Dns(own) => name.to_string().eq_ignore_ascii_case(own) || covers(own, host),
        _ => false,
    });
    (!fits).then(|| format!("it is not for {name}: clients will refuse it"))
}

/// A wildcard, which stands for exactly the leftmost label (RFC 9525 section 6.3).
fn covers(pattern: &str, host: Option<&str>) -> bool {
    let rest = host.and_then(|host| host.split_once('.'));
    match (pattern.strip_prefix("*."), rest) {
        (Some(pattern), Some((_, rest))) => pattern.eq_ignore_ascii_case(rest),
        _ => false,
    }
}

/// Files with secrets that flags name.
fn named_secrets(options: &Options) -> impl Iterator<Item = PathBuf> {
    let passwords = [&options.pass_file, &options.ca_pass_file];
    let passwords = passwords.into_iter().flatten().map(PathBuf::as_path);
    let raw_keys = options.raw_key.iter().map(PathBuf::as_path);
    // Whom a server judges less strictly is nobody's business.
    let exceptions = options.exceptions.iter().map(PathBuf::as_path);
    let passwords = passwords.chain(raw_keys).chain(exceptions);
    let all = options.keys.file().into_iter().chain(passwords);
    all.chain(options.keeping.secrets()).filter_map(canonical)
}

fn canonical(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// A folder that is there.
fn folder(dir: &Path) -> Result<PathBuf, Failure> {
    let found = dir
        .canonicalize()
        .and_then(|path| std::fs::read_dir(&path).map(|_| path));
    found.map_err(|error| {
        Failure::file(Exit::Usage, "serve", dir, &error)
            .hint("name a folder that is there and may be read")
    })
}
