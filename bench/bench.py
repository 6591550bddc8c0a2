"""What the benchmarks share: their arguments, their rows, and where the programs are."""

import argparse
import contextlib
import json
import os
import random
import socket
import statistics

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parser(text):
    p = argparse.ArgumentParser(description=text)
    p.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    p.add_argument("--json", action="store_true", help="one JSON object a row")
    return p


def program(name):
    """$GALE_BIN, or the release build, or the development build."""
    places = [os.path.join(ROOT, "build", preset, "bin") for preset in ("release", "dev")]
    for place in [os.environ.get("GALE_BIN", "")] + places:
        path = os.path.join(place, name)
        if place and os.access(path, os.X_OK):
            return path
    raise SystemExit(f"{name} is not built: script/build release")


def free_port():
    """One of 127.0.0.1 that nobody has, and that the kernel gives to nobody who connects."""
    while True:
        with contextlib.suppress(OSError), socket.socket() as s:
            s.bind(("127.0.0.1", random.randrange(20000, 30000)))
            return s.getsockname()[1]


class Rows:
    """Rows `name value unit` on stdout, each as soon as it is known."""

    def __init__(self, as_json):
        self.as_json = as_json

    def add(self, name, value, unit):
        number = round(value, 3) if isinstance(value, float) else value
        if self.as_json:
            print(json.dumps({"name": name, "value": number, "unit": unit}), flush=True)
        else:
            print(f"{name} {number} {unit}", flush=True)

    def spread(self, name, values, unit):
        """Median and worst."""
        if values:
            self.add(f"{name}.median", float(statistics.median(values)), unit)
            self.add(f"{name}.worst", float(max(values)), unit)
