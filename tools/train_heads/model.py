"""The trained part of glimpse-small: several linear heads side by side, then one projection shared by both sides."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F


def picture_features(pooled, logits, label_embeddings):
    """Input of the heads before LayerNorm: pooled [1280], log-softmax / 5 [1000], 10 x expected label [384], joined."""
    log_probability = torch.log_softmax(logits, -1)
    return torch.cat([pooled, log_probability / 5, 10 * log_probability.exp() @ label_embeddings], -1)


def layer_norm(x):
    return F.layer_norm(x, x.shape[-1:], eps=1e-5)


@dataclass
class Model:
    label_embeddings: torch.Tensor  # [1000, 384]
    heads: list
    scales: list
    projection: torch.Tensor  # [dimension, sum of the heads' dimensions]

    def image(self, x):
        """Unit vectors of pictures; x is the output of picture_features after LayerNorm."""
        joined = torch.cat([s * head.image(x) for s, head in zip(self.scales, self.heads)], -1)
        return F.normalize(joined @ self.projection.T, dim=-1)

    def text(self, t):
        joined = torch.cat([s * head.text(t) for s, head in zip(self.scales, self.heads)], -1)
        return F.normalize(joined @ self.projection.T, dim=-1)


def compose(label_embeddings, heads, scales, dimension, sentences):
    """Joins the heads; the projection keeps the `dimension` directions in which real sentences vary most.

    Sentences span little more than 384 directions however many heads there are, and what a picture has outside of that
    span no query can reach: so the projection costs next to nothing.
    """
    model = Model(label_embeddings, heads, scales, torch.eye(sum(len(head.image_bias) for head in heads)))
    joined = model.text(sentences).double()
    _, vectors = torch.linalg.eigh(joined.T @ joined / len(joined))
    model.projection = vectors[:, -dimension:].flip(1).T.float().contiguous()
    return model


def round_to_f16(model):
    """The model as it is after storage in half precision."""

    def stored(tensor):
        return tensor.half().float()

    heads = [type(h)(*(stored(v) for v in vars(h).values())) for h in model.heads]
    return Model(stored(model.label_embeddings), heads, model.scales, stored(model.projection))


def tensors(model):
    """name -> tensor, the layout that src/models reads."""
    out = {"image.label_embeddings": model.label_embeddings.half(), "projection.weight": model.projection.half()}
    for number, (head, scale) in enumerate(zip(model.heads, model.scales)):
        out[f"heads.{number}.image.weight"] = head.image_weight.half()
        out[f"heads.{number}.image.bias"] = head.image_bias.half()
        out[f"heads.{number}.text.weight"] = head.text_weight.half()
        out[f"heads.{number}.text.bias"] = head.text_bias.half()
        out[f"heads.{number}.scale"] = torch.tensor([scale])
        out[f"heads.{number}.layer_norm"] = torch.tensor([1.0])
    return {name: tensor.contiguous() for name, tensor in out.items()}
