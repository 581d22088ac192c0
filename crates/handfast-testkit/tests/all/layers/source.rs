//! Rust source without its comments, strings and tests.

/// The text with every comment, string and character blanked out; lines stay where they are.
pub(super) fn code(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let end = match (chars[at], chars.get(at + 1)) {
            ('/', Some('/')) => until(&chars, at, |c| c == '\n'),
            ('/', Some('*')) => block_comment(&chars, at),
            ('"', _) => string(&chars, at + 1),
            ('r', Some('"' | '#')) if !joins(&chars, at) => raw_string(&chars, at),
            ('\'', Some('\\')) => until(&chars, at + 3, |c| c == '\'') + 1,
            ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => at + 3,
            _ => at + 1,
        };
        if end > at + 1 || chars[at] == '"' {
            blank(&mut chars, at, end);
        }
        at = end;
    }
    chars.into_iter().collect()
}

/// [`code`] without the items that only tests see.
pub(super) fn code_without_tests(text: &str) -> String {
    let text = code(text);
    let mut chars: Vec<char> = text.chars().collect();
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= chars.len() {
        if chars[at..].starts_with(&mark) {
            let body = until(&chars, at, |c| c == '{' || c == ';');
            let end = if chars.get(body) == Some(&'{') {
                closing(&chars, body)
            } else {
                body
            };
            blank(&mut chars, at, end + 1);
        }
        at += 1;
    }
    chars.into_iter().collect()
}

fn blank(chars: &mut [char], from: usize, to: usize) {
    let to = to.min(chars.len());
    for c in chars[from..to].iter_mut().filter(|c| **c != '\n') {
        *c = ' ';
    }
}

fn until(chars: &[char], from: usize, stop: impl Fn(char) -> bool) -> usize {
    let rest = chars.get(from..).unwrap_or_default();
    rest.iter()
        .position(|c| stop(*c))
        .map_or(chars.len(), |found| from + found)
}

fn closing(chars: &[char], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, c) in chars.iter().enumerate().skip(open) {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    chars.len()
}

fn block_comment(chars: &[char], open: usize) -> usize {
    let (mut at, mut depth) = (open, 0_usize);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) if depth == 1 => return at + 2,
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
    at
}

fn string(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// `r"..."` and `r#"..."#`; `r#word` is a name, and stays.
fn raw_string(chars: &[char], start: usize) -> usize {
    let quote = until(chars, start + 1, |c| c != '#');
    if chars.get(quote) != Some(&'"') {
        return start + 1;
    }
    let hashes = quote - start - 1;
    let mut at = quote + 1;
    loop {
        at = until(chars, at, |c| c == '"') + 1;
        let close = chars.get(at..at + hashes);
        if at >= chars.len() || close.is_some_and(|found| found.iter().all(|c| *c == '#')) {
            return at + hashes;
        }
    }
}

/// Is the character at `at` the tail of a longer word? (`br"..."` is not.)
fn joins(chars: &[char], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|i| chars[i]);
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    match before(1) {
        Some('b' | 'c') => word(before(2)),
        other => word(other),
    }
}

#[test]
fn comments_strings_and_characters_are_blanked() {
    let text = "a // unsafe\nb /* unsafe /* x */ unsafe */ c \"unsafe \\\" unsafe\" d 'u' '\\'' e \
                r#\"unsafe \" unsafe\"# f br\"unsafe\" g &'a str";
    let code = code(text);
    assert!(!code.contains("unsafe"), "{code}");
    let words: Vec<&str> = code.split_whitespace().collect();
    assert_eq!(
        words,
        ["a", "b", "c", "d", "e", "f", "b", "g", "&'a", "str"]
    );
}

#[test]
fn tests_are_blanked_and_what_follows_stays() {
    let text = "x\n#[cfg(test)]\nmod tests { fn f() { unsafe {} } }\n#[cfg(test)]\nmod t;\ny";
    let code = code_without_tests(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["x", "y"]);
}
