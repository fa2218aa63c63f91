"""The pure core: what happens, what follows and what is recorded.

It must not know clocks, threads, files, randomness or keys.
"""
