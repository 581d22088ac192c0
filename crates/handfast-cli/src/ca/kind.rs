//! What a certificate is for: `--profile`.

use crate::ca::names::alternatives;
use crate::failure::Failure;
use clap::ValueEnum;
use handfast_ca::alternative_name::AlternativeName;
use handfast_ca::profile::{KeyKind, Profile, Purpose, Validity};
use handfast_ca::subject::Subject;

/// What a certificate is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A server: browsers and other clients take it for its names
    #[default]
    Server,
    /// A client: a user or a machine that shows who it is
    Client,
    /// A machine that is both, as those of a mesh are
    Both,
    /// Whoever answers OCSP requests in the authority's name
    OcspSigner,
    /// An authority below this one
    Intermediate,
}

impl Kind {
    /// How long its certificates live where nothing else is said, in days.
    pub(crate) fn days(self) -> u64 {
        match self {
            Self::Server | Self::Client | Self::Both => 90,
            // Nobody can ask whether it was revoked (RFC 6960 section 4.2.2.2.1).
            Self::OcspSigner => 30,
            Self::Intermediate => 1095,
        }
    }

    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Server => "server certificate",
            Self::Client => "client certificate",
            Self::Both => "server and client certificate",
            Self::OcspSigner => "certificate for signing OCSP responses",
            Self::Intermediate => "certificate of an authority",
        }
    }

    /// Why it does not get all that a request may ask for.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Server => "a server is known by host names and addresses, and is no authority",
            Self::Client => "a client is known by mail addresses, URIs and its own name",
            Self::Both => "it is no authority",
            Self::OcspSigner => "a responder signs responses and nothing else",
            Self::Intermediate => "its limits are the authority's to say",
        }
    }
}

/// Who a certificate is for, as it was typed.
#[derive(Debug)]
pub(crate) struct Whom {
    /// The subject.
    pub(crate) subject: Option<Subject>,
    /// The names.
    pub(crate) names: Vec<AlternativeName>,
}

impl Whom {
    /// Reads it: of a server all are names; of a client a word without a dot, an @ or a colon is
    /// the user's own name, which stands in the subject; of the others there is such a name alone.
    pub(crate) fn read(
        kind: Kind,
        typed: &[String],
        subject: Option<&str>,
    ) -> Result<Self, Failure> {
        let subject = subject.map(self::subject).transpose()?;
        let is_title = |text: &&String| match kind {
            Kind::Server | Kind::Both => false,
            Kind::Client => !text.contains(['.', '@', ':']),
            Kind::OcspSigner | Kind::Intermediate => true,
        };
        let (titles, names): (Vec<_>, Vec<_>) = typed.iter().partition(is_title);
        let names = alternatives(&names.into_iter().cloned().collect::<Vec<_>>())?;
        let subject = match (subject, titles.as_slice()) {
            (given, []) => given,
            (None, [title]) => Some(named(title)?),
            (Some(_), [title, ..]) => {
                return Err(
                    Failure::usage(format!("{title}: --subject says who it is for"))
                        .hint("leave one of them out"),
                );
            }
            (None, [first, second, ..]) => {
                return Err(
                    Failure::usage(format!("{first}, {second}: it is for one alone")).hint(
                        "issue them one after another; a name with blanks is written in quotes",
                    ),
                );
            }
        };
        if subject.is_none() && names.is_empty() {
            return Err(
                Failure::usage("nothing says who the certificate is for").hint(match kind {
                    Kind::Client => "name the user, and a mail address: ada ada@example.test",
                    Kind::OcspSigner | Kind::Intermediate => "give it a name",
                    Kind::Server | Kind::Both => {
                        "give host names or addresses: api.local 127.0.0.1"
                    }
                }),
            );
        }
        if names.is_empty() && matches!(kind, Kind::Server | Kind::Both) {
            return Err(
                Failure::usage("a server's certificate without a name fits no server")
                    .hint("give host names or addresses: api.local 127.0.0.1"),
            );
        }
        Ok(Self { subject, names })
    }

    /// What it is called.
    pub(crate) fn title(&self) -> String {
        let common = self.subject.as_ref().and_then(Subject::common_name);
        let first = self.names.first().map(ToString::to_string);
        common
            .or(first)
            .or_else(|| self.subject.as_ref().map(ToString::to_string))
            .unwrap_or_default()
    }

    /// What the certificate shall hold.
    pub(crate) fn profile(&self, kind: Kind, validity: Validity, key: KeyKind) -> Profile {
        let names = &self.names;
        let subject = self.subject.clone();
        let own = || subject.clone().unwrap_or_else(Subject::empty);
        let mut profile = match kind {
            Kind::Server => Profile::server(names, validity, key),
            Kind::Both => Profile::both(names, validity, key),
            Kind::Client => {
                let title = match &subject {
                    Some(_) => String::new(),
                    None => self.title(),
                };
                let mut profile = Profile::client(&title, None, validity, key);
                profile.names.clone_from(names);
                profile
            }
            Kind::OcspSigner => Profile::ocsp_signer(own(), validity, key),
            Kind::Intermediate => Profile::intermediate(own(), validity, key),
        };
        if let Some(subject) = subject {
            profile.subject = subject;
        }
        profile
    }
}

/// A server's common name is one of its names: people read it, and old clients believe it, while
/// no constraint of an authority binds it.
pub(crate) fn check_common_name(profile: &Profile) -> Result<(), Failure> {
    if !profile.purposes.contains(&Purpose::ServerAuth) {
        return Ok(());
    }
    let names: Vec<_> = profile.names.iter().map(ToString::to_string).collect();
    let is_name = |common: &String| names.iter().any(|name| name.eq_ignore_ascii_case(common));
    let common = profile.subject.common_names();
    match common.iter().find(|common| !is_name(common)) {
        None => Ok(()),
        Some(other) => Err(Failure::usage(format!(
            "--subject: the common name {other:?} is none of the server's names"
        ))
        .hint("give it as a name, too, or leave CN out of the subject: O=Acme")),
    }
}

/// A subject as it was typed: `CN=api,O=Acme`.
pub(crate) fn subject(text: &str) -> Result<Subject, Failure> {
    Subject::parse(text).map_err(|fault| {
        Failure::usage(format!("--subject {text}: {fault}"))
            .hint("write it as CN=api.local,O=Acme,C=DE, the most specific part first")
    })
}

/// A subject of one name.
fn named(text: &str) -> Result<Subject, Failure> {
    Subject::named(text).map_err(|fault| {
        Failure::usage(format!("{text}: {fault}")).hint("a name has at most 64 characters")
    })
}
