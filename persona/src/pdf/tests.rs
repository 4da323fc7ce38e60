//! Bytes that are no PDF, or were one.

use proptest::prelude::*;

use super::*;

#[test]
fn what_is_no_pdf_is_said_to_be_none() {
    for bytes in [b"".as_slice(), b"hello", b"PK\x03\x04", b"\x00"] {
        assert_eq!(read(bytes), Err(Unreadable::NotAPdf));
    }
    assert_eq!(read(b"%PDF-1.7\n"), Err(Unreadable::Damaged));
}

proptest! {
    #[test]
    fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&[b"%PDF-1.4\n".as_slice(), &bytes].concat());
    }
}
