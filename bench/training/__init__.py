"""Training a small network by Relax's training tools and by torch, in one form, on data of our own making."""
