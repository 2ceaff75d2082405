//! Contestants that run in turn, so that the noise of the machine is the same for all of them.

use crate::failure::{Failure, ensure};
use crate::process;
use crate::series::{Sample, Series};

/// One way of doing the same thing; `once` gets the number of the round.
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
/// A different contestant begins each round. A run begins when all processes of the earlier ones have ended.
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
    ensure(runs > 0, || "there are no runs".to_owned())?;
    Ok(series)
}
