//! From the shared SQL to PostgreSQL's: numbered places, and the few words that differ.

/// A statement with `?1` as `$1`. `like` compares letters without their case, as on SQLite.
pub(super) fn statement(sql: &str) -> String {
    rewritten(sql, |word| match word {
        "like" => Some("ilike"),
        _ => None,
    })
}

/// A schema with PostgreSQL's types. Text is compared byte by byte, as on SQLite; references are
/// checked at once and can be put off until the commit, for copying.
pub(super) fn schema(sql: &str) -> String {
    let typed = rewritten(sql, |word| match word {
        "integer" => Some("bigint"),
        "blob" => Some("bytea"),
        "text" => Some("text collate \"C\""),
        _ => None,
    });
    let mut parts = typed.split(" references ");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_once(')').unwrap_or((part, ""));
        out.push_str(&format!(" references {target}) deferrable{rest}"));
    }
    out
}

/// Rewrites words and places outside of quotes and comments.
fn rewritten(sql: &str, word_for: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted(rest, first),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '?' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => {
                out.push('$');
                rest = &rest[1..];
                continue;
            }
            c if is_word(c) => {
                let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                if let Some(other) = word_for(&rest[..end]) {
                    out.push_str(other);
                    rest = &rest[end..];
                    continue;
                }
                end
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

fn quoted(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_numbered_and_quotes_stay_as_they_are() {
        assert_eq!(
            statement(
                "select '?1', a from t where b = ?2 and c like ?10 escape '\\' -- ?3 like\n and d = ?1"
            ),
            "select '?1', a from t where b = $2 and c ilike $10 escape '\\' -- ?3 like\n and d = $1"
        );
        assert_eq!(
            statement("select likely, 'it''s like ?1' from t"),
            "select likely, 'it''s like ?1' from t"
        );
    }

    #[test]
    fn references_can_be_put_off() {
        assert_eq!(
            schema("a blob references t (t_id), b blob references u (u_id)"),
            "a bytea references t (t_id) deferrable, b bytea references u (u_id) deferrable"
        );
    }

    #[test]
    fn types_become_postgresqls() {
        assert_eq!(
            schema("create table t (\n    t_id blob not null, n integer, name text default 'text'\n);"),
            "create table t (\n    t_id bytea not null, n bigint, name text collate \"C\" default 'text'\n);"
        );
    }
}
