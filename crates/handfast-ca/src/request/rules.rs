//! What of a request is granted.

use handfast_pki::verify::policy::Policy;

use crate::alternative_name::{AlternativeName, NameKind};
use crate::profile::{Profile, Purpose};
use crate::request::fault::RequestFault;
use crate::request::left_out::LeftOut;
use crate::request::read::Request;

/// What of a request is granted. The rest of the certificate is the profile's to say.
///
/// ```
/// use handfast_ca::key;
/// use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Purpose, Validity};
/// use handfast_ca::request::{Excess, Request, RequestProfile, RequestRules};
/// use handfast_ca::subject::Subject;
///
/// let key = key::generate(KeyKind::EcP256)?;
/// let der = RequestProfile {
///     subject: Subject::parse("CN=a.test,O=Somebody else")?,
///     names: vec![AlternativeName::dns("a.test"), AlternativeName::mail("root@a.test")],
///     purposes: vec![Purpose::ServerAuth],
///     must_staple: false,
/// }
/// .sign(&key)?;
/// let request = Request::read(&der).unwrap();
/// let profile = Profile::server(&[], Validity::days(1_800_000_000, 30), KeyKind::EcP256);
/// let rules = RequestRules { excess: Excess::LeaveOut, ..RequestRules::of(&profile) };
/// let merged = rules.merge(&request, &profile).unwrap();
/// assert_eq!(merged.profile.names, [AlternativeName::dns("a.test")]);
/// assert_eq!(merged.profile.subject.to_string(), "CN=a.test");
/// assert_eq!(merged.left_out.len(), 2);
///
/// let strict = RequestRules::of(&profile);
/// assert!(strict.merge(&request, &profile).is_err());
/// # Ok::<(), handfast_ca::error::CaError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RequestRules {
    /// Which parts of the subject are taken over.
    pub subject: SubjectRule,
    /// Which kinds of names are.
    pub names: Vec<NameKind>,
    /// Which purposes are, if they are asked for. A request that asks for none gets those of the
    /// profile.
    pub purposes: Vec<Purpose>,
    /// Whether must-staple is.
    pub must_staple: bool,
    /// Whether the common name of a request without names is taken for one, as old programs mean
    /// it.
    pub common_name_is_a_name: bool,
    /// Which keys are accepted: of which kinds, and how strong.
    pub keys: Policy,
    /// What happens where more is asked for.
    pub excess: Excess,
}

/// Which parts of a request's subject are taken over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectRule {
    /// None: the subject is the profile's.
    Nothing,
    /// Those of these types, by short name or by number: `CN`, `O`, `2.5.4.97`.
    Parts(Vec<String>),
    /// The whole subject, byte for byte.
    Whole,
}

/// What happens where a request asks for more than is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// The request is refused.
    Refuse,
    /// It is left out, and said what was.
    LeaveOut,
}

/// A profile that a request was taken into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What the certificate shall hold.
    pub profile: Profile,
    /// What the request asks for and does not get.
    pub left_out: Vec<LeftOut>,
}

impl RequestRules {
    /// What suits a profile: its purposes; the common name; of a server's names DNS names and
    /// addresses, of a client's those that name users and services; must-staple for servers. More
    /// is refused.
    #[must_use]
    pub fn of(profile: &Profile) -> Self {
        let server = profile.purposes.contains(&Purpose::ServerAuth);
        let mut names = Vec::new();
        if server {
            names.extend([NameKind::Dns, NameKind::Ip]);
        }
        if profile
            .purposes
            .iter()
            .any(|one| *one != Purpose::ServerAuth)
        {
            names.extend([
                NameKind::Mail,
                NameKind::International,
                NameKind::Uri,
                NameKind::Upn,
            ]);
        }
        Self {
            subject: SubjectRule::Parts(vec!["CN".to_owned()]),
            names,
            purposes: profile.purposes.clone(),
            must_staple: server,
            common_name_is_a_name: server,
            keys: Policy::MODERN,
            excess: Excess::Refuse,
        }
    }

    /// Takes a request into a profile. The profile's names stay, and those of the request are
    /// added; its subject stands where nothing of the request's is taken.
    ///
    /// # Errors
    /// [`RequestFault::WeakKey`] and [`RequestFault::WeakSignature`]; [`RequestFault::Refused`]
    /// where more is asked for and nothing may be left out; [`RequestFault::Nameless`] where
    /// nothing is left that names anyone.
    pub fn merge(&self, request: &Request, profile: &Profile) -> Result<Merged, RequestFault> {
        let key = request.key();
        if !self.keys.accepts_key(&key) {
            return Err(RequestFault::WeakKey { key });
        }
        if request.is_signed_with_sha1() {
            return Err(RequestFault::WeakSignature);
        }
        let mut merged = Merged {
            profile: Profile {
                key,
                ..profile.clone()
            },
            left_out: Vec::new(),
        };
        self.take_names(request, &mut merged);
        self.take_purposes(request, &mut merged);
        self.take_subject(request, &mut merged);
        self.take_rest(request, &mut merged);
        if merged.left_out.iter().any(LeftOut::is_refused) && self.excess == Excess::Refuse {
            merged.left_out.retain(LeftOut::is_refused);
            return Err(RequestFault::Refused(merged.left_out));
        }
        if merged.profile.names.is_empty() && merged.profile.subject.is_empty() {
            return Err(RequestFault::Nameless(merged.left_out));
        }
        Ok(merged)
    }

    fn take_names(&self, request: &Request, merged: &mut Merged) {
        let names = &mut merged.profile.names;
        for name in request.names() {
            if !self.names.contains(&name.name_kind()) {
                merged.left_out.push(LeftOut::Name(name.clone()));
            } else if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let unreadable = request.unreadable_names().iter().cloned();
        merged
            .left_out
            .extend(unreadable.map(LeftOut::UnreadableName));
        if !(names.is_empty() && request.names().is_empty() && self.common_name_is_a_name) {
            return;
        }
        let common_name = request.subject().common_name();
        let name = common_name.and_then(|name| AlternativeName::parse(&name).ok());
        let servers = [NameKind::Dns, NameKind::Ip];
        names.extend(name.filter(|name| {
            servers.contains(&name.name_kind()) && self.names.contains(&name.name_kind())
        }));
    }

    fn take_purposes(&self, request: &Request, merged: &mut Merged) {
        let (granted, refused): (Vec<_>, Vec<_>) = request
            .purposes()
            .iter()
            .partition(|one| self.purposes.contains(one));
        if !granted.is_empty() {
            merged.profile.purposes = granted;
        }
        let known = refused.into_iter().map(|one| one.name().to_owned());
        let all = known.chain(request.other_purposes().iter().cloned());
        merged.left_out.extend(all.map(LeftOut::Purpose));
    }

    fn take_subject(&self, request: &Request, merged: &mut Merged) {
        let Merged { profile, left_out } = merged;
        // The names by now are those that the certificate will have.
        let names: Vec<_> = profile.names.iter().map(ToString::to_string).collect();
        let is_server = profile.purposes.contains(&Purpose::ServerAuth);
        let subject = request.subject().filtered(|kind, number, value| {
            let is_taken = match &self.subject {
                SubjectRule::Nothing => false,
                SubjectRule::Parts(parts) => parts
                    .iter()
                    .any(|part| part == number || part.eq_ignore_ascii_case(kind)),
                SubjectRule::Whole => true,
            };
            let is_name = || names.iter().any(|name| name.eq_ignore_ascii_case(value));
            if !is_taken {
                left_out.push(LeftOut::SubjectPart {
                    kind: kind.to_owned(),
                    value: value.to_owned(),
                });
            } else if is_server && number == COMMON_NAME && !is_name() {
                left_out.push(LeftOut::CommonName(value.to_owned()));
                return false;
            }
            is_taken
        });
        if !subject.is_empty() {
            profile.subject = subject;
        }
    }

    fn take_rest(&self, request: &Request, merged: &mut Merged) {
        let Merged { profile, left_out } = merged;
        if request.must_staple() && !profile.must_staple {
            if self.must_staple {
                profile.must_staple = true;
            } else {
                left_out.push(LeftOut::MustStaple);
            }
        }
        if request.for_authority() && profile.authority.is_none() {
            left_out.push(LeftOut::Authority);
        }
        let usages = request.other_usages().iter().copied();
        left_out.extend(usages.map(LeftOut::KeyUsage));
        let others = request.other_extensions().iter().cloned();
        left_out.extend(others.map(LeftOut::Extension));
    }
}

const COMMON_NAME: &str = "2.5.4.3";
