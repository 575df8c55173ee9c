"""Satisfaction surveys: questionnaires, rounds, responses and the indices computed from them."""
