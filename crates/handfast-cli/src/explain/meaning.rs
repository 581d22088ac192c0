//! What a word means.

use serde_json::{Value, json};

/// What a word means, in one of its senses.
pub(crate) struct Meaning {
    /// What it is: "alert", "cipher suite", "refusal".
    pub(crate) kind: &'static str,
    /// Its name, as standards or programs spell it.
    pub(crate) name: String,
    /// Its number, where it has one.
    pub(crate) code: Option<String>,
    /// Its id, where it has one that never changes.
    pub(crate) id: Option<&'static str>,
    /// What it says.
    pub(crate) says: String,
    /// Where it stands.
    pub(crate) section: Option<&'static str>,
    /// Who has to do what about it.
    pub(crate) try_this: Option<String>,
}

impl Meaning {
    /// For programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "kind": self.kind,
            "name": self.name,
            "code": self.code,
            "id": self.id,
            "says": self.says,
            "section": self.section,
            "try": self.try_this,
        })
    }
}
