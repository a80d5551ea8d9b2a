"""A network's activations over many images, kept in chunks: a stop loses one at most."""

import functools
import pathlib
import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from studio2shop.io.files import whole_file
from studio2shop.io.images import load_images
from studio2shop.io.progress import progress_bar
from studio2shop.io.readers import NUMBERS, map_array
from studio2shop.models.predict_all import predict_all

IMAGES_PER_CHUNK = 256
MOST_OPEN_CHUNKS = 128  # systems allow a few hundred open files
# of so many training photos mirrored ones are worth their time, nearly half of a head's training:
# on 3,744 real ones the validation rank is 4 % worse without, on the studio's 9,448 it is the same
MOST_TO_MIRROR = 4000


class Activations:
    """Arrays of one shape by id, in chunks that are written once.

    Chunks are memory-mapped `.npy` files in a folder, or stay in memory. A chunk is a file of ids
    and a file of arrays; the ids are written last, so that a chunk is whole or not there. The
    folder belongs to one model and one kind of image: whoever changes those changes the folder. A
    chunk that can't be read, or of another shape, is as if it were not there.

    Args:
        folder: where the chunks lie, made if missing; `None` keeps them in memory.
        shape: of one array; needed to find those that lie there.
    """

    def __init__(self, folder=None, shape=()):
        self.folder = None if folder is None else pathlib.Path(folder)
        self._chunks, self._places = [], {}  # id -> (chunk, row)
        self._open = functools.lru_cache(MOST_OPEN_CHUNKS)(
            functools.partial(np.load, mmap_mode="r")
        )
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            for ids_path in self._ids_paths():
                path = ids_path.with_name(ids_path.name.replace(".ids.npy", ".npy"))
                ids = _ids_of_chunk(ids_path, path, tuple(shape))
                if ids is not None:
                    self._add(ids, str(path))

    def __contains__(self, id_):
        return id_ in self._places

    def __len__(self):
        return len(self._places)

    def append(self, ids, arrays):
        """Keeps one more chunk: `(images, ...)` with one id per image."""
        if self.folder is not None:
            kept = [int(path.name.split(".")[0]) for path in self._ids_paths()]
            path = self.folder / f"{max(kept, default=-1) + 1:06d}.npy"
            for file, values in ((path, arrays), (path.with_suffix(".ids.npy"), ids)):
                with whole_file(file) as unfinished:
                    np.save(unfinished, values)
            arrays = str(path)
        self._add(ids, arrays)

    def _ids_paths(self):
        return sorted(self.folder.glob("[0-9]" * 6 + ".ids.npy"))

    def _add(self, ids, chunk):
        """Adds a chunk: its arrays, or the path of their file."""
        self._places.update((id_, (len(self._chunks), row)) for row, id_ in enumerate(ids.tolist()))
        self._chunks.append(chunk)

    def _row(self, chunk, row):
        arrays = self._chunks[chunk]
        return (self._open(arrays) if isinstance(arrays, str) else arrays)[row]

    def take(self, ids):
        """The arrays of `ids`, in their order, as one array `(ids, ...)`."""
        places = [self._places[id_] for id_ in ids]
        return np.stack([self._row(*place) for place in places])


def _ids_of_chunk(ids_path, path, shape):
    """The ids of a chunk, or `None` if it is no chunk of arrays of this shape."""
    try:
        ids = map_array(ids_path, "U", 1)
        arrays = map_array(path, NUMBERS, 1 + len(shape))
    except (OSError, ValueError):
        return None
    return ids if arrays.shape == (len(ids), *shape) else None


def compute_activations(model, ids, load, folder=None, dtype="float16"):
    """Runs a model over images, a chunk at a time, and keeps what comes out.

    While one chunk is computed, the next one is loaded.

    Args:
        model: a `keras.Model` from RGB images in [0, 255].
        ids: one string an image, unique.
        load: function from a list of positions in `ids` to images `(positions, height, width, 3)`.
        folder: where to keep the activations. Where it holds some already, only new ids are
            computed.
        dtype: of the kept activations; values beyond its range are cut to it.

    Returns:
        `Activations` that hold all of `ids`.

    Raises:
        OSError: if the folder's disk has too little room, before anything is computed.
    """
    kept = Activations(folder, model.output_shape[1:])
    missing = [position for position, id_ in enumerate(ids) if id_ not in kept]
    num_bytes = len(missing) * int(np.prod(model.output_shape[1:])) * np.dtype(dtype).itemsize
    if folder is not None and num_bytes > shutil.disk_usage(folder).free:
        raise OSError(
            f"{str(folder)!r} needs {num_bytes / 1e9:.1f} GB for the activations of {len(missing)} "
            "images and its disk has less; free some room or choose another folder."
        )
    limit = np.finfo(dtype).max
    starts = range(0, len(missing), IMAGES_PER_CHUNK)
    chunks = [missing[start : start + IMAGES_PER_CHUNK] for start in starts]
    name = f"{model.name} ({num_bytes / 1e9:.2f} GB)"
    progress = progress_bar(len(missing), name, "image")
    with progress, ThreadPoolExecutor(1) as ahead:
        loading = [ahead.submit(load, chunk) for chunk in chunks[:1]]
        for position, chunk in enumerate(chunks):
            images = loading.pop().result()
            loading = [ahead.submit(load, later) for later in chunks[position + 1 : position + 2]]
            outputs = predict_all(model, images, batch_size=32)
            chunk_ids = np.array([ids[row] for row in chunk], dtype=str)
            kept.append(chunk_ids, np.clip(outputs, -limit, limit).astype(dtype))
            progress.update(len(chunk))
    return kept


def query_activations(backbone, train, validation, folder):
    """A frozen backbone's activations of all queries, plain and, of few photos, mirrored.

    They are computed once and kept as float16.

    Args:
        backbone: the first model of `split_at_backbone`.
        train, validation: `Catalogue`s; the mirrored ones are of the training queries only, where
            these are 4,000 at most. The second may be `None`.
        folder: where they are kept.

    Returns:
        List of one or two `Activations` by query id, the plain ones first.
    """
    image_size = backbone.input_shape[1:3]
    variants = []
    wanted = {"plain": (train,) if validation is None else (train, validation)}
    if len(train.queries) <= MOST_TO_MIRROR:
        wanted["mirrored"] = (train,)
    for name, catalogues in wanted.items():
        ids = [query_id for catalogue in catalogues for query_id in catalogue.query_ids]
        paths = [path for catalogue in catalogues for path in catalogue.query_paths]

        def load(positions, paths=paths, mirrored=name == "mirrored"):
            images = load_images([paths[position] for position in positions], image_size)
            return images[:, :, ::-1] if mirrored else images

        variants.append(compute_activations(backbone, ids, load, pathlib.Path(folder) / name))
    return variants
