//! Attribute names of the ads that a handshake exchanges, as in HTCondor's
//! `condor_attributes.h`.

/// The command that the client wants to run.
pub const COMMAND: &str = "Command";
/// With DC_SEC_QUERY: the command asked about.
pub const AUTH_COMMAND: &str = "AuthCommand";
/// Methods offered, or (in a reply) the first of [`AUTH_METHODS_LIST`].
pub const AUTH_METHODS: &str = "AuthMethods";
/// Methods in common, in the server's order.
pub const AUTH_METHODS_LIST: &str = "AuthMethodsList";
/// Ciphers offered, or in common.
pub const CRYPTO_METHODS: &str = "CryptoMethods";
/// Ciphers in common, in the server's order.
pub const CRYPTO_METHODS_LIST: &str = "CryptoMethodsList";
/// Whether to authenticate.
pub const AUTHENTICATION: &str = "Authentication";
/// The same without being raised by encryption or integrity; HTCondor 23.10 and later read it.
pub const AUTHENTICATION_NEW: &str = "AuthenticationNew";
/// False if a failed authentication does not end the handshake.
pub const AUTH_REQUIRED: &str = "AuthRequired";
/// Whether to encrypt.
pub const ENCRYPTION: &str = "Encryption";
/// Whether to protect integrity.
pub const INTEGRITY: &str = "Integrity";
/// Whether the other values are final.
pub const ENACT: &str = "Enact";
/// The client's SEC_CLIENT_NEGOTIATION.
pub const NEGOTIATION: &str = "OutgoingNegotiation";
/// An ephemeral public key.
pub const ECDH_PUBLIC_KEY: &str = "ECDHPublicKey";
/// A full handshake is asked for.
pub const NEW_SESSION: &str = "NewSession";
/// The session comes from a handshake rather than from configuration or a claim.
pub const NEGOTIATED_SESSION: &str = "NegotiatedSession";
/// A session is resumed.
pub const USE_SESSION: &str = "UseSession";
/// The resuming client wants an answer before it goes on.
pub const RESUME_RESPONSE: &str = "ResumeResponse";
/// Random text that makes a resumption unrepeatable.
pub const NONCE: &str = "Nonce";
/// Proof of being a child of the daemon, which clients once had.
pub const COOKIE: &str = "Cookie";
/// The session's id.
pub const SID: &str = "Sid";
/// The kind of program.
pub const SUBSYSTEM: &str = "Subsystem";
/// `$CondorVersion: … $` of the sender.
pub const REMOTE_VERSION: &str = "RemoteVersion";
/// The address as the client was given it.
pub const CONNECT_SINFUL: &str = "ConnectSinful";
/// The sender's trust domain.
pub const TRUST_DOMAIN: &str = "TrustDomain";
/// Names of the signing keys that the sender holds.
pub const ISSUER_KEYS: &str = "IssuerKeys";
/// Authorization limits of the session.
pub const LIMIT_AUTHORIZATION: &str = "LimitAuthorization";
/// Lifetime of a session in seconds, sent as a string.
pub const SESSION_DURATION: &str = "SessionDuration";
/// Longest idle time of a session in seconds.
pub const SESSION_LEASE: &str = "SessionLease";
/// The outcome in the post-auth ad and in a resumption's answer.
pub const RETURN_CODE: &str = "ReturnCode";
/// The identity of the receiver as the sender mapped it (post-auth), or of the peer (cached).
pub const USER: &str = "User";
/// This side's identity as the peer mapped it.
pub const MY_REMOTE_USER_NAME: &str = "MyRemoteUserName";
/// Commands that the session may run.
pub const VALID_COMMANDS: &str = "ValidCommands";
/// Whether the server tried to authenticate.
pub const TRIED_AUTHENTICATION: &str = "TriedAuthentication";
/// The answer to DC_SEC_QUERY.
pub const AUTHORIZATION_SUCCEEDED: &str = "AuthorizationSucceeded";
/// Set in a client's cached policy: the cipher's state is kept with the session.
pub const TRACK_STATE: &str = "TrackState";
/// The subject of the token that authenticated.
pub const TOKEN_SUBJECT: &str = "AuthTokenSubject";
/// Its issuer.
pub const TOKEN_ISSUER: &str = "AuthTokenIssuer";
/// Its identifier, `jti`.
pub const TOKEN_ID: &str = "AuthTokenId";
/// All its scopes, comma-separated.
pub const TOKEN_SCOPES: &str = "AuthTokenScopes";
/// The groups in it (`wlcg.groups`), comma-separated.
pub const TOKEN_GROUPS: &str = "AuthTokenGroups";
/// Its project.
pub const TOKEN_PROJECT: &str = "AuthTokenProject";
/// In a handed-over session's description: when it ends, in seconds since 1970.
pub const SESSION_EXPIRES: &str = "SessionExpires";
/// In a handed-over session's description: the release of the daemon that made it.
pub const SHORT_VERSION: &str = "ShortVersion";
