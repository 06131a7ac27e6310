"""The grad-cam package's methods by name. Importing it takes seconds (torchvision comes along), so that ``maps`` does so only when a map is drawn."""

from typing import Any

import numpy as np
from pytorch_grad_cam import EigenGradCAM, GradCAM, GradCAMPlusPlus, LayerCAM


class CentredGradCAM(GradCAM):
    """Grad-CAM less its own mean over the picture: where the score is raised more than on average.

    Negative and positive channels of a fine-grained network do not cancel to zero on the background, and what is left there
    has no place of its own; photos need this more than drawings.
    """

    def get_cam_image(self, *arguments: Any, **named: Any) -> np.ndarray:
        drawn = super().get_cam_image(*arguments, **named)
        return drawn - drawn.mean((1, 2), keepdims=True)


CAMS = {"gradcam": GradCAM, "gradcam-centred": CentredGradCAM, "gradcam++": GradCAMPlusPlus, "layercam": LayerCAM, "eigengradcam": EigenGradCAM}
