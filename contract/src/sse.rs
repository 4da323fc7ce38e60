//! A parser for server-sent events that takes bytes as they arrive.

/// Maximum length of a line, in bytes. The rest of a longer line is dropped, so that a stream without line breaks
/// cannot use up the memory. Once the data of an event has this length, further lines are dropped.
const LIMIT: usize = 4 << 20;

/// A server-sent event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// `message` if the stream does not name the event.
    pub name: String,
    pub data: String,
}

/// A parser that follows the HTML standard: a line ends with CR, LF or both, an empty line ends an event, and an event
/// that the stream does not finish is discarded.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    name: String,
    data: Option<String>,
    /// The last byte was a CR, so a LF that follows belongs to the same line ending.
    after_cr: bool,
    after_first_line: bool,
}

impl Parser {
    /// Takes bytes until they complete an event, and returns it. Returns `None` after the last byte.
    pub fn next(&mut self, bytes: &mut &[u8]) -> Option<Event> {
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            let is_second_half = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            match byte {
                b'\n' if is_second_half => {}
                b'\n' | b'\r' => {
                    if let Some(event) = self.end_line() {
                        return Some(event);
                    }
                }
                _ if self.line.len() < LIMIT => self.line.push(byte),
                _ => {}
            }
        }
        None
    }

    fn end_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        // A byte order mark may precede the first line.
        let unmarked = if self.after_first_line { None } else { line.strip_prefix("\u{feff}".as_bytes()) };
        let line = unmarked.unwrap_or(&line);
        self.after_first_line = true;
        if line.is_empty() {
            return self.end_event();
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(colon) => (&line[..colon], &line[colon + 1..]),
            None => (line, [].as_slice()),
        };
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match field {
            b"event" => self.name = value.into_owned(),
            b"data" => self.add_data(&value),
            // A comment has an empty field name. `id` and `retry` are for reconnecting, which our readers do not do.
            _ => {}
        }
        None
    }

    fn add_data(&mut self, value: &str) {
        match &mut self.data {
            Some(data) if data.len() < LIMIT => {
                data.push('\n');
                data.push_str(value);
            }
            Some(_) => {}
            None => self.data = Some(value.to_owned()),
        }
    }

    /// Returns the event, unless it has no data.
    fn end_event(&mut self) -> Option<Event> {
        let name = Some(std::mem::take(&mut self.name)).filter(|name| !name.is_empty());
        self.data.take().map(|data| Event { name: name.unwrap_or_else(|| "message".to_owned()), data })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let mut parser = Parser::default();
        let mut events = Vec::new();
        for mut chunk in chunks.iter().copied() {
            while let Some(event) = parser.next(&mut chunk) {
                events.push((event.name, event.data));
            }
        }
        events
    }

    #[test]
    fn events_are_parsed_as_in_the_standard() {
        let table: [(&str, &[(&str, &str)]); 12] = [
            ("event: token\ndata: {}\n\n", &[("token", "{}")]),
            ("event: token\r\ndata: {}\r\n\r\n", &[("token", "{}")]),
            ("event: token\rdata: {}\r\r", &[("token", "{}")]),
            ("data: one\ndata: two\ndata:\ndata:  three\n\n", &[("message", "one\ntwo\n\n three")]),
            (": a comment\n\ndata: x\n\n", &[("message", "x")]),
            ("event: done\n\ndata: x\n\n", &[("message", "x")]),
            ("data\n\n", &[("message", "")]),
            ("id: 7\nretry: 10\nunknown: y\ndata: x\n\n", &[("message", "x")]),
            ("\u{feff}data: x\n\n", &[("message", "x")]),
            ("data: x\n\ndata: \u{feff}y\n\n", &[("message", "x"), ("message", "\u{feff}y")]),
            ("data: never ended\n", &[]),
            ("event: a:b\ndata: c:d\n\n", &[("a:b", "c:d")]),
        ];
        for (stream, expected) in table {
            let expected: Vec<_> =
                expected.iter().map(|(name, data)| ((*name).to_owned(), (*data).to_owned())).collect();
            assert_eq!(parse(&[stream.as_bytes()]), expected, "{stream:?}");
        }
    }

    #[test]
    fn characters_and_line_endings_may_be_split() {
        let stream = "data: é🦀\r\ndata: b\r\n\r\n".as_bytes();
        for at in 0..=stream.len() {
            let (first, second) = stream.split_at(at);
            assert_eq!(parse(&[first, second]), [("message".to_owned(), "é🦀\nb".to_owned())], "{at}");
        }
    }

    #[test]
    fn an_endless_line_is_bounded() {
        let mut parser = Parser::default();
        for _ in 0..20 {
            assert_eq!(parser.next(&mut vec![b'x'; 1 << 20].as_slice()), None);
        }
        assert_eq!(parser.line.len(), LIMIT);
    }

    #[test]
    fn endless_data_is_bounded() {
        let mut parser = Parser::default();
        let line = [b"data: ", vec![b'x'; 1 << 20].as_slice(), b"\n"].concat();
        for _ in 0..20 {
            assert_eq!(parser.next(&mut line.as_slice()), None);
        }
        assert!(parser.data.unwrap().len() <= 2 * LIMIT);
    }

    proptest! {
        #[test]
        fn chunk_boundaries_make_no_difference(
            lines in prop::collection::vec("(data|event|id|):? ?[a-zé]{0,3}(\n|\r|\r\n)|\n|\r|\r\n", 0..30),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let stream = lines.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([stream.len()]) {
                chunks.push(&stream[from..cut]);
                from = cut;
            }
            prop_assert_eq!(parse(&chunks), parse(&[&stream]));
        }
    }
}
