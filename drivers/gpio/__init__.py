"""Door contacts on GPIO chips: the pins of the computer's own header, and of expanders.

`contacts` says what the levels of a chip's pins mean, `thread` waits, and `gpiod_factory` is a pin factory of gpiozero
on libgpiod. Which factory is used is said by whoever makes the thread, never by the environment.
"""
