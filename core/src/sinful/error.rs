//! What can be wrong with an address string.

use thiserror::Error;

/// Why a text is not an address that can be used.
///
/// HTCondor's own parser only marks such an address invalid, and its connecting code then often goes on with the host
/// and port alone, the parameters lost. Here a broken address is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SinfulError {
    /// Longer than [`MAX_LENGTH`](super::MAX_LENGTH).
    #[error("the address is {length} bytes long; at most {max} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The limit.
        max: usize,
    },
    /// The list form `{[ p="IPv4"; a="..."; ... ]}` that newer daemons also write.
    #[error("the address is in the {{[...]}} list form; give it as <host:port?...>")]
    ListForm,
    /// `[` without `]`.
    #[error("the address opens an IPv6 bracket '[' that is never closed")]
    UnclosedBracket,
    /// No `>` where the address ends, or something behind it.
    #[error("the address does not end in '>' behind {after:?}")]
    NotClosed {
        /// What was read so far.
        after: String,
    },
    /// No host, or one with characters that no host has.
    #[error("{host:?} is not a host name or IP address")]
    BadHost {
        /// The host part.
        host: String,
    },
    /// Not a number from 0 to 65535. HTCondor would take it modulo 65536.
    #[error("{port:?} is not a port (0 to 65535)")]
    BadPort {
        /// The port part.
        port: String,
    },
    /// A `%` that two hexadecimal digits do not follow.
    #[error("the parameter {param:?} has a '%' that two hexadecimal digits do not follow")]
    BadEscape {
        /// The parameter as given.
        param: String,
    },
    /// `=value` without a name.
    #[error("the parameter {param:?} has no name")]
    NoName {
        /// The parameter as given.
        param: String,
    },
    /// A byte that is not printable ASCII. HTCondor reads these but writes them back as something else.
    #[error("{part:?} has a character that is not printable ASCII")]
    NotText {
        /// The part as given.
        part: String,
    },
    /// More than [`MAX_PARAMS`](super::MAX_PARAMS) parameters.
    #[error("the address has more than {max} parameters")]
    TooManyParams {
        /// The limit.
        max: usize,
    },
    /// More than [`MAX_ADDRS`](super::MAX_ADDRS) entries in `addrs`.
    #[error("the address lists more than {max} addresses in 'addrs'")]
    TooManyAddrs {
        /// The limit.
        max: usize,
    },
    /// An entry of `addrs` that is not `ip-port`.
    #[error(
        "{entry:?} in 'addrs' is not an IP address, '-' and a port (IPv6 in brackets, '-' for ':')"
    )]
    BadAddr {
        /// The entry.
        entry: String,
    },
    /// `sock` has characters that could lead out of the daemons' socket folder.
    #[error(
        "the shared port id {id:?} has a character other than letters, digits, '.', '-' and '_'"
    )]
    BadSharedPortId {
        /// The id.
        id: String,
    },
}
