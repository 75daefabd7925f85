"""The header elements that osteon looks at; nothing else of a file is kept."""

from __future__ import annotations

from pydicom.datadict import dictionary_VR, tag_for_keyword

_KEYWORDS = """
SOPClassUID SOPInstanceUID PatientID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID
Modality ImageType Manufacturer ManufacturerModelName SeriesDescription ProtocolName SequenceName InstanceNumber
BodyPartExamined ViewPosition Laterality ImageLaterality BurnedInAnnotation PatientOrientation
AnatomicRegionSequence ViewCodeSequence PresentationIntentType PixelIntensityRelationship
PixelIntensityRelationshipSign EstimatedRadiographicMagnificationFactor LossyImageCompression
DistanceSourceToDetector DistanceSourceToPatient KVP MagneticFieldStrength
CodeValue CodingSchemeDesignator CodeMeaning
Rows Columns NumberOfFrames SamplesPerPixel PhotometricInterpretation PlanarConfiguration BitsAllocated
BitsStored HighBit PixelRepresentation PixelPaddingValue PixelSpacing ImagerPixelSpacing NominalScannedPixelSpacing
PixelSpacingCalibrationType PixelSpacingCalibrationDescription SpacingBetweenSlices SliceThickness
ImagePositionPatient ImageOrientationPatient GantryDetectorTilt
RescaleSlope RescaleIntercept RescaleType ModalityLUTSequence VOILUTSequence LUTDescriptor LUTData
WindowCenter WindowWidth VOILUTFunction PresentationLUTShape
EchoTime EchoNumbers RepetitionTime InversionTime FlipAngle DiffusionBValue TemporalPositionIdentifier
AcquisitionNumber ConvolutionKernel ContrastBolusAgent TriggerTime ScanningSequence SequenceVariant ScanOptions
SharedFunctionalGroupsSequence PerFrameFunctionalGroupsSequence PlanePositionSequence PlaneOrientationSequence
PixelMeasuresSequence PixelValueTransformationSequence FrameContentSequence StackID InStackPositionNumber
TemporalPositionIndex MREchoSequence EffectiveEchoTime MRDiffusionSequence CTImageFrameTypeSequence
MRImageFrameTypeSequence PETFrameTypeSequence FrameType FrameVOILUTSequence FrameAcquisitionNumber
DetectorInformationSequence DetectorVector NumberOfDetectors StartAngle ImageID RotationInformationSequence
RotationVector SliceVector NumberOfSlices PatientGantryRelationshipCodeSequence ActualFrameDuration
EnergyWindowVector NumberOfEnergyWindows CountsAccumulated PhaseVector TimeSliceVector FrameTime
Units SUVType DecayCorrection CorrectedImage RadiopharmaceuticalInformationSequence RadiopharmaceuticalStartTime
RadiopharmaceuticalStartDateTime RadionuclideTotalDose RadionuclideHalfLife PatientWeight SeriesDate SeriesTime
AcquisitionDate AcquisitionTime AcquisitionDateTime FrameReferenceTime TimezoneOffsetFromUTC
FrameAcquisitionDateTime FrameReferenceDateTime RealWorldValueMappingSequence
DiffusionGradientDirectionSequence DiffusionGradientOrientation TemporalPositionSequence TemporalPositionTimeOffset
ContentDate ContentTime
RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor BluePaletteColorLookupTableDescriptor
RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
FrameTimeVector CineRate RecommendedDisplayFrameRate
PhaseInformationSequence PhaseDelay PauseBetweenFrames NumberOfFramesInPhase
"""

PHILIPS_SUV, PHILIPS_BQML, GE_SCAN_TIME = "PhilipsSUVScaleFactor", "PhilipsActivityFactor", "GEScanDateTime"
SIEMENS_CSA, SIEMENS_TILES = "SiemensImageHeader", "SiemensMosaicImages"
_PRIVATE = {
    0x0019100A: (SIEMENS_TILES, "US"),
    0x00291010: (SIEMENS_CSA, "OB"),
    0x70530010: ("PhilipsCreator", "LO"),
    0x70531000: (PHILIPS_SUV, "DS"),
    0x70531009: (PHILIPS_BQML, "DS"),
    0x00090010: ("GECreator", "LO"),
    0x0009100D: (GE_SCAN_TIME, "DT"),
}


def _table() -> dict[int, tuple[str, str]]:
    found = {}
    for keyword in _KEYWORDS.split():
        tag = tag_for_keyword(keyword)
        if tag is not None:
            found[int(tag)] = (keyword, dictionary_VR(tag).split(" or ")[0])
    return found | _PRIVATE


TABLE = _table()
"""Tag to (keyword, VR)."""


TEXT = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"})
BINARY = {
    "US": ("H", 2), "SS": ("h", 2), "UL": ("L", 4), "SL": ("l", 4), "FL": ("f", 4), "FD": ("d", 8),
    "UV": ("Q", 8), "SV": ("q", 8),
}  # fmt: skip
"""VR to (struct code, bytes)."""
