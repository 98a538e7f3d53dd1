# Mines templates with drain3 and its defaults. In: {"content": [...], "whole": [...]} as JSON. Out: the
# template of each message, and the seconds that the whole lines take, the best of three rounds.
import json
import logging
import sys
import time

from drain3 import TemplateMiner
from drain3.template_miner_config import TemplateMinerConfig

logging.disable(logging.CRITICAL)


def mine(lines):
    miner = TemplateMiner(config=TemplateMinerConfig())
    start = time.perf_counter()
    ids = [miner.add_log_message(line)["cluster_id"] for line in lines]
    return miner, ids, time.perf_counter() - start


given = json.load(sys.stdin)
miner, ids, _ = mine(given["content"])
texts = {c.cluster_id: c.get_template() for c in miner.drain.clusters}
seconds = min(mine(given["whole"])[2] for _ in range(3))
json.dump({"ids": [str(i) for i in ids], "texts": [texts[i] for i in ids], "seconds": seconds}, sys.stdout)
