//! HTCondor's address strings ("sinful strings"): `<host:port?name=value&...>`.
//!
//! What a daemon publishes about how to reach it, and what a user types after `-address`. The text matters as much as
//! its meaning: HTCondor keys security sessions by the very string that was connected to and sends it to the server
//! (`ConnectSinful`), so [`Sinful`] keeps the text as given beside the parsed parts, and says for each use which of
//! HTCondor's strings is meant:
//!
//! | HTCondor | here |
//! |---|---|
//! | `daemon->addr()` | [`Sinful::daemon_addr`] |
//! | `sock->get_connect_addr()`, the attribute `ConnectSinful` | [`Sinful::connect_addr`] |
//! | `daemon->idStr()` | [`Sinful::id_str`] |
//! | `Sinful::getSinful()` | the [`Display`](std::fmt::Display) of a [`Sinful`] |
//!
//! Nothing here opens a socket or asks DNS: [`Sinful::route`] decides what to dial, the driver dials.

mod address;
mod codec;
mod error;
pub(crate) mod ip;
mod route;
mod tool;

pub use address::{Host, MAX_ADDRS, MAX_LENGTH, MAX_PARAMS, Sinful};
pub use error::SinfulError;
pub use ip::ip_text;
pub use route::{Candidate, LocalNetwork, Route, RouteRefusal};
pub use tool::{ToolAddressError, is_tool_address};
