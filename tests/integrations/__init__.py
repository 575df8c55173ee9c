"""Tests of the channel clients and parsers, against servers of our own on loopback."""
