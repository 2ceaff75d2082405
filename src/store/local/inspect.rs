//! Verifying the database: finds damage, and repairs what can be repaired.

use std::cell::RefCell;
use std::error::Error;

use super::place::Exposure;
use super::{Database, Place, PlaceError, SqliteStore, verify};
use crate::store::{
    Backend, Finding, Inspector, StoreError,
    StoreErrorKind::{Busy, Full, Unreachable},
    Upkeep, Verified,
};
use crate::sys::trust::Distrust;

impl Database {
    /// Checks all that is stored, as [`Backend::verify`] says.
    pub(super) fn inspect(&self, repair: bool, inspector: &mut dyn Inspector) -> Result<Verified, StoreError> {
        let mut is_closed = false;
        let mut is_blocked = false;
        let mut was_open_to_others = false;
        Exposure::each(&self.path, |exposure| {
            let is_mended = repair && exposure.mend();
            is_blocked |= exposure.is_of_wrong_kind();
            was_open_to_others |= exposure.is_open_to_others();
            is_closed |= exposure.is_closed() && !is_mended;
            inspector.problem(&format!("{} {}", exposure.path.display(), exposure.reason), is_mended);
            is_mended
        })?;
        let place = match Place::check(&self.path).and_then(|place| place.refuse_ancestors().map(|()| place)) {
            Ok(place) => place,
            // The inspector has been told already.
            Err(PlaceError::Refused { reason: Distrust::Owner(_) | Distrust::Mode(_), .. }) => {
                return Ok(Verified::FileOnly);
            }
            Err(PlaceError::Unreachable { .. }) if is_closed => return Ok(Verified::FileOnly),
            Err(error) => return Err(error.into()),
        };
        for (path, _) in place.aside() {
            inspector.aside(&path);
        }
        if repair && was_open_to_others && place.exists() {
            // Checksums protect against damage, not against somebody who can write valid ones.
            if let Some(aside) = SqliteStore::set_aside(&place)? {
                let path = place.path().display();
                let text = format!("{path} could have been written by others; it is kept as {}", aside.display());
                inspector.problem(&text, true);
            }
            return Ok(Verified::Replaced);
        }
        let problem = match self.verify_content(&place, repair, inspector) {
            Ok(Some(entries)) => return Ok(Verified::Entries(entries)),
            Ok(None) => format!("{} is beyond repair", place.path().display()),
            Err(error) if is_closed && matches!(PlaceError::of(&error), Some(PlaceError::Unreadable { .. })) => {
                return Ok(Verified::FileOnly);
            }
            Err(StoreError { kind: Busy | Full | Unreachable, .. }) if is_blocked => return Ok(Verified::FileOnly),
            Err(error) if error.is_corrupt() => match error.source() {
                Some(source) => format!("{error} ({source})"),
                None => error.to_string(),
            },
            Err(error) => return Err(error),
        };
        let is_mended = repair && place.is_cache();
        let aside = if is_mended { SqliteStore::set_aside(&place)? } else { None };
        match aside {
            Some(aside) => inspector.problem(&format!("{problem}; it is kept as {}", aside.display()), true),
            None => inspector.problem(&problem, false),
        }
        Ok(Verified::FileOnly)
    }

    /// Checks the file and its entries; `None` if the file is damaged, so that what is read in it cannot be relied upon.
    fn verify_content(
        &self,
        place: &Place,
        repair: bool,
        inspector: &mut dyn Inspector,
    ) -> Result<Option<u64>, StoreError> {
        let Some(store) = self.open_readable()? else { return Ok(Some(0)) };
        inspector.checks_file();
        let problems = store.run(|| verify::integrity(&store))?;
        if !problems.is_empty() {
            let is_mended = repair && is_mended_by_indexes(&store);
            for line in &problems {
                inspector.problem(&format!("{}: {line}", place.path().display()), is_mended);
            }
            if !is_mended {
                return Ok(None);
            }
        }
        let all = store.statistics(0)?.entries;
        let inspector = RefCell::new(inspector);
        let mut damaged = Vec::new();
        let found = &mut |finding: Finding| match repair {
            true => damaged.push(finding),
            false => inspector.borrow_mut().damaged(&finding, false),
        };
        let entries =
            store.run(|| verify::each_damaged(&store, found, &mut |done| inspector.borrow_mut().checked(done, all)))?;
        for finding in &damaged {
            let is_removed = store.run(|| verify::remove_damaged(&store, finding))?;
            inspector.borrow_mut().damaged(finding, is_removed);
        }
        Ok(Some(entries))
    }
}

/// Whether only indexes were damaged: no entry is lost then.
fn is_mended_by_indexes(store: &SqliteStore) -> bool {
    let check = || verify::rebuild_indexes(store).and_then(|()| verify::integrity(store));
    store.run(check).is_ok_and(|problems| problems.is_empty())
}
