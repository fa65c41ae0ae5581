"""transformers, as its documentation has it: CLIPProcessor, get_image_features, get_text_features, batches of 16.

--variant: for index `pil` or `torchvision` (the two processors, once use_fast=False and True); for query `padded` (to 77
tokens) or `single`. Prints {"value": pictures a second, or the median query in milliseconds}.
"""

import numpy
import torch
from PIL import Image
from transformers import AutoTokenizer, CLIPImageProcessor, CLIPImageProcessorPil, CLIPModel

import worker


def unit(output):
    features = output if isinstance(output, torch.Tensor) else output.pooler_output
    return torch.nn.functional.normalize(features, dim=-1)


class Peer:
    def __init__(self, given):
        self.given = given
        self.dtype = torch.bfloat16 if given.precision == "bf16" else torch.float32
        self.directory = given.model / "hf"
        self.model = CLIPModel.from_pretrained(self.directory, dtype=self.dtype).eval()
        self.vectors = []

    def index(self):
        kind = CLIPImageProcessorPil if self.given.variant == "pil" else CLIPImageProcessor
        processor = kind.from_pretrained(self.directory)

        def work(files):
            self.vectors = []
            for batch in worker.batches(files):
                pictures = [Image.open(file).convert("RGB") for file in batch]
                pixels = processor(images=pictures, return_tensors="pt")["pixel_values"].to(self.dtype)
                self.vectors.append(unit(self.model.get_image_features(pixel_values=pixels)).float().numpy())

        worker.answer(worker.count_per_second(work, worker.files(self.given.pictures)))
        if self.given.vectors:
            numpy.save(self.given.vectors, numpy.concatenate(self.vectors))

    def tower(self):
        def run(size):
            self.model.get_image_features(pixel_values=torch.zeros(size, 3, 224, 224, dtype=self.dtype))
        value, batch = worker.best_batch(run, self.given.seconds)
        worker.answer(value, batch=batch)

    def embed(self, phrase, padding):
        words = self.tokenizer(phrase, padding=padding, max_length=77, return_tensors="pt")
        return unit(self.model.get_text_features(**words))

    def query(self):
        self.tokenizer = AutoTokenizer.from_pretrained(self.directory)
        padding = "max_length" if self.given.variant == "padded" else False
        phrases = self.given.phrases.read_text().splitlines()
        worker.answer(worker.median_ms(lambda phrase: self.embed(phrase, padding), phrases))

    def cold(self):
        """One query in a fresh process: its whole time is what counts."""
        self.tokenizer = AutoTokenizer.from_pretrained(self.directory)
        scores = numpy.load(self.given.vectors) @ self.embed("black dog", False)[0].float().numpy()
        worker.answer(0, best=numpy.argsort(-scores)[:10].tolist())


@torch.inference_mode()
def main():
    given = worker.arguments(__doc__, ["index", "tower", "query", "cold"])
    torch.set_num_threads(given.threads)
    getattr(Peer(given), given.task)()


if __name__ == "__main__":
    main()
