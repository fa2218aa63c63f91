"""What people see and touch: screens drawn from screen models. It must not know rules, boards or storage."""
