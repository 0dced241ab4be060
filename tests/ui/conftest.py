"""Where the window's tests draw: nowhere, unless another platform is named."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
