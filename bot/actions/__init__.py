"""Custom actions that the dialogue engine calls."""
