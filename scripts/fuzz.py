"""The fuzzer of the tests with examples drawn anew, as many as wanted: the tests alone draw the same few each time.

python scripts/fuzz.py 20            twenty times as many, about ten minutes of a core
python scripts/fuzz.py 20 -k yaml    of one kind alone; all else goes to pytest
"""

import os
import sys
from pathlib import Path

import pytest


def main() -> int:
    times, rest = (sys.argv[1:2] or ["20"])[0], sys.argv[2:]
    if not times.isdigit() or int(times) < 2:
        print(f"{times!r} came; expected how many times as many examples as the tests have, 2 or more", file=sys.stderr)
        return 2
    os.environ["TEXTGAN_FUZZ"] = times
    root = Path(__file__).parents[1]
    os.chdir(root)
    sys.path.insert(0, str(root))
    return int(pytest.main(["tests/test_fuzz.py", "-x", *rest]))


if __name__ == "__main__":
    sys.exit(main())
