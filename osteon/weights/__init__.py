"""Trained weights as package data, each with its model card and licence."""
