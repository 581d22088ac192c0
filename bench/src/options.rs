//! The command line.

use handfast_bench_work::Result;
use std::path::PathBuf;

pub(crate) const HELP: &str = "\
handfast-bench: Handfast beside rustls, BoringSSL, s2n-tls and OpenSSL, and all beside the floor

  --only WORD     only rows whose name has WORD (more than once: any of them)
  --rounds N      rounds, of which the median counts (7)
  --quick         a fifth of the time a round: for a look, not for a record
  --core N        the core to run on (the last one)
  --tools         fetch cmake and libclang, as PyPI has them, for BoringSSL's build
  --json FILE     every round of every row
  --markdown FILE the tables, to be pasted in BENCHMARKS.md

  alone LIBRARY ROW COUNT   one row of one library in one process, for a profiler
  material                  what a peer's program reads first, to profile that program:
                            handfast-bench-boring alone ROW COUNT < FILE
";

pub(crate) struct Options {
    pub(crate) only: Vec<String>,
    pub(crate) rounds: usize,
    /// Nanoseconds of CPU a row, a library and a round.
    pub(crate) round_ns: f64,
    pub(crate) core: Option<usize>,
    pub(crate) tools: bool,
    pub(crate) json: Option<PathBuf>,
    pub(crate) markdown: Option<PathBuf>,
    pub(crate) help: bool,
}

impl Options {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            only: Vec::new(),
            rounds: 7,
            round_ns: 100e6,
            core: None,
            tools: false,
            json: None,
            markdown: None,
            help: false,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
            match word.as_str() {
                "--only" => options.only.push(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--quick" => options.round_ns = 20e6,
                "--core" => options.core = Some(value()?.parse()?),
                "--tools" => options.tools = true,
                "--json" => options.json = Some(value()?.into()),
                "--markdown" => options.markdown = Some(value()?.into()),
                "--help" | "-h" => options.help = true,
                _ => return Err(format!("`{word}` was not expected; try --help").into()),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants(&self, row: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| row.contains(word.as_str()))
    }
}
