//! A Rust source file, taken apart just far enough for the house rules: code, strings, tests.

/// A source file whose comments are gone and whose test modules are empty; lines keep their places.
#[derive(Debug)]
pub(super) struct Source {
    /// The code, line by line; inside of strings blank.
    pub(super) code: Vec<String>,
    /// Every string, with the number of the line on which it begins, counted from 1.
    pub(super) strings: Vec<(usize, String)>,
}

impl Source {
    /// Takes a file apart.
    pub(super) fn parse(text: &str) -> Self {
        let mut reader =
            Reader { rest: text.chars().collect(), at: 0, code: String::new(), strings: Vec::new() };
        reader.run();
        let mut code: Vec<String> = reader.code.lines().map(str::to_owned).collect();
        let mut strings = reader.strings;
        blank_tests(&mut code, &mut strings);
        Self { code, strings }
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    code: String,
    strings: Vec<(usize, String)>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> char {
        self.rest.get(self.at + ahead).copied().unwrap_or('\0')
    }

    /// Whether the last character of the code can stand inside a name.
    fn after_name(&self) -> bool {
        self.code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_')
    }

    fn run(&mut self) {
        while self.at < self.rest.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '/') => self.skip_while(|reader| reader.peek(0) != '\n'),
                ('/', '*') => self.block_comment(),
                ('"', _) => self.string(0),
                ('r', '"' | '#') if !self.after_name() && self.raw_hashes().is_some() => {
                    let hashes = self.raw_hashes().unwrap_or_default();
                    self.at += 1 + hashes;
                    self.raw_string(hashes);
                }
                ('\'', '\\') => self.skip_char(),
                ('\'', _) if self.peek(2) == '\'' => self.skip_char(),
                (c, _) => {
                    self.code.push(c);
                    self.at += 1;
                }
            }
        }
    }

    fn skip_while(&mut self, goes_on: impl Fn(&Self) -> bool) {
        while self.at < self.rest.len() && goes_on(self) {
            self.skip();
        }
    }

    /// Passes one character by; line ends stay in the code.
    fn skip(&mut self) {
        if self.peek(0) == '\n' {
            self.code.push('\n');
        }
        self.at += 1;
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while self.at < self.rest.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.at += 2;
                }
                ('*', '/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.skip(),
            }
        }
    }

    fn skip_char(&mut self) {
        self.at += if self.peek(1) == '\\' { 2 } else { 1 };
        self.at += 1;
        self.skip_while(|reader| reader.peek(0) != '\'');
        self.at += 1;
        self.code.push_str("' '");
    }

    /// How many `#` stand between the `r` here and a quote; nothing when it begins no raw string.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = (1..).take_while(|&ahead| self.peek(ahead) == '#').count();
        (self.peek(1 + hashes) == '"').then_some(hashes)
    }

    fn raw_string(&mut self, hashes: usize) {
        let ends =
            |reader: &Self| reader.peek(0) == '"' && (1..=hashes).all(|ahead| reader.peek(ahead) == '#');
        self.text(hashes, ends, false);
    }

    fn string(&mut self, hashes: usize) {
        self.text(hashes, |reader| reader.peek(0) == '"', true);
    }

    fn text(&mut self, hashes: usize, ends: impl Fn(&Self) -> bool, escapes: bool) {
        let line = self.code.matches('\n').count() + 1;
        let mut text = String::new();
        self.code.push('"');
        self.at += 1;
        while self.at < self.rest.len() && !ends(self) {
            if escapes && self.peek(0) == '\\' {
                text.push(self.peek(0));
                self.skip();
            }
            text.push(self.peek(0));
            self.skip();
        }
        self.at += 1 + hashes;
        self.code.push('"');
        self.strings.push((line, text));
    }
}

/// Empties what follows `#[cfg(test)]` or `#[test]` up to the end of its item.
fn blank_tests(code: &mut [String], strings: &mut Vec<(usize, String)>) {
    let mut line = 0;
    while line < code.len() {
        let marked = ["#[cfg(test)]", "#[test]"].iter().any(|mark| code[line].trim_start().starts_with(mark));
        if !marked {
            line += 1;
            continue;
        }
        let begin = line;
        let mut depth = 0_i64;
        loop {
            let opened = code[line].matches('{').count() as i64;
            depth += opened - code[line].matches('}').count() as i64;
            let ended = depth <= 0
                && (opened > 0 || code[line].contains('}') || code[line].trim_end().ends_with(';'));
            code[line].clear();
            line += 1;
            if ended || line == code.len() {
                break;
            }
        }
        strings.retain(|(at, _)| !(begin + 1..=line).contains(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_are_set_apart() {
        let source = Source::parse(
            "let a = \"x // \\\" y\"; // unwrap()\n/* b\n c */ let c = '\"'; let d = r#\"s\"t\"#;\n",
        );
        assert_eq!(source.code, ["let a = \"\"; ", "", " let c = ' '; let d = \"\";"]);
        assert_eq!(source.strings, [(1, "x // \\\" y".to_owned()), (3, "s\"t".to_owned())]);
    }

    #[test]
    fn lifetimes_are_no_characters() {
        let source = Source::parse("fn f<'a>(x: &'a str) -> &'a str { x }\nlet y = b'\\'';");
        assert_eq!(source.code, ["fn f<'a>(x: &'a str) -> &'a str { x }", "let y = b' ';"]);
    }

    #[test]
    fn test_modules_are_emptied_and_what_follows_stays() {
        let source = Source::parse(
            "a();\n#[cfg(test)]\nmod tests {\n  fn b() { \"s\" }\n}\nc();\n#[cfg(test)]\nmod t;\nd();",
        );
        assert_eq!(source.code, ["a();", "", "", "", "", "c();", "", "", "d();"]);
        assert_eq!(source.strings, []);
    }
}
