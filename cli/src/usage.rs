//! What `--help` says.

/// The command as a whole.
pub(crate) const COUNTERSIGN: &str = "\
countersign: HTCondor's security negotiation, explained

  countersign ping [options] LEVEL...   ask a daemon what you may do, and why
  countersign ping --help               the options of ping
  countersign --version
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

Other:
  -config FILE      read this configuration file too, after all others
  -debug            print every step on standard error (no secret is among them)
  -version, -help

Exit status: 0 if every level was answered (daemons answer only for what they allow), 1 otherwise.
Configuration is read as HTCondor reads it (CONDOR_CONFIG, /etc/condor ...). Where it uses what
is not understood yet, flatten it first:
  f=$(mktemp) && condor_config_val -dump -expanded > \"$f\" && CONDOR_CONFIG=$f countersign ping ...
";
