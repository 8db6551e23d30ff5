"""Tests of the whole: real servers, the simulator, faults, benchmarks, the demo."""
