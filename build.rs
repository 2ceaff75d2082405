//! Chooses `src/sys/portable` for systems other than Linux, and gives the linker options of a static program, as
//! .cargo/config.toml and releases build it: see benches/README.md.

use std::env;

fn main() {
    let has = |name: &str, value: &str| env::var(name).is_ok_and(|found| found.split(',').any(|part| part == value));
    println!("cargo::rerun-if-changed=benches/hit.ld");
    if !has("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-cfg=portable_sys");
    }
    if !has("CARGO_CFG_TARGET_OS", "linux")
        || env::var_os("CARGO_CFG_PORTABLE_SYS").is_some()
        || !has("CARGO_CFG_TARGET_FEATURE", "crt-static")
    {
        return;
    }
    let mut options = vec![format!("-T,{}/benches/hit.ld", env!("CARGO_MANIFEST_DIR"))];
    if has("CARGO_CFG_TARGET_ARCH", "x86_64") {
        options.push("-e,cacheback_start,-u,cacheback_start".to_owned());
    }
    // Code and constants in one segment: the kernel makes and removes one mapping less.
    options.push("-z,noseparate-code".to_owned());
    for option in options {
        println!("cargo::rustc-link-arg-bin=cacheback=-Wl,{option}");
    }
}
