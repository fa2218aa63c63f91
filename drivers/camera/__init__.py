"""The camera: from pictures to the codes in them.

`picture`, `decode` and `confirm` are pure but for the library that reads symbols; `files` opens a picture of a file,
`grabber` is the process that has the camera, `camera` the thread that has that process. Nothing here knows what a code
means, and no picture is kept.
"""
