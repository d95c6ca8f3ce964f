//! Licence expressions, for instance `(MIT OR Apache-2.0) AND Unicode-3.0`.

use std::collections::BTreeSet;

/// Whether the expression is satisfied by these licences alone; nothing when it cannot be read.
///
/// `A OR B` needs one, `A AND B` both. `A WITH exception` is a licence of its own. The old form
/// `A/B` means `OR`.
pub(super) fn allows(expression: &str, allowed: &BTreeSet<String>) -> Option<bool> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let verdict = alternatives(&mut words, allowed)?;
    words.next().is_none().then_some(verdict)
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn alternatives(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut verdict = conjunction(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        verdict |= conjunction(words, allowed)?;
    }
    Some(verdict)
}

fn conjunction(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let mut verdict = licence(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        verdict &= licence(words, allowed)?;
    }
    Some(verdict)
}

fn licence(words: &mut Words<'_>, allowed: &BTreeSet<String>) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let verdict = alternatives(words, allowed)?;
        return words.next_if_eq(&")").map(|_| verdict);
    }
    if matches!(word, ")" | "OR" | "AND" | "WITH") {
        return None;
    }
    let mut name = word.to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        name = format!("{name} WITH {}", words.next()?);
    }
    Some(allowed.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(expression: &str) -> Option<bool> {
        let allowed = ["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
        allows(expression, &allowed)
    }

    #[test]
    fn one_allowed_alternative_is_enough() {
        assert_eq!(verdict("MIT OR GPL-3.0"), Some(true));
        assert_eq!(verdict("GPL-3.0/MIT"), Some(true));
        assert_eq!(verdict("GPL-3.0 OR AGPL-3.0"), Some(false));
    }

    #[test]
    fn every_part_of_a_conjunction_counts() {
        assert_eq!(verdict("(MIT OR Apache-2.0) AND Unicode-3.0"), Some(true));
        assert_eq!(verdict("MIT AND GPL-3.0"), Some(false));
        assert_eq!(verdict("GPL-3.0 AND MIT OR MIT"), Some(true), "AND binds closer");
    }

    #[test]
    fn an_exception_makes_another_licence() {
        assert_eq!(verdict("Apache-2.0 WITH LLVM-exception"), Some(true));
        assert_eq!(verdict("Apache-2.0"), Some(false));
    }

    #[test]
    fn what_is_no_expression_is_not_judged() {
        for text in ["", "MIT OR", "(MIT", "MIT)", "MIT MIT", "OR MIT"] {
            assert_eq!(verdict(text), None, "{text}");
        }
    }
}
