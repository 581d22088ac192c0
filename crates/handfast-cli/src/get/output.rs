//! Where a body goes: to the terminal as text, to a file or a pipe byte by
//! byte, or into the JSON document.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::get::noted::Note;
use crate::talk::{Talk, break_line, note};
use base64::Engine as _;
use encoding_rs::{Decoder, Encoding, UTF_8};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap};
use hyper::http::response::Parts;
use hyper::{StatusCode, Version};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::timeout;

/// Where a body goes.
pub(crate) enum Sink {
    /// A file, with a bar that shows how far it is.
    File {
        file: File,
        path: PathBuf,
        bar: bool,
    },
    /// Standard output, byte by byte.
    Pipe,
    /// The terminal, as text.
    Terminal(Text),
    /// The JSON document.
    Json {
        charset: &'static Encoding,
        whole: Vec<u8>,
    },
}

impl Sink {
    pub(crate) fn open(
        path: Option<&Path>,
        talk: &Talk,
        headers: &HeaderMap,
    ) -> Result<Self, Failure> {
        match path {
            Some(path) if path.as_os_str() != "-" => {
                let file = File::create(path)
                    .map_err(|error| Failure::file(Exit::Usage, "write", path, &error))?;
                Ok(Self::File {
                    file,
                    path: path.to_owned(),
                    bar: !talk.quiet && !talk.json,
                })
            }
            None if talk.json => Ok(Self::Json {
                charset: charset(headers),
                whole: Vec::new(),
            }),
            Some(_) if talk.json => {
                Err(Failure::usage("--json and -o - both want standard output"))
            }
            None if io::stdout().is_terminal() => Ok(Self::Terminal(Text::new(charset(headers)))),
            _ => Ok(Self::Pipe),
        }
    }

    /// Takes the whole body; gives what the result says of it.
    pub(crate) async fn take(
        mut self,
        url: &str,
        head: Option<String>,
        mut body: Incoming,
        note: &Note,
        seconds: f64,
    ) -> Result<Map<String, Value>, Failure> {
        if let Some(head) = head.filter(|_| !matches!(self, Self::Json { .. })) {
            self.write(head.as_bytes())?;
        }
        let bar = self.bar(body.size_hint().exact());
        let (mut bytes, mut last) = (0_u64, None);
        let filled = async {
            loop {
                let frame = timeout(Duration::from_secs_f64(seconds), body.frame()).await;
                let frame = frame.map_err(|_| {
                    Failure::timeout("body", &format!("the next part of {url}"), seconds)
                })?;
                let Some(frame) = frame else { return Ok(()) };
                let frame = frame.map_err(|error| {
                    bar.abandon();
                    note.failure(url, "body", &error)
                        .caused_by(format!("after {bytes} bytes of the body"))
                })?;
                if let Ok(data) = frame.into_data() {
                    bytes += data.len() as u64;
                    self.write(&data)?;
                    last = data.last().copied().or(last);
                    bar.set_position(bytes);
                }
            }
        };
        let filled = filled.await;
        if filled.is_err() && matches!(self, Self::Pipe | Self::Terminal(_)) {
            break_line(last);
        }
        filled?;
        bar.finish_and_clear();
        self.end(bytes)
    }

    fn bar(&self, length: Option<u64>) -> ProgressBar {
        // It hides itself where standard error is no terminal.
        match (self, length) {
            (Self::File { bar: true, .. }, Some(length)) => ProgressBar::new(length).with_style(
                style("{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left"),
            ),
            (Self::File { bar: true, .. }, None) => {
                ProgressBar::no_length().with_style(style("{spinner} {bytes}, {bytes_per_sec}"))
            }
            _ => ProgressBar::hidden(),
        }
    }

    fn write(&mut self, data: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File { file, path, .. } => file
                .write_all(data)
                .map_err(|error| Failure::file(Exit::Usage, "write", path, &error)),
            Self::Pipe => out(data),
            Self::Terminal(text) => {
                let decoded = text.decode(data, false)?;
                out(decoded.as_bytes())
            }
            Self::Json { whole, .. } => {
                whole.extend_from_slice(data);
                Ok(())
            }
        }
    }

    fn end(self, bytes: u64) -> Result<Map<String, Value>, Failure> {
        let mut result = Map::new();
        result.insert("body_bytes".to_owned(), bytes.into());
        match self {
            Self::File { path, bar, .. } => {
                if bar && io::stderr().is_terminal() {
                    note(&format!("{bytes} bytes in {}", path.display()));
                }
                result.insert("file".to_owned(), path.to_string_lossy().into());
            }
            Self::Terminal(mut text) => out(text.decode(&[], true)?.as_bytes())?,
            Self::Json { charset, whole } => {
                let (decoded, _, broken) = charset.decode(&whole);
                if broken || decoded.contains('\0') {
                    let encoded = base64::engine::general_purpose::STANDARD.encode(&whole);
                    result.insert("body_base64".to_owned(), encoded.into());
                } else {
                    result.insert("body".to_owned(), decoded.into());
                }
            }
            Self::Pipe => {}
        }
        Ok(result)
    }
}

/// Status line and headers, as HTTP/1.1 writes them.
pub(crate) fn head(parts: &Parts) -> String {
    let mut head = format!("{}\r\n", status(parts.version, parts.status));
    for (name, value) in &parts.headers {
        head += &format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
    }
    head + "\r\n"
}

/// A status line. HTTP/2 has one number and no words (RFC 9113 section 8.3.2).
pub(crate) fn status(version: Version, status: StatusCode) -> String {
    if version == Version::HTTP_2 {
        format!("HTTP/2 {}", status.as_u16())
    } else {
        format!("{version:?} {status}")
    }
}

/// Text for a terminal.
pub(crate) struct Text {
    decoder: Decoder,
    begun: bool,
}

impl Text {
    fn new(charset: &'static Encoding) -> Self {
        Self {
            decoder: charset.new_decoder(),
            begun: false,
        }
    }

    /// The text of the next bytes. What would steer the terminal is shown instead of obeyed.
    fn decode(&mut self, data: &[u8], last: bool) -> Result<String, Failure> {
        let mut text = String::new();
        let room = self.decoder.max_utf8_buffer_length(data.len());
        text.reserve(room.unwrap_or(data.len().saturating_mul(4)));
        let (_, _, _) = self.decoder.decode_to_string(data, &mut text, last);
        if !self.begun && text.contains('\0') {
            return Err(
                Failure::new(Exit::Bad, "not_text", "body", "the body is not text")
                    .hint("keep it with -o FILE, or send it through a pipe"),
            );
        }
        self.begun |= !data.is_empty();
        Ok(text.chars().map(harmless).collect())
    }
}

fn harmless(letter: char) -> char {
    match letter {
        '\n' | '\t' | '\r' => letter,
        // Unicode has a picture of each control character.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\x7f'..='\u{9f}' => '\u{fffd}',
        _ => letter,
    }
}

/// The charset of Content-Type; UTF-8 where it names none, or none that is known.
fn charset(headers: &HeaderMap) -> &'static Encoding {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut parameters = value
        .split(';')
        .skip(1)
        .filter_map(|parameter| parameter.split_once('='));
    let named = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    let label = named.map(|(_, label)| label.trim().trim_matches('"'));
    label
        .and_then(|label| Encoding::for_label(label.as_bytes()))
        .unwrap_or(UTF_8)
}

fn out(data: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(data).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        // Whoever read the output had enough of it: that is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::file(
            Exit::Usage,
            "write",
            "standard output".as_ref(),
            &error,
        )),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn decoded(content_type: &'static str, parts: &[&[u8]]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let mut text = Text::new(charset(&headers));
        let mut all = String::new();
        for part in parts {
            all += &text.decode(part, false).unwrap();
        }
        all + &text.decode(b"", true).unwrap()
    }

    #[test]
    fn text_is_decoded_by_the_charset_that_is_named() {
        assert_eq!(
            decoded("text/plain; charset=iso-8859-1", &[b"gr\xfc\xdfe"]),
            "grüße"
        );
        assert_eq!(
            decoded("text/html; Charset=\"windows-1251\"", &[b"\xcc\xe8\xf0"]),
            "Мир"
        );
        assert_eq!(
            decoded("text/plain; charset=shift_jis", &[b"\x93", b"\xfa\x96{"]),
            "日本"
        );
        assert_eq!(decoded("text/plain", &["gr\u{fc}n".as_bytes()]), "grün");
    }

    #[test]
    fn a_letter_split_between_two_parts_is_one_letter() {
        assert_eq!(decoded("text/plain", &[b"\xe2\x82", b"\xac 5"]), "€ 5");
        assert_eq!(decoded("text/plain", &[b"\xe2\x82"]), "\u{fffd}");
    }

    #[test]
    fn escapes_do_not_reach_the_terminal() {
        assert_eq!(decoded("text/plain", &[b"a\x1b[2Jb\tc\n"]), "a␛[2Jb\tc\n");
        assert_eq!(
            decoded("text/plain", &["\u{9b}2J".as_bytes()]),
            "\u{fffd}2J"
        );
    }

    #[test]
    fn what_is_no_text_is_not_shown() {
        let mut text = Text::new(UTF_8);
        assert_eq!(
            text.decode(b"\x7fELF\0\0", false).unwrap_err().exit,
            Exit::Bad
        );
    }
}
