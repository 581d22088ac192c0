//! What an attack is: a probe of our peer, and the same probe of peers that are broken.

/// One probe.
pub(crate) struct Attack {
    /// Which attack, by its number.
    pub(crate) id: &'static str,
    /// What is probed, as part of a test's name.
    pub(crate) name: &'static str,
    /// The probe of our own peers: finds no hole.
    pub(crate) ours: fn() -> Found,
    /// The same of broken ones: each finds one.
    pub(crate) controls: &'static [Control],
}

/// A peer that is broken on purpose.
pub(crate) struct Control {
    /// What is broken, as part of a test's name.
    pub(crate) broken: &'static str,
    /// The probe of it.
    pub(crate) run: fn() -> Found,
}

/// What a probe found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Cases that were tried.
    pub(crate) tries: usize,
    /// Cases in which the attack had success.
    pub(crate) holes: Vec<String>,
}

impl Found {
    /// One case: `Err` tells of a hole.
    pub(crate) fn tried(&mut self, outcome: Result<(), String>) {
        self.tries += 1;
        self.holes.extend(outcome.err());
    }

    /// Both.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.tries += other.tries;
        self.holes.extend(other.holes);
        self
    }
}

impl Attack {
    /// Our peer has no hole.
    pub(crate) fn holds(&self) -> Result<(), String> {
        let found = (self.ours)();
        println!("{} {}: {} cases", self.id, self.name, found.tries);
        if found.tries == 0 {
            return Err("nothing was tried".to_owned());
        }
        match found.holes.len() {
            0 => Ok(()),
            count => Err(format!(
                "{count} holes in {} cases:\n{}",
                found.tries,
                found.holes[..count.min(20)].join("\n")
            )),
        }
    }
}

impl Control {
    /// The probe finds the hole.
    pub(crate) fn fires(&self) -> Result<(), String> {
        let found = (self.run)();
        println!("{}: {} of {}", self.broken, found.holes.len(), found.tries);
        if found.holes.is_empty() {
            return Err(format!("no hole found in {} cases", found.tries));
        }
        Ok(())
    }
}
