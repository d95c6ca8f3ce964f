//! No file over 500 lines: by then it holds more than one noun.

use super::File;

const MAX_LINES: usize = 500;

pub(super) fn check(files: &[File]) -> Vec<String> {
    let long = files.iter().filter_map(|file| {
        let lines = file.text.lines().count();
        let told = format!("  {}: {lines} lines; a file ends at {MAX_LINES}, split it by noun", file.path);
        (lines > MAX_LINES).then_some(told)
    });
    long.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_have_500_lines_and_not_one_more() {
        let file = |lines: usize| File::new("core/src/a.rs", "x\n".repeat(lines));
        assert_eq!(check(&[file(500)]).len(), 0);
        assert_eq!(check(&[file(501)]).len(), 1);
    }
}
