//! What is made, what is refused, and what is set aside.

use super::*;

fn home() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn reason(result: Result<Place, PlaceError>) -> String {
    result.unwrap_err().to_string()
}

// The umask belongs to the whole process, so tests with processes of their own show that it does not matter.
#[test]
fn what_is_made_is_ours_alone() {
    let home = home();
    let path = home.path().join("a/b/cache.db");
    assert!(!Place::check(&path).unwrap().exists());
    assert!(!home.path().join("a").exists(), "a check makes nothing");
    let place = Place::create(&path).unwrap();
    assert!(place.exists());
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&home.path().join("a/b")), 0o700);
    assert_eq!(mode(&home.path().join("a")), 0o700);
    assert_eq!(Place::create(&path).unwrap(), place, "what exists stays");
    assert_eq!(mode(&place.ensure_flights_dir().unwrap()), 0o700);
    place.open_lock_file("x").unwrap();
    assert_eq!(mode(&place.flights_dir().join("x")), 0o600);
}

#[test]
fn what_others_may_write_to_is_refused() {
    let home = home();
    let path = home.path().join("cache.db");
    Place::create(&path).unwrap();
    set_mode(&path, 0o620);
    assert!(reason(Place::check(&path)).contains("cache.db is writable by others (mode 0620); "));
    set_mode(&path, 0o644);
    Place::check(&path).unwrap();
    set_mode(home.path(), 0o777);
    assert!(reason(Place::check(&path)).contains("is writable by others (mode 0777); "));
    assert!(reason(Place::create(home.path().join("other.db"))).contains("(mode 0777); "));
    set_mode(home.path(), 0o700);
}

#[test]
fn what_others_own_is_refused() {
    if trust::us() != 0 {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "this must not be skipped in CI");
        eprintln!("skipped: only root can give files away");
        return;
    }
    let home = home();
    let path = home.path().join("cache.db");
    Place::create(&path).unwrap();
    std::os::unix::fs::chown(&path, Some(1000), None).unwrap();
    assert!(reason(Place::check(&path)).ends_with("cache.db is owned by uid 1000"));
    std::os::unix::fs::chown(home.path(), Some(1000), None).unwrap();
    let below = Place::create(home.path().join("a/b/cache.db"));
    assert!(matches!(below, Err(PlaceError::Refused { reason: Distrust::Owner(1000), .. })), "{below:?}");
    assert!(!home.path().join("a").exists());
}

#[test]
fn what_is_no_file_is_refused() {
    let home = home();
    let directory = home.path().join("d");
    fs::create_dir(&directory).unwrap();
    set_mode(&directory, 0o700);
    assert!(reason(Place::check(&directory)).ends_with("d is a directory"));
    assert!(reason(Place::check("/")).ends_with("is a directory"));
    assert!(reason(Place::check(directory.join("new/"))).ends_with("is a directory"));
    assert!(reason(Place::check(directory.join(".."))).ends_with("is a directory"));
    file::make_pipe(&home.path().join("fifo"));
    assert!(reason(Place::check(home.path().join("fifo"))).ends_with("is not a regular file"));
}

#[test]
fn a_directory_that_cannot_be_made_has_its_own_error() {
    let home = home();
    fs::write(home.path().join("file"), "").unwrap();
    let made = Place::create(home.path().join("file/below/cache.db"));
    assert!(matches!(made, Err(PlaceError::Directory { .. } | PlaceError::Unreachable { .. })), "{made:?}");
    let made = Place::create("/proc/none/cache.db");
    assert!(matches!(made, Err(PlaceError::Directory { .. })), "{made:?}");
}

#[test]
fn a_relative_path_is_made_absolute() {
    let place = Place::check("target/none/cache.db").unwrap();
    assert_eq!(place.path(), std::env::current_dir().unwrap().join("target/none/cache.db"));
}

#[test]
fn a_file_is_set_aside_once_and_its_successor_never() {
    let home = home();
    let path = home.path().join("cache.db");
    let damaged = Place::create(&path).unwrap();
    damaged.ensure_flights_dir().unwrap();
    fs::write(&path, "damaged\0").unwrap();
    fs::write(damaged.beside("-journal"), "journal").unwrap();
    let name = aside(damaged.set_aside(7)).unwrap();
    assert_eq!(name, home.path().join("cache.db.corrupt-7"));
    assert_eq!(fs::read(name).unwrap(), b"damaged\0");
    assert_eq!(fs::read(home.path().join("cache.db.corrupt-7-journal")).unwrap(), b"journal");
    assert_eq!(aside(damaged.set_aside(8)), None);
    Place::create(&path).unwrap();
    assert_eq!(aside(damaged.set_aside(9)), None);
    assert!(path.exists());
}

fn aside(result: io::Result<SetAside>) -> Option<PathBuf> {
    match result.unwrap() {
        SetAside::As(path) => Some(path),
        SetAside::Gone => None,
        SetAside::Foreign => panic!("it is not ours"),
    }
}
