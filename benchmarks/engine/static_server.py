"""`newsfold serve` whose writer decodes batches to their end by `generate`: a peer for `online`."""

from __future__ import annotations

from unittest.mock import patch

from newsfold.cli import main
from newsfold.model import load

if __name__ == "__main__":
    with patch.object(load, "is_supported", return_value=False):
        main()
