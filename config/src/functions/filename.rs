//! `$Fpdnxbqaufw()`, `$BASENAME()` and `$DIRNAME()`: parts of a path.

/// Which parts, and how.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// `x`: the extension with its dot.
    extension: bool,
    /// `n`: the name without it.
    name: bool,
    /// `p`: the whole path up to the name.
    path: bool,
    /// `d`: how many folders above the name.
    folders: usize,
    /// `b`: without the slash behind a folder, without the dot of an extension.
    bare: bool,
    /// `q`, and `a` for the other kind of quotes.
    quote: Option<u8>,
    /// `w` or `u`: all slashes this way.
    slash: Option<u8>,
}

impl Parts {
    pub(super) fn basename() -> Self {
        Parts {
            extension: true,
            name: true,
            ..Parts::default()
        }
    }

    pub(super) fn dirname() -> Self {
        Parts {
            path: true,
            ..Parts::default()
        }
    }

    /// The letters behind `F`. `f`, for a full path, does nothing in configuration.
    pub(super) fn of(letters: &str) -> Self {
        let mut parts = Parts::default();
        let (mut quoted, mut single) = (false, false);
        for letter in letters.strip_prefix('F').unwrap_or(letters).bytes() {
            match letter.to_ascii_lowercase() {
                b'x' => parts.extension = true,
                b'n' => parts.name = true,
                b'p' => parts.path = true,
                b'd' => parts.folders += 1,
                b'a' => single = true,
                b'b' => parts.bare = true,
                b'w' => parts.slash = Some(b'\\'),
                b'u' => parts.slash = Some(b'/'),
                b'q' => quoted = true,
                _ => {}
            }
        }
        if quoted {
            parts.quote = Some(if single { b'\'' } else { b'"' });
        }
        parts
    }
}

/// The wanted parts of a path. A suffix that the name ends with counts as its extension and is left out.
pub(super) fn extract(path: &str, parts: Parts, suffix: Option<&str>) -> String {
    let mut buffer = prepared(path, parts);
    let length = buffer.len();
    let base = buffer
        .iter()
        .rposition(|&b| b == b'/')
        .map_or(0, |at| at + 1);
    // A dot that begins a name begins no extension.
    let mut dot = buffer
        .iter()
        .rposition(|&b| b == b'.')
        .filter(|&at| at > base)
        .unwrap_or(length);
    let mut extension = parts.extension;
    if let Some(suffix) = suffix
        && let Some(at) = length.checked_sub(suffix.len()).filter(|&at| at >= base)
        && ends_with(&buffer, at, suffix)
    {
        dot = at;
        extension = false;
    }
    // Without a folder, asking for one and for the name gives the name.
    let name_only = base == 0 && (extension || parts.name);
    let folders = if name_only { 0 } else { parts.folders };
    let path = parts.path && !name_only;
    let folder_end = if parts.bare {
        base.saturating_sub(1)
    } else {
        base
    };
    let (start, end) = match (folders > 0, path, parts.name, extension) {
        (true, _, _, _) if base == 0 => (1, 1),
        (true, _, true, false) => (above(&buffer, folders), dot),
        (true, _, false, false) => (above(&buffer, folders), folder_end),
        (true, _, _, true) => (above(&buffer, folders), length),
        (false, false, false, true) if parts.bare && dot < length => (dot + 1, length),
        (false, false, false, true) => (dot, length),
        (false, false, true, true) => (base, length),
        (false, false, true, false) => (base, dot),
        (false, true, false, false) => (0, folder_end),
        (false, true, true, false) => (0, dot),
        (false, true, _, true) | (false, false, false, false) => (0, length),
    };
    let (mut start, mut end) = (start, end);
    if let Some(quote) = parts.quote {
        // Quotes were cut off with the rest; there is room for new ones.
        if buffer.get(start) != Some(&quote) {
            start = start.saturating_sub(1);
            set(&mut buffer, start, quote);
        }
        if end > 1 && buffer.get(end - 1) == Some(&quote) {
            end -= 1;
        }
        set(&mut buffer, end, quote);
        end += 1;
    }
    let part = buffer.get(start..end).unwrap_or(&[]);
    // All cuts are beside ASCII characters.
    String::from_utf8_lossy(part).into_owned()
}

fn set(buffer: &mut Vec<u8>, at: usize, byte: u8) {
    match buffer.get_mut(at) {
        Some(place) => *place = byte,
        None => buffer.push(byte),
    }
}

fn ends_with(buffer: &[u8], at: usize, suffix: &str) -> bool {
    let end = buffer.get(at..);
    end.is_some_and(|end| end.eq_ignore_ascii_case(suffix.as_bytes()))
}

/// The path without the quotes around it, with those that are asked for, all slashes the way that is asked for.
fn prepared(path: &str, parts: Parts) -> Vec<u8> {
    let mut bytes = path.as_bytes();
    if let [first @ (b'"' | b'\''), inner @ .., last] = bytes
        && first == last
    {
        bytes = inner;
    }
    if let Some((&first, rest)) = bytes.split_first()
        && (first == b'"' || parts.quote == Some(first))
    {
        bytes = rest.strip_suffix(&[first]).unwrap_or(rest);
    }
    let turned = bytes.iter().map(|&byte| match parts.slash {
        Some(slash) if matches!(byte, b'/' | b'\\') => slash,
        _ => byte,
    });
    let quote = parts.quote;
    quote.into_iter().chain(turned).chain(quote).collect()
}

/// Where the name begins together with that many folders above it.
fn above(path: &[u8], folders: usize) -> usize {
    let mut slashes: Vec<usize> = Vec::new();
    // What a network path begins with on Windows is no folder.
    let from = match path {
        [b'\\', b'\\', b'.', b'\\', ..] => 4,
        [b'\\', b'\\', ..] => 2,
        _ => 0,
    };
    slashes.extend((from > 0).then_some(from));
    for (at, byte) in path.iter().enumerate().skip(from) {
        if matches!(byte, b'/' | b'\\') {
            slashes.push(at + 1);
        }
    }
    let kept = slashes.len().saturating_sub(folders);
    slashes
        .get(..kept)
        .and_then(<[_]>::last)
        .copied()
        .unwrap_or(0)
}
