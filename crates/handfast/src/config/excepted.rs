//! What a client offers to the peers that its exceptions name: a plan for each name and each
//! stretch of time, made when the config is checked.

use crate::config::common::Common;
use crate::config::exception::{Exception, Peer, Relaxed};
use crate::config::fault::ConfigFault;
use crate::config::verification::Verification;
use crate::time::Now;
use handfast_pki::name::ServerName;
use handfast_wire::registry::ProtocolVersion;
use std::collections::HashMap;

/// Exceptions of one config, at most.
const MOST: usize = 256;

/// The plans, by name.
#[derive(Debug)]
pub(crate) struct Excepted<Plan>(HashMap<ServerName, Vec<Stage<Plan>>>);

/// What holds up to the end of the exception that ends first.
#[derive(Debug)]
struct Stage<Plan> {
    ends_first: Exception,
    plan: Plan,
}

impl<Plan> Default for Excepted<Plan> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Plan> Excepted<Plan> {
    /// The plan for this server at this time, where it is not that for everybody.
    pub(crate) fn plan(&self, name: &ServerName, now: Now) -> Option<&Plan> {
        if self.0.is_empty() {
            return None;
        }
        let mut stages = self.0.get(name)?.iter();
        let stage = stages.find(|stage| stage.ends_first.holds_at(now))?;
        Some(&stage.plan)
    }

    /// All plans.
    pub(crate) fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.0.values().flatten().map(|stage| &stage.plan)
    }

    /// Makes them: `plan` is given the exceptions that hold at the same time for one server.
    pub(crate) fn of(
        exceptions: &[Exception],
        plan: impl Fn(&[Exception]) -> Result<Plan, ConfigFault>,
    ) -> Result<Self, ConfigFault> {
        let mut by_name: HashMap<ServerName, Vec<Exception>> = HashMap::new();
        for exception in exceptions {
            if let (Peer::Name(name), true) = (exception.peer(), exception.relaxed().is_offered()) {
                let offered = by_name.entry(name.clone()).or_default();
                offered.push(exception.clone());
            }
        }
        let mut plans = HashMap::new();
        for (name, mut offered) in by_name {
            offered.sort_by_key(Exception::until_unix_s);
            let mut rest = offered.as_slice();
            let mut stages = Vec::new();
            while let [first, later @ ..] = rest {
                stages.push(Stage {
                    ends_first: first.clone(),
                    plan: plan(rest)?,
                });
                rest = later;
            }
            plans.insert(name, stages);
        }
        Ok(Self(plans))
    }
}

/// Adds what the exception names, behind what is there.
pub(crate) fn relax(common: &mut Common, exception: &Exception) -> Result<(), ConfigFault> {
    let is_new = match exception.relaxed() {
        Relaxed::Version(version) => {
            allow_version(common, *version);
            add(&mut common.versions, *version)
        }
        Relaxed::Suite(suite) => {
            #[cfg(feature = "legacy")]
            common.danger_single.danger_suite(*suite);
            add(&mut common.suites, *suite)
        }
        Relaxed::Group(group) => add(&mut common.groups, *group),
        Relaxed::Scheme(scheme) => {
            #[cfg(feature = "legacy")]
            common.danger_single.danger_scheme(*scheme);
            add(&mut common.schemes, *scheme)
        }
        #[cfg(feature = "legacy")]
        Relaxed::SmallRsaKey => {
            let is_new = !common.takes_small_rsa();
            common.danger_single.danger_small_rsa();
            is_new
        }
        _ => true,
    };
    if is_new {
        Ok(())
    } else {
        Err(unfit(exception, "the config allows it to everybody"))
    }
}

#[cfg(feature = "legacy")]
fn allow_version(common: &mut Common, version: ProtocolVersion) {
    common.danger_single.danger_version(version);
}

#[cfg(not(feature = "legacy"))]
fn allow_version(_: &mut Common, _: ProtocolVersion) {}

/// True where it was not there.
fn add<T: PartialEq>(list: &mut Vec<T>, one: T) -> bool {
    let is_new = !list.contains(&one);
    list.extend(is_new.then_some(one));
    is_new
}

/// What is wrong with exceptions whatever else the config says. `offers`: on a client, which meets
/// some before anybody has shown who it is.
pub(crate) fn check_exceptions(
    exceptions: &[Exception],
    offers: bool,
    verifications: &[&Verification],
) -> Result<(), ConfigFault> {
    if exceptions.len() > MOST {
        return Err(ConfigFault::ListTooLong("exceptions"));
    }
    for (at, exception) in exceptions.iter().enumerate() {
        if exception.reason().is_empty() {
            return Err(unfit(exception, "it gives no reason"));
        }
        if exceptions
            .iter()
            .take(at)
            .any(|other| other.repeats(exception))
        {
            return Err(unfit(exception, "the same is there twice"));
        }
        let is_named = matches!(exception.peer(), Peer::Name(_));
        if exception.relaxed().is_offered() && !(offers && is_named) {
            return Err(unfit(
                exception,
                "it says what a client offers, so it needs a client, and a server's name: a \
                 certificate is shown too late",
            ));
        }
        let is_name = matches!(
            exception.relaxed(),
            Relaxed::CommonName | Relaxed::OtherName(_)
        );
        if is_name && !offers {
            return Err(unfit(
                exception,
                "no name is wanted of a client, so there is none that it could lack",
            ));
        }
        // What is offered too has a meaning without.
        let is_judged = exception.relaxed().is_judged() && !exception.relaxed().is_offered();
        if is_judged && !verifications.iter().any(|one| one.is_by_chain()) {
            return Err(ConfigFault::NotJudged("exceptions about certificates"));
        }
    }
    Ok(())
}

pub(crate) fn unfit(exception: &Exception, why: &'static str) -> ConfigFault {
    ConfigFault::Exception {
        exception: exception.to_string(),
        why,
    }
}
