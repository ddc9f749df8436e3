"""Asks a daemon for some levels with HTCondor's own client library, and prints what came of each.

    ping.py VERSION ADDRESS     settings from CONDOR_CONFIG, the library's wheel from PYTHONPATH
"""

import sys

LEVELS = ("READ", "WRITE", "NEGOTIATOR", "ADMINISTRATOR", "DAEMON", "ADVERTISE_STARTD")
TOLD = (
    "MyRemoteUserName",
    "AuthMethods",
    "CryptoMethods",
    "Authentication",
    "Encryption",
    "Integrity",
    "AuthTokenSubject",
    "AuthorizationSucceeded",
)


def pinger(version, address):
    """A function that asks for a level and gives the session's policy."""
    if version.startswith("25."):
        from htcondor2.htcondor2_impl import _ping

        return lambda level: _ping(address, level, None)
    import classad
    import htcondor

    security = htcondor.SecMan()
    daemon = classad.ClassAd({"MyAddress": address})
    return lambda level: security.ping(daemon, level)


ping = pinger(*sys.argv[1:3])
for level in LEVELS:
    try:
        ad = ping(level)
    except Exception as error:
        print(level, type(error).__name__, flush=True)
    else:
        print(level, *(f"{name}={ad.get(name)}" for name in TOLD), flush=True)
