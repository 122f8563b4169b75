"""All that knows torch and transformers."""

import os

_SPINS = "10000"
"""How often a thread of torch's OpenMP looks for work before it sleeps: tens of microseconds, where
GNU's default is milliseconds. A decoder step is many short parallel regions; beside another process
that computes, a thread that spins has used up its turn when there is work (ADR 24)."""

if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)  # read when torch is imported
