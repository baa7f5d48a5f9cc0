"""Write the part of a table that a forecast may see: every series without its last rows."""

import argparse
import json

from forecast_data import load, split


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("table")
    options.add_argument("output")
    options.add_argument("--last", type=int, required=True)
    options.add_argument("--least", type=int, default=0, help="leave out series of fewer rows in the whole table")
    known = options.parse_args()
    frame = load(known.table)
    frame = frame[frame.groupby("unique_id")["y"].transform("size") >= known.least]
    train, _test = split(frame, known.last)
    train.to_csv(known.output, index=False)
    print(json.dumps({"series": int(train["unique_id"].nunique()), "rows": len(train)}))


if __name__ == "__main__":
    main()
