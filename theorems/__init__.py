"""The catalogue: one module for each family of methods, found through the registry."""
