"""Everything outside the kiosk, simulated: boards, doors, people, faults. Nothing that runs on a kiosk imports it."""
