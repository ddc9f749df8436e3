//! Which field of a message a byte belongs to.

use countersign_core::wire::HEADER_LEN;

/// What one item of a message is.
#[derive(Clone, Copy)]
enum Item {
    Number(&'static str),
    Text(&'static str),
    Rest(&'static str),
}

use Item::{Number, Rest, Text};

/// What messages without an ad consist of, by their names.
const LAYOUTS: &[(&str, &[Item])] = &[
    ("mask of methods", &[Number("the mask")]),
    ("picked method", &[Number("the method")]),
    ("no key follows", &[Number("0")]),
    ("FS, client's 1", &[Number("how mkdir ended")]),
    (
        "IDTOKENS, client's 1",
        &[
            Number("status"),
            Number("the name's length"),
            Text("the name"),
            Text("the token"),
            Number("the nonce's length"),
            Rest("the nonce"),
        ],
    ),
    (
        "IDTOKENS, server's 1",
        &[
            Number("status"),
            Number("the client's name's length"),
            Text("the client's name"),
            Number("the server's name's length"),
            Text("the server's name"),
            Rest("nonces and MAC"),
        ],
    ),
];

/// The field that the byte at a place belongs to: an attribute's name where the message has an ad.
pub(super) fn field(message: &str, bytes: &[u8], place: usize) -> String {
    if place < HEADER_LEN {
        return "(frame)".to_owned();
    }
    match LAYOUTS.iter().find(|(name, _)| *name == message) {
        Some((_, items)) => item(items, bytes, place).to_owned(),
        None if message.contains(',') => "(all of it)".to_owned(),
        None => attribute(bytes, place),
    }
}

fn item(items: &[Item], bytes: &[u8], place: usize) -> &'static str {
    let mut at = HEADER_LEN;
    for item in items {
        let (name, end) = match item {
            Number(name) => (name, at + 8),
            Text(name) => {
                let length = bytes[at..].iter().position(|byte| *byte == 0).unwrap();
                (name, at + length + 1)
            }
            Rest(name) => (name, bytes.len()),
        };
        if place < end {
            return name;
        }
        at = end;
    }
    panic!("the message is longer than its layout")
}

fn attribute(bytes: &[u8], place: usize) -> String {
    // An attribute's text ends with a zero, and begins after the last byte that cannot be part of one.
    let text = |byte: u8| (0x20..0x7f).contains(&byte);
    let end = (place..bytes.len())
        .find(|at| !text(bytes[*at]))
        .unwrap_or(bytes.len());
    let begin = (0..place)
        .rev()
        .find(|at| !text(bytes[*at]))
        .map_or(0, |at| at + 1);
    let line = String::from_utf8_lossy(&bytes[begin..end]).into_owned();
    match line.split_once(" = ") {
        Some((name, _)) => name.to_owned(),
        None => "(numbers and ends)".to_owned(),
    }
}
