"""open_clip with its own transforms and tokenizer, batches of 16. Prints as transformers_peer.py does."""

import open_clip
import torch
from PIL import Image

import worker

MODEL = "ViT-B-32-quickgelu"  # CLIPConfig() says quick_gelu


class Peer:
    def __init__(self, given):
        self.given = given
        self.dtype = torch.bfloat16 if given.precision == "bf16" else torch.float32
        self.model, _, self.transform = open_clip.create_model_and_transforms(
            MODEL, pretrained=str(given.model / "open_clip.pt"), precision="pure_bf16" if given.precision == "bf16" else "fp32")
        self.model.eval()

    def index(self):
        vectors = []

        def work(files):
            for batch in worker.batches(files):
                pixels = torch.stack([self.transform(Image.open(file)) for file in batch]).to(self.dtype)
                vectors.append(self.model.encode_image(pixels, normalize=True))

        worker.answer(worker.count_per_second(work, worker.files(self.given.pictures)))

    def tower(self):
        def run(size):
            self.model.encode_image(torch.zeros(size, 3, 224, 224, dtype=self.dtype), normalize=True)
        value, batch = worker.best_batch(run, self.given.seconds)
        worker.answer(value, batch=batch)

    def query(self):
        tokenizer = open_clip.get_tokenizer(MODEL)
        phrases = self.given.phrases.read_text().splitlines()
        worker.answer(worker.median_ms(lambda phrase: self.model.encode_text(tokenizer([phrase]), normalize=True), phrases))


@torch.inference_mode()
def main():
    given = worker.arguments(__doc__, ["index", "tower", "query"])
    torch.set_num_threads(given.threads)
    getattr(Peer(given), given.task)()


if __name__ == "__main__":
    main()
