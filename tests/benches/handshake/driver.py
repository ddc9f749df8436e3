"""Makes handshakes with HTCondor's own client library, as `handshake-client` makes them with ours.

    driver.py ADDRESS       settings from CONDOR_CONFIG, the library's wheel from PYTHONPATH

It says `ready`, and answers each line of its standard input with one line, once N turns are made: `run N` makes
handshakes, `empty N` makes the same loop around calls into the library that do no handshake. Where the variable TOKENS names a
folder, each handshake takes the next of the files `0`, `1`, ... in it, and puts it where _CONDOR_SCITOKENS_FILE says.
"""

import itertools
import os
import sys
import time

TOLD = (
    "User",
    "MyRemoteUserName",
    "AuthMethods",
    "AuthTokenSubject",
    "CryptoMethods",
    "Authentication",
    "Encryption",
    "Integrity",
    "NegotiatedSession",
    "RemoteVersion",
    "AuthorizationSucceeded",
)


TOKENS = os.environ.get("TOKENS")
NEXT = itertools.count()


def take():
    """Puts the next token in its place."""
    if TOKENS:
        os.rename("%s/%d" % (TOKENS, next(NEXT)), os.environ["_CONDOR_SCITOKENS_FILE"])


def version_1(address):
    """htcondor 24: SecMan().ping(); the sessions are forgotten after each."""
    import classad
    import htcondor

    security = htcondor.SecMan()
    ping, forget = security.ping, security.invalidateAllSessions
    daemon = classad.ClassAd({"MyAddress": address})
    take()
    answer = ping(daemon, "WRITE")

    def run(count):
        for _ in range(count):
            take()
            ad = ping(daemon, "WRITE")
            forget()
        return ad

    def empty(count):
        for _ in range(count):
            ad = classad.ClassAd()
            ad.update(answer)
            forget()
            forget()

    return run, empty


def version_2(address):
    """htcondor 25: what htcondor2.ping() calls."""
    import classad2
    from htcondor2.htcondor2_impl import _ping as ping

    def run(count):
        for _ in range(count):
            take()
            ad = ping(address, "WRITE", None)
        return ad

    def empty(count):
        for _ in range(count):
            ad = classad2.ClassAd()

    return run, empty


def main():
    try:
        run, empty = version_1(sys.argv[1])
    except ModuleNotFoundError:
        run, empty = version_2(sys.argv[1])
    print("ready", flush=True)
    for line in sys.stdin:
        what, count = line.split()
        if what == "empty":
            empty(int(count))
            fields = []
        else:
            # Apart, so that the loop has nothing to remember.
            first = run(1)
            last = run(int(count) - 1)
            fields = ["first=%s" % first["Sid"], "Sid=%s" % last["Sid"]]
            fields += ["%s=%s" % (name, last[name]) for name in TOLD if name in last]
        print("\t".join(["clock=%d" % time.process_time_ns()] + fields), flush=True)


main()
