//! Rows in PostgreSQL's COPY text format: the fastest way in, and a canonical form to take checksums of.

use std::fmt::{Display, Write as _};

/// One row at the end of a text, column by column.
#[derive(Debug)]
pub(super) struct Row<'a> {
    text: &'a mut String,
    started: bool,
}

impl<'a> Row<'a> {
    pub(super) fn on(text: &'a mut String) -> Self {
        Self { text, started: false }
    }

    /// Goes on after the columns that `text` ends with.
    pub(super) fn after(text: &'a mut String) -> Self {
        Self { text, started: true }
    }

    pub(super) fn value(mut self, value: impl Display) -> Self {
        self.separate();
        // Writing to a string does not fail.
        let _ = write!(Escaped(self.text), "{value}");
        self
    }

    pub(super) fn optional(self, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.value(value),
            None => self.null(),
        }
    }

    fn null(mut self) -> Self {
        self.separate();
        self.text.push_str("\\N");
        self
    }

    fn separate(&mut self) {
        if std::mem::replace(&mut self.started, true) {
            self.text.push('\t');
        }
    }

    pub(super) fn end(self) {
        self.text.push('\n');
    }
}

/// Escapes as COPY wants it. A zero byte, which PostgreSQL's text cannot hold, is left out.
struct Escaped<'a>(&'a mut String);

impl std::fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if !text.bytes().any(|byte| matches!(byte, b'\\' | b'\t' | b'\n' | b'\r' | b'\0')) {
            self.0.push_str(text);
            return Ok(());
        }
        for character in text.chars() {
            match character {
                '\\' => self.0.push_str("\\\\"),
                '\t' => self.0.push_str("\\t"),
                '\n' => self.0.push_str("\\n"),
                '\r' => self.0.push_str("\\r"),
                '\0' => {}
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}
