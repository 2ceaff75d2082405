//! Contestants that run in turn, so that whatever the machine does meanwhile happens to all of them.

use crate::failure::{Failure, ensure};
use crate::process;
use crate::series::{Sample, Series};

/// One way of doing the same thing; `once` is given the number of the run, which is never the same twice.
pub struct Contestant<'a> {
    name: String,
    once: Box<dyn FnMut(usize) -> Result<Sample, Failure> + 'a>,
}

impl<'a> Contestant<'a> {
    pub fn new(name: impl Into<String>, once: impl FnMut(usize) -> Result<Sample, Failure> + 'a) -> Self {
        Self { name: name.into(), once: Box::new(once) }
    }
}

/// Runs all contestants `warm_ups` and then `runs` times; returns a series for each, in their order.
///
/// Who goes first changes from round to round. A run begins when nothing that an earlier one left behind is running
/// any more.
pub fn hold<const N: usize>(
    warm_ups: usize,
    runs: usize,
    mut contestants: [Contestant<'_>; N],
) -> Result<[Series; N], Failure> {
    let mut series = [const { None }; N].map(|_: Option<()>| Series::default());
    for round in 0..warm_ups + runs {
        for turn in 0..N {
            let number = (round + turn) % N;
            let Contestant { name, once } = &mut contestants[number];
            let failed = |failure: Failure| Failure(format!("{name}: {failure}"));
            let sample = once(round).map_err(failed)?;
            process::wait_for_orphans()?;
            if round >= warm_ups {
                series[number].push(sample);
            }
        }
    }
    ensure(runs > 0, || "no runs were asked for".to_owned())?;
    Ok(series)
}
