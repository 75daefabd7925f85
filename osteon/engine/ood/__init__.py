"""Out of distribution: whether an answer is about something that the system was not trained on."""
