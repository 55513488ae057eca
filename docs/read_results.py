#!/usr/bin/env python3
"""Reads a result file of funnelsim with h5py (Debian: python3-h5py).

    python3 docs/read_results.py out.h5

Prints wins per replication from the counts, and the mean wait of each stage from the rows.
"""
import sys

import h5py
import numpy as np


def names(dataset):
    """Texts are stored as bytes of one length."""
    return [text.decode() for text in dataset[...]]


def main(path):
    with h5py.File(path, "r") as file:
        replications = int(file.attrs["replications"])
        print("scenario:", file.attrs["scenario"].decode())
        print("replications:", replications)

        # Counts: /series/ended is [replication, outcome, group]; group 0 is all leads.
        ended = file["series/ended"][:replications, :, 0]
        for outcome, label in enumerate(names(file["series/labels/outcome"])):
            print(f"{label}: {ended[:, outcome].mean():.1f} a replication")

        # Rows: those of replication r are first[r] to first[r + 1].
        first = file["index/visits"][: replications + 1]
        rows = slice(int(first[0]), int(first[replications]))
        stage = file["visits/stage"][rows]
        wait = file["visits/wait"][rows]
        label = h5py.check_enum_dtype(file["visits/stage"].dtype) or {}
        for name, number in label.items():
            mine = wait[stage == number]
            if len(mine) > 0:
                print(f"{name}: {len(mine)} visits, mean wait {np.mean(mine) / 86400:.2f} d")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
