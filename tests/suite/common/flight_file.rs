//! The file of a flight, which loses its name when the flight ends.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;

use super::Home;

/// The open file of a flight that is in progress or has ended.
pub struct FlightFile(File);

impl FlightFile {
    /// The file of some flight in `home`.
    pub fn find(home: &Home) -> Option<Self> {
        let mut files = fs::read_dir(home.flights()).ok()?.flatten();
        let file = files.find(|file| file.file_name().len() == 64)?;
        OpenOptions::new().read(true).write(true).open(file.path()).ok().map(Self)
    }

    /// The file of the only flight in `home`.
    pub fn only_one_in(home: &Home) -> Self {
        Self::find(home).expect("a flight is in progress")
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.0.metadata().expect("it is open").len()
    }

    /// Changes the byte at `at`.
    pub fn damage(&self, at: u64) {
        let mut byte = [0];
        self.0.read_exact_at(&mut byte, at).expect("a byte of it");
        self.0.write_all_at(&[!byte[0]], at).expect("a byte of it");
    }
}
