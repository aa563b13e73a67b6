"""Lets a vLLM without CUDA import PyPI's torchvision, which is built for CUDA: its operators cannot
be loaded, and it begins by looking two of them up. What processes images needs neither.

Python runs this where the folder is on its path.
"""

from __future__ import annotations

import torch

operators = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    operators.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
