"""cohort.csv, its audit, patient-level splits; one file per public data set."""
