"""Turns at the processor: heavy computations wait for each other, so that light questions never wait for many of them.

Threads that all compute at once are slower together than one after the other, and each of them holds up every page.
"""

import os
import sys
from threading import BoundedSemaphore

turn = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))  # ``with turn:``, never within another

# Every operation of torch gives the interpreter away and asks for it back. At Python's usual 5 ms it would wait so long for
# each of hundreds of operations whenever another page is being drawn.
sys.setswitchinterval(0.0005)
