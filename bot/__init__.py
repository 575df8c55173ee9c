"""The conversation: inbox, turn, outbox and the dialogue engine that answers."""
