//! No `unwrap` outside tests: `expect` says why it cannot fail, an error says what happened.

use super::File;

pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        for (at, line) in file.source.code.iter().enumerate() {
            if line.contains(".unwrap()") || line.contains(".unwrap_err()") {
                let rule = "no unwrap outside tests; return the error, or `expect(\"why this cannot be\")`";
                broken.push(format!("  {}:{}: {rule}", file.path, at + 1));
            }
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unwrap_is_found_in_code_and_left_alone_in_tests() {
        let text = "let a = b.unwrap();\n// c.unwrap()\n#[cfg(test)]\nmod tests {\n d.unwrap();\n}\n";
        let broken = check(&[File::new("core/src/id.rs", text.to_owned())]);
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("  core/src/id.rs:1: "), "{broken:?}");
        assert_eq!(check(&[File::new("tests/src/fleet.rs", "a.unwrap();".to_owned())]), Vec::<String>::new());
    }
}
