# needs: 3.13
"""A worker that is defined in a cell: __main__ has no file that a new process could import."""

import multiprocessing
import subprocess
import sys

CELL = """
from concurrent.futures import ProcessPoolExecutor

def double(number):
    return 2 * number

with ProcessPoolExecutor(1) as pool:
    print(pool.submit(double, 21).result(timeout=30))
"""

print("default:", multiprocessing.get_start_method())
cell = [sys.executable, "-c", CELL]  # as in a notebook, there is no file behind __main__
done = subprocess.run(cell, capture_output=True, text=True, check=False)
print("worker in a cell:", done.stdout.strip() or done.stderr.strip().splitlines()[-1])
for line in done.stderr.splitlines():
    if line.startswith("AttributeError"):
        print(" ", line.partition(" on <")[0])
