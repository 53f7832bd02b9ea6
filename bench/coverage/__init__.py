"""Which models go through TVM's importers: the models, the attempts, and how their results are told."""
