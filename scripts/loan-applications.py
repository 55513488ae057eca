#!/usr/bin/python3
"""Reads a funnel off a real log of loan applications, and compares its simulation with what happened.

  loan-applications.py make LOG.csv FOLDER [--until DATE]   writes loans.yaml (model), replay.yaml
                                       (scenario), leads.csv and one file of waits for every exit
  loan-applications.py compare LOG.csv RESULT.h5            prints the table of docs/real-log.md

LOG.csv is the event log of the BPI Challenge 2012 (4TU.ResearchData) with columns case, activity,
lifecycle, resource, timestamp, amount. Exits and waits are read from applications submitted before
DATE (default: 60 days before the log ends, so that nearly all of them are closed and the few that are
open hardly matter). Every application of the log is replayed at its real time.
"""
import argparse
import collections
import csv
import datetime
import os

STAGES = {  # state of the application -> stage of the funnel
    "A_PARTLYSUBMITTED": "submitted",
    "A_PREACCEPTED": "preaccepted",
    "A_ACCEPTED": "accepted",
    "A_FINALIZED": "offered",
}
OUTCOMES = {
    "A_APPROVED": "won",
    "A_REGISTERED": "won",
    "A_ACTIVATED": "won",
    "A_DECLINED": "declined",
    "A_CANCELLED": "cancelled",
}
START = datetime.datetime(2011, 10, 1)
DAY = 86400.0


def read_log(path):
    """Applications as lists of (time, place), repeated places left out, and the log's last instant."""
    cases = collections.defaultdict(list)
    last = START
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            time = datetime.datetime.fromisoformat(row["timestamp"][:19])
            last = max(last, time)
            place = STAGES.get(row["activity"]) or OUTCOMES.get(row["activity"])
            if place and (not cases[row["case"]] or cases[row["case"]][-1][1] != place):
                cases[row["case"]].append((time, place))
    return sorted(cases.values()), last


def days(delta):
    return delta.total_seconds() / DAY


def make(log, folder, until):
    cases, last = read_log(log)
    until = until or last - datetime.timedelta(days=60)
    waits = collections.defaultdict(lambda: collections.defaultdict(list))
    for case in cases:
        if case[0][0] < until:
            for (entered, stage), (left, target) in zip(case, case[1:]):
                waits[stage][target].append(days(left - entered))
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "leads.csv"), "w", encoding="utf-8") as file:
        file.write("submitted\n")
        file.writelines(f"{case[0][0].isoformat(sep=' ')}\n" for case in cases)
    with open(os.path.join(folder, "loans.yaml"), "w", encoding="utf-8") as model:
        model.write("funnel: loans\ntitle: Loan applications\nentry: submitted\nstages:\n")
        for stage in STAGES.values():
            total = sum(len(of) for of in waits[stage].values())
            model.write(f"  {stage}:\n    exits:\n")
            for i, (target, of) in enumerate(sorted(waits[stage].items())):
                name = f"{stage}-{target}.csv"
                share = "rest" if i == 0 else f"{len(of) / total:.6f}"
                model.write(f"      {target}: {{probability: {share}, wait: "
                            f"{{empirical: {{file: {name}, column: days, unit: d}}}}}}\n")
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write("days\n")
                    file.writelines(f"{value:.6f}\n" for value in sorted(of))
        model.write("outcomes: {won: {counts_as: win}, declined: {}, cancelled: {}}\n")
    with open(os.path.join(folder, "replay.yaml"), "w", encoding="utf-8") as scenario:
        scenario.write(f"""scenario: replay
title: {len(cases)} loan applications, replayed
currency: EUR
models: [loans]
start: {START.date()}
horizon: {int(days(last - START))} d
replications: 400
seed: 2012
streams:
  log: {{into: loans, csv: {{file: leads.csv, date: submitted}}}}
""")
    print(f"{len(cases)} applications; exits and waits from those submitted before {until.date()}")


def compare(log, result):
    import h5py
    import numpy

    cases, _ = read_log(log)
    with h5py.File(result) as file:
        horizon = int(file.attrs["horizon_s"])
        outcome = [name.decode() if isinstance(name, bytes) else str(name)
                   for name in file["/names/outcome"][:]]
        won = [i for i, name in enumerate(outcome) if name.split(".")[-1] == "won"][0]
        simulated = file["/series/week_ended"][:, :, won, 0]
        journeys = file["/journeys"]
        is_won = journeys["outcome"][:] == won
        cycle = (journeys["t_end"][:] - journeys["t_start"][:])[is_won] / DAY
    approvals = numpy.zeros(simulated.shape[1], int)
    real_cycle = []
    for case in cases:
        if case[-1][1] == "won":
            at = (case[-1][0] - START).total_seconds()
            if at < horizon:
                approvals[int(at // (7 * DAY))] += 1
                real_cycle.append(days(case[-1][0] - case[0][0]))
    low, high = numpy.percentile(simulated, [10, 90], axis=0)
    print("| week from | approved | simulated, mean | range p10 to p90 | inside |")
    print("| --- | --- | --- | --- | --- |")
    inside = 0
    for week, real in enumerate(approvals):
        is_inside = low[week] <= real <= high[week]
        inside += is_inside
        date = (START + datetime.timedelta(days=7 * week)).date()
        print(f"| {date} | {real} | {simulated[:, week].mean():.0f} | {low[week]:.0f} to "
              f"{high[week]:.0f} | {'yes' if is_inside else 'no'} |")
    print(f"\n{inside} of {len(approvals)} weeks inside; {approvals.sum()} approved, "
          f"{simulated.sum(axis=1).mean():.0f} simulated")
    print("\n| cycle time of the approved, days | p10 | p50 | p90 | mean |\n| --- | --- | --- | --- | --- |")
    for name, values in ("real", real_cycle), ("simulated", cycle):
        p10, p50, p90 = numpy.percentile(values, [10, 50, 90])
        print(f"| {name} | {p10:.1f} | {p50:.1f} | {p90:.1f} | {numpy.mean(values):.1f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in "make", "compare":
        command = commands.add_parser(name)
        command.add_argument("log")
        command.add_argument("path")
        if name == "make":
            command.add_argument("--until", type=datetime.datetime.fromisoformat)
    arguments = parser.parse_args()
    if arguments.command == "make":
        make(arguments.log, arguments.path, arguments.until)
    else:
        compare(arguments.log, arguments.path)


if __name__ == "__main__":
    main()
