//! The field's own names, one table each: authentication methods, commands, authorization
//! levels and the attributes of policy ads.

pub mod attrs;
mod command_table;
mod commands;
mod levels;
mod methods;

pub use command_table::{Command, CommandTable, PAYLOAD_TIMEOUT};
pub use commands::{
    COMMANDS, DC_AUTHENTICATE, DC_SEC_QUERY, SHARED_PORT_CONNECT, command_name, command_number,
    command_text,
};
pub use levels::{Level, PING_ALL};
pub use methods::{
    ANONYMOUS, CLAIMTOBE, FS, FS_REMOTE, IDTOKENS, KNOWN_METHODS, MethodName, SCITOKENS, SSL,
    Standing, known_method,
};
