"""The deterministic simulation: a seeded building with people and faults, and what must hold in it all the time."""
