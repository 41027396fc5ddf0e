# SPDX-License-Identifier: GPL-3.0-or-later
"""The `.style` file: one tuned field with the pair it was tuned on, its settings and its measured errors.

Safetensors with a JSON header; nothing in it can run code.
"""
