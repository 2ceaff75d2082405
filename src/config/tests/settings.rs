//! The names of settings.

use super::*;

#[test]
fn names_are_in_order_and_known() {
    assert!(NAMES.iter().all(|name| canonical(name) == Some(name)));
    assert_eq!((canonical("lifetime"), canonical("tag")), (Some("ttl"), Some("tags")));
}
