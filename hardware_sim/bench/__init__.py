"""The bench: a web page around a whole kiosk, which runs as a child process on a simulated bank."""
