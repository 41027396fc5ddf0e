# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: the source field on endless samples of a morphable model, a style on one sculpted pair.

`pretrain` makes D_S, `finetune` makes D_T; both are generators of `Progress` and never print.
"""
