# SPDX-License-Identifier: GPL-3.0-or-later
"""The inference backend of Onesculpt: one styled face pair in, a style that animates every face out.

Each folder is one capability; heavy libraries are imported only where they are used, so importing
this package is cheap. It settles the threads of numerical libraries first: they read that once, when loaded.
"""

from .threads import configure_threads

configure_threads()

__version__ = "1.0.0"
