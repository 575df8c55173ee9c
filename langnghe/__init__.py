"""The running program: settings, bootstrap, HTTP application, worker and command line."""
