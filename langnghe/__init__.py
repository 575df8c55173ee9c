"""The running program: settings, bootstrap, HTTP application, worker and command line."""

__version__ = "0.1.0"
