"""What people see and touch: screens drawn from screen models. It must not know rules, boards or storage."""

import os

# pygame greets on standard output when it is imported, which is where commands answer.
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
