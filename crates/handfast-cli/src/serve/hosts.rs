//! Which hosts are served, each with its folder and its certificate.

use crate::failure::Failure;
use crate::load;
use crate::own::places;
use crate::serve::development::Development;
use crate::serve::options::Options;
use crate::serve::stapled;
use crate::summary::date;
use clap::ArgMatches;
use handfast::stream::now;
use handfast::{Credential, ServerName};
use handfast_pki::certificate::Certificate;
use handfast_pki::general_name::GeneralName;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// A host with what it needs.
#[derive(Debug)]
pub(super) struct Served {
    /// Nothing: the folder that is served to whoever asks for no name, or an unknown one.
    pub(super) name: Option<String>,
    /// The folder, as the system calls it.
    pub(super) dir: PathBuf,
    credential: Credential,
    /// The file that the certificate comes from, unless it was made here.
    cert: Option<PathBuf>,
    /// The file of what is stapled to it.
    staple: Option<PathBuf>,
}

/// All hosts, the one without a name first.
#[derive(Debug)]
pub(super) struct Hosts {
    served: Vec<Served>,
    development: Option<PathBuf>,
    /// Files that are never handed out.
    pub(super) secrets: Vec<PathBuf>,
}

impl Hosts {
    pub(super) fn new(options: &Options, matches: &ArgMatches) -> Result<Self, Failure> {
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
        let mut development = None;
        let mut served = Vec::new();
        let mut secrets = Vec::new();
        for one in wanted {
            let credential = match &one.cert {
                Some(cert) => {
                    secrets.extend(
                        [Some(cert), one.key.as_ref()]
                            .into_iter()
                            .flatten()
                            .filter_map(|path| path.canonicalize().ok()),
                    );
                    let own = load::credential(
                        cert,
                        one.key.as_deref(),
                        password.as_deref().map(Vec::as_slice),
                    )?;
                    match &one.staple {
                        Some(staple) => own.with_ocsp_response(load::ocsp_response(staple)?),
                        None => own,
                    }
                }
                None => {
                    let authority = match &mut development {
                        Some(authority) => authority,
                        none => none.insert(Development::open(
                            &options.ca_dir,
                            options.ca_pass_file.as_deref(),
                            &all_names(options),
                        )?),
                    };
                    authority.credential(&names(one.name.as_deref(), options))?
                }
            };
            let dir = folder(&one.dir)?;
            served.push(Served {
                name: one.name,
                dir,
                credential,
                cert: one.cert,
                staple: one.staple,
            });
        }
        if let Some(development) = &development {
            secrets.extend(
                development
                    .root_file()
                    .parent()
                    .and_then(|dir| dir.canonicalize().ok()),
            );
        }
        let development = development.map(|development| development.root_file().to_owned());
        Ok(Self {
            served,
            development,
            secrets,
        })
    }

    pub(super) fn credentials(&self) -> Vec<Credential> {
        self.served
            .iter()
            .map(|one| one.credential.clone())
            .collect()
    }

    /// What clients will not like about the certificates that were given.
    pub(super) fn doubts(&self) -> Vec<String> {
        let given = self
            .served
            .iter()
            .filter_map(|one| Some((one, one.cert.as_ref()?)));
        let given = given.flat_map(|(one, cert)| {
            let leaf = one.credential.chain().first();
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
        given.collect()
    }

    /// The files of what is stapled.
    pub(super) fn staples(&self) -> impl Iterator<Item = &PathBuf> {
        self.served.iter().filter_map(|one| one.staple.as_ref())
    }

    /// The certificates with what their files of staples hold now.
    pub(super) fn renewed(&self) -> Result<Vec<Credential>, Failure> {
        let each = self.served.iter().map(|one| match &one.staple {
            Some(staple) => {
                let response = load::ocsp_response(staple)?;
                Ok(one.credential.clone().with_ocsp_response(response))
            }
            None => Ok(one.credential.clone()),
        });
        each.collect()
    }

    pub(super) fn has_default(&self) -> bool {
        self.served.iter().any(|one| one.name.is_none())
    }

    pub(super) fn served(&self) -> &[Served] {
        &self.served
    }

    /// Each host by the name that is best tried first, where the server listens on `own`.
    pub(super) fn all(&self, own: IpAddr) -> impl Iterator<Item = (String, &Path)> {
        let nameless = match own {
            own if own.is_unspecified() || own.is_loopback() => "localhost".to_owned(),
            IpAddr::V4(own) => own.to_string(),
            IpAddr::V6(own) => format!("[{own}]"),
        };
        self.served.iter().map(move |one| {
            let name = one.name.clone().unwrap_or_else(|| nameless.clone());
            (name, one.dir.as_path())
        })
    }

    pub(super) fn development_root(&self) -> Option<&Path> {
        self.development.as_deref()
    }
}

/// A host whose certificate is still to be found.
struct Wanted {
    name: Option<String>,
    dir: PathBuf,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    staple: Option<PathBuf>,
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
            at: 0,
        }
    }
}

/// A file of a host.
type Slot = fn(&mut Wanted) -> &mut Option<PathBuf>;
type Given = fn(&Wanted) -> &Option<PathBuf>;

/// Gives each `--cert`, `--key` and `--staple` to the last host before it.
fn assign(wanted: &mut [Wanted], options: &Options, matches: &ArgMatches) -> Result<(), Failure> {
    let given: [(&str, &[PathBuf], Slot); 3] = [
        ("cert", &options.cert, |one| &mut one.cert),
        ("key", &options.key, |one| &mut one.key),
        ("staple", &options.staple, |one| &mut one.staple),
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

/// A folder that is there.
fn folder(dir: &Path) -> Result<PathBuf, Failure> {
    let found = dir
        .canonicalize()
        .and_then(|path| std::fs::read_dir(&path).map(|_| path));
    found.map_err(|error| {
        Failure::file(crate::exit::Exit::Usage, "serve", dir, &error)
            .hint("name a folder that is there and may be read")
    })
}
