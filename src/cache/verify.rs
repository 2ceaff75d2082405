//! Verifying the database: finds damage, and repairs what can be repaired.

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;

use super::{Engine, Unusable};
use crate::flight::{Directory, Flights as _};
use crate::store::local::{Exposure, Place, PlaceError};
use crate::store::{
    Backend, Finding, StoreError,
    StoreErrorKind::{Busy, Full, Unreachable},
    Upkeep,
};
use crate::sys::trust::Distrust;

/// Receives what a verification finds, and how far the check is.
pub trait Inspector {
    /// `text` says what is wrong; `is_mended` says whether it has been repaired.
    fn problem(&mut self, text: &str, is_mended: bool);

    /// This file was set aside because of damage, and is still there.
    fn aside(&mut self, path: &Path);

    /// The entry is damaged; whether it has been removed.
    fn damaged(&mut self, finding: &Finding, is_removed: bool);

    /// SQLite checks its file now.
    fn checks_file(&mut self);

    /// So many of the entries have been checked.
    fn checked(&mut self, done: u64, all: u64);
}

impl Engine {
    /// Checks all that is stored and hands what is wrong to `inspector`; with `repair`, repairs it. Returns the number
    /// of entries that were checked, `None` if the file was not fit for that.
    ///
    /// # Errors
    ///
    /// [`Unusable`]: the database could not be checked, which does not mean that it is damaged.
    pub fn verify(&self, repair: bool, inspector: &mut dyn Inspector) -> Result<Option<u64>, Unusable> {
        let mut is_closed = false;
        let mut is_blocked = false;
        let mut was_open_to_others = false;
        let exposed = Exposure::each(self.path(), |exposure| {
            let is_mended = repair && exposure.mend();
            is_blocked |= exposure.is_of_wrong_kind();
            was_open_to_others |= exposure.is_open_to_others();
            is_closed |= exposure.is_closed() && !is_mended;
            inspector.problem(&format!("{} {}", exposure.path.display(), exposure.reason), is_mended);
            is_mended
        });
        exposed.map_err(StoreError::from)?;
        let place = match Place::check(self.path()).and_then(|place| place.refuse_ancestors().map(|()| place)) {
            Ok(place) => place,
            // The inspector has been told already.
            Err(PlaceError::Refused { reason: Distrust::Owner(_) | Distrust::Mode(_), .. }) => return Ok(None),
            Err(PlaceError::Unreachable { .. }) if is_closed => return Ok(None),
            Err(error) => return Err(StoreError::from(error).into()),
        };
        for (path, _) in place.aside() {
            inspector.aside(&path);
        }
        if repair && was_open_to_others && place.exists() {
            // Checksums protect against damage, not against somebody who can write valid ones.
            if let Some(aside) = Self::set_aside(&place)? {
                let path = place.path().display();
                let text = format!("{path} could have been written by others; it is kept as {}", aside.display());
                inspector.problem(&text, true);
            }
            Directory(&place.flights_dir()).dismiss();
            return Ok(None);
        }
        let problem = match self.verify_at(&place, repair, inspector) {
            Ok(Verified::Entries(entries)) => return Ok(Some(entries)),
            Ok(Verified::FileOnly) => format!("{} is beyond repair", place.path().display()),
            Err(error) if is_closed && matches!(PlaceError::of(&error), Some(PlaceError::Unreadable { .. })) => {
                return Ok(None);
            }
            Err(StoreError { kind: Busy | Full | Unreachable, .. }) if is_blocked => return Ok(None),
            Err(error) if error.is_corrupt() => match error.source() {
                Some(source) => format!("{error} ({source})"),
                None => error.to_string(),
            },
            Err(error) => return Err(error.into()),
        };
        let is_mended = repair && place.is_cache();
        let aside = if is_mended { Self::set_aside(&place)? } else { None };
        match aside {
            Some(aside) => inspector.problem(&format!("{problem}; it is kept as {}", aside.display()), true),
            None => inspector.problem(&problem, false),
        }
        Ok(None)
    }

    fn verify_at(&self, place: &Place, repair: bool, inspector: &mut dyn Inspector) -> Result<Verified, StoreError> {
        let Some(store) = self.backend.open_readable()? else { return Ok(Verified::Entries(0)) };
        inspector.checks_file();
        let problems = store.integrity()?;
        if !problems.is_empty() {
            let is_mended = repair && is_mended_by_indexes(&store);
            for line in &problems {
                inspector.problem(&format!("{}: {line}", place.path().display()), is_mended);
            }
            if !is_mended {
                return Ok(Verified::FileOnly);
            }
        }
        let all = store.statistics(0)?.entries;
        let inspector = RefCell::new(inspector);
        let mut damaged = Vec::new();
        let found = &mut |finding: Finding| match repair {
            true => damaged.push(finding),
            false => inspector.borrow_mut().damaged(&finding, false),
        };
        let entries = store.verify(found, &mut |done| inspector.borrow_mut().checked(done, all))?;
        for finding in &damaged {
            let is_removed = store.remove_damaged(finding)?;
            inspector.borrow_mut().damaged(finding, is_removed);
        }
        Ok(Verified::Entries(entries))
    }
}

/// How far the verification went.
enum Verified {
    /// To the end, with this many entries.
    Entries(u64),
    /// To the file: it is damaged, so what is read in it cannot be relied upon.
    FileOnly,
}

/// Whether only indexes were damaged: no entry is lost then.
fn is_mended_by_indexes(store: &impl Upkeep) -> bool {
    store.rebuild_indexes().is_ok() && store.integrity().is_ok_and(|problems| problems.is_empty())
}
