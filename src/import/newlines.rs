//! One kind of line end, so that lines can be counted: files have `\n`, `\r\n` or `\r`, and the last line often none.

use std::io::{self, BufRead, Read};

pub(super) struct Newlines<R> {
    inner: R,
    /// The last byte that was read.
    last: u8,
}

impl<R> Newlines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, last: b'\n' }
    }
}

impl<R: BufRead> Read for Newlines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while written == 0 && !buffer.is_empty() {
            let bytes = self.inner.fill_buf()?;
            if bytes.is_empty() {
                if matches!(self.last, b'\n' | b'\r') {
                    return Ok(0);
                }
                self.last = b'\n';
                if let Some(first) = buffer.first_mut() {
                    *first = b'\n';
                }
                return Ok(1);
            }
            let mut read = 0;
            for &byte in bytes {
                let Some(place) = buffer.get_mut(written) else { break };
                // The second half of `\r\n`.
                if !(byte == b'\n' && self.last == b'\r') {
                    *place = if byte == b'\r' { b'\n' } else { byte };
                    written += 1;
                }
                self.last = byte;
                read += 1;
            }
            self.inner.consume(read);
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_kind_of_line_end_is_one_in_parts_of_any_size(
            lines in prop::collection::vec("[a-z,\"]{0,5}", 1..20),
            ends in prop::collection::vec(0_usize..3, 20),
            (inside, outside) in (1_usize..9, 1_usize..9),
        ) {
            let mut text = String::new();
            let mut expected = String::new();
            for (index, (line, end)) in lines.iter().zip(&ends).enumerate() {
                let last = index + 1 == lines.len();
                // An empty line after a lone `\r` would make it `\r\n`.
                let end = if line.is_empty() && text.ends_with('\r') { "\r" } else { ["\n", "\r\n", "\r"][*end] };
                text += line;
                expected += line;
                if !last {
                    text += end;
                    expected += "\n";
                }
            }
            if !expected.is_empty() && !expected.ends_with('\n') {
                expected += "\n";
            }
            let mut reader = Newlines::new(io::BufReader::with_capacity(inside, text.as_bytes()));
            let mut read = Vec::new();
            let mut buffer = vec![0; outside];
            loop {
                let count = reader.read(&mut buffer).unwrap();
                if count == 0 {
                    break;
                }
                read.extend_from_slice(&buffer[..count]);
            }
            prop_assert_eq!(String::from_utf8(read).unwrap(), expected);
        }
    }
}
