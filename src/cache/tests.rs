//! The engine on each of the stores: the local one, and the one in memory.

use std::cell::Cell;

use super::*;
use crate::fetch::{Collected, Fetched, collect};
use crate::flight::{Attempt, Directory, Flights as _};
use crate::model::exit::ExitStatus;
use crate::model::invocation::Invocation;
use crate::model::key::{KeyOptions, KeyParts};
use crate::model::status::NotStored;
use crate::model::time::Moment;
use crate::model::transcript::Stream;
use crate::policy::{Decision, FetchPolicy, Mode, Policy};
use crate::store::tests::Memory;
use crate::store::{Selector, Upkeep};

/// A caller in this process.
struct Caller {
    is_in_background: bool,
    response: Cell<Option<Settled>>,
}

impl Frontend for Caller {
    fn is_in_background(&self) -> bool {
        self.is_in_background
    }

    fn respond(&self, _: &mut Fetched<'_>, settled: Settled) {
        self.response.set(Some(settled));
    }
}

struct Scene {
    invocation: Invocation,
    parts: KeyParts,
    policy: Policy,
    fetch: FetchPolicy,
}

impl Scene {
    fn of(script: &str) -> Self {
        let invocation = Invocation::new([script]).as_shell(true);
        let parts = parts_of(&invocation, &KeyOptions::default()).unwrap();
        Self { invocation, parts, policy: Policy::default(), fetch: FetchPolicy::default() }
    }

    fn call(&self) -> Call<'_> {
        Call::new(&self.invocation, &self.parts, &self.policy, &self.fetch, Moment::now())
    }

    /// Runs the command; `meanwhile` happens before the result is stored.
    fn run<B: Backend>(&self, fetch: &Fetch<'_, B>, is_in_background: bool, meanwhile: impl FnOnce()) -> Settled {
        let spool = FlightSpool::new(fetch);
        let order = Collected {
            invocation: &self.invocation,
            key: fetch.call.key,
            in_background: is_in_background,
            deadline: fetch.call.deadline,
            max_size: self.fetch.max_size,
            spool: &spool,
            send_off: &|began, lost| fetch.land_without_output(began, lost),
        };
        let mut fetched = collect(&order, &mut |_, _| ());
        meanwhile();
        let caller = Caller { is_in_background, response: Cell::new(None) };
        let settled = fetch.settle(&spool, &mut fetched, &caller);
        assert_eq!(caller.response.get(), Some(settled));
        settled
    }

    fn fetch<B: Backend>(&self, engine: &Engine<B>, meanwhile: impl FnOnce()) -> Settled {
        match engine.take_turn(&self.call()).unwrap() {
            Turn::Fetch(fetch, None) => self.run(&fetch, false, meanwhile),
            _ => panic!("somebody else leads, or something is stored"),
        }
    }

    /// What is to be done, and the standard output that is stored.
    fn found<B: Backend>(&self, engine: &Engine<B>) -> (Decision, Option<String>) {
        let found = engine.look_up(&self.call()).unwrap();
        let mut output = Vec::new();
        let replayed = found.replay(&mut |stream, data| {
            if stream == Stream::Stdout {
                output.extend_from_slice(data);
            }
            Ok(())
        });
        (found.decision(&self.call()), replayed.ok().map(|()| String::from_utf8(output).unwrap()))
    }
}

/// An engine on the local store, in a directory that lives as long.
fn local() -> (Engine, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    (Engine::at(directory.path().join("cache.db"), Host::silent()), directory)
}

fn in_memory() -> Engine<Memory> {
    Engine::on(Memory::new(), Host::silent())
}

fn stored(output: &str) -> Option<String> {
    Some(output.to_owned())
}

macro_rules! on_each_store {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                each::$name(&in_memory());
                each::$name(&local().0);
            }
        )*
    };
}

on_each_store! {
    a_result_is_fetched_once_and_served_until_it_is_stale
    a_long_output_goes_through_the_spool
    a_result_that_is_deleted_or_invalidated_meanwhile_is_not_served
    a_failed_refresh_keeps_the_result_and_holds_the_next_one_back
    a_refresh_does_not_bring_back_what_was_deleted
    a_fallback_is_what_was_stored
    an_explanation_says_what_a_call_would_find
}

mod each {
    use super::*;

    pub fn a_result_is_fetched_once_and_served_until_it_is_stale(engine: &Engine<impl Backend<Store: Upkeep>>) {
        let scene = Scene::of("echo x");
        assert_eq!(scene.found(engine), (Decision::Fetch, None));
        assert!(scene.fetch(engine, || ()).stored);
        assert_eq!(scene.found(engine), (Decision::Serve, stored("x\n")));
        // A caller that has waited for the lock meanwhile finds it as well.
        assert!(matches!(engine.take_turn(&scene.call()).unwrap(), Turn::Serve(_)));
        let invalidated = engine.invalidate(&Selector::Key(scene.call().key)).unwrap();
        assert_eq!(invalidated.entries.len(), 1);
        assert_eq!(scene.found(engine), (Decision::Fetch, stored("x\n")));
        assert!(scene.fetch(engine, || ()).stored);
        assert_eq!(engine.delete(&Selector::All).unwrap(), 1);
        assert_eq!(scene.found(engine), (Decision::Fetch, None));
    }

    pub fn a_long_output_goes_through_the_spool(engine: &Engine<impl Backend>) {
        let scene = Scene::of("head -c 3000000 /dev/zero | tr '\\0' x");
        assert!(scene.fetch(engine, || ()).stored);
        let (decision, output) = scene.found(engine);
        assert_eq!((decision, output.map(|output| output.len())), (Decision::Serve, Some(3_000_000)));
        let scene = Scene {
            fetch: FetchPolicy { max_size: 1000, ..FetchPolicy::default() },
            ..Scene::of("echo; yes | head -c 2000")
        };
        let settled = scene.fetch(engine, || ());
        assert_eq!((settled.stored, settled.not_stored), (false, Some(NotStored::TooLarge)));
    }

    pub fn a_result_that_is_deleted_or_invalidated_meanwhile_is_not_served(
        engine: &Engine<impl Backend<Store: Upkeep>>,
    ) {
        let scene = Scene::of("echo x");
        let selector = Selector::Key(scene.call().key);
        assert!(!scene.fetch(engine, || assert_eq!(engine.delete(&selector).unwrap(), 0)).stored);
        assert_eq!(scene.found(engine), (Decision::Fetch, None));
        assert!(!scene.fetch(engine, || assert!(engine.invalidate(&selector).unwrap().entries.is_empty())).stored);
        assert_eq!(scene.found(engine), (Decision::Fetch, stored("x\n")));
    }

    pub fn a_failed_refresh_keeps_the_result_and_holds_the_next_one_back(engine: &Engine<impl Backend>) {
        let home = tempfile::tempdir().unwrap();
        let gone = home.path().join("gone");
        let mut scene = Scene::of(&format!("test ! -e '{}' && echo x", gone.display()));
        scene.policy.mode = Mode::Async;
        assert!(scene.fetch(engine, || ()).stored);
        std::fs::write(&gone, "").unwrap();
        engine.invalidate(&Selector::All).unwrap();
        let (call, flights) = (scene.call(), engine.flights_dir().unwrap());
        let before = engine.before_refresh(&call.key).unwrap();
        assert_eq!((before.has_failed, before.is_backing_off), (false, false));
        let Attempt::Leads(flight) = Directory(&flights).attempt(&call.key).unwrap() else {
            panic!("somebody else leads");
        };
        let fetch = engine.prepare_refresh(&call.in_background(), flight, Some(before.mark), Purpose::Refresh).unwrap();
        assert!(!scene.run(&fetch, true, || ()).stored);
        drop(fetch);
        assert_eq!(scene.found(engine), (Decision::ServeAndRefresh, stored("x\n")));
        let before = engine.before_refresh(&call.key).unwrap();
        assert_eq!((before.has_failed, before.is_backing_off), (true, true));
        assert_eq!(engine.failure(&call.key).map(|failure| (failure.count, failure.status)), Some((1, 1)));
    }

    pub fn a_refresh_does_not_bring_back_what_was_deleted(engine: &Engine<impl Backend<Store: Upkeep>>) {
        let scene = Scene::of("echo x");
        assert!(scene.fetch(engine, || ()).stored);
        let invalidated = engine.invalidate(&Selector::All).unwrap();
        engine.delete(&Selector::All).unwrap();
        let run = |_: Fetch<'_, _>| panic!("the command was run");
        engine.refresh_invalidated(&invalidated.entries[0], Moment::now(), invalidated.mark, &|_| None, &run);
        assert_eq!(scene.found(engine), (Decision::Fetch, None));
    }

    pub fn a_fallback_is_what_was_stored(engine: &Engine<impl Backend>) {
        let mut scene = Scene::of("echo x");
        assert!(scene.fetch(engine, || ()).stored);
        scene.policy = Policy { stale_if_error: true, mode: Mode::Refresh, ..Policy::default() };
        let Turn::Fetch(fetch, Some(fallback)) = engine.take_turn(&scene.call()).unwrap() else {
            panic!("there is no fallback");
        };
        assert!(fetch.holds_output && is_failure(&fetch.call, ExitStatus::TimedOut));
        let mut output = Vec::new();
        let replayed = fallback.open(engine).replay(&mut |_, data| {
            output.extend_from_slice(data);
            Ok(())
        });
        assert_eq!((replayed.is_ok(), &output[..]), (true, &b"x\n"[..]));
    }

    pub fn an_explanation_says_what_a_call_would_find(engine: &Engine<impl Backend>) {
        let scene = Scene::of("echo x");
        let explanation = engine.explain(&scene.call()).unwrap();
        assert_eq!((explanation.decision, explanation.found.is_some()), (Decision::Fetch, false));
        assert!(scene.fetch(engine, || ()).stored);
        let explanation = engine.explain(&scene.call()).unwrap();
        assert_eq!(explanation.decision, Decision::Serve);
        assert!(explanation.found.is_some_and(|found| found.reasons.is_empty() && found.recipe.is_some()));
        let mut other = Scene::of("echo x");
        other.parts.scope = Some("other".into());
        let nearest = engine.explain(&other.call()).unwrap().nearest;
        assert_eq!(nearest.iter().map(|near| near.key).collect::<Vec<_>>(), [scene.call().key]);
    }
}
