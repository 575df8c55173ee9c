"""Survey rounds: a frame, a sample, field work, and the responses that come back."""
