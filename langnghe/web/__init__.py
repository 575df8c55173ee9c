"""The HTTP side of the program: chat API and page, webhooks, the engine's actions, health, and the pages of the staff."""
