"""Eight prompts on one picture: the trunk once and one backward pass of the head, against eight Grad-CAM runs of the package."""

import numpy as np
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.image import scale_cam_image
from torch import Tensor, nn

from benchmarks.measure import Row, at_most, faster, seconds
from engine.checkpoints.storage import checkpoint_folder
from engine.checkpoints.storage import load as load_checkpoint
from engine.data import load
from engine.encoders.base import ImageEncoder
from engine.models.base import TwoViewModel
from engine.saliency.explainer import Explainer
from engine.saliency.maps import last_maps, saliency_maps
from engine.saliency.scores import score

PROMPTS = ("a house", "a tree", "a dog", "the sun", "a red car", "a cloud in the sky", "something to eat", "an animal")


class Whole(nn.Module):
    """Pixels to one prompt's score, as the package explains a network. ``last``: where it hooks in."""

    def __init__(self, encoder: ImageEncoder, model: TwoViewModel, prompt: Tensor):
        super().__init__()
        self.encoder, self.prompt, self.common, self.last = encoder, prompt, score(model), nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        x = self.encoder.pool(self.last(self.encoder.maps(pixels)))
        return self.common(x, self.prompt.expand(len(x), -1))[:, None]


def run(rounds: int) -> list[Row]:
    explainer = Explainer(load_checkpoint(checkpoint_folder("scenes-objects/muc2m")))
    image, text = explainer.encoders
    model, picture, prompts = explainer.model, load("scenes", "test").x.items[0], text(list(PROMPTS)).clone()
    common = score(model)

    def ours() -> np.ndarray:
        return saliency_maps(last_maps(image, [picture])[0], image, lambda x: common(x, prompts), len(prompts))

    def theirs() -> np.ndarray:
        pixels = image.preprocess(picture)[None]
        drawn = []
        for prompt in prompts:
            whole = Whole(image, model, prompt)
            with GradCAM(whole, [whole.last]) as cam:
                drawn.append(cam(pixels.clone().requires_grad_(), [lambda out: out[0]])[0])
        return np.stack(drawn)

    quick, slow = seconds(ours, theirs, rounds=rounds)
    as_theirs = np.stack([scale_cam_image(scale_cam_image(m[None], (224, 224)))[0] for m in ours()])
    return [
        faster(f"Maps of {len(prompts)} prompts on one picture, separate Grad-CAM runs", quick, slow, 5, "grad-cam on the whole network; ours includes the trunk"),
        at_most(f"Maps of {len(prompts)} prompts, largest difference", float(np.abs(as_theirs - theirs()).max()), 1e-4, "", "both stretched to [0, 1]"),
    ]
