"""Quality and speed, measured: each module prints a table."""
