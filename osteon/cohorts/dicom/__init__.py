"""What cohorts need of DICOM beyond images: outlines, and a public set that comes as DICOM. Heavy to import."""
