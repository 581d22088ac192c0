//! Sound chains, beside their raw signature checks.

use crate::chain::Chain;
use handfast_crypto::signature::KeyKind;
use handfast_pki::verify::facts::SignatureFacts;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const ROUNDS: usize = 2_000;
/// The clock is asked once for so many of what takes less than a microsecond.
const BATCH: u32 = 64;

/// Counts what is asked of it.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator can be written in no other way")]
// SAFETY: all is handed on to the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What is measured, and its least time in nanoseconds.
struct Row<'a> {
    name: &'static str,
    batch: u32,
    work: Box<dyn Fn() + 'a>,
    least_ns: f64,
    allocations: usize,
}

impl<'a> Row<'a> {
    fn new(name: &'static str, batch: u32, work: impl Fn() + 'a) -> Self {
        Self {
            name,
            batch,
            work: Box::new(work),
            least_ns: f64::INFINITY,
            allocations: usize::MAX,
        }
    }

    fn round(&mut self) {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let begin = Instant::now();
        for _ in 0..self.batch {
            (self.work)();
        }
        let ns = begin.elapsed().as_secs_f64() * 1e9 / f64::from(self.batch);
        let count = ALLOCATIONS.load(Ordering::Relaxed) - before;
        self.least_ns = self.least_ns.min(ns);
        let batch = usize::try_from(self.batch).unwrap_or(1);
        self.allocations = self.allocations.min(count / batch);
    }
}

/// Measures, and says whether all is within what is asked for.
pub(crate) fn run(strict: bool) -> bool {
    let mut sound = true;
    for (name, kind, most) in [
        ("P-256", KeyKind::EcP256, 1.06),
        ("RSA-2048", KeyKind::Rsa { bits: 2048 }, 1.15),
    ] {
        let chain = Chain::new(kind);
        let facts = SignatureFacts::default();
        chain.judge(Some(&facts));
        let raw = chain.raw();
        let keys = raw.keys();
        let mut rows = [
            Row::new("parse the leaf", BATCH, || chain.parse()),
            Row::new("raw, keys read before", 1, || raw.check_with(&keys)),
            Row::new("raw", 1, || raw.check()),
            Row::new("judge", 1, || chain.judge(None)),
            Row::new("judge, signatures known", BATCH, || {
                chain.judge(Some(&facts));
            }),
        ];
        for _ in 0..ROUNDS {
            rows.iter_mut().for_each(Row::round);
        }
        println!("{name}, leaf below intermediate below root");
        for row in &rows {
            let (name, ns, count) = (row.name, row.least_ns, row.allocations);
            println!("  {name:<26} {ns:>10.0} ns {count:>4} allocations");
        }
        let [parse, _, raw, judge, known] = &rows;
        let ratio = judge.least_ns / raw.least_ns;
        println!("  judge over raw             {ratio:>10.3}");
        for (what, within) in [
            (
                "the leaf is parsed in 500 ns",
                parse.least_ns <= 500.0 || kind != KeyKind::EcP256,
            ),
            ("without an allocation", parse.allocations == 0),
            ("judged within the limit over raw", ratio <= most),
            ("known signatures: 5 us", known.least_ns <= 5000.0),
        ] {
            if !within {
                println!("  not so: {what}");
                sound = false;
            }
        }
    }
    sound || !strict
}

/// Does one thing a hundred times below a function whose instructions can be counted.
pub(crate) fn once(name: &str) -> bool {
    let kind = match name.split('-').next() {
        Some("rsa") => KeyKind::Rsa { bits: 2048 },
        _ => KeyKind::EcP256,
    };
    let chain = Chain::new(kind);
    let facts = SignatureFacts::default();
    chain.judge(Some(&facts));
    let raw = chain.raw();
    match name {
        "parse" => counted(&|| chain.parse()),
        "p256" | "rsa" => counted(&|| chain.judge(None)),
        "p256-raw" | "rsa-raw" => counted(&|| raw.check()),
        "p256-known" | "rsa-known" => counted(&|| chain.judge(Some(&facts))),
        _ => return false,
    }
    true
}

#[inline(never)]
fn counted(work: &dyn Fn()) {
    for _ in 0..100 {
        work();
    }
}
