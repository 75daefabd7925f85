"""Simulated patients: one anatomy and its tumours, seen by every modality, with exact truth.

Never clinical evidence: every file, score and picture made from it says "simulated".
"""
