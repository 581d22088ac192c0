//! Who allocated: stacks by name, equal ones together.

use crate::log::Event;
use crate::{Side, bytes};
use std::collections::BTreeMap;

/// Prints what the side holds when idle, what it holds at its peak, and all its allocations.
pub(crate) fn print(side: &Side, name: &str) {
    group(&format!("{name}: idle after the handshake"), &side.idle);
    group(&format!("{name}: at the peak in the handshake"), &side.peak);
    group(
        &format!("{name}: allocations of the handshake"),
        &side.handshake,
    );
    if !side.traffic.is_empty() {
        group(&format!("{name}: allocations of records"), &side.traffic);
    }
}

fn group(title: &str, events: &[Event]) {
    println!(
        "\n== {title}: {} blocks, {} bytes",
        events.len(),
        bytes(events, |_| true)
    );
    let mut sites: BTreeMap<(bool, Vec<String>), Vec<u64>> = BTreeMap::new();
    for event in events {
        let site = sites.entry((event.is_ours(), stack(event))).or_default();
        site.push(event.bytes);
    }
    let mut sites: Vec<_> = sites.into_iter().collect();
    sites.sort_by_key(|(_, sizes)| std::cmp::Reverse(sizes.iter().sum::<u64>()));
    for ((ours, stack), sizes) in sites {
        let whose = if ours { "ours" } else { "library" };
        let total: u64 = sizes.iter().sum();
        let sizes: Vec<String> = sizes.iter().map(u64::to_string).collect();
        println!("{total:>6} {whose:<7} {}", sizes.join(" + "));
        if stack.is_empty() {
            println!("{:>16}the connection itself", "");
        }
        for frame in stack {
            println!("{:>16}{frame}", "");
        }
    }
}

/// The functions that led there, innermost first, without those of allocators and standard library,
/// up to what drives the connection.
fn stack(event: &Event) -> Vec<String> {
    let mut frames = Vec::new();
    let depth = usize::try_from(event.frames).unwrap_or(0);
    for address in event.stack.iter().take(depth) {
        // A return address lies behind its call.
        backtrace::resolve((address - 1) as *mut _, |symbol| {
            let name = symbol.name().map(|name| format!("{name:#}"));
            let file = symbol.filename().map(|file| file.display().to_string());
            frames.push((
                name.unwrap_or_else(|| "?".to_owned()),
                file.unwrap_or_default(),
                symbol.lineno().unwrap_or_default(),
            ));
        });
    }
    let driver =
        |(_, file, _): &(String, String, u32)| DRIVERS.iter().any(|end| file.ends_with(end));
    let end = frames.iter().position(driver).unwrap_or(frames.len());
    let told = frames.into_iter().take(end).filter(|(_, file, _)| {
        !file.is_empty() && !PLUMBING.iter().any(|part| file.contains(part))
    });
    told.take(FRAMES)
        .map(|(name, file, line)| format!("{} ({}:{line})", short(&name), place(&file)))
        .collect()
}

/// Without the arguments of generic functions, which fill lines.
fn short(name: &str) -> &str {
    match name.find('<') {
        Some(at) if at > 0 => name.split_at(at).0,
        _ => name,
    }
}

/// The file from its crate on.
fn place(file: &str) -> &str {
    let starts = ["/crates/", "/index.crates.io-", "/aws-lc/"];
    let rest = starts.iter().find_map(|start| file.split_once(start));
    let rest = rest.map_or(file, |(_, rest)| rest);
    // A registry's folder has a number behind its name.
    match rest.split_once('/') {
        Some((number, crate_on)) if number.len() == 16 => crate_on,
        _ => rest,
    }
}

/// Files that drive the connection.
const DRIVERS: &[&str] = &[
    "counts/src/ends.rs",
    "counts/src/pair.rs",
    "counts/src/bin/heap/main.rs",
];

/// Parts of the paths of what leads to the allocator from everywhere.
const PLUMBING: &[&str] = &[
    "/rustc/",
    "/hashbrown-",
    "counts/src/heap.c",
    "bin/heap/log.rs",
    "crypto/mem.c",
];

/// Functions of a stack that are shown.
const FRAMES: usize = 9;
