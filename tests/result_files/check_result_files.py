# SPDX-License-Identifier: Apache-2.0
"""Examines a result directory with other programs: Python's csv and json, and gnuplot.

usage: check_result_files.py DIR SCRATCH

Laws O-01 to O-04 of invariants-and-faults.md on every CSV; the hash of docs/RESULT_FORMAT.md computed a second time; and
what each gnuplot script plots ("set table") against the CSV it reads, number by number.
"""
import csv
import json
import math
import os
import subprocess
import sys

directory, scratch = sys.argv[1:3]
failures = []


def expect(holds, message):
    if not holds:
        failures.append(message)


def read_csv(name):
    with open(os.path.join(directory, name), newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def result_hash(content):
    mask = (1 << 64) - 1
    a, b = 0xCBF29CE484222325, 0x9E3779B97F4A7C15
    for byte in content:
        a = ((a ^ byte) * 0x100000001B3) & mask
        b = ((((b << 23) | (b >> 41)) + byte) * 0xD6E8FEB86659FD93) & mask
    return f"{a ^ (((b ^ (b >> 32)) * 0x9E3779B97F4A7C15) & mask):016x}"


def check_manifest():
    manifest = json.load(open(os.path.join(directory, "manifest.json"), encoding="utf-8"))
    names = [entry["name"] for entry in manifest["files"]]
    expect(manifest["complete"] is True, "the manifest says complete")
    expect(names == sorted(names), "files of the manifest are sorted")
    expect(set(names) | {"manifest.json", "timing.json"} == set(os.listdir(directory)), "O-04: nothing else was created")
    for entry in manifest["files"]:
        content = open(os.path.join(directory, entry["name"]), "rb").read()
        expect(len(content) == entry["bytes"], f"O-04: size of {entry['name']}")
        expect(result_hash(content) == entry["hash"], f"O-04: hash of {entry['name']}")
    return names


# What says which, not how much; every other column is a number or empty.
TEXT = {"arm", "zone", "topic", "group", "kind", "reader_role", "part", "from_zone", "to_zone", "path", "resource",
        "client_id", "producer", "measure", "metric", "unit", "note", "fault", "brokers", "zones", "phase", "fullest_resource",
        "what", "detail"}
UNITS = ("_seconds", "_per_second", "_ratio", "_count", "_bytes", "_records", "_broker")
COUNTS = {"trial", "broker", "leaders", "replicas", "partition", "partitions", "member", "count", "records", "reads",
          "batches", "redirects", "empty_consumer_fetches", "throttled_requests", "trials", "estimate", "half_width", "lowest",
          "highest", "mean", "rebalance", "rounds", "moved_partitions", "stopped_partitions", "partitions_before",
          "partitions_after", "episode", "over"}
KEYS = {"arm", "trial", "broker", "topic", "partition", "group", "member", "kind", "reader_role", "from_zone", "to_zone",
        "path", "window_start_seconds", "resource", "part", "measure", "lower_seconds", "metric",
        "client_id", "producer", "rebalance", "episode", "phase", "what", "began_seconds", "time_seconds"}


def check_csv(name):
    content = open(os.path.join(directory, name), "rb").read()
    expect(content.endswith(b"\n") and b"\r" not in content, f"{name}: LF line ends")
    rows = read_csv(name)
    if not rows:
        expect(False, f"{name} has rows")
        return
    seen = set()
    for row in rows:
        expect(None not in row and None not in row.values(), f"{name}: a row has as many cells as the header")
        for column, cell in row.items():
            expect(column in TEXT or column in COUNTS or column.endswith(UNITS), f"{name}: {column} names its unit")
            if column in TEXT or cell == "":
                continue
            expect(math.isfinite(float(cell)) and cell != "-0", f"O-01: {name} {column}: {cell}")
        key = tuple(row[column] for column in row if column in KEYS)
        expect(key not in seen, f"{name}: one observation a row: {key}")
        seen.add(key)
    if "arm" in rows[0] and "trial" in rows[0]:
        arms = list(dict.fromkeys(row["arm"] for row in rows))
        order = [(arms.index(row["arm"]), int(row["trial"])) for row in rows]
        expect(order == sorted(order), f"O-03: {name} is sorted by arm and trial")


def plotted(script, *arguments):
    """Curves as gnuplot has them: a list of (x, y) with both defined, for each."""
    out = os.path.join(scratch, script + ".txt")
    run = subprocess.run(["gnuplot", "-c", os.path.join(directory, script), directory, out, *arguments],
                         capture_output=True, text=True)
    expect(run.returncode == 0 and run.stderr == "", f"{script}: gnuplot says {run.stderr!r}")
    curves = []
    for line in open(out, encoding="utf-8"):
        if line.startswith("# Curve "):
            if "points" in line:
                curves.append([])
        elif line.strip() and not line.startswith("#"):
            x, y, *kind = line.split()
            if kind != ["u"] and "NaN" not in (x, y):
                curves[-1].append((float(x), float(y)))
    svg = os.path.join(scratch, script + ".svg")
    run = subprocess.run(["gnuplot", "-c", os.path.join(directory, script), directory, svg], capture_output=True, text=True)
    expect(run.returncode == 0 and run.stderr == "", f"{script}: gnuplot says {run.stderr!r}")
    expect(open(svg, encoding="utf-8").read().rstrip().endswith("</svg>"), f"{script} draws a whole picture")
    return curves


def check_plots():
    brokers = read_csv("brokers.csv")
    arms = list(dict.fromkeys(row["arm"] for row in brokers))
    ids = list(dict.fromkeys(row["broker"] for row in brokers))
    for column, trial in (("out_bytes_per_second", "0"), ("io_threads_busy_ratio", "1")):
        wanted = [[(float(r["window_start_seconds"]), float(r[column])) for r in brokers
                   if (r["arm"], r["broker"], r["trial"]) == (arm, broker, trial)] for arm in arms for broker in ids]
        expect(plotted("brokers.gp", column, trial) == wanted, f"brokers.gp plots {column} of trial {trial}")

    latency = read_csv("latency_distribution.csv")
    wanted = [[(float(r["upper_seconds"]), float(r["longer_ratio"])) for r in latency
               if (r["arm"], r["kind"], r["reader_role"]) == (arm, kind, role) and float(r["longer_ratio"]) > 0]
              for kind, role in (("produce", ""), ("delivery", "any")) for arm in arms]
    drawn = plotted("latency_distribution.gp")  # a share of 0 has no place on a logarithmic axis
    expect([[p for p in curve if p[1] > 0] for curve in drawn] == wanted, "latency_distribution.gp plots the CSV")

    staleness = read_csv("staleness_distribution.csv")
    wanted = []
    for measure in ("visibility_delay", "read_age"):
        rows = [[r for r in staleness if (r["arm"], r["measure"]) == (arm, measure)] for arm in arms]
        for chosen in (rows, [[r for r in arm if float(r["lower_seconds"]) == 0] for arm in rows]):  # lines, then dots
            wanted += [[(float(r["upper_seconds"]), 1 - float(r["longer_ratio"])) for r in arm] for arm in chosen]
    expect(plotted("staleness_distribution.gp") == wanted, "staleness_distribution.gp plots the CSV")


os.makedirs(scratch, exist_ok=True)
for csv_name in [name for name in check_manifest() if name.endswith(".csv")]:
    check_csv(csv_name)
check_plots()
for failure in list(dict.fromkeys(failures))[:20]:
    print("FAILED", failure)
sys.exit(1 if failures else 0)
