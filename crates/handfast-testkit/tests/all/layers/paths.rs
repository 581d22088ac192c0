//! The paths that a source file names: in its `use` lines and in its expressions.

use super::source::code_without_tests;

/// One path, its `use` tree already unfolded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Path {
    /// Its words; a glob ends in `*`.
    pub(super) words: Vec<String>,
    /// Whether it is a `use` that re-exports: `pub use`, `pub(crate) use`.
    pub(super) exported: bool,
    /// Whether it stands in an inline `mod x { ... }`, where `super` means the file itself.
    pub(super) inline: bool,
    /// What a `use` calls it here, if it says `as`.
    pub(super) alias: Option<String>,
}

/// Every path of two words or more outside of tests.
pub(super) fn paths(text: &str) -> Vec<Path> {
    let tokens = tokens(&code_without_tests(text));
    let mut found = Vec::new();
    let mut at = 0;
    let mut braces: Vec<bool> = Vec::new();
    while at < tokens.len() {
        let inline = braces.contains(&true);
        match tokens[at].as_str() {
            "use" => {
                let exported = at > 0 && (tokens[at - 1] == "pub" || tokens[at - 1] == ")");
                let end = tokens[at..]
                    .iter()
                    .position(|t| t == ";")
                    .map_or(tokens.len(), |n| at + n);
                let mut cursor = at + 1;
                while cursor < end {
                    cursor = tree(&tokens[..end], cursor, &[], &mut |words, alias| {
                        found.push(Path {
                            words,
                            exported,
                            inline,
                            alias,
                        });
                    }) + 1;
                }
                at = end;
            }
            "{" => braces.push(at >= 2 && tokens[at - 2] == "mod"),
            "}" => {
                braces.pop();
            }
            word if is_word(word) && !follows_path(&tokens, at) => {
                let mut words = vec![word.to_owned()];
                while at + 2 < tokens.len() && tokens[at + 1] == "::" && is_word(&tokens[at + 2]) {
                    words.push(tokens[at + 2].clone());
                    at += 2;
                }
                if words.len() > 1 {
                    found.push(Path {
                        words,
                        exported: false,
                        inline,
                        alias: None,
                    });
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

/// Words and signs of code whose comments and strings are gone; `::` is one sign.
pub(super) fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut word = false;
    for c in code.chars() {
        let joins = c.is_alphanumeric() || c == '_';
        match tokens.last_mut() {
            Some(last) if joins && word => last.push(c),
            Some(last) if c == ':' && last == ":" => last.push(c),
            _ if c.is_whitespace() => {
                word = false;
                continue;
            }
            _ => tokens.push(c.to_string()),
        }
        word = joins;
    }
    tokens
}

/// Reads one branch of a `use` tree, gives its leaves, and returns where it ended.
fn tree(
    tokens: &[String],
    mut at: usize,
    above: &[String],
    leaf: &mut impl FnMut(Vec<String>, Option<String>),
) -> usize {
    let mut words = above.to_vec();
    while at < tokens.len() {
        match tokens[at].as_str() {
            "::" => {}
            "{" => {
                at += 1;
                while at < tokens.len() && tokens[at] != "}" {
                    if tokens[at] != "," {
                        at = tree(tokens, at, &words, leaf);
                    } else {
                        at += 1;
                    }
                }
                return at + 1;
            }
            "as" => {
                leaf(words, tokens.get(at + 1).cloned());
                return at + 2;
            }
            "," | "}" => break,
            word => words.push(word.to_owned()),
        }
        at += 1;
    }
    // `use a::{self}` names `a`.
    if words.len() > 1 && words.last().is_some_and(|word| word == "self") {
        words.pop();
    }
    leaf(words, None);
    at
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn follows_path(tokens: &[String], at: usize) -> bool {
    at > 0 && matches!(tokens[at - 1].as_str(), "::" | "$")
}

#[test]
fn a_use_tree_unfolds_and_expressions_count() {
    let text = "pub(crate) use crate::a::{b::C, d::{self, E as F}, g::*};\n\
                fn f() { crate::h::i(); let _ = super::j::K; $crate::l::m!(); }\n\
                mod inner { use super::N; }\n#[cfg(test)] mod tests { use crate::z::Z; }";
    let found: Vec<String> = paths(text)
        .iter()
        .map(|path| path.words.join("::"))
        .collect();
    assert_eq!(
        found,
        [
            "crate::a::b::C",
            "crate::a::d",
            "crate::a::d::E",
            "crate::a::g::*",
            "crate::h::i",
            "super::j::K",
            "super::N"
        ]
    );
    let all = paths(text);
    assert!(all[0].exported && !all[4].exported && all[6].inline && !all[5].inline);
    assert_eq!(all[2].alias.as_deref(), Some("F"));
}
