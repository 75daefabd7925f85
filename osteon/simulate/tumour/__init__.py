"""What is drawn of a tumour: entity, lesion and its exact label, the clinical row, what becomes of the patient."""
