"""GENERATED from protos/newsfold/v1 by `make proto`."""
