"""The outside world, one folder each: clients and parsers, no tables."""
