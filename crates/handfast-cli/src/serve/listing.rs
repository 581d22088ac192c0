//! A folder's content as a page.

use crate::serve::private::is_private;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::fs;
use std::io;
use std::path::Path;

/// The page of a folder below `root`. `shown` is the path that was asked for.
pub(super) fn page(root: &Path, dir: &Path, shown: &str, hidden: bool) -> io::Result<String> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // A link may lead anywhere: what it leads to is asked for, not the link.
        let Ok(data) = fs::metadata(entry.path()) else {
            continue;
        };
        // What is not handed out is not listed.
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if is_link
            && !entry
                .path()
                .canonicalize()
                .is_ok_and(|to| to.starts_with(root))
        {
            continue;
        }
        let is_key = data.is_file() && is_private(&entry.path());
        if (hidden || !name.starts_with('.')) && (data.is_dir() || data.is_file()) && !is_key {
            entries.push((data.is_file(), name, data.len()));
        }
    }
    entries.sort();
    let title = escaped(shown);
    let mut page = format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title><style>body{{font-family:sans-serif}}td{{padding:0 1em 0 0}}</style>\n<h1>{title}</h1>\n<table>\n"
    );
    if shown != "/" {
        page += "<tr><td><a href=\"../\">../</a><td>\n";
    }
    for (is_file, name, bytes) in entries {
        let (slash, size) = if is_file {
            ("", bytes.to_string())
        } else {
            ("/", String::new())
        };
        let link = utf8_percent_encode(&name, UNSAFE);
        page += &format!(
            "<tr><td><a href=\"./{link}{slash}\">{}{slash}</a><td>{size}\n",
            escaped(&name)
        );
    }
    Ok(page + "</table>\n")
}

/// Text as it stands in HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            _ => html.push(letter),
        }
    }
    html
}

/// What a path's segment carries encoded.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'/')
    .add(b'\\')
    .add(b'&')
    .add(b'\'')
    .add(b':')
    .add(b';')
    .add(b'[')
    .add(b']')
    .add(b'^')
    .add(b'|');
