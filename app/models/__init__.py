"""What computes: embedders and generators."""
