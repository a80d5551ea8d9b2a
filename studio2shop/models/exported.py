"""A model exported for other programs: its two networks, run without Keras, and a page of facts."""

import os
import pathlib
import threading

import numpy as np

from studio2shop.io.files import sha256_of
from studio2shop.io.readers import read_json, reading
from studio2shop.io.words import quoted

FACTS = "model.json"
ENDINGS = {"saved_model": "", "litert": ".tflite", "onnx": ".onnx"}
INPUTS = {  # of each network, in the order in which it takes them
    "query_feature": ["images"],
    "query_article_matching": ["article_features", "query_features"],
}
WAY_OUT = "export the run again"
_FACTS_FORM = {"format": (str,), "networks": (dict,), "images": (dict,), "sha256": (dict,)}


class ExportedModel:
    """A Studio2Shop model as `write_exported` wrote it, run by LiteRT, ONNX Runtime or TensorFlow.

    Keras is not needed. Several threads may use it at once.

    Args:
        folder: of the exported model.

    Attributes:
        facts: dict in `model.json`.
        image_size: `(height, width)` of the photos, in pixels.

    Raises:
        OSError, ValueError: if a file is missing, or another one than was written, in one sentence.
        ImportError: if what runs the format is not installed.

    Example:
        model = ExportedModel("my-run-onnx")
        features = model.query_features(images)  # (photos, 128)
        model.logits(vectors[np.newaxis], features[:1])  # (1, articles)
    """

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.facts = read_json(folder / FACTS, _FACTS_FORM, WAY_OUT)
        for name, checksum in self.facts["sha256"].items():
            with reading(folder / FACTS, "description of an exported model", WAY_OUT):
                _check_inside(name)
            with reading(folder / name, "part of an exported model", WAY_OUT):
                if sha256_of(folder / name) != checksum:
                    raise ValueError(f"its checksum in {FACTS} is of another one")
        with reading(folder / FACTS, "description of an exported model", WAY_OUT):
            self.image_size = tuple(self.facts["images"]["size"])
            networks, format = self.facts["networks"], self.facts["format"]
            for name in INPUTS:
                _check_inside(networks[name]["file"])
            self._networks = {
                name: open_network(folder / networks[name]["file"], format, inputs)
                for name, inputs in INPUTS.items()
            }

    def query_features(self, images):
        """Query features float32 `(batch, size)` of images `(batch, height, width, 3)`, 0-255."""
        return self._networks["query_feature"](images)

    def logits(self, article_features, query_features):
        """The match's logits.

        Args:
            article_features: float32 `(batch, articles, size)`, for any number of articles.
            query_features: float32 `(batch, size)`.

        Returns:
            float32 `(batch, articles)`.
        """
        return self._networks["query_article_matching"](article_features, query_features)


def _check_inside(name):
    path = pathlib.PureWindowsPath(name)  # takes both kinds of slashes
    if path.drive or path.root or ".." in path.parts:
        raise ValueError(f"it names a file elsewhere, {quoted(name)}")


class LiteNetwork:
    """A network run by LiteRT. Several threads may use it at once.

    Args:
        content: bytes of the `.tflite` file. A path would have to be ASCII.
        num_threads: of one call.
        inputs: names of its inputs, in the order in which a call gives them; default: the file's.

    Attributes:
        input_shapes: list of its inputs' shapes, with 1 for any number.
        output: the output's name.
    """

    def __init__(self, content, num_threads, inputs=None):
        from ai_edge_litert.interpreter import Interpreter

        self._interpreter = Interpreter(model_content=content, num_threads=num_threads)
        signature = self._interpreter.get_signature_runner()
        details = signature.get_input_details()
        details = [details[name] for name in inputs or details]
        self._inputs = [detail["index"] for detail in details]
        self.input_shapes = [detail["shape"].tolist() for detail in details]
        (self.output,) = signature.get_output_details()
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._lock, self._shapes = threading.Lock(), None

    def __call__(self, *arrays):
        """float32 array that the network makes of float32 arrays."""
        arrays = [np.asarray(array, "float32") for array in arrays]
        shapes = [array.shape for array in arrays]
        with self._lock:
            if shapes != self._shapes:
                for position, shape in zip(self._inputs, shapes):
                    self._interpreter.resize_tensor_input(position, shape)
                self._interpreter.allocate_tensors()
                self._shapes = shapes
            for position, array in zip(self._inputs, arrays):
                self._interpreter.set_tensor(position, array)
            self._interpreter.invoke()
            return self._interpreter.get_tensor(self._output).astype("float32")


class _OnnxNetwork:
    def __init__(self, path, inputs):
        import onnxruntime

        self._session = onnxruntime.InferenceSession(
            path.read_bytes(), providers=["CPUExecutionProvider"]
        )
        self._inputs = inputs
        (self.output,) = [output.name for output in self._session.get_outputs()]

    def __call__(self, *arrays):
        arrays = [np.asarray(array, "float32") for array in arrays]
        return self._session.run([self.output], dict(zip(self._inputs, arrays)))[0]


class _SavedNetwork:
    def __init__(self, path, inputs):
        import tensorflow as tf

        self._loaded = tf.saved_model.load(str(path))  # its weights live as long as it does
        self._function = self._loaded.signatures["serving_default"]
        self._inputs, self._tensor = inputs, tf.constant
        (self.output,) = self._function.structured_outputs

    def __call__(self, *arrays):
        tensors = [self._tensor(np.asarray(array, "float32")) for array in arrays]
        return self._function(**dict(zip(self._inputs, tensors)))[self.output].numpy()


def open_network(path, format, inputs):
    """A network that `write_network` wrote, as a function from arrays to an array, all float32.

    Args:
        path: of the file, or of a SavedModel's folder.
        format: `"saved_model"`, run by TensorFlow; `"litert"`; or `"onnx"`, run by ONNX Runtime.
        inputs: names of its inputs, in the order in which a call gives them.

    Raises:
        ValueError: if the format is none of these.
        ImportError: if what runs it is not installed.
    """
    if format == "saved_model":
        return _SavedNetwork(path, inputs)
    if format == "litert":
        return LiteNetwork(path.read_bytes(), os.cpu_count(), inputs)
    if format == "onnx":
        return _OnnxNetwork(path, inputs)
    raise ValueError(f"`format` must be one of {', '.join(ENDINGS)}; received {quoted(format)}")
