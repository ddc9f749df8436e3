//! The field's own names, one table each: authentication methods, commands, authorization
//! levels and the attributes of policy ads.

pub mod attrs;
mod command_table;
mod commands;
mod handed;
mod levels;
mod methods;

pub use command_table::{Command, CommandTable, PAYLOAD_TIMEOUT};
pub use commands::{
    COMMANDS, DC_AUTHENTICATE, DC_RAISESIGNAL, DC_SEC_QUERY, SHARED_PORT_CONNECT, command_name,
    command_number, command_text,
};
pub use handed::Role;
pub use levels::{Level, PING_ALL};
pub use methods::{
    ANONYMOUS, CLAIMTOBE, FAMILY, FS, FS_REMOTE, GSI, IDTOKENS, KERBEROS, KNOWN_METHODS, MATCH,
    MUNGE, MethodName, PASSWORD, SCITOKENS, SSL, Standing, known_method,
};
