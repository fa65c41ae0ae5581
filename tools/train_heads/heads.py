"""Two ways to learn a linear head: canonical correlation in closed form, and a contrastive loss by gradient.

Both give a LinearHead: picture features x (after LayerNorm) -> W x + b, sentence embedding t -> V t + c, compared by
cosine. Material holds development pictures first; `rows` says which of them may be learnt from.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F


@dataclass
class Material:
    pictures: torch.Tensor  # [versions, n, 2664] after LayerNorm
    captions: torch.Tensor  # [n, 5, 384]
    phrases: torch.Tensor  # [n, 8, 384] short texts out of the captions
    class_pictures: torch.Tensor  # [versions, 1000, 2664]
    class_texts: torch.Tensor  # [1000, texts, 384]
    groups: torch.Tensor  # [groups, 5, 384]: captions of photographs that are not here


@dataclass
class LinearHead:
    image_weight: torch.Tensor
    image_bias: torch.Tensor
    text_weight: torch.Tensor
    text_bias: torch.Tensor

    def image(self, x):
        return F.normalize(x @ self.image_weight.T + self.image_bias, dim=-1)

    def text(self, t):
        return F.normalize(t @ self.text_weight.T + self.text_bias, dim=-1)


def _ridge(covariance, amount):
    return covariance + amount * covariance.diagonal().mean() * torch.eye(len(covariance), dtype=covariance.dtype)


def correlation_head(material, rows, dimension=256, image_ridge=10.0, text_ridge=0.3, class_share=0.3, phrases=1):
    """Regularized canonical correlation analysis (Hotelling 1936), directions weighted by their correlation.

    Pictures are centred within their source, so the difference between class pictures and captioned ones is not learnt.
    """
    x = material.pictures[:, rows].double()
    t = torch.cat([material.captions[rows], material.phrases[rows, :phrases]], 1).double()
    image_mean, text_mean = x.mean((0, 1)), t.mean((0, 1))
    x, t = x - image_mean, t - text_mean
    class_x, class_t = material.class_pictures.double(), material.class_texts[:, 0].double()
    class_x, class_t = class_x - class_x.mean((0, 1)), class_t - class_t.mean(0)

    def blend(captioned, labelled):
        return (1 - class_share) * captioned + class_share * labelled

    def second_moment(values):
        flat = values.flatten(0, 1)
        return flat.T @ flat / len(flat)

    xx = blend(second_moment(x), second_moment(class_x))
    tt = blend(second_moment(t), class_t.T @ class_t / len(class_t))
    xt = blend(x.mean(0).T @ t.mean(1) / len(rows), class_x.mean(0).T @ class_t / len(class_t))
    lower = torch.linalg.cholesky(_ridge(xx, image_ridge))
    values, vectors = torch.linalg.eigh(_ridge(tt, text_ridge))
    text_whitening = vectors @ torch.diag(values.rsqrt()) @ vectors.T
    left, correlation, right = torch.linalg.svd(
        torch.linalg.solve_triangular(lower, xt, upper=False) @ text_whitening, full_matrices=False
    )
    weight = correlation[:dimension]
    image_weight = (torch.linalg.solve_triangular(lower.T, left[:, :dimension], upper=True) * weight).T
    text_weight = (text_whitening @ right[:dimension].T * weight).T
    image_weight, text_weight = (w / w.norm(dim=1).mean() for w in (image_weight, text_weight))
    return LinearHead(
        image_weight.float(),
        -(image_weight @ image_mean).float(),
        text_weight.float(),
        -(text_weight @ text_mean).float(),
    )


def contrastive_head(
    material,
    rows,
    seed,
    dimension=256,
    epochs=60,
    batch=256,
    rate=1e-3,
    decay=0.01,
    dropout=0.4,
    class_share=0.3,
    sentence_weight=1.0,
    sentence_batch=512,
    own_version=0.5,
    phrase_share=0.15,
):
    """Symmetric InfoNCE over pictures and captions, plus InfoNCE between two captions of one unseen photograph.

    One caption of a picture is in a batch at a time, so captions of the same picture are never each other's negatives.
    """
    random = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    image = torch.nn.Linear(material.pictures.shape[-1], dimension)
    text = torch.nn.Linear(material.captions.shape[-1], dimension)
    scales = torch.nn.Parameter(torch.full((2,), float(np.log(14.0))))
    optimizer = torch.optim.AdamW(
        [
            {"params": [image.weight, text.weight], "weight_decay": decay},
            {"params": [image.bias, text.bias, scales], "weight_decay": 0.0},
        ]
    )
    classes = torch.randperm(len(material.class_texts), generator=random)
    classes = classes[: int(class_share * len(classes))]
    pool = torch.cat([torch.tensor(rows), -1 - classes])  # a class picture c is -1 - c
    step, steps = 0, epochs * -(-len(pool) // batch)
    for _ in range(epochs):
        for chosen in pool[torch.randperm(len(pool), generator=random)].split(batch):
            x, t = _draw(material, chosen, own_version, phrase_share, random)
            scale, sentence_scale = scales.exp().clamp(max=100.0)
            loss = _contrast(
                F.normalize(image(F.dropout(x, dropout)), dim=-1), F.normalize(text(t), dim=-1), scale, both=True
            )
            if sentence_weight:
                one, other = _two_captions(material.groups, sentence_batch, random)
                loss = loss + sentence_weight * _contrast(
                    F.normalize(text(one), dim=-1), F.normalize(text(other), dim=-1), sentence_scale, both=False
                )
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, (step + 1) / 20) * 0.5 * (1 + np.cos(np.pi * step / steps))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            step += 1
    return LinearHead(*(p.detach().clone() for p in (image.weight, image.bias, text.weight, text.bias)))


def _draw(material, chosen, own_version, phrase_share, random):
    """One version and one text of each chosen picture."""
    version = torch.randint(len(material.pictures), (len(chosen),), generator=random)
    version[torch.rand(len(chosen), generator=random) < own_version] = 0
    own = chosen >= 0
    picture, label = chosen[own], -1 - chosen[~own]
    x = torch.empty(len(chosen), material.pictures.shape[-1])
    x[own], x[~own] = material.pictures[version[own], picture], material.class_pictures[version[~own], label]
    t = torch.empty(len(chosen), material.captions.shape[-1])
    t[own] = material.captions[picture, torch.randint(5, (len(picture),), generator=random)]
    if phrase_share:
        phrase = material.phrases[picture, torch.randint(material.phrases.shape[1], (len(picture),), generator=random)]
        short = torch.rand(len(picture), 1, generator=random) < phrase_share
        t[own] = torch.where(short, phrase, t[own])
    t[~own] = material.class_texts[label, torch.randint(material.class_texts.shape[1], (len(label),), generator=random)]
    return x, t


def _two_captions(groups, count, random):
    group = torch.randint(len(groups), (count,), generator=random)
    order = torch.rand(count, groups.shape[1], generator=random).argsort(1)
    return groups[group, order[:, 0]], groups[group, order[:, 1]]


def _contrast(one, other, scale, both):
    scores, target = scale * one @ other.T, torch.arange(len(one))
    loss = F.cross_entropy(scores, target)
    return (loss + F.cross_entropy(scores.T, target)) / 2 if both else loss
