//! What is told of a root and a store.

use crate::cert::inspect::shown::plain;
use handfast_trust::install::{Act, Action, Place, Plan, Root, Scope, State, Step};
use serde_json::{Value, json};

/// What is known of one store.
pub(crate) struct Told {
    store: String,
    kind: &'static str,
    action: Action,
    /// What is to be done, where that could be found out.
    pub(crate) plan: Option<Plan>,
    /// How it is there now, where something was done.
    pub(crate) after: Option<State>,
    /// Whether the steps ask for rights that are not there.
    pub(crate) needs_rights: bool,
    /// Other roots that were put there in this way.
    pub(crate) others: Vec<Root>,
}

impl Told {
    pub(crate) fn new(place: &Place, action: Action) -> Self {
        Self {
            store: place.name(),
            kind: match place {
                Place::Nss(_) => "nss",
                Place::Java(_) => "java",
                _ => "system",
            },
            action,
            plan: None,
            after: None,
            needs_rights: false,
            others: Vec::new(),
        }
    }

    /// For a person.
    pub(crate) fn text(&self, is_dry: bool) -> String {
        let Some(plan) = &self.plan else {
            return String::new();
        };
        let mut text = format!(
            "\n{}: {}\n",
            plain(&self.store),
            self.standing(&plan.before)
        );
        let sudo = if self.needs_rights { "sudo " } else { "" };
        for (at, step) in plan.steps.iter().enumerate() {
            let number = at + 1;
            let (why, line) = (plain(&step.why), step.act.shell());
            text += &format!("  {number}. {why}\n     {sudo}{}\n", plain(&line));
        }
        if is_dry && plan.steps.is_empty() && !self.is_done(&plan.before) {
            text += "  nothing that bears its fingerprint, so nothing is removed here\n";
        }
        for other in &self.others {
            let subject = plain(other.subject());
            let fingerprint = other.fingerprint();
            text += &format!(
                "  put there too: {subject}\n     handfast ca untrust --fingerprint {fingerprint}\n"
            );
        }
        if let Some(after) = &self.after {
            text += match self.action {
                Action::Trust => "  trusted now: ",
                Action::Untrust => "  gone: the store was read again, and it is nowhere in it\n",
            };
            if self.action == Action::Trust {
                text += &format!("{}\n", plain(&after.found_in.join(", ")));
            }
        }
        text
    }

    fn is_done(&self, state: &State) -> bool {
        match self.action {
            Action::Trust => state.is_trusted,
            Action::Untrust => !state.is_there(),
        }
    }

    fn standing(&self, state: &State) -> String {
        let places = plain(&state.found_in.join(", "));
        match (self.action, state.is_trusted, state.is_there()) {
            (Action::Trust, true, _) => format!("already trusted, in {places}"),
            (Action::Trust, false, true) => format!("there but not trusted, in {places}"),
            (Action::Trust, false, false) => "not trusted".to_owned(),
            (Action::Untrust, _, false) => "not there".to_owned(),
            (Action::Untrust, true, _) => format!("trusted, in {places}"),
            (Action::Untrust, false, true) => format!("there, in {places}"),
        }
    }

    /// For a program.
    pub(crate) fn to_json(&self) -> Value {
        let steps = self.plan.iter().flat_map(|plan| &plan.steps);
        json!({
            "store": self.store,
            "kind": self.kind,
            "before": self.plan.as_ref().map(|plan| state_json(&plan.before)),
            "steps": steps.map(step_json).collect::<Vec<_>>(),
            "needs_rights": self.needs_rights,
            "after": self.after.as_ref().map(state_json),
            "others": self.others.iter().map(root_json).collect::<Vec<_>>(),
        })
    }
}

fn state_json(state: &State) -> Value {
    json!({
        "trusted": state.is_trusted,
        "own_entry": state.is_ours,
        "found_in": state.found_in,
    })
}

fn step_json(step: &Step) -> Value {
    let (name, value) = match &step.act {
        Act::Write { path, .. } => ("write", json!(path.to_string_lossy())),
        Act::Remove { path } => ("remove", json!(path.to_string_lossy())),
        Act::Run(command) => {
            let arguments = command.arguments.iter().map(|one| one.to_string_lossy());
            let words = [command.program.clone().into()]
                .into_iter()
                .chain(arguments);
            ("run", json!(words.collect::<Vec<_>>()))
        }
    };
    json!({ name: value, "why": step.why, "shell": step.act.shell() })
}

/// The root, and what it may vouch for.
pub(crate) fn header(root: &Root) -> String {
    let reach = root.reach();
    let mut text = format!("{}\n", plain(root.subject()));
    for (label, words) in [
        ("SHA-256", root.fingerprint()),
        ("hosts", reach.hosts.to_string()),
        ("addresses", reach.addresses.to_string()),
        ("mail", reach.mail.to_string()),
    ] {
        text += &format!("  {label:<11}{}\n", plain(&words));
    }
    text
}

pub(crate) fn root_json(root: &Root) -> Value {
    let reach = root.reach();
    json!({
        "subject": root.subject(),
        "sha256": root.fingerprint(),
        "file": root.source().map(|path| path.display().to_string()),
        "hosts": scope_json(&reach.hosts),
        "addresses": scope_json(&reach.addresses),
        "mail": scope_json(&reach.mail),
    })
}

fn scope_json(scope: &Scope) -> Value {
    match scope {
        Scope::Any { but } => json!({ "any": true, "excluded": but }),
        Scope::Only(names) => json!({ "any": false, "permitted": names }),
    }
}
