"""A small DICOM slide with all that the standard asks for, so that wsidicom opens it."""

import highdicom as hd
import numpy as np
from dicom_maker import instance, item, save
from pydicom.sr.codedict import codes


def tiled(path, rng, *, size=(70, 50), tile=32):
    """Write a TILED_FULL slide of `size` (width, height) to `path`; return its pixels."""
    width, height = size
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    down, across = -(-height // tile), -(-width // tile)
    padded = np.zeros((down * tile, across * tile, 3), np.uint8)
    padded[:height, :width] = pixels
    frames = padded.reshape(down, tile, across, tile, 3).swapaxes(1, 2).reshape(-1, tile, tile, 3)
    made = instance(None, modality="SM", sop_class="1.2.840.10008.5.1.4.1.1.77.1.6", series="1.2.9")
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    made.Rows = made.Columns = tile
    made.NumberOfFrames = len(frames)
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    made.BitsAllocated = made.BitsStored = 8
    made.HighBit, made.PixelRepresentation = 7, 0
    made.TotalPixelMatrixColumns, made.TotalPixelMatrixRows = width, height
    made.ImagedVolumeWidth, made.ImagedVolumeHeight, made.ImagedVolumeDepth = 0.035, 0.0125, 0.001
    made.DimensionOrganizationType = "TILED_FULL"
    made.FrameOfReferenceUID, made.PositionReferenceIndicator = "1.2.7", "SLIDE_CORNER"
    made.ImageOrientationSlide = [0, -1, 0, -1, 0, 0]
    made.TotalPixelMatrixOriginSequence = [item(XOffsetInSlideCoordinateSystem=0.0, YOffsetInSlideCoordinateSystem=0.0)]
    made.NumberOfOpticalPaths = made.TotalPixelMatrixFocalPlanes = 1
    made.ExtendedDepthOfField, made.FocusMethod = "NO", "AUTO"
    made.VolumetricProperties, made.SpecimenLabelInImage, made.BurnedInAnnotation = "VOLUME", "NO", "NO"
    made.LossyImageCompression, made.ContainerIdentifier = "00", "1"
    made.OpticalPathSequence = [
        item(
            OpticalPathIdentifier="1",
            IlluminationTypeCodeSequence=[hd.sr.CodedConcept.from_code(codes.DCM.BrightfieldIllumination)],
        )
    ]
    measures = item(PixelSpacing=[0.00025, 0.0005], SliceThickness=0.001)
    made.SharedFunctionalGroupsSequence = [item(PixelMeasuresSequence=[measures])]
    made.PixelData = frames.tobytes()
    made["PixelData"].VR = "OB"
    save(made, path)
    return pixels
