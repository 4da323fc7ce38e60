//! Server-sent events, taken from bytes as they arrive.

/// Longer than any answer; what is longer is thrown away rather than kept.
const LONGEST: usize = 4 << 20;

/// One event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// `message` when the stream gives it no name.
    pub(super) name: String,
    pub(super) data: String,
}

/// Reads as the HTML standard says: lines end with CR, LF or both, an empty line ends an event, and what the stream
/// breaks off in the middle of is not an event.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    name: String,
    data: Option<String>,
    /// The last byte was a CR: a LF that follows belongs to it.
    after_cr: bool,
    begun: bool,
}

impl Events {
    /// The events that these bytes complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut complete = Vec::new();
        for &byte in bytes {
            let second_half = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            match byte {
                b'\n' if second_half => {}
                b'\n' | b'\r' => complete.extend(self.end_of_line()),
                _ if self.line.len() < LONGEST => self.line.push(byte),
                _ => {}
            }
        }
        complete
    }

    fn end_of_line(&mut self) -> Option<Event> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        let mark = if self.begun { None } else { line.strip_prefix('\u{feff}') };
        let line = mark.unwrap_or(&line);
        self.begun = true;
        if line.is_empty() {
            return self.end_of_event();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => self.add(value),
            // A comment has no name before its colon; `id` and `retry` are for reconnecting, which a question is not for.
            _ => {}
        }
        None
    }

    fn add(&mut self, value: &str) {
        match &mut self.data {
            Some(data) if data.len() < LONGEST => {
                data.push('\n');
                data.push_str(value);
            }
            Some(_) => {}
            None => self.data = Some(value.to_owned()),
        }
    }

    /// An event without data is none.
    fn end_of_event(&mut self) -> Option<Event> {
        let name = Some(std::mem::take(&mut self.name)).filter(|name| !name.is_empty());
        self.data.take().map(|data| Event { name: name.unwrap_or_else(|| "message".to_owned()), data })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pieces: &[&[u8]]) -> Vec<(String, String)> {
        let mut events = Events::default();
        let all = pieces.iter().flat_map(|piece| events.push(piece));
        all.map(|event| (event.name, event.data)).collect()
    }

    #[test]
    fn events_as_the_standard_tells_them() {
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
            assert_eq!(read(&[stream.as_bytes()]), expected, "{stream:?}");
        }
    }

    #[test]
    fn a_character_and_a_line_end_may_be_torn_apart() {
        let stream = "data: é🦀\r\ndata: b\r\n\r\n".as_bytes();
        for cut in 0..=stream.len() {
            let (first, second) = stream.split_at(cut);
            assert_eq!(read(&[first, second]), [("message".to_owned(), "é🦀\nb".to_owned())], "{cut}");
        }
    }

    #[test]
    fn what_never_ends_is_not_kept() {
        let mut events = Events::default();
        for _ in 0..20 {
            assert_eq!(events.push(&vec![b'x'; 1 << 20]), []);
        }
        assert_eq!(events.line.len(), LONGEST);
    }

    proptest! {
        #[test]
        fn the_cuts_make_no_difference(
            lines in prop::collection::vec("(data|event|id|):? ?[a-zé]{0,3}(\n|\r|\r\n)|\n|\r|\r\n", 0..30),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let stream = lines.concat().into_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
            cuts.sort_unstable();
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([stream.len()]) {
                pieces.push(&stream[from..cut]);
                from = cut;
            }
            prop_assert_eq!(read(&pieces), read(&[&stream]));
        }
    }
}
