"""Speed, side by side in one run: Neurona beside the ways that people train the same nets today.

    NEURONA_DATA=... python -m benchmarks [moons mnist ...] [--repeats 5] [--quick]

A `Workload` is the part of a recipe that is timed. Its numbers (samples, first weights, order of the samples, learning
rates) are written to a folder as a `Setting`, which needs nothing of Neurona to be read. Each contender trains from it
in a process of its own (`worker.py`), and `match.py` lets them take turns. `populations.py` is about many nets,
`processes.py` about whole processes, `limits.py` about the machine; `promises.py` holds the figures against what is
asked, and `report.py` writes them down. `glass.py` and `transfer_features.py` stand by themselves.
"""
