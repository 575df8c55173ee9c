"""The HTTP side of the program: chat, webhooks, the engine's actions, health, and the pages of the staff."""
