"""The Rasa components that config.yml names: they need the dialogue engine's environment."""
