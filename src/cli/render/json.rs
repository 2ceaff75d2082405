//! JSON that is safe to print on a terminal: the values are the same, and no character is a command to the terminal.

use serde_json::{Map, Value};

use super::quote::is_unprintable;

/// `value` on several lines, the last of which ends with a newline.
pub fn page(value: &Value) -> Vec<u8> {
    let mut page = escaped(serde_json::to_string_pretty(value).unwrap_or_default());
    page.push('\n');
    page.into_bytes()
}

/// `object` on one line, without a newline.
pub fn line(object: &Map<String, Value>) -> Vec<u8> {
    escaped(serde_json::to_string(object).unwrap_or_default()).into_bytes()
}

/// Escapes unprintable characters; only strings have them. Those below DEL are escapes already, or are the white space
/// between values.
fn escaped(json: String) -> String {
    let is_escaped = |c: char| c >= '\u{7f}' && is_unprintable(c);
    if !json.contains(is_escaped) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + json.len() / 8);
    for c in json.chars() {
        if is_escaped(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn what_could_command_a_terminal_is_escaped() {
        let text = "\u{1b}[2J \u{7f}\u{9b}2J\u{ad}\u{61c}\u{202e}\u{2060}\u{e0041} é";
        let expected = r#""\u001b[2J \u007f\u009b2J\u00ad\u061c\u202e\u2060\udb40\udc41 é""#;
        assert_eq!(page(&text.into()), format!("{expected}\n").as_bytes());
    }

    proptest! {
        #[test]
        fn the_value_stays_the_same(name: String, text: String) {
            let value = json!({ name: text });
            for bytes in [line(value.as_object().unwrap()), page(&value)] {
                prop_assert!(!str::from_utf8(&bytes).unwrap().contains(|c| c != '\n' && is_unprintable(c)));
                prop_assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), value.clone());
            }
        }
    }
}
