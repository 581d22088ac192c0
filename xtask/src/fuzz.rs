//! Every fuzz target for a bounded time, from the messages that the tests hold.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// The verb's name.
pub(crate) const NAME: &str = "fuzz";

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What stands on the command line.
struct Wish {
    seconds: u32,
    targets: Vec<String>,
}

/// Runs the targets one after the other and says what each found.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let wish = match Wish::read(arguments) {
        Ok(wish) => wish,
        Err(complaint) => {
            eprintln!("xtask fuzz: {complaint}");
            return ExitCode::from(2);
        }
    };
    let installed = cargo_fuzz(&["--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        eprintln!("xtask fuzz: wants cargo-fuzz; `cargo install cargo-fuzz` brings it");
        return ExitCode::from(2);
    }
    if let Err(error) = write_seeds() {
        eprintln!("xtask fuzz: the seeds could not be written: {error}");
        return ExitCode::FAILURE;
    }
    if !cargo_fuzz(&["build"]).status().is_ok_and(|it| it.success()) {
        eprintln!("xtask fuzz: the targets do not build");
        return ExitCode::FAILURE;
    }
    let found: Vec<&String> = wish
        .targets
        .iter()
        .filter(|target| !run_target(target, wish.seconds))
        .collect();
    if found.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("xtask fuzz: findings in {found:?}; see fuzz/artifacts");
    ExitCode::FAILURE
}

impl Wish {
    fn read(arguments: &[String]) -> Result<Self, String> {
        let known = targets().map_err(|error| format!("fuzz/fuzz_targets: {error}"))?;
        let mut wish = Self {
            seconds: 20,
            targets: Vec::new(),
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            if argument == "--seconds" {
                let number = arguments.next().and_then(|text| text.parse().ok());
                wish.seconds = number.ok_or("--seconds wants a number")?;
            } else if known.contains(argument) {
                wish.targets.push(argument.clone());
            } else {
                return Err(format!("`[--seconds N] [TARGET…]`; targets: {known:?}"));
            }
        }
        if wish.targets.is_empty() {
            wish.targets = known;
        }
        Ok(wish)
    }
}

/// The targets are the files of their folder.
fn targets() -> io::Result<Vec<String>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(format!("{ROOT}/fuzz/fuzz_targets"))? {
        let path = entry?.path();
        all.extend(
            path.file_stem()
                .map(|stem| stem.to_string_lossy().into_owned()),
        );
    }
    all.sort();
    Ok(all)
}

/// Runs one target; true when nothing was found.
fn run_target(target: &str, seconds: u32) -> bool {
    let mut command = cargo_fuzz(&["run", target, "--"]);
    command
        .arg(format!("-max_total_time={seconds}"))
        .args(["-timeout=10", "-print_final_stats=1", "-verbosity=1"])
        .stderr(Stdio::piped());
    // OpenSSL, which judges beside us there, leaves a few bytes behind.
    if target == "beside" {
        command.arg("-detect_leaks=0");
    }
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("xtask fuzz: {target} could not be started: {error}");
            return false;
        }
    };
    let log = String::from_utf8_lossy(&output.stderr);
    let runs = log
        .lines()
        .filter_map(|line| line.strip_prefix("stat::number_of_executed_units:"))
        .next_back()
        .map_or("?", str::trim);
    let good = output.status.success();
    let verdict = if good { "nothing found" } else { "FOUND" };
    println!("{target:<24} {runs:>10} runs  {verdict}");
    if !good {
        let log: Vec<&str> = log.lines().collect();
        let tail = log.len().saturating_sub(60);
        for line in log.get(tail..).unwrap_or_default() {
            eprintln!("{line}");
        }
    }
    good
}

/// `cargo fuzz …` at the root; a stable compiler needs leave for the sanitizer's flags.
fn cargo_fuzz(arguments: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(ROOT)
        .env("RUSTC_BOOTSTRAP", "1")
        .arg("fuzz")
        .args(arguments);
    command
}

/// Gives each target the published messages and test files that it can begin from.
fn write_seeds() -> io::Result<()> {
    let folder = format!("{ROOT}/crates/handfast-wire/testdata");
    let rfc_8448 = fs::read_to_string(format!("{folder}/rfc8448.txt"))?;
    let openssl = fs::read_to_string(format!("{folder}/openssl-tls12.txt"))?;
    for (name, message) in messages(&rfc_8448).into_iter().chain(messages(&openssl)) {
        let (target, _) = name.split_once('.').unwrap_or((&name, ""));
        write_seed(target, &name, message.get(4..).unwrap_or_default())?;
        let length = u16::try_from(message.len())
            .unwrap_or(u16::MAX)
            .to_be_bytes();
        let record = [&[22, 3, 1][..], &length, &message].concat();
        write_seed("records", &name, &record)?;
        let hearer = if target == "client_hello" {
            "server"
        } else {
            "client"
        };
        write_seed(hearer, &name, &[&[0][..], &record].concat())?;
    }
    for entry in fs::read_dir(format!("{ROOT}/crates/handfast-pki/testdata"))? {
        let path = entry?.path();
        let bytes = fs::read(&path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for target in ["x509", "load", "contents", "request", "csr"] {
            write_seed(target, &name, &bytes)?;
        }
    }
    for entry in fs::read_dir(format!("{ROOT}/crates/handfast-ca/tests/data"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "csr") {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            write_seed("csr", &name, &fs::read(&path)?)?;
        }
    }
    write_texts()?;
    // Asks about serial number 1, by empty SHA-1 hashes; with a nonce of one byte.
    let hash = [&[4, 20][..], &[0; 20]].concat();
    let id = [
        &[0x30, 58, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0][..],
        &hash,
        &hash,
        &[2, 1, 1],
    ]
    .concat();
    let asked = [&[0x30, 62, 0x30, 60][..], &id].concat();
    let nonce =
        b"\xa2\x14\x30\x12\x30\x10\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x02\x04\x03\x04\x01\x07";
    let request = [&[0x30, 88, 0x30, 86][..], &asked, nonce].concat();
    write_seed("ocsp_request", "one", &request)?;
    // Plans are read from bytes: noise gives long ones to begin with.
    for target in [
        "tampered",
        "lied_to",
        "ech",
        "shown",
        "chain",
        "crl",
        "ocsp",
        "revocation",
    ] {
        for seed in 1..=16_u8 {
            write_seed(target, &format!("noise-{seed}"), &noise(seed))?;
        }
    }
    Ok(())
}

/// What people write, and what they publish.
fn write_texts() -> io::Result<()> {
    for name in [
        "localhost",
        "*.example.test",
        "xn--caf-dma.example",
        "192.0.2.1",
        "[2001:db8::1]",
    ] {
        write_seed("names", &name.replace(['*', ':'], "_"), name.as_bytes())?;
    }
    for (name, text) in [
        ("record", "3 1 1 0b9f00"),
        ("words", "DANE-EE SPKI SHA2-256 0b9f00"),
        (
            "pin",
            "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ),
    ] {
        write_seed("proof_text", name, text.as_bytes())?;
    }
    // One SCT of a log that nobody knows, with a signature of three bytes.
    let sct = [
        &[0, 52, 0, 50, 0][..],
        &[7; 40],
        &[0, 0, 4, 3, 0, 3, 1, 2, 3],
    ]
    .concat();
    write_seed("sct_list", "one", &sct)?;
    for (name, text) in [
        ("ciphers", "HIGH:-aNULL:-eNULL:-PSK:RC4-SHA:RC4-MD5"),
        ("level", "ECDH+AES128:!kEDH:+3DES:@STRENGTH:@SECLEVEL=1"),
        ("groups", "*X25519MLKEM768:?bogus/P-256:-P-384:DEFAULT"),
        ("sigalgs", "ECDSA+SHA256:?mldsa65:rsa_pss_rsae_sha256"),
        ("gnutls", "NORMAL:-VERS-ALL:+VERS-TLS1.3:%COMPAT"),
    ] {
        write_seed("strings", name, text.as_bytes())?;
    }
    // RFC 9849 section 4: one config with X25519, HKDF-SHA256 and AES-128-GCM.
    let name = b"public.example";
    let contents = [
        &[7, 0, 0x20, 0, 32][..],
        &[9; 32],
        &[0, 4, 0, 1, 0, 1, 0, 14],
        name,
        &[0, 0],
    ]
    .concat();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    let config = [&[0xfe, 0x0d][..], &length(&contents), &contents].concat();
    let list = [&length(&config)[..], &config].concat();
    write_seed("ech_text", "list", &list)?;
    let text = b"-----BEGIN ECHCONFIG-----\nAAQAAAAA\n-----END ECHCONFIG-----\n";
    write_seed("ech_text", "pem", text)?;
    write_seed("ech_text", "base64", b"AAb+DQACAAA=")
}

/// Reproducible bytes (Knuth's MMIX generator), 64 for each step of the seed.
fn noise(seed: u8) -> Vec<u8> {
    let mut state = u64::from(seed);
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next)
        .take(64 * usize::from(seed))
        .collect()
}

fn write_seed(target: &str, name: &str, bytes: &[u8]) -> io::Result<()> {
    let folder: PathBuf = Path::new(ROOT).join("fuzz/corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(name), bytes)
}

/// The messages of a file of traces: a name at the margin, hexadecimal below it.
fn messages(traces: &str) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    for line in traces.lines().filter(|line| !line.starts_with('#')) {
        if let Some(digits) = line.strip_prefix("  ") {
            let digits: Vec<u8> = digits
                .chars()
                .filter_map(|digit| {
                    digit
                        .to_digit(16)
                        .and_then(|digit| u8::try_from(digit).ok())
                })
                .collect();
            if let Some((_, bytes)) = all.last_mut() {
                let pairs = digits.chunks_exact(2);
                bytes.extend(pairs.map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)));
            }
        } else if !line.is_empty() {
            all.push((line.to_owned(), Vec::new()));
        }
    }
    all
}
