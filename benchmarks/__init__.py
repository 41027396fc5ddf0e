# SPDX-License-Identifier: GPL-3.0-or-later
"""Benchmarks: what Onesculpt costs on this machine. ``python -m benchmarks`` lists and runs them.

Each file also runs alone and measures one thing; none of them is a test, and no test depends on a time.
"""
