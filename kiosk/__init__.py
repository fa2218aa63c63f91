"""The parcel-locker kiosk controller: engine, ports, wiring and commands. It must not know the simulator."""
