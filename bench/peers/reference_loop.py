"""The loop of the reference system: each picture by itself through CLIPProcessor and get_image_features, vectors into a
list, then upserted into Qdrant in batches of 64 (qdrant-client's local mode, in memory). Prints pictures a second."""

import torch
from PIL import Image
from qdrant_client import QdrantClient, models
from transformers import CLIPModel, CLIPProcessor

import worker

UPSERT = 64


@torch.inference_mode()
def main():
    given = worker.arguments(__doc__, ["index"])
    torch.set_num_threads(given.threads)
    model = CLIPModel.from_pretrained(given.model / "hf").eval()
    processor = CLIPProcessor.from_pretrained(given.model / "hf")

    def work(files):
        vectors = []
        for file in files:
            inputs = processor(images=Image.open(file), return_tensors="pt")
            output = model.get_image_features(**inputs)
            vectors.append((output if isinstance(output, torch.Tensor) else output.pooler_output)[0].tolist())
        client = QdrantClient(":memory:")
        client.create_collection("images", models.VectorParams(size=len(vectors[0]), distance=models.Distance.COSINE))
        for at in range(0, len(files), UPSERT):
            client.upsert("images", [
                models.PointStruct(id=at + i, vector=vector, payload={"image_path": file.name})
                for i, (file, vector) in enumerate(zip(files[at:at + UPSERT], vectors[at:at + UPSERT]))])

    worker.answer(worker.count_per_second(work, worker.files(given.pictures)))


if __name__ == "__main__":
    main()
