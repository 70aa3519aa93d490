"""`python -m todo.healthcheck`: for the container, which has no curl."""

import sys
from urllib.error import URLError
from urllib.request import urlopen

from todo.settings import Settings


def main() -> int:
    address = f"http://127.0.0.1:{Settings().port}/health/live"
    try:
        with urlopen(address, timeout=2):
            return 0
    except (URLError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
