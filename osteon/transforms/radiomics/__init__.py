"""Radiomics: what an outlined region looks like, as named numbers.

Features after the Image Biomarker Standardisation Initiative (Zwanenburg A. et al., Radiology 2020;295:328), named as
PyRadiomics names them; `vector.extract` is the door.
"""
