"""Score our forecast, and the peers' where there are some, against the rows that were held back."""

import argparse
import json

import pandas as pd
from forecast_data import load, scores, split


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table")
    options.add_argument("forecast")
    options.add_argument("--horizon", type=int, required=True)
    options.add_argument("--season", type=int, required=True)
    options.add_argument("--peers", help="table of unique_id, ds and one column per peer")
    known = options.parse_args()
    train, test = split(load(known.table), known.horizon)
    kinds = {"unique_id": str, "ds": str}
    ours = pd.read_csv(known.forecast, dtype=kinds)
    answer = {"ours": scores(train, test, ours, known.season), "peers": {}}
    if known.peers:
        peers = pd.read_csv(known.peers, dtype=kinds)
        for name in peers.columns.drop(["unique_id", "ds"]):
            answer["peers"][name] = scores(train, test, peers, known.season, name)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
