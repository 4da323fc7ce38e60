//! Writes the letters of a page as lines.
//!
//! pdf-extract 0.12.1 has such an output with the same distances, which loses all line breaks of mirrored and of rotated
//! text: Canva mirrors its pages, and the coordinate system of each of its texts again.

use pdf_extract::{MediaBox, OutputDev, OutputError, Transform};

/// A distance to the last letter, in font sizes, from which a text is on another line. If it also starts left of the last
/// letter's end, it is another paragraph.
const OTHER_LINE: f64 = 1.5;
/// The same for a text that starts left of the last letter's end.
const OTHER_LINE_BACK: f64 = 0.5;
/// The width of the narrowest space, in font sizes.
const SPACE: f64 = 0.1;
/// The way back along a line, in font sizes, from which a text is another one, and not a letter below an accent.
const BACK: f64 = 1.0;

/// The text of a page.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) text: String,
    last: Option<Letter>,
    starts_word: bool,
}

/// The place of a letter: its start, and its end along the line.
#[derive(Debug, Clone, Copy)]
struct Letter {
    start: (f64, f64),
    end: (f64, f64),
}

impl Lines {
    /// Returns what separates a letter from the last one, in the direction in which this letter is written.
    fn separator(&self, start: (f64, f64), direction: (f64, f64), size: f64) -> &'static str {
        let Some(last) = self.last else { return "" };
        let along = |from: (f64, f64)| (start.0 - from.0) * direction.0 + (start.1 - from.1) * direction.1;
        let across = ((start.1 - last.start.1) * direction.0 - (start.0 - last.start.0) * direction.1).abs();
        let gap = along(last.end);
        let is_far = across > size * OTHER_LINE;
        let is_back = gap < 0.0 && across > size * OTHER_LINE_BACK;
        match (is_far, is_back) {
            (true, true) => "\n\n",
            (true, false) | (false, true) => "\n",
            _ if gap > size * SPACE || along(last.start) < -size * BACK => " ",
            _ => "",
        }
    }
}

impl OutputDev for Lines {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        place: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        letter: &str,
    ) -> Result<(), OutputError> {
        // The side of a square with the area of a letter.
        let size = font_size.abs() * (place.m11 * place.m22 - place.m12 * place.m21).abs().sqrt();
        // A negative size turns the letters, and also the way along the line.
        let length = place.m11.hypot(place.m12) * font_size.signum();
        let direction = if length != 0.0 && length.is_finite() {
            (place.m11 / length, place.m12 / length)
        } else {
            (1.0, 0.0)
        };
        let start = (place.m31, place.m32);
        if self.starts_word {
            self.text.push_str(self.separator(start, direction, size));
        }
        self.text.push_str(letter);
        let end = (start.0 + direction.0 * width * size, start.1 + direction.1 * width * size);
        (self.last, self.starts_word) = (Some(Letter { start, end }), false);
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        self.starts_word = true;
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}
