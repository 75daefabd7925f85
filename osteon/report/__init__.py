"""Predictions and scores to HTML, figures and model cards."""
