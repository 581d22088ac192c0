//! A running capture.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use handfast_testkit::peer::{Folder, Program};
use libtest_mimic::Failed;

use crate::ours::SOON;

/// Whether loopback can be opened for capturing; `dumpcap` is what tshark starts for it.
pub(super) fn may_capture() -> bool {
    let lists = |dumpcap: Program| dumpcap.run(["-i", "lo", "-L"], b"", SOON);
    Program::find("dumpcap").is_some_and(|dumpcap| lists(dumpcap).is_ok_and(|o| o.success()))
}

/// A running capture of one port of loopback.
pub(super) struct Capture {
    child: Child,
    file: String,
    log: String,
}

impl Capture {
    pub(super) fn start(tshark: &Program, folder: &Folder, port: u16) -> Result<Self, Failed> {
        let (file, log) = (folder.file("capture"), folder.file("log"));
        let filter = format!("tcp port {port}");
        let mut command = tshark.command();
        command.args([
            "-i",
            "lo",
            "-q",
            "-f",
            &filter,
            "-w",
            &file,
            "-a",
            "duration:20",
        ]);
        command.stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(fs::File::create(&log)?).spawn()?;
        let capture = Self { child, file, log };
        // The file is there once packets are taken.
        capture.wait(|bytes| bytes > 0)?;
        Ok(capture)
    }

    /// Waits until the file has a length that will do.
    fn wait(&self, enough: impl Fn(u64) -> bool) -> Result<(), Failed> {
        let end = Instant::now() + SOON;
        while !fs::metadata(&self.file).is_ok_and(|file| enough(file.len())) {
            if Instant::now() > end {
                return Err(fs::read_to_string(&self.log)?.into());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    pub(super) fn stop(mut self) -> Result<(), Failed> {
        // What was captured reaches the file within its interval; then it ends as by Ctrl-C.
        thread::sleep(Duration::from_millis(500));
        let id = self.child.id().to_string();
        Command::new("kill").args(["-INT", &id]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
