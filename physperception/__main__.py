"""`python -m physperception`."""

import sys

from physperception.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
