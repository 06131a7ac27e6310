"""Turns at the processor: heavy computations wait for each other, so that light questions never wait for many of them.

Threads that all compute at once are slower together than one after the other, and each of them holds up every page.
"""

import os
from threading import BoundedSemaphore

turn = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))  # ``with turn:``, never within another
