"""What the experiment `precision` is made of: models with fewer bits, by each engine that has a way to make them."""
