//! A remedy as the command tells it: in flags, and with a word where those that were given forbid it.

use crate::given::Given;
use crate::refusal::flags::{Flags, flags};
use crate::refusal::words;
use handfast::report::{Remedy, Report};

/// What to do, the nearest first; what the flags forbid comes last, and says so.
pub(crate) fn all(report: &Report, given: &Given) -> Vec<String> {
    let told = report.remedies().iter();
    let told = told.filter_map(|remedy| Told::of(remedy, report, given));
    let (against, with): (Vec<Told>, Vec<Told>) = told.partition(|one| one.is_forbidden);
    let mut all: Vec<String> = Vec::new();
    for one in with.into_iter().chain(against) {
        if !all.contains(&one.words) {
            all.push(one.words);
        }
    }
    all
}

/// One remedy, for programs: its words, and the flags by themselves.
pub(crate) fn one(remedy: &Remedy, report: &Report, given: &Given) -> Option<Told> {
    Told::of(remedy, report, given)
}

/// A remedy in words.
pub(crate) struct Told {
    pub(crate) words: String,
    pub(crate) flags: Vec<String>,
    pub(crate) is_forbidden: bool,
}

impl Told {
    fn of(remedy: &Remedy, report: &Report, given: &Given) -> Option<Self> {
        if remedy.changes.is_empty() {
            let likely = if remedy.is_likely { "likely: " } else { "" };
            return Some(Self {
                words: format!("{likely}{}", words::of(remedy, report, given)),
                flags: Vec::new(),
                is_forbidden: false,
            });
        }
        let flags = flags(&remedy.changes, report.own(), given)?;
        Some(Self {
            words: sentence(remedy, &flags, given),
            is_forbidden: flags.is_forbidden,
            flags: flags.words,
        })
    }
}

fn sentence(remedy: &Remedy, flags: &Flags, given: &Given) -> String {
    let likely = if remedy.is_likely { "likely: " } else { "" };
    let flagged = flags.words.join(", and ");
    let mut words = match remedy.because {
        Some(because) if flagged.is_empty() => format!("{likely}{because}"),
        None if flagged.is_empty() => format!("{likely}{}", remedy.words),
        Some(because) => format!("{likely}{because}: {flagged}"),
        None => format!("{likely}{} ({flagged})", remedy.words),
    };
    if let Some(lets_in) = remedy.lets_in {
        words += &format!("; that lets in {lets_in}");
    }
    if let (true, Some(preset)) = (flags.is_forbidden, given.preset) {
        words += &format!(
            "; your --policy {} forbids it: this takes another policy in its place, or none",
            preset.family()
        );
    }
    words
}
