"""Quality and speed, measured: each module prints a table."""

import newsfold.model  # noqa: F401 - threads wait as in the service, in peers too: before torch
