"""Makes a collection as the reference system does it, with qdrant-client itself: cosine distance, whole numbers or
random UUIDs as ids, payload image_path alone, vectors not normalized, batches of 64.

    reference_collection.py URL COLLECTION numbers|uuids <vectors.json    # {"image_path": [..]}
"""

import json
import sys
import uuid
import warnings

from qdrant_client import QdrantClient, models

warnings.filterwarnings("ignore")
url, collection, kind = sys.argv[1:]
vectors = json.load(sys.stdin)
client = QdrantClient(url=url, check_compatibility=False)
dimension = len(next(iter(vectors.values())))
client.create_collection(collection, vectors_config=models.VectorParams(size=dimension, distance=models.Distance.COSINE))
points = [models.PointStruct(id=number if kind == "numbers" else str(uuid.uuid4()),
                             vector=[3 * value for value in vector], payload={"image_path": path})
          for number, (path, vector) in enumerate(vectors.items())]
for start in range(0, len(points), 64):
    client.upsert(collection, points=points[start:start + 64], wait=True)
