"""Tests of what stands around the core: configuration, vault, clock."""
