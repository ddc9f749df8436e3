"""Maps names with HTCondor's own library, whose wheel is in PYTHONPATH, and says how long that takes.

Each line of standard input is a JSON array, and is answered by a line of JSON:

    ["load", MAP, PATH]         seconds, and by how many bytes the process grew
    ["time", MAP, COUNT, NAME]  seconds for COUNT evaluations of a prepared expression, and what the name becomes
"""

import json
import sys
import time

import classad2
import htcondor2


def quoted(text):
    return '"' + "".join(c if c.isalnum() else "\\%03o" % ord(c) for c in text) + '"'


def resident():
    with open("/proc/self/smaps_rollup") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("Rss:"))


def load(name, path):
    before = resident()
    start = time.perf_counter()
    htcondor2.load_a_config_usermap_file(name, path)
    return [time.perf_counter() - start, resident() - before]


def measure(name, count, principal):
    evaluate = classad2.ExprTree("userMap(%s, %s)" % (quoted(name), quoted(principal))).eval
    start = time.perf_counter()
    for _ in range(count):
        value = evaluate()
    return [time.perf_counter() - start, value if isinstance(value, str) else None]


for line in sys.stdin:
    what, *rest = json.loads(line)
    print(json.dumps(load(*rest) if what == "load" else measure(*rest)), flush=True)
