"""Understanding Vietnamese: text normalisation, entities, classifiers and the Rasa components."""
