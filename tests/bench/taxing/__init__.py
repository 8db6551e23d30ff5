"""The parts of the benchmark ``tax``."""
