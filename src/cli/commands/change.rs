//! `cacheback invalidate` and `cacheback delete`: change every selected entry, and print how many there were.

use cacheback::ExitStatus;

use crate::cache::{Engine, Unusable};
use crate::cli::args::{GlobalArgs, SelectorArgs};
#[cfg(feature = "shared")]
use crate::cli::commands;
use crate::cli::render::{figures, message};
#[cfg(feature = "shared")]
use crate::cli::resolve::shared;
use crate::cli::resolve::{Environment, SelectionRequest, UsageError, selectors, with_cache};
use crate::runner;
#[cfg(feature = "shared")]
use crate::store::Recipe;
use crate::store::Selector;

/// What is done with an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It becomes stale, and is fetched again.
    Invalidate,
    /// It is forgotten.
    Delete,
}

impl Change {
    /// What has been done, in one word.
    pub fn done(self) -> &'static str {
        match self {
            Self::Invalidate => "invalidated",
            Self::Delete => "deleted",
        }
    }

    /// Does it here alone; returns how many entries that were.
    pub fn apply(self, engine: &Engine, selector: &Selector) -> Result<u64, Unusable> {
        match self {
            Self::Invalidate => runner::invalidate(engine, selector),
            Self::Delete => engine.delete(selector),
        }
    }
}

/// Applies `change` to each entry that is selected. That nothing is selected is no error.
pub fn run(
    args: SelectorArgs,
    global: GlobalArgs,
    env: &impl Environment,
    change: Change,
) -> Result<ExitStatus, UsageError> {
    #[cfg(feature = "shared")]
    let server = shared::settings(&global, env).ok().flatten();
    #[cfg(feature = "shared")]
    let again = global.clone();
    let request = SelectionRequest::resolve(args, global, env)?;
    // What is never shared concerns no other host.
    #[cfg(feature = "shared")]
    let server = server.filter(|_| request.layers.shared() != Some(false));
    let SelectionRequest { selection, db, quiet, .. } = request;
    Ok(with_cache(&db, quiet, |cache| {
        let id = selection.lone_id();
        let mut count = 0;
        let selectors = selectors(selection, cache)?;
        #[cfg(feature = "shared")]
        let told = match commands::shared::server(server, &db, change, env) {
            Ok(tier) => tier,
            Err(reason) => {
                message::warning(quiet, reason);
                None
            }
        };
        #[cfg(feature = "shared")]
        let selectors = match told {
            Some(tier) => {
                let sharing = |recipe: &Recipe| shared::again(recipe, &tier.settings, &db, &again, env);
                count += commands::shared::apply(cache, &tier, &selectors, change, quiet, &sharing)?;
                Vec::new()
            }
            None => selectors,
        };
        for selector in selectors {
            count += change.apply(cache, &selector)?;
        }
        // A word alone is a command here, never an id: an abbreviation must not delete an entry by accident.
        let hint = match id {
            Some(id) if count == 0 && !cache.keys_with_prefix(&id)?.is_empty() => {
                format!("; one whose id begins with {id} is selected by --id {id}")
            }
            _ => String::new(),
        };
        message::warning(quiet, format_args!("{} {}{hint}", change.done(), figures::entries(count)));
        Ok(ExitStatus::Exited(0))
    }))
}
