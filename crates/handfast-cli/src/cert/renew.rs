//! `handfast cert renew FILE`: the same certificate with a life of its own, from one's own authority
//! or from itself.

pub(crate) mod replaced;

use crate::ca::opened::{Signing, failure};
use crate::ca::page::Page;
use crate::ca::place::Place;
use crate::ca::span::{DAY_S, span, words};
use crate::cert::csr::Asked;
use crate::cert::inspect::shown::{hex, serial};
use crate::cert::moment::{stamp, words as moment};
use crate::cert::order::is_self_signed;
use crate::cert::own_key;
use crate::cert::renew::replaced::{Replacement, finish, replace};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::key_type::KeyType;
use crate::load;
use crate::talk::{Talk, print_line};
use clap::Args;
use handfast::PrivateKey;
use handfast::stream::now;
use handfast_ca::authority::self_signed_for;
use handfast_ca::issued::certificate_pem;
use handfast_ca::key;
use handfast_ca::profile::{Profile, Validity};
use handfast_ca_store::error::StoreError;
use handfast_ca_store::find::Selector;
use handfast_pki::certificate::Certificate;
use handfast_pki::fingerprint::sha256;
use handfast_pki::load::Contents;
use rustls_pki_types::CertificateDer;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The flags of `cert renew`.
#[derive(Args, Clone, Debug)]
pub(crate) struct Options {
    /// The certificate's file; what stands behind it in the file is made anew too
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Its private key [default: FILE's name with .key, where that is there]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The password of the key: the first line of FILE
    #[arg(long, value_name = "FILE")]
    pass_file: Option<PathBuf>,
    /// Only if less than this is left of its life: 30d, 12h
    #[arg(long, value_name = "SPAN", value_parser = span)]
    if_needed: Option<u64>,
    /// Valid for so many days [default: as long as before]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36500))]
    days: Option<u32>,
    /// Make a new key, which takes the old one's place; the old one stays beside it as .old
    #[arg(long)]
    new_key: bool,
    /// The kind of the new key [default: as it was]
    #[arg(long, value_name = "TYPE", value_enum, requires = "new_key")]
    key_type: Option<KeyType>,
    /// Encrypt the new key: the pass phrase is the first line of FILE [default: as the old one]
    #[arg(long, value_name = "FILE", requires = "new_key")]
    out_pass_file: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
    /// The pass phrase of the authority's key: the first line of FILE
    #[arg(long, value_name = "FILE")]
    ca_pass_file: Option<PathBuf>,
}

/// Runs the verb.
pub(crate) fn run(options: &Options, talk: &Talk) -> Exit {
    let target = options.file.display().to_string();
    talk.end("cert.renew", &target, renew(options, talk))
}

fn renew(options: &Options, talk: &Talk) -> Result<Value, Failure> {
    // What a killed renewal left half done: otherwise key and certificate would never fit again.
    let beside = options.file.with_extension("key");
    let key = options.key.as_deref().unwrap_or(&beside);
    if key != options.file {
        finish(&options.file, key)?;
    }
    let old = Old::read(&options.file)?;
    let view = old.view()?;
    let now_s = now().unix_s();
    let left = old.left(&view, now_s);
    if let Some(span) = options.if_needed
        && left >= span
    {
        old.check_status(&options.place, &view)?;
        if !talk.json {
            let file = options.file.display();
            let (left, span) = (words(left), words(span));
            print_line(&format!(
                "{file}: {left} left, and it is renewed when less than {span} are: nothing to do"
            ));
        }
        let end = stamp(view.validity().not_after.0);
        return Ok(json!({ "renewed": false, "seconds_left": left, "not_after": end }));
    }
    let keys = Keys::of(options, &view)?;
    let seconds = options
        .days
        .map_or_else(|| old.life(&view), |days| u64::from(days) * DAY_S);
    let validity = Validity::seconds(now_s, seconds);
    let (chain, by) = if is_self_signed(&view) {
        (vec![old.by_itself(&keys, validity)?], None)
    } else {
        (
            old.by_authority(options, &keys, validity, now_s)?,
            Some(options.place.name()),
        )
    };
    let new = chain
        .first()
        .ok_or_else(|| Failure::usage("nothing was issued"))?;
    let done = write(options, &old, &keys, &chain).map_err(|failed| match by {
        Some(_) => unwritten(failed, new),
        None => failed,
    })?;
    let told = Told {
        old: &view,
        new,
        done: &done,
        by,
        wanted_end: validity.not_after_unix,
        has_new_key: keys.new.is_some(),
    };
    told.tell(talk, now_s)
}

/// The certificate that is to be renewed.
struct Old {
    name: String,
    der: CertificateDer<'static>,
    is_pem: bool,
}

impl Old {
    fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.display().to_string();
        let bytes = load::read(Exit::Usage, path)?;
        let is_pem = bytes.first() != Some(&DER);
        let both = Contents::read(&bytes, None).is_ok_and(|all| !all.keys.is_empty());
        if both {
            let message = format!("{name} holds a private key too, which would go with the rest");
            return Err(Failure::usage(message).hint(format!(
                "split it: handfast cert convert {name} --to pkcs8 -o NAME.key, and the \
                 certificates with handfast cert bundle {name} -o NAME.pem"
            )));
        }
        let all = load::certificates(Exit::Usage, path)?;
        let first = all.into_iter().next();
        let der = first.ok_or_else(|| Failure::usage(format!("{name}: no certificate in it")))?;
        Ok(Self { name, der, is_pem })
    }

    fn view(&self) -> Result<Certificate<'_>, Failure> {
        let wrong = |fault| Failure::usage(format!("{}: {fault}", self.name));
        let view = Certificate::parse(&self.der).map_err(wrong)?;
        if view.basic_constraints().is_some_and(|known| known.ca) {
            let message = format!("{} is an authority's certificate", self.name);
            return Err(Failure::usage(message).hint(
                "its limits would have to be decided anew: handfast ca init makes a new authority",
            ));
        }
        Ok(view)
    }

    /// Seconds until it ends.
    fn left(&self, view: &Certificate<'_>, now_s: u64) -> u64 {
        let end = u64::try_from(view.validity().not_after.0).unwrap_or(0);
        end.saturating_sub(now_s)
    }

    /// How long it lived, from when it was made: certificates begin an hour earlier.
    fn life(&self, view: &Certificate<'_>) -> u64 {
        let validity = view.validity();
        let life = validity.not_after.0.saturating_sub(validity.not_before.0);
        let life = u64::try_from(life).unwrap_or(0);
        match life.checked_sub(EARLY_S) {
            Some(rest) if rest > 0 => rest,
            _ => life.max(EARLY_S),
        }
    }

    fn selector(&self) -> Selector {
        let digest = <[u8; 32]>::try_from(sha256(&self.der).as_slice());
        digest.map_or_else(|_| Selector::Any(String::new()), Selector::Fingerprint)
    }

    /// One that is revoked has nothing left, however far away its end is.
    fn check_status(&self, place: &Place, view: &Certificate<'_>) -> Result<(), Failure> {
        if is_self_signed(view) {
            return Ok(());
        }
        let Ok(directory) = crate::ca::opened::open(place) else {
            // Who issued it is asked when it is needed.
            return Ok(());
        };
        match directory.find_one(&self.selector(), now().unix_s()) {
            Ok(row) if row.revoked_at.is_some() => {
                Err(failure(&StoreError::AlreadyRevoked { row: Box::new(row) }).hint(ANEW))
            }
            _ => Ok(()),
        }
    }

    fn by_itself(
        &self,
        keys: &Keys,
        validity: Validity,
    ) -> Result<CertificateDer<'static>, Failure> {
        let asked = Asked::of(&self.der, &self.name)?;
        let signer = keys.new.as_ref().or(keys.own.as_ref());
        let signer = signer.ok_or_else(|| {
            Failure::usage(format!(
                "{} vouches for itself: its key signs it",
                self.name
            ))
            .hint("name the key's file with --key")
        })?;
        let mut profile = Profile::bare(asked.profile.subject, validity, signer.kind());
        profile.names = asked.profile.names;
        profile.purposes = asked.profile.purposes;
        self_signed_for(signer, &profile)
            .map_err(|fault| Failure::usage(format!("{}: {fault}", self.name)))
    }

    fn by_authority(
        &self,
        options: &Options,
        keys: &Keys,
        validity: Validity,
        now_s: u64,
    ) -> Result<Vec<CertificateDer<'static>>, Failure> {
        let place = options.place.clone();
        let signing = Signing {
            pass_file: options.ca_pass_file.clone(),
            accept_clock: false,
            place,
        };
        let elsewhere = |failed: Failure| {
            let failed = failed.caused_by(format!("{} is not self-signed", self.name));
            failed.hint(format!(
                "name the authority's folder with --ca-dir; of another authority ask for it with \
                 handfast cert csr --from {}",
                self.name
            ))
        };
        let locked = signing.open_locked().map_err(|failed| match failed.kind {
            "no_authority" => elsewhere(failed),
            _ => failed,
        })?;
        let row = locked
            .find_one(&self.selector(), now_s)
            .map_err(|fault| match fault {
                StoreError::NotFound { .. } => elsewhere(Failure::new(
                    Exit::Usage,
                    "not_issued_here",
                    "authority",
                    format!(
                        "the authority in {} has not issued {}",
                        options.place.name(),
                        self.name
                    ),
                )),
                fault => failure(&fault),
            })?;
        if row.revoked_at.is_some() {
            return Err(failure(&StoreError::AlreadyRevoked { row: Box::new(row) }).hint(ANEW));
        }
        drop(locked);
        let mut directory = signing.open()?;
        let selector = Selector::Id(row.id);
        let certified = match &keys.new {
            Some(new) => directory.renew_for_key(&selector, new.public_spki(), validity, now_s),
            None => directory.renew_for_same_key(&selector, validity, now_s),
        };
        certified
            .map(|certified| certified.chain)
            .map_err(|fault| failure(&fault))
    }
}

/// The keys: the one that is there, and the one that takes its place.
struct Keys {
    file: PathBuf,
    own: Option<PrivateKey>,
    new: Option<PrivateKey>,
    /// What the one that is there is encrypted with, where it is.
    password: Option<Zeroizing<Vec<u8>>>,
}

impl Keys {
    fn of(options: &Options, view: &Certificate<'_>) -> Result<Self, Failure> {
        let file = match &options.key {
            Some(file) => file.clone(),
            None => options.file.with_extension("key"),
        };
        let is_found = file != options.file && file.exists();
        // Nobody has named it, and it is locked: where it is not needed, it is let be.
        let password = load::password(options.pass_file.as_deref())?;
        let is_encrypted = own_key::is_encrypted(&file);
        let is_locked = is_encrypted && password.is_none();
        let is_needed = options.new_key || is_self_signed(view) || !is_locked;
        let own = match options.key.is_some() || (is_found && is_needed) {
            true => Some(own_key::read(
                &file,
                password.as_deref().map(Vec::as_slice),
            )?),
            false => None,
        };
        if let Some(own) = &own
            && own.public_spki() != view.spki()
        {
            let (key, certificate) = (file.display(), options.file.display());
            let message = format!("{key} is not the key of {certificate}");
            return Err(
                Failure::new(Exit::OwnCredential, "own_credential", "start", message)
                    .hint("name its own with --key; --new-key makes a new one for it"),
            );
        }
        if options.new_key && own.is_none() {
            return Err(Failure::usage("--new-key: where the key lies is not known")
                .hint("name the key's file with --key: the new one takes its place"));
        }
        let kind = match (options.key_type, &own) {
            (Some(kind), _) => Some(kind.kind()),
            (None, own) => own.as_ref().map(PrivateKey::kind),
        };
        let new = match kind.filter(|_| options.new_key) {
            Some(kind) => {
                Some(key::generate(kind).map_err(|fault| Failure::usage(fault.to_string()))?)
            }
            None => None,
        };
        let password = password.filter(|_| is_encrypted);
        Ok(Self {
            file,
            own,
            new,
            password,
        })
    }
}

/// Puts the certificate in its place, and a new key in the key's.
fn write(
    options: &Options,
    old: &Old,
    keys: &Keys,
    chain: &[CertificateDer<'_>],
) -> Result<Vec<Replacement>, Failure> {
    let content = match (old.is_pem, chain) {
        (false, [first, ..]) => first.to_vec(),
        _ => chain
            .iter()
            .map(certificate_pem)
            .collect::<String>()
            .into_bytes(),
    };
    let mut files = Vec::new();
    let text;
    if let Some(new) = &keys.new {
        // What was encrypted stays so.
        let given = load::password(options.out_pass_file.as_deref())?;
        let pass = given.as_ref().or(keys.password.as_ref());
        let pass = pass.map(|pass| pass.as_slice());
        text = key::write(new, pass).map_err(|fault| Failure::usage(fault.to_string()))?;
        files.push((keys.file.as_path(), text.as_bytes(), true));
    }
    files.push((options.file.as_path(), content.as_slice(), false));
    replace(&files)
}

/// What is to be done about a certificate that is recorded, and whose file could not be written.
fn unwritten(failed: Failure, der: &CertificateDer<'_>) -> Failure {
    let number = Certificate::parse(der).map(|view| serial(view.serial()));
    let number = number.unwrap_or_default();
    failed
        .caused_by(format!(
            "the new certificate is recorded, serial {number}; the files are as before"
        ))
        .hint(format!(
            "mend that and renew again; handfast ca revoke {number} --reason superseded takes the \
             lost one back"
        ))
}

/// What was done.
struct Told<'a> {
    old: &'a Certificate<'a>,
    new: &'a CertificateDer<'static>,
    /// The key's, if there is a new one, then the certificate's.
    done: &'a [Replacement],
    /// The authority's folder.
    by: Option<String>,
    /// When it was to end.
    wanted_end: u64,
    has_new_key: bool,
}

impl Told<'_> {
    fn tell(&self, talk: &Talk, now_s: u64) -> Result<Value, Failure> {
        let new =
            Certificate::parse(self.new).map_err(|fault| Failure::usage(fault.to_string()))?;
        let end = new.validity().not_after.0;
        if u64::try_from(end).is_ok_and(|end| end < self.wanted_end) {
            talk.warn(&format!(
                "it ends on {}, earlier than was asked for: the authority itself ends then",
                moment(end)
            ));
        }
        if !talk.json {
            self.print(&new, now_s);
        }
        let file = |at: Option<&Replacement>| {
            at.map(|done| {
                json!({
                    "file": done.file.display().to_string(),
                    "old": done.old.display().to_string(),
                })
            })
        };
        let key = self.done.first().filter(|_| self.done.len() > 1);
        let described = |view: &Certificate<'_>| {
            json!({
                "serial": serial(view.serial()),
                "sha256": hex(&sha256(view.der())),
                "not_before": stamp(view.validity().not_before.0),
                "not_after": stamp(view.validity().not_after.0),
            })
        };
        Ok(json!({
            "renewed": true,
            "by": self.by,
            "before": described(self.old),
            "after": described(&new),
            "certificate": file(self.done.last()),
            "new_key": file(key),
        }))
    }

    fn print(&self, new: &Certificate<'_>, now_s: u64) {
        let mut page = Page::new();
        let by = match &self.by {
            Some(folder) => format!("renewed by the authority in {folder}"),
            None if self.has_new_key => {
                "renewed by itself: whoever trusts the old one gets the new one".to_owned()
            }
            None => {
                "renewed by itself: whoever trusts the old one gets the new one, and pins of its \
                     key stay good"
                    .to_owned()
            }
        };
        page.title(&new.subject().to_string(), &by);
        let shown = |done: &Replacement| {
            format!(
                "{}; the old one is {}",
                done.file.display(),
                done.old.display()
            )
        };
        page.line(
            "certificate",
            &self.done.last().map(shown).unwrap_or_default(),
        );
        let key = match self.done {
            [key, _] => format!("new, which only you can read: {}", shown(key)),
            _ => "as it was".to_owned(),
        };
        page.line("key", &key);
        let end = new.validity().not_after;
        let left = u64::try_from(end.0).unwrap_or(0).saturating_sub(now_s);
        page.line("valid", &format!("{}, until {end}", words(left)));
        page.line("serial", &serial(new.serial()));
        page.print();
    }
}

const ANEW: &str = "a revoked certificate has no successor: issue another with handfast ca issue";
/// How a SEQUENCE begins.
const DER: u8 = 0x30;
/// How much before its time a certificate begins, for peers whose clocks are behind.
const EARLY_S: u64 = 3600;
