//! What `--help` says.

/// The command as a whole.
pub(crate) const COUNTERSIGN: &str = "\
countersign: HTCondor's security negotiation, explained

  countersign ping [options] LEVEL...   ask a daemon what you may do, and why
  countersign demo                      see it all at work, with nothing installed
  countersign peer --listen ADDR        a test peer for HTCondor's clients
  countersign authz check LEVEL USER ADDRESS
                                        what a daemon's configuration lets whom do, and by which line
  countersign mapfile check [FILE...]   what is wrong with a mapfile
  countersign mapfile map|explain|diff  whom a mapfile makes of which name, why, and what a change changes
  countersign config get|dump [NAME...] what this host's configuration says, and where
  countersign config check              what is wrong with its security settings
  countersign key create [options]      make a key that signs tokens
  countersign token create [options]    make a token
  countersign token list [options]      list tokens as condor_token_list does
  countersign token inspect [FILE...]   explain tokens
  countersign issuer --listen ADDR      a token issuer: its keys, and what servers fetch of them
  countersign issuer create|rotate|import|list|export
                                        its keys, and the documents for a web server
  countersign scitoken create [options] make a SciToken
  countersign scitoken inspect FILE...  explain SciTokens
  countersign COMMAND --help            the options of ping, peer, authz, mapfile, config, key, token, issuer
                                        or scitoken
  countersign --version

For every command that reads the site's configuration:
  --ce                   HTCondor-CE's: /etc/condor-ce/condor_config, and port 9619; so does a link to this
                         program named condor_ce_ping
  --run-config-commands  run the commands whose output is configuration (include command, files with a
                         |); without this they are an error, since part of the configuration is missing
";

/// `countersign ping`.
pub(crate) const PING: &str = "\
Usage: countersign ping [options] LEVEL...

Negotiates with an HTCondor daemon as its own tools would and prints what condor_ping prints.
LEVEL is an authorization level (READ, WRITE, DAEMON ...), ALL, a command's name or its number;
WRITE if none is given. Options may be shortened and may start with one dash or two.

Which daemon:
  -address ADDR     this one: <host:port?...>, or host:port
  -pool HOST        look it up in this pool's collector
  -name NAME        the daemon of this name
  -type KIND        SCHEDD, COLLECTOR, STARTD, MASTER, NEGOTIATOR ... (default SCHEDD);
                    -subsystem is the same

What is printed (one of):
  (nothing)         a sentence for each level
  -table            one row for each level
  -verbose          everything about each level; the reason of a failure goes to standard error
  -long             the session's policy ad (-af, -autoformat and -format are not supported)
  -quiet            nothing; only the exit status tells

What countersign adds:
  -why              under each row, why; with -long as comments
  --methods LIST    offer only these of the configured authentication methods
  --no-self-token   do not make a token from the pool's signing key, even if it can be read
  --timeout SECS    give each level this long (default 20)
  --claim-id-file F negotiate nothing: use the session that goes with the claim id, or other capability, in
                    this file; it also says which daemon, where nothing else does

Other:
  -config FILE      read this configuration file too, after all others
  -debug            print every step on standard error (no secret is among them)
  -version, -help

Exit status: 0 if every level was answered (daemons answer only for what they allow), 1 otherwise.
Configuration is read as HTCondor reads it (CONDOR_CONFIG, /etc/condor ...); with --ce, HTCondor-CE's.
";

/// `countersign peer`.
pub(crate) const PEER: &str = "\
Usage: countersign peer --listen ADDR [options]
       countersign peer [options], started by condor_master

A server that HTCondor's clients negotiate with: authentication, mapping and authorization are those
of the configuration (CONDOR_CONFIG, /etc/condor ...), read as a daemon reads it. It serves
condor_ping and the DC_NOP commands, and does nothing else that it is asked.

  --listen ADDR       host:port or [v6]:port; port 0 takes a free one
  --allow-remote      ADDR may be reached from other machines
  --alias NAME        the host name in the published address (default localhost)
  --address-file FILE write the address here, as daemons do; removed at the end
  --subsystem NAME    whose settings these are (default COLLECTOR)
  --local-name NAME   one daemon of several, as after a daemon's -local-name: NAME.ALLOW_READ
  --max-connections N (default 10000, or what the limit on descriptors allows)
  -f                  taken from a condor_master, and of no consequence
  --help

When it is ready it prints one line of JSON: its address, its pid, the methods that prove nothing
with the levels they reach, and whether its signing keys come from a system folder. Each decision is
one line of JSON on standard error, with its reason. SIGHUP reads the configuration anew, SIGTERM and
SIGINT end it.

A condor_master can start it as one of its daemons (DC_DAEMON_LIST): then it serves the sessions that it
inherits, listens on the inherited socket if there is no --listen, says regularly that it lives, and ends
when its parent does.
";

/// `countersign demo`.
pub(crate) const DEMO: &str = "\
Usage: countersign demo [--keep]

Makes keys, tokens, a mapfile and a configuration in a folder of its own, starts a test peer on
loopback, asks it for every level with each credential, and prints the tables with the reasons.
Nothing of yours or of this site is read. The folder is removed at the end, unless --keep is given.
";

/// `countersign key`.
pub(crate) const KEY: &str = "\
Usage: countersign key create [options]

Makes a key that signs tokens, and writes its file as HTCondor reads it. Options may be shortened and
may start with one dash or two.

  -name NAME        the key's name (default POOL)
  -dir DIR          put it there, instead of where SEC_TOKEN_POOL_SIGNING_KEY_FILE (for POOL) or
                    SEC_PASSWORD_DIRECTORY says
  -replace          take the place of a key of that name. Every token that was signed with it is refused
                    from then on, everywhere
  -config FILE      read this configuration file too, after all others
  -help
";

/// `countersign token`.
pub(crate) const TOKEN: &str = "\
Usage: countersign token create -identity USER@DOMAIN [options]
       countersign token list [options]
       countersign token inspect [FILE...]

Options may be shortened and may start with one dash or two.

create: makes a token with a signing key that this user can read, and prints it.
  -identity USER@DOMAIN  whom it names
  -key NAME              the key that signs it (default POOL)
  -authz LEVEL           limit it to this level and what that implies; may be given again
  -lifetime SECONDS      what it is good for (default: for ever)
  -token NAME            write it to this file of the token folder instead of printing it
  -file FILE             write it to this file
  -owner USER            with -token: into USER's own token folder, as their file
  -replace               put it in the place of a file that is there
  -debug                 say what was read

list: prints header and payload of every token, never its signature.
  -dir DIR               of this folder, instead of the configured one
  -file FILE             of this file alone

inspect: explains the tokens of FILEs, or of the token folder: whom they name, what they are good for,
how long, and whether a key of this host signed them.

  -config FILE           read this configuration file too, after all others
  -help
";

/// `countersign authz`.
pub(crate) const AUTHZ: &str = "\
Usage: countersign authz check [options] LEVEL USER ADDRESS
       countersign authz check [options] --batch

Says whether a daemon with this host's configuration lets USER at ADDRESS use LEVEL, and why: which
entry of which knob in which file and line, or what was looked for and not found. Nothing is contacted
but the name service, for lists that name hosts.

LEVEL is an authorization level (READ, WRITE, DAEMON ...), USER the name as the daemon maps it
(alice@pool.example; unauthenticated@unmapped without authentication), ADDRESS an IP address.

  --subsystem NAME  the daemon's subsystem (default COLLECTOR): ALLOW_READ_NAME, NAME.ALLOW_READ
  --local-name NAME one daemon of several, as after a daemon's -local-name: NAME.ALLOW_READ
  --config FILE     read this configuration instead of the one CONDOR_CONFIG names
  --release VERSION with the defaults and templates of 25.14.1 (the default) or 23.9.6
  --limits LEVELS   what USER's token is limited to (READ,WRITE), as by its scopes condor:/READ ...
  --batch           read LEVEL USER ADDRESS from each line of standard input, and print ALLOWED or DENIED
                    for each; if one line is wrong nothing is answered
  --help

Exit status: 0 for ALLOWED, 1 for DENIED, 2 for an error; of a batch, 0 if every line was answered.
";

/// `countersign mapfile`.
pub(crate) const MAPFILE: &str = "\
Usage: countersign mapfile check [options] [FILE...]
       countersign mapfile map [options] --method METHOD FILE PRINCIPAL...
       countersign mapfile explain [options] --method METHOD FILE PRINCIPAL
       countersign mapfile diff [options] OLD NEW [PRINCIPAL...]

check: says what is probably wrong with each FILE and what it includes, or with CERTIFICATE_MAPFILE:
with a name that shows it, and the line as it should be. It says of no file that it is safe, but what
was looked at. Status 1 if there is an error, with --strict 3 if there is a warning, else 0.

map: prints the canonical name of each PRINCIPAL, one a line; an empty line for one that maps to
nothing. - stands for the lines of standard input. Status 1 if one maps to nothing.

explain: says which line of which file maps PRINCIPAL and what it puts in; where none does, what came
close. Status 1 if it maps to nothing.

diff: prints the names that become another one, or nothing, with NEW in the place of OLD. Without
PRINCIPAL, those that the lines spell out, and one made for each pattern where that can be done; the
patterns that only one of the files has are told on standard error. Status 1 if a name changes.

  --method METHOD    what authenticated the name: SCITOKENS, SSL, FS ... (diff: all, unless given)
  --strict           (check) warnings count
  --json             (check) print one object: findings, undecided, summary
  --assume-hash      a name to map that stands without slashes is no pattern, as with
                     CERTIFICATE_MAPFILE_ASSUME_HASH_KEYS = True
  --no-assume-hash   every name to map is a pattern, as with False, which is HTCondor's default
  -config FILE       read that from this configuration, and LOCAL_CONFIG_DIR_EXCLUDE_REGEXP
  --help

Status 2 for an error. Bytes that are no text are written as \\x.., but by map, which prints them.
";

/// `countersign config`.
pub(crate) const CONFIG: &str = "\
Usage: countersign config get [options] NAME...
       countersign config dump [options] [PATTERN...]
       countersign config check [options]

Reads this host's configuration as HTCondor's tools and daemons read it, and prints what
condor_config_val prints. Options may be shortened and may start with one dash or two.

get: the values of settings, macros expanded. Status 1 if one has none.
dump: all settings whose names a PATTERN fits, the compiled-in defaults among them.
check: what is wrong with the settings that bear on security: where, what HTCondor does with it, and what
to write instead. What this user cannot read is told as not checked. Status 1 if there is anything but
notes.

  -verbose          where each value stands, what brought it there, and what it took the place of
  -raw              macros and all; what dump shows anyway
  -expanded         (dump) macros expanded
  --security        (dump) only what bears on security
  --json            (check) print one object: findings, not_checked, summary
  -subsystem NAME   as this daemon reads it: NAME.X counts before X (default TOOL)
  -local-name NAME  one daemon of several, as after a daemon's -local-name
  -config FILE      read this configuration instead of the one CONDOR_CONFIG names
  --release VERSION with the defaults, templates and `version` of 25.14.1 (the default) or 23.9.6
  --ce              HTCondor-CE's configuration
  --run-config-commands  run the commands whose output is configuration
  -help

Status 2 if the configuration cannot be read as a whole; it says where and why.
";

/// `countersign issuer`.
pub(crate) const ISSUER: &str = "\
Usage: countersign issuer --listen ADDR|--url URL [options]
       countersign issuer create --keys DIR [options]
       countersign issuer rotate --keys DIR [options]
       countersign issuer import FILE --keys DIR [options]
       countersign issuer list --keys DIR
       countersign issuer export DIR --keys DIR --url URL

A token issuer: keys that sign SciTokens, and the two documents by which servers verify them. Options may be
shortened and may start with one dash or two. Lengths of time T are seconds, or 90s, 20m, 12h, 4d.

Without a word: serves the documents over HTTPS until SIGTERM or SIGINT, and prints one line of JSON when it
is ready. Keys that others rotate in DIR meanwhile are served at once.
  --listen ADDR       host:port or [v6]:port; port 0 takes a free one (default: URL's port of 127.0.0.1)
  --url URL           the issuer as it stands in tokens (default https://localhost:PORT)
  --keys DIR          the keys' folder; without it a new one with a new key, removed at the end
  --certificate FILE  show this certificate, with those above it, in PEM
  --key FILE          its private key. Without both, a CA is made for this run and for URL's host alone
  --ca-file FILE      write that CA's certificate here (default ca.pem in DIR); removed at the end
  --address-file FILE write URL here; removed at the end
  --allow-remote      ADDR may be reached from other machines

create: makes DIR and the first key. Keys that are there are left alone.
rotate: makes a key that takes the place of the one that signs, which stays published for a while; files of
keys whose while is over are removed.
import: takes a private key that another program made, such as scitokens-admin-create-key: PEM, or a JWKS. The
first key signs at once, another one as with rotate. A PEM file does not know its name: give the one that was
published as --key-id.
  --algorithm NAME    ES256, ES384, RS256, RS384 or RS512 (default ES256, or as the key that signs);
                      HTCondor's library takes ES256 and RS256 alone
  --bits N            of an RSA key: 2048, 3072 or 4096
  --key-id NAME       the key's name (default: its thumbprint); of a JWKS with several, which one
  --publish-ahead T   (rotate, import) publish the key so long before it signs (default 20m: servers ask for
                      keys again after 10m); 0 signs at once
  --keep T            (rotate, import) keep the old keys published so long after that at most, those of
                      earlier rotations too; 0 with --publish-ahead 0 ends them all at once (default: the longest
                      lifetime of a token made here, and 4d)

list: which key signs, and which are published until when.

export: writes .well-known/openid-configuration and oauth2/certs into the first DIR, which a web server shows
as URL. Public keys alone; to be repeated after each rotation, and when an old key's time is over.
";

/// `countersign scitoken`.
pub(crate) const SCITOKEN: &str = "\
Usage: countersign scitoken create --keys DIR|--key FILE --issuer URL --subject NAME --scope SCOPE [options]
       countersign scitoken inspect FILE...|- [options]

Options may be shortened and may start with one dash or two. Lengths of time T are seconds, or 90s, 20m, 12h, 4d.

create: makes a SciToken, and prints it.
  --keys DIR          sign with the key that signs in this folder (countersign issuer create)
  --key FILE          sign with this private key: PEM, or a private JWKS
  --key-id NAME       the key's name; with --keys, which of the published keys signs
  --issuer URL        the issuer: where servers fetch the public keys
  --subject NAME      whom it names
  --scope SCOPE       what it is good for, such as condor:/READ; may be given again, or several with spaces
  --audience NAME     for which servers, as in their SCITOKENS_SERVER_AUDIENCE; may be given again (default:
                      for all of them, with a warning)
  --lifetime T        (default 20m)
  --profile NAME      scitoken:2.0 (default) or wlcg:1.0
  --output FILE       write it to FILE, for this user alone, in the place of the token that is there
  --if-expiring-within T
                      leave FILE alone, and say nothing, if its token says the same, a published key signed it,
                      and it is good for longer than T

inspect: explains tokens: whom they name, what each scope lets do in HTCondor, how long they are good for, and
why HTCondor's servers would refuse them. Neither token nor signature is shown.
  --jwks FILE         verify the signature with the keys of this JWKS
  --issuer-keys DIR   verify it with those that this folder publishes
  --fetch             verify it with those that its issuer publishes: this asks the host that the token names,
                      over HTTPS and for 10 seconds at most. Without this option nothing is fetched
  --ca-file FILE      believe these certificates (PEM) there, instead of those of SCITOKEN_CONFIG_TLS_CA_FILE or
                      of the system
  --audience NAME     the server's SCITOKENS_SERVER_AUDIENCE; may be given again
Status 1 if something is no token, or was not signed by the keys that are given or fetched.
";
