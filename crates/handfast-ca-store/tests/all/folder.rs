//! A folder for a test, removed afterwards, and what most tests begin with.

use handfast_ca::profile::{AlternativeName, KeyKind, Profile, Validity};
use handfast_ca_store::directory::CaDirectory;
use handfast_ca_store::plan::Plan;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// 2027-01-15T08:00:00Z.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) const DAY: u64 = 86_400;

/// A folder, removed when this is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("handfast-ca-store-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    /// Where the authority goes.
    pub(crate) fn ca(&self) -> PathBuf {
        self.0.join("ca")
    }

    pub(crate) fn created(&self, plan: &Plan) -> CaDirectory {
        CaDirectory::create(&self.ca(), plan, NOW).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn server(name: &str) -> Profile {
    let names = [AlternativeName::dns(name)];
    Profile::server(&names, Validity::days(NOW, 90), KeyKind::EcP256)
}
