"""Who is imaged: skeleton and soft tissue of a simulated patient, as shapes, as voxels, and what they are made of."""
