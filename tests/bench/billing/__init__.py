"""The parts of the benchmark ``ap``."""
