"""How the tests run: hypothesis repeats itself in CI and explores at a desk. Must not hold parts that tests share."""

import os

from hypothesis import settings

settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")
