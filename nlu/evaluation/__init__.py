"""Measures the understanding on labelled messages: figures, floors, report and model card."""
