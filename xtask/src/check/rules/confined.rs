//! What only certain modules may do: call automerge, make HTTP errors, speak SQL.

use super::File;

/// Something that stands only in certain modules.
struct Confined {
    /// What it is, and where it belongs.
    rule: &'static str,
    /// Where the rule looks: the beginnings of paths.
    within: &'static [&'static str],
    /// Where it may stand. `a/b` means the file `a/b.rs` and the folder `a/b/`.
    allowed: &'static [&'static str],
    /// Whether it stands on this line of code (strings are empty there).
    in_code: fn(&str) -> bool,
    /// Whether this string is it.
    in_string: fn(&str) -> bool,
}

const RULES: &[Confined] = &[
    Confined {
        rule: "only record::document, sync::gate and sync::rebase call automerge",
        within: &["core/src/", "mobile-bindings/src/", "server/src/", "xtask/src/"],
        allowed: &["core/src/record/document", "core/src/sync/gate", "core/src/sync/rebase"],
        in_code: calls_automerge,
        in_string: |_| false,
    },
    Confined {
        rule: "only problem.rs makes HTTP errors; return a Problem",
        within: &["server/src/"],
        allowed: &["server/src/problem"],
        in_code: makes_an_error_status,
        in_string: |_| false,
    },
    Confined {
        rule: "SQL stands only in store/, db/, log and phone/store; add a function there",
        within: &["core/src/", "mobile-bindings/src/", "server/src/"],
        allowed: &["server/src/store", "server/src/db", "server/src/log", "core/src/phone/store"],
        in_code: |_| false,
        in_string: is_sql,
    },
];

pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut broken = Vec::new();
    for rule in RULES {
        for file in files.iter().filter(|file| rule.looks_at(file)) {
            let code = file.source.code.iter().enumerate();
            let lines = code.filter(|(_, line)| (rule.in_code)(line)).map(|(at, _)| at + 1);
            let strings =
                file.source.strings.iter().filter(|(_, text)| (rule.in_string)(text)).map(|(at, _)| *at);
            broken.extend(lines.chain(strings).map(|at| format!("  {}:{at}: {}", file.path, rule.rule)));
        }
    }
    broken
}

impl Confined {
    fn looks_at(&self, file: &File) -> bool {
        let may =
            |place: &&str| file.path == format!("{place}.rs") || file.path.starts_with(&format!("{place}/"));
        self.within.iter().any(|folder| file.path.starts_with(folder))
            && !file.is_test()
            && !self.allowed.iter().any(may)
    }
}

fn calls_automerge(line: &str) -> bool {
    line.match_indices("automerge").any(|(at, word)| {
        let before = line[..at].chars().next_back();
        let part_of_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part_of_name
            && (line[at + word.len()..].starts_with("::") || line.trim_start().starts_with("use automerge"))
    })
}

/// The statuses that are no error.
const GOOD: &[&str] = &[
    "OK",
    "CREATED",
    "ACCEPTED",
    "NO_CONTENT",
    "PARTIAL_CONTENT",
    "NOT_MODIFIED",
    "SEE_OTHER",
    "SWITCHING_PROTOCOLS",
];

fn makes_an_error_status(line: &str) -> bool {
    line.split("StatusCode::").skip(1).any(|rest| {
        let name: String = rest.chars().take_while(|c| c.is_ascii_uppercase() || *c == '_').collect();
        !name.is_empty() && !GOOD.contains(&name.as_str())
    })
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().take(3).collect();
    match words.as_slice() {
        ["insert", "into", _] | ["delete", "from", _] | ["update", _, "set"] => true,
        ["create" | "drop" | "alter", "table" | "index" | "unique" | "view" | "trigger", ..] => true,
        ["begin" | "savepoint" | "pragma", ..] => words.len() > 1 || text.trim_end().ends_with(';'),
        ["select", _, ..] => text.split_whitespace().any(|word| word == "from"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(path: &str, text: &str) -> usize {
        check(&[File::new(path, text.to_owned())]).len()
    }

    #[test]
    fn automerge_is_called_where_it_belongs_alone() {
        let text = "use automerge::Change;\nfn f() { automerge::legacy::x(); }";
        assert_eq!(broken("core/src/phone/engine.rs", text), 2);
        assert_eq!(broken("core/src/sync/gate/proof.rs", text), 0);
        assert_eq!(broken("core/src/record/document.rs", text), 0);
        assert_eq!(broken("core/src/record/document/tests.rs", text), 0);
        assert_eq!(broken("core/src/record.rs", "// automerge::x\nlet no_automerge = 1;"), 0);
    }

    #[test]
    fn an_error_status_is_made_in_problem_alone() {
        assert_eq!(broken("server/src/api/case.rs", "StatusCode::NOT_FOUND"), 1);
        assert_eq!(broken("server/src/api/case.rs", "StatusCode::CREATED"), 0);
        assert_eq!(broken("server/src/problem.rs", "StatusCode::NOT_FOUND"), 0);
    }

    #[test]
    fn sql_stands_in_the_data_layer_alone() {
        let text = "tx.query(\"select case_id from court_case\")";
        assert_eq!(broken("server/src/api/case.rs", text), 1);
        assert_eq!(broken("server/src/store/case.rs", text), 0);
        assert_eq!(broken("core/src/phone/store/outbox.rs", text), 0);
        assert_eq!(
            broken("server/src/api/case.rs", "\"select a file\"; \"update the case\"; \"begin here\""),
            1
        );
        assert_eq!(broken("server/src/api/case.rs", "#[cfg(test)]\nmod tests {\n \"delete from x\";\n}"), 0);
    }
}
