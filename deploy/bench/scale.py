#!/usr/bin/env python3
"""Writes made-up logs: scale.py DIR RESOURCES LINES [TEMPLATES].

RESOURCES files of LINES lines each, over one day, in the form of log4j. Each line is an
instance of one of TEMPLATES (200) messages, the frequent ones far more often than the rare (Zipf), with
values that do not repeat: what a store must keep, not what compresses away. One line in
fifty is an error, one error in ten has a trace. The seed is fixed."""
import os
import random
import sys

VERBS = "started finished opened closed wrote read sent received committed retried skipped merged loaded flushed expired".split()
NOUNS = "task stage block partition batch query session connection checkpoint file shard offset cursor snapshot buffer".split()
PARTS = "executor scheduler fetcher writer reader broker planner tracker manager loader".split()


def templates(n, r):
    out = []
    for i in range(n):
        noun, verb, part, other = r.choice(NOUNS), r.choice(VERBS), r.choice(PARTS), r.choice(NOUNS)
        out.append((f"com.shop.{part.title()}{i % 37}", f"{part} {verb} {noun} {{a}} of {other} {{b}} in {{c}} ms, step {chr(97 + i % 26)}{chr(97 + i // 26 % 26)}"))
    return out


def main():
    folder, resources, lines = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    r = random.Random(7)
    known = templates(int(sys.argv[4]) if len(sys.argv) > 4 else 200, r)
    weights = [1 / (i + 1) for i in range(len(known))]
    os.makedirs(folder, exist_ok=True)
    for n in range(resources):
        with open(os.path.join(folder, f"job-{n:05d}.log"), "w") as f:
            for i, (logger, text) in enumerate(r.choices(known, weights, k=lines)):
                ms = 86_400_000 * i // lines
                at = f"2026-11-19 {ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"
                level = "ERROR" if r.random() < 0.02 else "INFO"
                f.write(f"{at} {level} {logger}: {text.format(a=r.getrandbits(40), b=f'{r.getrandbits(48):012x}', c=r.randrange(100000))}\n")
                if level == "ERROR" and r.random() < 0.1:
                    f.write("java.lang.IllegalStateException: lost the connection\n" + "".join(f"\tat com.shop.Load.step{k}(Load.java:{k + 30})\n" for k in range(8)))


main()
