"""Evaluates ClassAd expressions with HTCondor's own library, whose wheel is in PYTHONPATH.

One JSON array on each line of standard input, `[syntax, expression, my, target]`; for each of them one line of JSON with
the value in a form that tells all types apart. `my` and `target` are ads in new syntax; `target` may be null.
"""

import datetime
import json
import struct
import sys

import classad2
import htcondor2  # Reads the (empty) configuration, which registers the functions that daemons add.

ads = {None: None}


def ad(text):
    if text not in ads:
        ads[text] = classad2.ClassAd(text)
    return ads[text]


def read(syntax, text):
    if syntax == "old":
        # In parentheses, since what follows a complete expression would be ignored.
        return classad2.parseOne("X = (" + text + ")", classad2.ParserType.Old).lookup("X")
    return classad2.ExprTree("(" + text + ")")


def shown(value):
    if isinstance(value, classad2.Value):
        return "undefined" if value == classad2.Value.Undefined else "error"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return "i:%d" % value
    if isinstance(value, float):
        return "r:nan" if value != value else "r:" + struct.pack(">d", value).hex()
    if isinstance(value, str):
        return "s:" + value
    if isinstance(value, datetime.datetime):
        return "t:%d" % value.timestamp()
    if isinstance(value, list):
        return "{" + "|".join(shown(item) for item in value) + "}"
    return "x:" + repr(value)


def answer(syntax, text, my, target):
    try:
        expression = read(syntax, text)
    except Exception:
        return ["refused", ""]
    try:
        written = repr(expression)[1:-1]
    except Exception as error:
        written = "cannot be written: %s" % error
    try:
        value = expression.eval(ad(my)) if target is None else expression.eval(ad(my), ad(target))
        return [shown(value), written]
    except Exception as error:
        return ["failed", written]


for line in sys.stdin:
    print(json.dumps(answer(*json.loads(line))))
sys.stdout.flush()
