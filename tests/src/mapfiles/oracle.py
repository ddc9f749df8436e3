"""Maps names with HTCondor's own library, whose wheel is in PYTHONPATH.

One JSON array on each line of standard input: the path of a mapfile, and pairs of method and name. For each of them one
line of JSON with an array of what the names become: null where nothing maps them. Characters are bytes (Latin-1).
"""

import json
import sys

import classad2
import htcondor2


def quoted(text):
    return '"' + "".join(c if c.isalnum() and c.isascii() else "\\%03o" % ord(c) for c in text) + '"'


def mapped(number, method, name):
    expression = "userMap(%s, %s)" % (quoted("m%d.%s" % (number % 2, method)), quoted(name))
    try:
        value = classad2.ExprTree(expression).eval()
    except UnicodeDecodeError as error:
        return error.object.decode("latin-1")
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    return None if value == classad2.Value.Undefined else "?%r" % value


for number, line in enumerate(sys.stdin):
    path, questions = json.loads(line)
    # Two names in turn: a map of the same name and path is not read again within a second.
    htcondor2.load_a_config_usermap_file("m%d" % (number % 2), path)
    print(json.dumps([mapped(number, method, name) for method, name in questions]), flush=True)
