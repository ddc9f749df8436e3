"""Asks a collector for its machines again and again, in one process, with HTCondor's own client library.

    query.py VERSION HOST:PORT TIMES     settings from CONDOR_CONFIG, the library's wheel from PYTHONPATH
"""

import sys

version, pool, times = sys.argv[1:4]
if version.startswith("25."):
    import htcondor2 as htcondor
else:
    import htcondor

kind = htcondor.AdTypes if hasattr(htcondor, "AdTypes") else htcondor.AdType
collector = htcondor.Collector(pool)
for _ in range(int(times)):
    print(*(ad["Name"] for ad in collector.query(kind.Startd)), flush=True)
