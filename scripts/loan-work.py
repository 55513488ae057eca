#!/usr/bin/python3
"""Reads teams, their hours and their work off a real log, and compares simulated queues with real ones.

  loan-work.py make LOG.csv FOLDER       writes work.yaml (model), teams.yaml (scenario) and CSV files
  loan-work.py compare LOG.csv RESULT.h5 prints the tables of docs/real-log.md

LOG.csv is the event log of the BPI Challenge 2012 (4TU.ResearchData) with columns case, activity,
lifecycle, resource, timestamp, amount. Its work items (W_…) are scheduled, started and completed by
people. A visit is one session of work, from START to COMPLETE; the first session of an item waits in
the queue from SCHEDULE to START, later ones come when somebody takes the item up again.
"""
import argparse
import collections
import csv
import datetime
import os
import statistics

KINDS = {
    "W_Afhandelen leads": "leads",
    "W_Completeren aanvraag": "complete",
    "W_Nabellen offertes": "offers",
    "W_Valideren aanvraag": "validate",
    "W_Nabellen incomplete dossiers": "missing",
    "W_Beoordelen fraude": "fraud",
}
START = datetime.datetime(2011, 10, 1)
WARM_UP = 28  # days
OPEN = {day: (9, 21) for day in range(5)} | {5: (10, 17)}  # as the log's events fall
HOUR = 3600.0


def open_seconds(begin, end):
    """Seconds of [begin, end) in open hours."""
    total, day = 0.0, begin.replace(hour=0, minute=0, second=0)
    while day < end:
        if day.weekday() in OPEN:
            first, last = (day + datetime.timedelta(hours=h) for h in OPEN[day.weekday()])
            total += max(0.0, (min(end, last) - max(begin, first)).total_seconds())
        day += datetime.timedelta(days=1)
    return total


def read_sessions(path):
    """Of every case its sessions: (kind, queued since or None, started, completed, person)."""
    events = collections.defaultdict(list)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["activity"] in KINDS:
                time = datetime.datetime.fromisoformat(row["timestamp"][:19])
                events[row["case"]].append((time, KINDS[row["activity"]], row["lifecycle"],
                                            row["resource"]))
    cases, last = [], START
    for of_case in events.values():
        scheduled, started, sessions = {}, {}, []
        for time, kind, lifecycle, person in sorted(of_case, key=lambda event: event[0]):
            last = max(last, time)
            if lifecycle == "SCHEDULE":
                scheduled[kind] = time
            elif lifecycle == "START":
                started[kind] = (time, scheduled.pop(kind, None))
            elif lifecycle == "COMPLETE" and kind in started:
                begin, since = started.pop(kind)
                sessions.append((kind, since, begin, time, person))
        if sessions:
            cases.append(sorted(sessions, key=lambda session: session[2]))
    return cases, last


def write_values(folder, name, column, values):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(column + "\n")
        file.writelines(f"{value:.6f}\n" for value in sorted(values))


def people_at_once(cases):
    """Average number of different people who work on a kind in an hour of its open time."""
    people = collections.defaultdict(lambda: collections.defaultdict(set))
    days = set()
    for sessions in cases:
        for kind, _, begin, end, person in sessions:
            days.add(begin.date())
            hour = begin.replace(minute=0, second=0)
            while hour <= end and (hour - begin).total_seconds() < 4 * HOUR:
                people[kind][hour].add(person)
                hour += datetime.timedelta(hours=1)
    hours = sum(OPEN[day.weekday()][1] - OPEN[day.weekday()][0] for day in days
                if day.weekday() in OPEN)
    return {kind: sum(len(who) for who in by_hour.values()) / hours
            for kind, by_hour in people.items()}


def make(log, folder):
    cases, last = read_sessions(log)
    work = collections.defaultdict(list)
    following = collections.defaultdict(lambda: collections.defaultdict(list))
    first = collections.Counter()
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "cases.csv"), "w", encoding="utf-8") as file:
        file.write("arrived\n")
        for sessions in sorted(cases, key=lambda sessions: sessions[0][1] or sessions[0][2]):
            file.write(f"{(sessions[0][1] or sessions[0][2]).isoformat(sep=' ')}\n")
            first[sessions[0][0]] += 1
    for sessions in cases:
        for session, after in zip(sessions, sessions[1:] + [None]):
            kind, _, begin, end, _ = session
            work[kind].append(open_seconds(begin, end) / 60)
            if after is None:
                following[kind]["done"].append(0.0)
            else:
                came = after[1] if after[1] is not None else after[2]
                following[kind][after[0]].append(max(0.0, (came - end).total_seconds() / HOUR))
    kinds = sorted(work)
    with open(os.path.join(folder, "work.yaml"), "w", encoding="utf-8") as model:
        model.write("funnel: work\ntitle: Work on loan applications\nentry: arrival\nstages:\n")
        total = sum(first.values())
        exits = [f"{kind}: {'rest' if i == 0 else format(first[kind] / total, '.6f')}"
                 for i, kind in enumerate(k for k in kinds if first[k])]
        model.write(f"  arrival: {{exits: {{{', '.join(exits)}}}}}\n")
        for kind in kinds:
            write_values(folder, f"work-{kind}.csv", "minutes", work[kind])
            model.write(f"  {kind}:\n    work: {{team: {kind}, time: {{empirical: {{file: "
                        f"work-{kind}.csv, column: minutes, unit: min}}}}}}\n    exits:\n")
            count = sum(len(of) for of in following[kind].values())
            for i, (target, waits) in enumerate(sorted(following[kind].items())):
                share = "rest" if i == 0 else f"{len(waits) / count:.6f}"
                name = f"wait-{kind}-{target}.csv"
                write_values(folder, name, "hours", waits)
                model.write(f"      {target}: {{probability: {share}, wait: {{empirical: {{file: "
                            f"{name}, column: hours, unit: h}}}}}}\n")
        model.write("outcomes: {done: {counts_as: win}}\n")
    size = people_at_once(cases)
    with open(os.path.join(folder, "teams.yaml"), "w", encoding="utf-8") as scenario:
        scenario.write(f"""scenario: loan-work
title: The people behind {len(cases)} loan applications
currency: EUR
models: [work]
start: {START.date()}
horizon: {(last - START).days} d
warm_up: {WARM_UP} d
replications: 20
seed: 2012
streams:
  log: {{into: work, csv: {{file: cases.csv, date: arrived}}}}
teams:
""")
        for kind in kinds:
            scenario.write(f"  {kind}:\n    size: {max(1, round(size[kind]))}\n    hours:\n"
                           "      - {days: mon-fri, from: \"09:00\", to: \"21:00\"}\n"
                           "      - {days: sat, from: \"10:00\", to: \"17:00\"}\n"
                           "    closed: [2011-12-26, 2012-01-02]\n")
    print(f"{len(cases)} cases, {sum(len(s) for s in cases)} sessions; people at once: "
          + ", ".join(f"{kind} {size[kind]:.2f}" for kind in kinds))


def quantiles(values):
    values = sorted(values)
    return statistics.mean(values), values[len(values) // 2], values[int(0.9 * len(values))]


def compare(log, result):
    import h5py

    cases, last = read_sessions(log)
    begin = START + datetime.timedelta(days=WARM_UP)
    real = collections.defaultdict(list)
    sessions = collections.Counter()
    busy = collections.Counter()
    for of_case in cases:
        for kind, since, started, completed, _ in of_case:
            if started >= begin:
                sessions[kind] += 1
                busy[kind] += open_seconds(started, completed)
            if since is not None and since >= begin:
                real[kind].append((started - since).total_seconds() / HOUR)
    with h5py.File(result) as file:
        names = [name.decode().split(".")[-1] for name in file["/names/stage"][:]]
        teams = [name.decode() for name in file["/names/team"][:]]
        n = int(file.attrs["replications"])
        visits = file["/visits"]
        stage, enter = visits["stage"][:], visits["t_enter"][:]
        queue, work, visit = visits["queue"][:], visits["work"][:], visits["visit"][:]
        windows = enter >= WARM_UP * 86400
        used = file["/series/busy"][:].mean(axis=0).ravel()
    hours = open_seconds(begin, last) / HOUR
    weeks = (last - begin).days / 7
    print("| work | real queue, h: mean, p50, p90 | simulated | sessions a week | simulated | people "
          "busy at once | simulated |\n| --- | --- | --- | --- | --- | --- | --- |")
    for kind in sorted(real):
        here = windows & (stage == names.index(kind))
        fresh = here & (visit == 0) & (work > 0)
        told = [" / ".join(f"{value:.1f}" for value in quantiles(values))
                for values in (real[kind], (queue[fresh] / HOUR).tolist())]
        print(f"| {kind} | {told[0]} | {told[1]} | {sessions[kind] / weeks:.0f} | "
              f"{here.sum() / n / weeks:.0f} | {busy[kind] / HOUR / hours:.2f} | "
              f"{used[teams.index(kind)] / HOUR / hours:.2f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name in "make", "compare":
        command = commands.add_parser(name)
        command.add_argument("log")
        command.add_argument("path")
    arguments = parser.parse_args()
    (make if arguments.command == "make" else compare)(arguments.log, arguments.path)


main()
