"""onnxruntime on the exported picture tower, ready tensors, all graph optimizations; --precision f32, or int8
(dynamically quantized). Prints {"value": pictures a second at the best batch size}."""

import numpy
import onnxruntime

import worker


def main():
    given = worker.arguments(__doc__, ["tower"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = given.threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    file = given.model / ("image-int8.onnx" if given.precision == "int8" else "image.onnx")
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    pixels = {size: numpy.full((size, 3, 224, 224), 0.25, numpy.float32) for size in worker.BATCHES}
    value, batch = worker.best_batch(lambda size: session.run(None, {"pixels": pixels[size]}), given.seconds)
    worker.answer(value, batch=batch)


if __name__ == "__main__":
    main()
