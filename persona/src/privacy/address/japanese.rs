//! Japanese addresses: from the prefecture, or from a town before three numbers, to the last number.

use std::sync::LazyLock;

use crate::pattern::{Pattern, pattern};

const LETTERS: &str = r"[\x{4e00}-\x{9fff}\x{3041}-\x{30ff}々0-9]";
/// The part of a town, whose last letter is no particle, and the block.
const PART: &str = r"{0,20}?[\x{4e00}-\x{9fff}\x{30a1}-\x{30ff}々]";
const BLOCK: &str = r"[0-9一二三四五六七八九十]{1,4}(?:丁目|番地の?|番|号|[\-‐‑–−のノ][0-9]{1,4})(?:[\-‐‑–−の]?[0-9]{1,4}(?:番地?|号)?){0,3}";
const LONG_BLOCK: &str =
    r"[0-9一二三四五六七八九十]{1,3}(?:丁目|番地?|[\-‐‑–−])[0-9]{1,3}(?:番地?|[\-‐‑–−])[0-9]{1,4}号?";

pub(super) static STREET: Pattern = LazyLock::new(|| {
    pattern(&[
        r"(?:[\x{4e00}-\x{9fff}]{2,3}[都道府県])",
        LETTERS,
        r"{1,20}?[市区町村郡]",
        LETTERS,
        PART,
        BLOCK,
        r"|[\x{4e00}-\x{9fff}]{1,6}[市郡]",
        LETTERS,
        r"{1,12}?[区町村字]",
        LETTERS,
        PART,
        BLOCK,
        r"|[\x{4e00}-\x{9fff}]{1,6}[市区町村郡]",
        LETTERS,
        PART,
        LONG_BLOCK,
        // Any town before a block with its own words, or before three numbers.
        r"|[\x{4e00}-\x{9fff}々ヶケノツ](?:",
        LETTERS,
        r"{0,10}?[\x{4e00}-\x{9fff}\x{3041}-\x{30ff}々--はがをにでとものへ])?\n?(?:[0-9]{1,2}丁目[0-9]{1,3}(?:[\-番の][0-9]{1,3})*号?|[0-9]{1,4}番地(?:の?[0-9]{1,3})?|[0-9]{1,3}番[0-9]{1,3}号)",
        r"|[\x{4e00}-\x{9fff}々]{2,6}(?:[ヶケが][\x{4e00}-\x{9fff}]{1,3})?[0-9]{1,3}(?:-[0-9]{1,2}-|の[0-9]{1,2}の)[0-9]{1,3}",
        r"|[\x{4e00}-\x{9fff}]{1,3}[市県][\x{4e00}-\x{9fff}々ヶケぁ-ん]{1,8}[\x{4e00}-\x{9fff}々ヶケ][0-9]{1,4}[\-の][0-9]{1,3}",
        // A plain number at the end, behind a prefecture or a ward.
        r"|(?:[\x{4e00}-\x{9fff}]{2,3}[都道府県]",
        LETTERS,
        r"{1,12}?[市区町村郡]|[\x{4e00}-\x{9fff}]{1,6}市[\x{4e00}-\x{9fff}]{1,4}区)(?:[\x{4e00}-\x{9fff}\x{30a1}-\x{30ff}々]{1,10}|",
        LETTERS,
        r"{1,20}?[町村字台丘]) ?(?:[3-9][0-9]{3}|1[0-8][0-9]{2}|[0-9]{1,3})(?:-[0-9]{1,4}){0,2}\b",
        // The number of a block, directly after a letter with which many names of towns end.
        r"|[\x{4e00}-\x{9fff}々ヶケがノ]{1,8}(?:[町丘台坂]|[大小]?字[\x{4e00}-\x{9fff}\x{3041}-\x{30ff}々]{1,6})[0-9]{1,4}[\-のノ][0-9]{1,4}",
        // The number of a block, after a word about a home.
        r"|(?:うち|自宅|実家|荷物|住所)[^\n。0-9]{1,12}[0-9]{1,4}(?:[\-の][0-9]{1,4}){1,2}",
        // In Latin letters.
        r"|\b(?:[0-9]{1,3}(?:-[0-9]{1,4}){1,2},? (?:\p{Lu}[\p{L}\-]*,? ){1,2}|\p{Lu}[\p{L}\-]* [0-9]{1,3}(?:-[0-9]{1,4}){1,2},? )",
        r"\p{Lu}\p{L}*-(?:ku|shi|gun|cho|machi)\b",
        r"|\b[0-9]{1,2}-[0-9]{1,2}-[0-9]{1,2},? (?:\p{Lu}[\p{L}\-]*,? ){1,3}?(?:Tokyo|Osaka|Kyoto|Yokohama|Nagoya|Sapporo|Fukuoka|Kobe|Japan)\b",
    ])
});
