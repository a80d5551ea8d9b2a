"""128floats: the network row by row, and Torch's weights against what Torch computes, in NumPy."""

import keras
import numpy as np
import pytest
from torch_writer import Module, torch_bytes

from studio2shop import build_stylenet, extract_features, layer_table
from studio2shop.models.stylenet_torch import SHAPES

MEAN, DEVIATION = [0.5, 0.4, 0.3], [0.3, 0.25, 0.2]  # of images in [0, 1], as Torch loads them

# the published network, a layer a row: type, kernel, activation, output, parameters
ROWS = [
    ("InputLayer", "", "", "384x256x3", 0),
    ("Conv2D", "3x3", "ReLU", "384x256x64", 1_792),
    ("Conv2D", "3x3", "ReLU", "384x256x64", 36_928),
    ("Dropout(0.25)", "", "", "384x256x64", 0),
    ("MaxPooling2D", "", "", "96x64x64", 0),
    ("BatchNorm", "", "", "96x64x64", 128),
    ("Conv2D", "3x3", "ReLU", "96x64x128", 73_856),
    ("Conv2D", "3x3", "ReLU", "96x64x128", 147_584),
    ("Dropout(0.25)", "", "", "96x64x128", 0),
    ("MaxPooling2D", "", "", "24x16x128", 0),
    ("BatchNorm", "", "", "24x16x128", 256),
    ("Conv2D", "3x3", "ReLU", "24x16x256", 295_168),
    ("Conv2D", "3x3", "ReLU", "24x16x256", 590_080),
    ("Dropout(0.25)", "", "", "24x16x256", 0),
    ("MaxPooling2D", "", "", "6x4x256", 0),
    ("BatchNorm", "", "", "6x4x256", 512),
    ("Conv2D", "1x1", "ReLU", "6x4x128", 32_896),
    ("Flatten", "", "", "3072", 0),
    ("Dense", "", "", "128", 393_344),
]


def torch_network(seed=0, v2=True, old_norms=False, flat_kernels=False):
    """The published network as Torch's `nn` has it, with random weights.

    Views of one storage, as after training.
    """
    random = np.random.default_rng(seed)
    flat = np.empty(1_572_544, "float32")
    start = 0

    def parameter(values):
        nonlocal start
        view = flat[start : start + values.size].reshape(values.shape)
        view[...] = values
        start += values.size
        return view

    def with_weights(class_name, shape, **fields):
        fan_in = int(np.prod(shape[1:]))
        weight = parameter(random.normal(0, (2 / fan_in) ** 0.5, shape))
        weight = weight.reshape(shape[0], -1) if flat_kernels else weight
        return Module(
            class_name,
            {
                "weight": weight,
                "bias": parameter(random.normal(0, 0.1, shape[0])),
                "train": False,
                **fields,
            },
        )

    def convolution(out, inputs, size=3):
        return with_weights(
            "nn.SpatialConvolution",
            (out, inputs, size, size),
            dW=1,
            dH=1,
            padW=size // 2,
            padH=size // 2,
        )

    def norm(filters):
        gamma, beta = (
            parameter(random.uniform(0.5, 1.5, filters)),
            parameter(random.normal(0, 0.3, filters)),
        )
        variance = random.uniform(0.5, 2, filters).astype("float32")
        stored = (
            {"running_std": (variance + np.float32(1e-3)) ** -0.5}
            if old_norms
            else {"running_var": variance}
        )
        fields = {
            "weight": gamma,
            "bias": beta,
            "eps": 1e-3,
            "running_mean": random.normal(0, 0.5, filters).astype("float32"),
            **stored,
        }
        return Module("nn.SpatialBatchNormalization", fields)

    modules, inputs = [], 3
    for filters in (64, 128, 256):
        modules += [
            convolution(filters, inputs),
            Module("nn.ReLU", {}),
            convolution(filters, filters),
            Module("nn.ReLU", {}),
        ]
        modules += [
            Module("nn.Dropout", {"p": 0.25, "v2": v2}),
            Module("nn.SpatialMaxPooling", {"kW": 4, "kH": 4, "dW": 4, "dH": 4}),
            norm(filters),
        ]
        inputs = filters
    modules += [
        convolution(128, 256, 1),
        Module("nn.ReLU", {}),
        Module("nn.Reshape", {"nelement": 3072}),
    ]
    linear = Module("nn.Sequential", {"modules": [with_weights("nn.Linear", (128, 3072))]})
    return Module("nn.Sequential", {"modules": [*modules, linear]})


def torch_forward(network, images):
    """What Torch computes of images `(batch, 3, height, width)` in [0, 1], module by module."""
    x = ((images - np.reshape(MEAN, (3, 1, 1))) / np.reshape(DEVIATION, (3, 1, 1))).astype(
        "float32"
    )
    for module in network.fields["modules"]:
        fields, kind = module.fields, module.class_name.removeprefix("nn.")
        if kind == "SpatialConvolution":
            pad, weight = (
                fields["padW"],
                fields["weight"].reshape(
                    len(fields["bias"]), x.shape[1], 2 * fields["padH"] + 1, -1
                ),
            )
            padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
            rows, columns = x.shape[2:]
            shifts = [
                (row, column) for row in range(weight.shape[2]) for column in range(weight.shape[3])
            ]
            x = sum(
                np.einsum(
                    "oi,birc->borc",
                    weight[:, :, r, c],
                    padded[:, :, r : r + rows, c : c + columns],
                    optimize=True,
                )
                for r, c in shifts
            )
            x = x + fields["bias"].reshape(-1, 1, 1)
        elif kind == "ReLU":
            x = np.maximum(x, 0)
        elif kind == "Dropout":
            x = x if fields["v2"] else x * (1 - fields["p"])
        elif kind == "SpatialMaxPooling":
            x = x.reshape(*x.shape[:2], x.shape[2] // 4, 4, x.shape[3] // 4, 4).max(axis=(3, 5))
        elif kind == "SpatialBatchNormalization":
            scale = (
                fields["running_std"]
                if "running_std" in fields
                else (fields["running_var"] + fields["eps"]) ** -0.5
            )
            x = (x - fields["running_mean"].reshape(-1, 1, 1)) * (scale * fields["weight"]).reshape(
                -1, 1, 1
            ) + fields["bias"].reshape(-1, 1, 1)
        elif kind == "Reshape":
            x = x.reshape(len(x), fields["nelement"])
        else:
            (linear,) = fields["modules"]
            x = x @ linear.fields["weight"].T + linear.fields["bias"]
    return x


def save(path, network, **changes):
    path.write_bytes(
        torch_bytes(
            {"stylenet": network, "mean": np.array(MEAN), "std": np.array(DEVIATION), **changes}
        )
    )
    return path


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    network = torch_network()
    return network, build_stylenet(save(tmp_path_factory.mktemp("torch") / "stylenet.t7", network))


def test_stylenet_is_its_publication_row_by_row():
    table = layer_table(build_stylenet())
    assert [
        tuple(row)
        for row in table[["type", "kernel", "activation", "output_size", "params"]][:-1].itertuples(
            index=False
        )
    ] == ROWS
    assert table.params.iloc[-1] == sum(row[-1] for row in ROWS) == 1_572_544
    assert [
        layer.epsilon
        for layer in build_stylenet().layers
        if isinstance(layer, keras.layers.BatchNormalization)
    ] == [1e-3] * 3


IMAGE = np.random.default_rng(1).integers(0, 256, (1, 384, 256, 3))


@pytest.mark.parametrize(
    "versions",
    [{}, {"v2": False, "old_norms": True, "flat_kernels": True}],
    ids=["as Torch saves now", "as early versions saved"],
)
def test_converted_weights_give_what_torch_computes(tmp_path, versions):
    network = torch_network(**versions)
    expected = torch_forward(network, IMAGE.transpose(0, 3, 1, 2) / 255)
    ours = build_stylenet(save(tmp_path / "stylenet.t7", network)).predict(IMAGE, verbose=0)
    assert np.ptp(expected) > 1
    np.testing.assert_allclose(ours, expected, atol=1e-4 * np.abs(expected).max())


def test_each_weight_of_the_model_comes_from_the_file(converted):
    _, model = converted
    assert {layer.name for layer in model.layers if layer.weights} == set(SHAPES)


def test_mean_and_deviation_are_read_from_tensors_and_tables_alike(tmp_path, converted):
    network, model = converted
    other = build_stylenet(save(tmp_path / "tables.t7", network, mean=MEAN, std=DEVIATION))
    assert np.array_equal(other.predict(IMAGE, verbose=0), model.predict(IMAGE, verbose=0))


def test_a_keras_file_keeps_weights_and_normalisation(tmp_path, converted):
    _, model = converted
    model.save(tmp_path / "stylenet.keras")
    assert np.array_equal(
        keras.models.load_model(tmp_path / "stylenet.keras").predict(IMAGE, verbose=0),
        model.predict(IMAGE, verbose=0),
    )


def test_128floats_of_a_catalogues_articles(studio, converted):
    _, model = converted
    features = extract_features(model, studio.select_articles(studio.article_ids[:3]))
    assert features.vectors.shape == (3, 128) and np.ptp(features.vectors, axis=0).all()


def test_a_tiny_stylenet_trains_every_weight():
    model = build_stylenet(input_shape=(64, 64, 3))
    model.compile("sgd", loss="mse")
    before = [keras.ops.convert_to_numpy(weight) for weight in model.trainable_weights]
    random = np.random.default_rng(0)
    model.train_on_batch(random.integers(0, 256, (4, 64, 64, 3)), random.normal(size=(4, 128)))
    for weight, old in zip(model.trainable_weights, before):
        assert not np.array_equal(keras.ops.convert_to_numpy(weight), old), weight.path


def without(network, position):
    return Module(
        "nn.Sequential",
        {
            "modules": [
                module
                for number, module in enumerate(network.fields["modules"])
                if number != position
            ]
        },
    )


@pytest.mark.parametrize(
    "change, sentence",
    [
        (
            lambda network: {"stylenet": without(network, 1)},
            (
                "must hold the layers SpatialConvolution ReLU .*; received SpatialConvolution "
                "SpatialConvolution"
            ),
        ),
        (
            lambda network: {"stylenet": None},
            "must hold a network of `nn` modules; received NoneType for one of them",
        ),
        (
            lambda network: {"mean": [0.5, 0.4]},
            r"three numbers from 0 to 1 as `mean`, one a channel; received \[0.5, 0.4\]",
        ),
        (
            lambda network: {"mean": np.full(30_000, 0.5)},
            r"one a channel; received array\(\[0.5, 0...hape=\(30000,\)\)",
        ),
        (lambda network: {"std": [58.0, 57.0, 56.0]}, "three numbers from 0 to 1 as `std`"),
        (lambda network: {"std": [0.2, 0.0, 0.2]}, "three numbers from 0 to 1 as `std`"),
    ],
)
def test_another_network_is_refused(tmp_path, change, sentence):
    network = torch_network()
    with pytest.raises(ValueError, match=sentence):
        build_stylenet(save(tmp_path / "stylenet.t7", network, **change(network)))


@pytest.mark.parametrize(
    "position, field, value, sentence",
    [
        (0, "dW", 2, "must have .'dW': 1, .* in block1_conv1; received .'dW': 2"),
        (5, "kW", np.ones(2), r"in a pool; received .'kW': array\(\[1., 1.\]"),
        (5, "kW", 3, "in a pool; received .'kW': 3"),
        (4, "p", None, "a rate from 0 to below 1 as `p` of its dropouts; received None"),
        (6, "eps", None, "a number as `eps` of block1_norm; received None"),
        (
            7,
            "weight",
            np.zeros((128, 64, 5, 5), "float32"),
            r"a finite \(128, 64, 3, 3\) as `weight` of block2_conv1; received \(128, 64, 5, 5\)",
        ),
        (
            14,
            "bias",
            np.full(256, np.nan, "float32"),
            r"a finite \(256,\) as `bias` of block3_conv1",
        ),
        (6, "running_var", None, "as `running_var` of block1_norm; received NoneType"),
    ],
)
def test_a_layer_that_does_not_fit_is_named(tmp_path, position, field, value, sentence):
    network = torch_network()
    network.fields["modules"][position].fields[field] = value
    with pytest.raises(ValueError, match=sentence):
        build_stylenet(save(tmp_path / "stylenet.t7", network))


def test_other_contents_and_sizes_are_named(tmp_path):
    (tmp_path / "other.t7").write_bytes(torch_bytes({"model": 1, "mean": 2}))
    with pytest.raises(
        ValueError,
        match=(
            "with `stylenet`, `mean` and `std`, as the file of "
            "github.com/bobbens/cvpr2016_stylenet does; received a table with model, mean."
        ),
    ):
        build_stylenet(tmp_path / "other.t7")
    (tmp_path / "module.t7").write_bytes(torch_bytes(Module("nn.Linear", {})))
    with pytest.raises(ValueError, match="received nn.Linear."):
        build_stylenet(tmp_path / "module.t7")
    with pytest.raises(FileNotFoundError, match="there is no file 'nowhere.t7'"):
        build_stylenet("nowhere.t7")
    with pytest.raises(
        ValueError, match="for the published weights; received .64, 64, 3.: leave it out"
    ):
        build_stylenet("stylenet.t7", input_shape=(64, 64, 3))
    with pytest.raises(
        ValueError, match="at least 64 x 64 pixels for three pools of 4; received .63, 64, 3."
    ):
        build_stylenet(input_shape=(63, 64, 3))
