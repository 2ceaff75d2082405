//! How the program is linked where it is static, as .cargo/config.toml and releases build it: see benches/README.md.

use std::env;

fn main() {
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found.split(',').any(|part| part == value));
    println!("cargo::rerun-if-changed=benches/hit.ld");
    if !is("CARGO_CFG_TARGET_OS", "linux") || !is("CARGO_CFG_TARGET_FEATURE", "crt-static") {
        return;
    }
    let mut options = vec![format!("-T,{}/benches/hit.ld", env!("CARGO_MANIFEST_DIR"))];
    if is("CARGO_CFG_TARGET_ARCH", "x86_64") {
        options.push("-e,cacheback_start,-u,cacheback_start".to_owned());
    }
    // Code and constants in one segment: one mapping less to make, and to take down.
    options.push("-z,noseparate-code".to_owned());
    for option in options {
        println!("cargo::rustc-link-arg-bin=cacheback=-Wl,{option}");
    }
}
