"""Text networks of the zero-shot experiments — End-to-End Cross-Modality Retrieval with CCA Projections and Pairwise Ranking Loss
(Dorfer, Schlüter, Vall, Korzeniowski & Widmer, 2018), Tables 8 and 9, after Reed, Akata, Lee & Schiele (CVPR 2016).

A sentence is 30 token ids, 0 = padding, seen one-hot. Both begin with a width-3 convolution of 256 maps, BN-ELU, max
pooling by 3 and two more convolutions without padding: 30 → 10 → 8 → 6 positions. The CNN goes on with FC(1024)-BN-ELU, the
CNN-RNN with a GRU of 512 units averaged over time; both end in a linear layer. Not stated: BN-ELU after the second and third
convolution (here yes, as the tables' other blocks have it), and the direction of the GRU (here forward).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.errors import TwoviewError

MAPS = 256
SHORTEST = 15  # tokens: pooled to five positions, of which two unpadded convolutions leave one


class TokenConvolution(nn.Module):
    """A width-3, same-padded convolution over one-hot tokens (n, length) → (n, MAPS, length), without making them one-hot.

    On one-hot input each tap of the kernel picks a row of a table, so three look-ups, shifted and added, are the convolution.
    Raises TwoviewError on an id outside the vocabulary.
    """

    def __init__(self, vocabulary: int):
        super().__init__()
        taps = [nn.Embedding(vocabulary, MAPS, padding_idx=0) for _ in range(3)]
        for tap in taps:
            nn.init.normal_(tap.weight, std=0.1)
            tap.weight.data[0] = 0.0
        self.taps = nn.ModuleList(taps)
        self.bias = nn.Parameter(torch.zeros(MAPS))
        self.vocabulary = vocabulary

    def forward(self, tokens: Tensor) -> Tensor:
        tokens = tokens.long()
        if tokens.numel() and (int(tokens.min()) < 0 or int(tokens.max()) >= self.vocabulary):
            raise TwoviewError(
                f"Token ids have to lie in 0 … {self.vocabulary - 1}, but {int(tokens.min())} … {int(tokens.max())} came. Raise 'vocabulary' or tokenise with it."
            )
        before, here, after = (tap(tokens) for tap in self.taps)
        summed = here + F.pad(before, (0, 0, 1, 0))[:, :-1] + F.pad(after, (0, 0, 0, 1))[:, 1:]
        return (summed + self.bias).transpose(1, 2)


def _convolutions(vocabulary: int) -> nn.Sequential:
    """Tokens (n, length) → maps (n, MAPS, length // 3 − 4)."""
    layers: list[nn.Module] = [TokenConvolution(vocabulary), nn.BatchNorm1d(MAPS), nn.ELU(), nn.MaxPool1d(3)]
    for _ in range(2):
        layers += [nn.Conv1d(MAPS, MAPS, 3), nn.BatchNorm1d(MAPS), nn.ELU()]
    return nn.Sequential(*layers)


def _check(length: int) -> None:
    if length < SHORTEST:
        raise TwoviewError(f"The text networks need sentences padded to at least {SHORTEST} tokens, but {length} came.")


class TextCNN(nn.Module):
    """Table 8: token ids (n, length) → (n, outputs)."""

    def __init__(self, vocabulary: int, length: int = 30, outputs: int = 64):
        super().__init__()
        _check(length)
        self.convolutions = _convolutions(vocabulary)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Linear(MAPS * (length // 3 - 4), 1024), nn.BatchNorm1d(1024), nn.ELU(), nn.Linear(1024, outputs)
        )

    def forward(self, tokens: Tensor) -> Tensor:
        return self.head(self.convolutions(tokens))


class TextCNNRNN(nn.Module):
    """Table 9: token ids (n, length) → (n, outputs)."""

    def __init__(self, vocabulary: int, length: int = 30, outputs: int = 64):
        super().__init__()
        _check(length)
        self.convolutions = _convolutions(vocabulary)
        self.recurrent = nn.GRU(MAPS, 512, batch_first=True)
        self.head = nn.Linear(512, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        states, _ = self.recurrent(self.convolutions(tokens).transpose(1, 2))
        return self.head(states.mean(1))


TEXT_NETWORKS: dict[str, type[TextCNN] | type[TextCNNRNN]] = {"cnn": TextCNN, "cnn_rnn": TextCNNRNN}
