# needs: 3.13
"""Two questions: can this build run without the lock, and does it now?"""

import sys
import sysconfig

print("free-threaded build:", sysconfig.get_config_var("Py_GIL_DISABLED") == 1)
print("lock in use now:", sys._is_gil_enabled())
